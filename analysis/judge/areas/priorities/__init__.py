"""Priorities documents of a release, read into skeleton area files."""

from analysis.judge.areas.priorities.document import MOST_LETTERS, import_priorities
from analysis.judge.areas.priorities.skeleton import Skeleton

__all__ = ["MOST_LETTERS", "Skeleton", "import_priorities"]
