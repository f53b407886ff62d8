"""The fixes of each bug: none yet, open, stacked, competing, worth rescuing, or to be backported."""

from analysis.judge.fixes.backports import backports
from analysis.judge.fixes.fates import FATES, Fate, fix_fates, unfixed_bugs
from analysis.judge.fixes.importances import open_fixes
from analysis.judge.fixes.linked_changes import dated, linked_changes, masters, not_abandoned, open_linked_changes
from analysis.judge.fixes.remarks import doubts
from analysis.judge.fixes.rescues import rescues
from analysis.judge.fixes.stacks import competing, parents, stacks
from analysis.judge.fixes.superseded import superseded_fixes

__all__ = [
    "FATES",
    "Fate",
    "backports",
    "competing",
    "dated",
    "doubts",
    "fix_fates",
    "linked_changes",
    "masters",
    "not_abandoned",
    "open_fixes",
    "open_linked_changes",
    "parents",
    "rescues",
    "stacks",
    "superseded_fixes",
    "unfixed_bugs",
]
