"""Declared areas of a release: which bugs, changes and commits belong to each, and by which rule."""

from analysis.judge.areas.candidates import candidates
from analysis.judge.areas.coverage import coverage
from analysis.judge.areas.file import Area, AreaFile, Owner, parse
from analysis.judge.areas.members import build, table
from analysis.judge.areas.priorities import MOST_LETTERS, Skeleton, import_priorities

__all__ = [
    "MOST_LETTERS",
    "Area",
    "AreaFile",
    "Owner",
    "Skeleton",
    "build",
    "candidates",
    "coverage",
    "import_priorities",
    "parse",
    "table",
]
