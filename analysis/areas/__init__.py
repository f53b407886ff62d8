"""Declared areas of a release: which bugs, changes and commits belong to each, and by which rule."""

from analysis.areas.coverage import coverage
from analysis.areas.file import Area, AreaFile, Owner, parse
from analysis.areas.members import build, table
from analysis.areas.priorities import Skeleton, import_priorities
from analysis.areas.suggestion import Suggested, suggest

__all__ = [
    "Area",
    "AreaFile",
    "Owner",
    "Skeleton",
    "Suggested",
    "build",
    "coverage",
    "import_priorities",
    "parse",
    "suggest",
    "table",
]
