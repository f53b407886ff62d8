"""What becomes of each bug's fixes: none yet, open, stacked, competing, worth rescuing, or to be backported."""

from analysis.fixes.answers import answers, dated, living, masters, open_answers, open_fixes
from analysis.fixes.backports import backports
from analysis.fixes.rescues import rescues
from analysis.fixes.stacks import competing, parents, stacks
from analysis.fixes.unfixed import unfixed

__all__ = [
    "answers",
    "backports",
    "competing",
    "dated",
    "living",
    "masters",
    "open_answers",
    "open_fixes",
    "parents",
    "rescues",
    "stacks",
    "unfixed",
]
