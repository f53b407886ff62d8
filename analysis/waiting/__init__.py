"""Time spent with reviewers, owner and machines: every turn of every change, and how long such turns last."""

from analysis.waiting.durations import durations
from analysis.waiting.turns import build

__all__ = ["build", "durations"]
