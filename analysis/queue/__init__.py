"""Open fixes ranked per area, each rank with the parts of its score in words."""

from analysis.queue.rank import build
from analysis.queue.score import Score

__all__ = ["Score", "build"]
