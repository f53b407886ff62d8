"""Whose turn every open change is, since when, and why."""

from analysis.review_state.facts import gate
from analysis.review_state.machine import build
from analysis.review_state.rules import Rules

__all__ = ["Rules", "build", "gate"]
