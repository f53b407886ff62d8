"""One person: the fixes that they own, the changes that they voted on, and the fixes that they could review."""

from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from analysis.dataset.cards.card import Card, table_of_page
from analysis.dataset.display import with_caption
from analysis.dataset.questions import CHANGE
from analysis.errors import UsageError
from analysis.judge import todo
from analysis.report import measures, page_registry
from analysis.tables import schema
from analysis.tables.completeness import UnknownAnswer

if TYPE_CHECKING:
    from analysis.dataset.dataset import Dataset
    from analysis.report.figures import SmallPage

NO_ACCOUNT = -1
ONE_BUG, FIX_OF = {"bug_id": "n_bugs"}, {"change_number": "n_fixes"}
COUNTED = {
    "to_do": "own open changes whose owner must act",
    "waits": "own open changes, whoever else must act",
    "turn_unknown": "own open changes whose votes or comments the data does not hold",
    "assigned": "open bugs, on Launchpad",
    "todo": "the best of the open fixes that wait for a review",
}
OWN = ["change_number", "subject", "size_lines", "ci", "last_event", "bug_id", "state", "waiting_days"]


class PersonCard(Card):
    """One person: changes `to_do`, changes whose turn `waits` on others, `assigned` bugs, and `todo()`, what to review.

    `turn_unknown` lists their changes for which too little was served to tell whose turn it is.

    `fixes` are their open fixes, `reviewed` the changes that they voted on lately. For somebody who is known to
    Launchpad only, `account` is -1, which is no account of Gerrit.
    """

    def __init__(self, nova: "Dataset", name: str | int = "", *, key: str = "") -> None:
        super().__init__(nova)
        self.key, self.account, self.launchpad_name = _identity(nova, name, key)
        self._row = nova._people[nova._people["key"].eq(self.key)]
        self.name = str(self._row["person"].iloc[0]) if len(self._row) else nova.account_names[self.account]
        self.title = self.name

    @cached_property
    def _own(self) -> pd.DataFrame:
        rows = self.nova.owned_changes
        return rows[rows["owner"].eq(self.account).fillna(False)].reset_index(drop=True)

    @property
    def to_do(self) -> pd.DataFrame:
        """The open changes that this person owns and that wait for them."""
        rows = self._own[self._own["waiting_on"].eq("owner").fillna(False)].reset_index(drop=True)
        empty = self._or_unknown(
            "No open change of theirs waits for them.", "which wait for them", "changes", "open", "votes"
        )
        empty = self._unless_unnamed(empty, "n_to_do")
        return with_caption(rows, "to_do", "Mine to do", [*OWN, "reason"], none_where=ONE_BUG, empty=empty)

    @property
    def waits(self) -> pd.DataFrame:
        """The open changes that this person owns and that wait for somebody else."""
        rows = self._own[self._own["waiting_on"].ne("owner").fillna(False)].reset_index(drop=True)
        empty = "No open change of theirs waits for others."
        empty = self._or_unknown(empty, "which wait for others", "changes", "open", "votes")
        empty = self._unless_unnamed(empty, "n_for_others")
        columns = [*OWN[:-2], "waiting_on", *OWN[-2:]]
        return with_caption(rows, "waits", "Mine, waiting for others", columns, none_where=ONE_BUG, empty=empty)

    @property
    def turn_unknown(self) -> pd.DataFrame:
        """The open changes that this person owns and for which it is unknown whose turn it is."""
        rows = self._own[self._own["waiting_on"].isna()].reset_index(drop=True)
        return with_caption(rows, "turn_unknown", "Mine, their turn unknown", OWN[:-2], none_where=ONE_BUG)

    @property
    def assigned(self) -> pd.DataFrame:
        """The open bugs assigned to the account of this name on Launchpad, most important first."""
        bugs = self.nova.listed_bugs
        rows = bugs[bugs["assignee"].eq(str(self.launchpad_name)).fillna(False)].reset_index(drop=True)
        columns = ["bug_id", "bug_title", "importance", "status", "need", "change_number", "age_days"]
        empty = self._or_unknown("No open bug is assigned to them.", "which bugs are assigned to them", "bugs")
        empty = self._unless_unnamed(empty, "n_assigned")
        return with_caption(rows, "assigned", "Bugs assigned on Launchpad", columns, none_where=FIX_OF, empty=empty)

    def _unless_unnamed(self, answer: str, column: str) -> str:
        """The sentence for no rows, or why they are unknown: which account on the other server is theirs."""
        is_possible = len(self._row) and self._row[column].isna().iloc[0] and not isinstance(answer, UnknownAnswer)
        if is_possible and self.launchpad_name is None:
            return UnknownAnswer("Their username was not served", "which bugs are assigned to them")
        if is_possible and self.account == NO_ACCOUNT:
            return UnknownAnswer("The usernames of some owners were not served", "which changes are theirs")
        return answer

    def _or_unknown(self, answer: str, unknown: str, *follows_from: str) -> str:
        return self.nova._or_unknown(answer, unknown, *follows_from)

    def page(self) -> "SmallPage":
        """The person as a page of the report."""
        from analysis.report import figures

        # An owner may be a number without an account in the tables: then it is unknown what this person reviewed.
        could_review = self.todo(most=10) if self.account in self.nova.account_names else None
        tables = [self.to_do, self.waits, self.assigned, *([] if could_review is None else [could_review])]
        if len(self.turn_unknown):
            tables.insert(2, self.turn_unknown)
        counts = {"to_do": "mine to do", "waits": "mine, waiting for others", "turn_unknown": "mine, turn unknown",
                  "assigned": "bugs assigned", "todo": "I could review"}  # fmt: skip
        facts = measures.facts_frame([self._count(table, counts) for table in tables])
        html_tables = [table_of_page(table) for table in tables if len(table)]
        missing = _grouped([table.attrs["note"] for table in tables if not len(table)])
        if self.launchpad_name is not None and self.account != NO_ACCOUNT:
            missing.append("Bugs are those of the account of the same username on Launchpad.")
        return figures.SmallPage(
            page_registry.PEOPLE.part(self.key),
            self.name,
            "What is open and mine to do, what waits for others, and what I could review.",
            [figures.fact_list(facts), *html_tables],
            notes=missing,
        )

    @staticmethod
    def _count(table: pd.DataFrame, names: dict[str, str]) -> "measures.Fact":
        name = table.attrs["caption"]["name"]
        is_unknown = not len(table) and isinstance(table.attrs["note"], UnknownAnswer)
        return measures.Fact(names[name], COUNTED[name], n=pd.NA if is_unknown else len(table))

    @property
    def fixes(self) -> pd.DataFrame:
        """The open fixes that this person owns; `waiting_on` is "owner" if it is their turn."""
        return self.nova.fixes(owner=str(self.account))

    def todo(self, *, minutes: float | None = None, most: int = todo.MOST) -> pd.DataFrame:
        """At most `most` open fixes that this person can review, best first; with `minutes`, as many as fit into them.

        A review takes 5 minutes to begin, and a minute for each 5 lines: an estimate, not a measurement. A fix that
        does not fit is skipped for the next one that does.

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
        # If no turn is known, as in saved answers without votes, there is nothing to search.
        waits = t.queue[t.queue["waiting_on"].isin(schema.WAITING_FOR_REVIEW)]
        rows = (
            schema.TODO.empty()
            if waits.empty or self.account == NO_ACCOUNT
            else todo.build(
                self.account,
                queue=waits,
                changes=t.changes,
                change_files=t.change_files,
                votes=t.votes,
                accounts=t.accounts,
                known_points=self.nova.origin.known_points,
                revisit_points=self.nova.origin.revisit_points,
                review_label=self.nova.origin.review_label,
                most=most,
            )
        )
        rows = rows.sort_values("rank", ignore_index=True)  # tables come in the order of their keys
        lines = t.open_fixes.set_index("change_number")["size_lines"]
        size = schema.looked_up(rows["change_number"], lines)
        rows = rows.assign(minutes=measures.review_minutes(size))
        if minutes is not None:
            rows = rows[measures.fitting(rows["minutes"], minutes)].reset_index(drop=True)
        rows = self.nova.with_change_facts(rows)
        columns = ["rank", "change_number", "subject", *CHANGE, "bug_id", "minutes", "reasons"]
        empty = self._or_unknown(
            "No open fix waits for this person's review.", "which fixes wait", "changes", "open", "votes"
        )
        return with_caption(self.nova.with_links(rows), "todo", f"For {self.name} to review", columns, empty=empty,
                            beside=["importance", "score"])  # fmt: skip

    @property
    def reviewed(self) -> pd.DataFrame:
        """The changes that this person voted on, newest vote first: change_number, label, value, cast_at."""
        votes = self.nova.tables.votes
        rows = votes[votes["account"].eq(self.account) & votes["value"].ne(0)]
        rows = rows.sort_values(["cast_at", "change_number"], ascending=[False, True], ignore_index=True)
        columns = ["change_number", "patch_set_number", "label", "value", "cast_at"]
        return with_caption(self.nova.with_links(rows), "reviewed", f"Votes by {self.name}", columns)

    def _facts(self) -> dict[str, object]:
        if self.account == NO_ACCOUNT:
            return {"on Launchpad": self.launchpad_name, "bugs assigned": len(self.assigned)}
        fixes = self.fixes
        return {
            "account": self.account,
            "open fixes": len(fixes),
            "of these, their turn": int(fixes["waiting_on"].eq("owner").fillna(False).sum()),
            "fixes to review": len(self.todo()),
            "votes": len(self.reviewed),
            "last vote": self.reviewed["cast_at"].max(),
            **self._corrections(account=self.account),
        }


def _identity(nova: "Dataset", name: str | int, key: str) -> tuple[str, int, str | None]:
    """The key of the person's files, their account on Gerrit and their name on Launchpad, for a typed name."""
    people = nova._people
    if not key:
        assignees = people.loc[people["launchpad_name"].notna() & people["account"].isna()]
        try:
            key = str(nova.account(name))
        except UsageError:
            matching = assignees.loc[assignees["launchpad_name"].str.lower().eq(str(name).lower()), "key"]
            if matching.empty:
                raise
            key = str(matching.iloc[0])
    row = people[people["key"].eq(key)]
    launchpad_name = row["launchpad_name"].iloc[0] if len(row) else pd.NA
    account = int(key) if key.isdecimal() else NO_ACCOUNT
    return key, account, None if pd.isna(launchpad_name) else str(launchpad_name)


def _grouped(notes: list[str]) -> list[str]:
    """The sentences on empty tables; those with the same cause are one.

    >>> _grouped([UnknownAnswer("No vote came", "who waits"), "None.", UnknownAnswer("No vote came", "what waits")])
    ['No vote came, so it is unknown who waits, and what waits.', 'None.']
    """
    unknown_of: dict[str, list[str]] = {}
    for note in notes:
        cause, parts = (note.cause, [note.what]) if isinstance(note, UnknownAnswer) else (note, [])
        unknown_of.setdefault(cause, []).extend(parts)
    return [
        str(UnknownAnswer(cause, ", and ".join(dict.fromkeys(parts)))) if parts else cause
        for cause, parts in unknown_of.items()
    ]
