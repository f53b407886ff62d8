"""The merge dates of changes from Gerrit and the infra bot, for a replay: a commit has only the date of its writing.

Merges after the instant of a replay are read for one purpose only: to leave their commits out.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

import pandas as pd

from analysis.judge.links import comments


@dataclass(slots=True)
class MergeDates:
    """The first merge of each change, by its Change-Id and branch; it grows batch by batch."""

    dates: dict[tuple[str, str], pd.Timestamp] = field(default_factory=dict)

    def read_comments(self, bug_messages: pd.DataFrame, bots: Collection[str]) -> None:
        """Add the merges that comments of the infra bot report; a comment is as old as the merge.

        Parameters
        ----------
        bug_messages : DataFrame, schema.BUG_MESSAGES
        bots : names on Launchpad whose comments report what happened in Gerrit
        """
        self._add(comments.merges(bug_messages, bots).rename(columns={"sent_at": "merged_at"}))

    def read_changes(self, changes: pd.DataFrame) -> None:
        """Add the merges that Gerrit reports.

        Parameters
        ----------
        changes : DataFrame, schema.CHANGES, as served and not as replayed
        """
        merged = changes[changes["status"].eq("MERGED").fillna(False)]
        self._add(merged.rename(columns={"submitted_at": "merged_at"}))

    def _add(self, merges: pd.DataFrame) -> None:
        dated = merges.dropna(subset=["change_id", "branch", "merged_at"])
        for change_id, branch, date in zip(dated["change_id"], dated["branch"], dated["merged_at"], strict=True):
            self.dates[change_id, branch] = min(date, self.dates.get((change_id, branch), date))
