"""One change: the bugs that it names, its votes, whose turn it was, and its files."""

from typing import TYPE_CHECKING

import pandas as pd

from analysis.dataset.cards.card import Card, matching_number
from analysis.dataset.display import with_caption

if TYPE_CHECKING:
    from analysis.dataset.dataset import Dataset


class ChangeCard(Card):
    """One change: its facts; `bugs`, `votes`, `turns`, `files`."""

    def __init__(self, nova: "Dataset", change_number: int) -> None:
        super().__init__(nova)
        changes = nova.tables.changes
        what = "the number of a public change that was fetched"
        self.change_number = matching_number(change_number, changes["change_number"], what=what)
        self.row = changes[changes["change_number"].eq(self.change_number)].iloc[0]
        self.title = f"Change {self.change_number}: {self.row['subject']}"

    def _rows_of_change(self, name: str) -> pd.DataFrame:
        table = self.nova.tables[name]
        return table[table["change_number"].eq(self.change_number)].reset_index(drop=True)

    @property
    def bugs(self) -> pd.DataFrame:
        """The bugs that it names: bug_id, relation, evidence, counts_as_fix, source_text."""
        links = self.nova.tables.links
        rows = links[links["kind"].eq("change") & links["ref"].eq(str(self.change_number))].reset_index(drop=True)
        columns = ["bug_id", "relation", "evidence", "counts_as_fix", "source_text"]
        return with_caption(self.nova.with_links(rows), "bugs", f"Bugs that change {self.change_number} names", columns)

    @property
    def votes(self) -> pd.DataFrame:
        """Every vote on it, in order: patch_set_number, label, voter, value, cast_at, is_ci, is_standing."""
        rows = self._rows_of_change("votes").sort_values(["cast_at", "label", "account"], ignore_index=True)
        rows = rows.assign(voter=rows["account"].map(self.nova.account_names).astype("string"))
        columns = ["patch_set_number", "label", "voter", "value", "cast_at", "is_ci", "is_standing"]
        return with_caption(rows, "votes", f"Votes on change {self.change_number}", columns)

    @property
    def turns(self) -> pd.DataFrame:
        """Whose turn it was and is: waiting_on, began_at, ended_at, days."""
        columns = ["waiting_on", "began_at", "ended_at", "days"]
        return with_caption(self._rows_of_change("turns"), "turns", f"Turns of change {self.change_number}", columns)

    @property
    def files(self) -> pd.DataFrame:
        """The paths of its current patch set: path, insertions, deletions."""
        return with_caption(self._rows_of_change("change_files"), "files", f"Files of change {self.change_number}")

    def _facts(self) -> dict[str, object]:
        states = self._rows_of_change("review_states")
        state = states.iloc[0].to_dict() if len(states) else {}
        return {
            "status": self.row["status"],
            "branch": self.row["branch"],
            "owner": self.nova.account_names.get(self.row["owner"], pd.NA),
            "created": self.row["created_at"],
            "bugs": sorted(self.bugs["bug_id"].unique().tolist()) or "none",
            "state": state.get("state", "closed"),
            "waiting on": state.get("waiting_on", "nobody: it is closed"),
            "waiting, days": state.get("waiting_days", "none"),
            "why": state.get("reason", "none"),
            **self._corrections(change_number=self.change_number),
            "lines": self.row["insertions"] + self.row["deletions"],
        }
