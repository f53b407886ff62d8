"""Bugs with their tasks, messages and activity, and the project they belong to, as Launchpad serves them."""

from analysis.sources.launchpad.fetch import OVERLAP, Options, fetch

__all__ = ["OVERLAP", "Options", "fetch"]
