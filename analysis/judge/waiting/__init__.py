"""The time of changes with reviewers, owner and machines: every turn of every change, and how long turns last."""

from analysis.judge.waiting.durations import durations
from analysis.judge.waiting.turns import build

__all__ = ["build", "durations"]
