"""One person: the fixes that they own, what they voted on, and what they could review."""

from typing import TYPE_CHECKING

import pandas as pd

from analysis.dataset.cards.card import Card
from analysis.dataset.display import with_caption
from analysis.judge import todo
from analysis.tables import schema

if TYPE_CHECKING:
    from analysis.dataset.dataset import Dataset

LINES_AN_HOUR = 300  # what a person can review with care, by the usual studies of code review (200 to 400)
MINUTES_TO_BEGIN = 5  # to read the bug and the message of a change, however small


class PersonCard(Card):
    """One person: `fixes` they own, `todo()` for them to review, `reviewed`: what they voted on lately."""

    def __init__(self, nova: "Dataset", name: str | int) -> None:
        super().__init__(nova)
        self.account = nova.account(name)
        self.name = nova.account_names[self.account]
        self.title = self.name

    @property
    def fixes(self) -> pd.DataFrame:
        """The open fixes that this person owns; `waiting_on` is "owner" where it is their turn."""
        return self.nova.fixes(owner=str(self.account))

    def todo(self, *, minutes: float | None = None, most: int = todo.MOST) -> pd.DataFrame:
        """The open fixes that this person can review, the `most` best first; with `minutes`, as many as fit into them.

        A fix takes 5 minutes to begin, and a minute for each 5 lines: an estimate, not a measurement. One that does not
        fit is passed over for the next that does.

        Returns
        -------
        DataFrame
            the columns of schema.TODO, then minutes.

        Examples
        --------
        >>> nova.person("casey-example").todo(minutes=10)[["change_number", "minutes"]].values.tolist()
        [[101, 8.0]]
        """
        t = self.nova.tables
        rows = todo.build(
            str(self.account),
            queue=t.queue,
            changes=t.changes,
            change_files=t.change_files,
            votes=t.votes,
            accounts=t.accounts,
            known_points=self.nova.origin.known_points,
            revisit_points=self.nova.origin.revisit_points,
            review_label=self.nova.origin.review_label,
            most=most,
        )
        lines = t.open_fixes.set_index("change_number")["size_lines"]
        size = schema.looked_up(rows["change_number"], lines)
        rows = rows.assign(minutes=(MINUTES_TO_BEGIN + size * 60 / LINES_AN_HOUR).astype("Float64").round())
        if minutes is not None:
            rows = rows[_fitting(rows["minutes"], minutes)].reset_index(drop=True)
        columns = ["rank", "change_number", "subject", "bug_id", "importance", "minutes", "reasons"]
        empty = "No open fix waits for this person's review."
        return with_caption(self.nova.with_links(rows), "todo", f"For {self.name} to review", columns, empty=empty)

    @property
    def reviewed(self) -> pd.DataFrame:
        """The changes that this person voted on, the last first: change_number, label, value, cast_at."""
        votes = self.nova.tables.votes
        rows = votes[votes["account"].eq(self.account) & votes["value"].ne(0)]
        rows = rows.sort_values(["cast_at", "change_number"], ascending=[False, True], ignore_index=True)
        columns = ["change_number", "patch_set_number", "label", "value", "cast_at"]
        return with_caption(self.nova.with_links(rows), "reviewed", f"Votes by {self.name}", columns)

    def _facts(self) -> dict[str, object]:
        fixes = self.fixes
        return {
            "account": self.account,
            "open fixes": len(fixes),
            "of these, their turn": int(fixes["waiting_on"].eq("owner").fillna(False).sum()),
            "fixes to review": len(self.todo()),
            "votes": len(self.reviewed),
            "last vote": self.reviewed["cast_at"].max(),
        }


def _fitting(minutes: pd.Series, budget: float) -> list[bool]:
    minutes_left, fitting = budget, []
    for one in minutes:
        fits = bool(pd.notna(one) and one <= minutes_left)
        minutes_left -= one if fits else 0
        fitting.append(fits)
    return fitting
