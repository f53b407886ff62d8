"""Whose turn every open change is, since when, and why."""

from analysis.judge.review_state.evidence import gate
from analysis.judge.review_state.machine import build
from analysis.judge.review_state.settings import Rules

__all__ = ["Rules", "build", "gate"]
