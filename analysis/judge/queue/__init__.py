"""Open fixes, one row each, and their ranks per area, each with the parts of its score in words."""

from analysis.judge.queue.open_fixes import ci_state, core, open_fixes
from analysis.judge.queue.rank import build
from analysis.judge.queue.replayed import ORDERS
from analysis.judge.queue.replayed import build as replayed
from analysis.judge.queue.score import Score

__all__ = ["ORDERS", "Score", "build", "ci_state", "core", "open_fixes", "replayed"]
