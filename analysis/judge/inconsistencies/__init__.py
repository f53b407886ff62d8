"""Inconsistent bugs: bugs whose state contradicts Gerrit or itself, with the evidence and a proposal for each.

The table is called `hygiene`, and so is the section of a project file with the thresholds. Nothing is written back.
"""

from analysis.judge.inconsistencies.check import build
from analysis.judge.inconsistencies.rules import RULES, meanings
from analysis.judge.inconsistencies.thresholds import Thresholds

__all__ = ["RULES", "Thresholds", "build", "meanings"]
