"""Bugs with their tasks, messages and activity, and the project they belong to, as Launchpad serves them."""

from analysis.ingest.launchpad.fetch import Options, fetch
from analysis.ingest.launchpad.state import OVERLAP

__all__ = ["OVERLAP", "Options", "fetch"]
