"""Gerrit records turned into the tables changes, patch_sets, votes, change_messages and the rest, and their past."""

from analysis.changes.copying import CopyRules
from analysis.changes.entities import ChangeInfo
from analysis.changes.replay import as_of
from analysis.changes.tables import tables

__all__ = ["ChangeInfo", "CopyRules", "as_of", "tables"]
