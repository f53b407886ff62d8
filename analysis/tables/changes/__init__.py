"""Gerrit records turned into the tables changes, patch_sets, votes, change_messages and the rest, and their past."""

from analysis.tables.changes.copying import CopyRules
from analysis.tables.changes.entities import ChangeInfo
from analysis.tables.changes.replay import as_of
from analysis.tables.changes.tables import tables

__all__ = ["ChangeInfo", "CopyRules", "as_of", "tables"]
