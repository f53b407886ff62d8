"""One bug: its tasks, its history, its fixes with whose turn each is, and what is unknown about it."""

from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from analysis.dataset.cards.card import Card, matching_number
from analysis.dataset.display import with_caption
from analysis.report import measures
from analysis.report.figures.html import is_unknown
from analysis.tables import schema

if TYPE_CHECKING:
    from analysis.dataset.dataset import Dataset


MOST_NAMED = 10  # changes that were not fetched; a clean-up may have hundreds
NOT_COMPARED = "only open bugs are compared"


class BugCard(Card):
    """One bug: its facts, `tasks`, `history`, `fixes`, `similar`, and `unknown`, what the data do not tell."""

    def __init__(self, nova: "Dataset", bug_id: int) -> None:
        super().__init__(nova)
        bugs = nova.tables.bugs
        self.bug_id = matching_number(bug_id, bugs["bug_id"], what="the number of a public bug that was fetched")
        self.row = bugs[bugs["bug_id"].eq(self.bug_id)].iloc[0]
        self.title = f"Bug {self.bug_id}: {self.row['title']}"

    def _rows_of_bug(self, name: str) -> pd.DataFrame:
        table = self.nova.tables[name]
        return table[table["bug_id"].eq(self.bug_id)].reset_index(drop=True)

    @property
    def tasks(self) -> pd.DataFrame:
        """Its tasks, one per project and series: target, status, importance, assignee, milestone, closed_at."""
        columns = ["target", "status", "importance", "assignee", "milestone", "created_at", "closed_at"]
        return with_caption(self._rows_of_bug("bug_tasks"), "tasks", f"Tasks of bug {self.bug_id}", columns)

    @property
    def history(self) -> pd.DataFrame:
        """What happened to it, in order: report, log and comments, uploads and merges of its fixes, their commits.

        A merged fix has one row: that of its change, or that of its commit if the change was not served. If the
        activity log is unknown, the dates of the tasks are used instead.

        Returns
        -------
        DataFrame
            at, what, who, detail.
        """
        rows = measures.bug_history(
            bug=self._rows_of_bug("bugs"),
            bug_tasks=self._rows_of_bug("bug_tasks"),
            bug_activity=self._rows_of_bug("bug_activity"),
            bug_messages=self._rows_of_bug("bug_messages"),
            fixes=self.fixes,
            patch_sets=self._rows_of_fixes("patch_sets"),
            commits=self.commits,
            change_commits=self.nova.tables.change_commits,
            names=self.nova.account_names,
        )
        return with_caption(rows, "history", f"What happened to bug {self.bug_id}")

    @cached_property
    def fixes(self) -> pd.DataFrame:
        """The changes that fix it, open and closed: change_number, subject, branch, status, state, waiting_on, ..."""
        links = schema.fix_links(self.nova.tables.links, "change")
        numbers = links.loc[links["bug_id"].eq(self.bug_id), "change_number"].unique()
        changes = self.nova.tables.changes
        rows = changes[changes["change_number"].isin(numbers)]
        states = self.nova.tables.review_states[["change_number", "state", "waiting_on", "waiting_days", "reason"]]
        rows = rows.merge(states, "left", "change_number", validate="1:1")
        columns = ["change_number", "subject", "branch", "status", "waiting_on", "waiting_days", "reason"]
        empty = f"No change that was fetched fixes it{self._unfetched_fixes()}."
        return with_caption(
            self.nova.with_links(rows), "fixes", f"Changes that fix bug {self.bug_id}", columns, empty=empty
        )

    @property
    def turns(self) -> pd.DataFrame:
        """Whose turn it was and is on each of its fixes: change_number, waiting_on, began_at, ended_at, days."""
        rows = self._rows_of_fixes("turns")
        columns = ["change_number", "waiting_on", "began_at", "ended_at", "days"]
        empty = "No history of a fix was fetched."
        return with_caption(
            self.nova.with_links(rows), "turns", f"Turns of the fixes of bug {self.bug_id}", columns, empty=empty
        )

    @property
    def votes(self) -> pd.DataFrame:
        """Every vote on the changes that fix it, in order."""
        rows = self._rows_of_fixes("votes").sort_values(
            ["cast_at", "change_number", "label", "account"], ignore_index=True
        )
        rows = rows.assign(voter=rows["account"].map(self.nova.account_names).astype("string"))
        columns = ["change_number", "patch_set_number", "label", "voter", "value", "cast_at", "is_ci"]
        empty = "No vote on a fix was fetched."
        return with_caption(
            self.nova.with_links(rows), "votes", f"Votes on the fixes of bug {self.bug_id}", columns, empty=empty
        )

    @property
    def commits(self) -> pd.DataFrame:
        """The commits that fix it, on every branch: sha, branch, committed_at, author, subject."""
        links = schema.fix_links(self.nova.tables.links, "commit")
        shas = links.loc[links["bug_id"].eq(self.bug_id), "ref"]
        commits = self.nova.tables.columns("commits", ["sha", "branch", "committed_at", "author", "subject"])
        rows = commits[commits["sha"].isin(shas)].sort_values(["committed_at", "sha"], ignore_index=True)
        empty = "No commit of the clone fixes it." if self._has_clone else "No clone was read, so it is unknown."
        return with_caption(rows, "commits", f"Commits that fix bug {self.bug_id}", empty=empty)

    @property
    def _has_clone(self) -> bool:
        return len(self.nova.tables.columns("commits", ["sha"])) > 0

    def _rows_of_fixes(self, name: str) -> pd.DataFrame:
        table = self.nova.tables[name]
        return table[table["change_number"].isin(self.fixes["change_number"])].reset_index(drop=True)

    @property
    def similar(self) -> pd.DataFrame:
        """The bugs that resemble it, nearest first: other_bug_id, title, score, is_fixed."""
        titles = self.nova.tables.bugs[["bug_id", "title"]].rename(
            columns={"bug_id": "other_bug_id", "title": "other_title"}
        )
        rows = self._rows_of_bug("similar_bugs").merge(titles, "inner", "other_bug_id", validate="m:1")
        rows = rows.sort_values(["rank", "other_bug_id"], ignore_index=True)
        columns = ["other_bug_id", "other_title", "similarity", "is_fixed", "fixes"]
        empty = f"None is known: {NOT_COMPARED}."
        return with_caption(self.nova.with_links(rows), "similar", f"Bugs like bug {self.bug_id}", columns, empty=empty)

    @property
    def possible_fixes(self) -> pd.DataFrame:
        """Commits that may have fixed it without naming it (no proof), with how sure that is and why."""
        rows = self._rows_of_bug("possible_fixes").sort_values("rank", ignore_index=True)
        columns = ["how_sure", "sha", "subject", "committed_at", "common_words"]
        empty = "No commit stands out as a fix that does not name it."
        return with_caption(rows, "possible_fixes", f"Perhaps fixes of bug {self.bug_id}", columns, empty=empty)

    @property
    def theme(self) -> str | None:
        """The label of its theme; None if it has none."""
        rows = self._rows_of_bug("bug_themes")["theme_id"].dropna()
        return measures.theme_label(self.nova.tables.themes, str(rows.iloc[0])) if len(rows) else None

    @property
    def areas(self) -> list[str]:
        """The titles of its areas, which the rules of the area file give."""
        members = schema.declared_members(self.nova.tables.area_members, "bug")
        ids = members.loc[members["bug_id"].eq(self.bug_id), "area_id"].drop_duplicates()
        titles = {area_id: title for title, area_id in self.nova.area_titles.items()}
        return [titles.get(area_id, area_id) for area_id in ids]

    @property
    def unknown(self) -> list[str]:
        """Sentences about what the data do not tell of it."""
        open_fixes = self.fixes[self.fixes["status"].isin(schema.OPEN_CHANGE_STATUSES)]
        lacks = {
            "its activity log: none was fetched": self._rows_of_bug("bug_activity").empty,
            "whose turn its open fix is": bool(open_fixes["waiting_on"].isna().any()),
            f"what it resembles: {NOT_COMPARED}": self._rows_of_bug("similar_bugs").empty,
            "its theme: its text is near to no group": self.theme is None,
        }
        return [what for what, is_so in lacks.items() if is_so]

    def _unfetched_fixes(self) -> str:
        """The end of a sentence that lists the fixes which public comments name but which were not fetched."""
        links = self.nova.tables.links
        named = links[links["evidence"].eq("infra_comment") & links["bug_id"].eq(self.bug_id)]
        fix_links = schema.fix_links(named, "change")
        is_fetched = fix_links["change_number"].isin(self.nova.tables.changes["change_number"])
        numbers = sorted(fix_links.loc[~is_fetched, "change_number"].unique())
        if not numbers:
            return ""
        text = ", ".join(map(str, numbers[:MOST_NAMED]))
        return f"; comments name others: {text}" + (
            f" and {len(numbers) - MOST_NAMED} more" * (len(numbers) > MOST_NAMED)
        )

    def _why_no_fix(self, is_open: object) -> str:
        lack = self._rows_of_bug("unfixed_bugs")
        if len(lack):
            return str(lack["reason"].iloc[0])
        return "unknown" if is_unknown(is_open) else "it has one" if is_open else "it is closed"

    def _facts(self) -> dict[str, object]:
        task = self.tasks[self.tasks["target"].eq(self.nova.origin.launchpad_project)]
        own = task.iloc[0].to_dict() if len(task) else {}
        return {
            "status": own.get("status", pd.NA),
            "importance": own.get("importance", pd.NA),
            "assignee": "nobody" if own and is_unknown(own["assignee"]) else own.get("assignee", pd.NA),
            "reported": self.row["created_at"],
            "duplicate of": "none" if pd.isna(self.row["duplicate_of"]) else self.row["duplicate_of"],
            "areas": self.areas or "none",
            "theme": self.theme or "none",
            "changes that fix it": f"{_fetched(len(self.fixes))}{self._unfetched_fixes()}",
            "commits that fix it": len(self.commits) if self._has_clone else pd.NA,
            "no fix, because": self._why_no_fix(own.get("is_open", pd.NA)),
            **self._corrections(bug_id=self.bug_id),
            "unknown": self.unknown or "nothing that this card shows",
        }


def _fetched(n: int) -> str:
    return "1 was fetched" if n == 1 else f"{n} were fetched"
