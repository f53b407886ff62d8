"""Questions about backports: where each fix is, what stable branches lack, and what to backport next."""

import pandas as pd

from analysis.dataset.display import with_caption
from analysis.dataset.fixes import FixQuestions
from analysis.dataset.questions import COMMITS
from analysis.report import measures


class BackportQuestions(FixQuestions):
    """The questions about fixes on stable branches, and about bugs with tasks in several series."""

    def backports(self, *, missing: bool = False) -> pd.DataFrame:
        """Merged fixes, and which stable branches have them; `missing=True`: only fixes that some branch lacks."""
        t = self.tables
        rows = measures.backports(
            t.backports,
            changes=t.changes,
            links=t.links,
            bugs=t.bugs,
            bug_tasks=t.bug_tasks,
            launchpad_project=self.origin.launchpad_project,
        )
        branches = measures.branch_columns(rows)
        if missing:
            lacks = [rows[name].astype("string").str.startswith(("missing", "blocked")) for name in branches]
            rows = rows[pd.concat(lacks, axis=1).fillna(False).any(axis=1)] if lacks else rows.head(0)
        return with_caption(
            self.with_links(rows.reset_index(drop=True)),
            "backports",
            "Fixed bugs and their backports",
            empty=self._or_unknown(measures.why_no_backports(t.bugs), "which fixes are on a stable branch", "merged"),
        )

    def backport_branches(self) -> pd.DataFrame:
        """The number of fixed bugs that each stable branch has, lacks or waits for."""
        answer = "No stable branch has a fix, or is asked for one, as far as the data tell."
        empty = self._or_unknown(answer, "which fixes are on a stable branch", "merged")
        matrix = self.backports()
        rows = measures.by_branch(measures.branch_states(matrix, self.tables.bugs), measures.branch_columns(matrix))
        caption = "Fixed bugs by stable branch, without those of tests and gate jobs"
        return with_caption(rows, "branches", caption, empty=empty)

    def stable_lacks(self) -> pd.DataFrame:
        """The fixes that were not seen on each stable branch: first what was asked for, then the most important.

        Returns
        -------
        DataFrame
            branch, bug_id, bug_title, importance, on_branch, is_wanted, concerns, change_number, ...
        """
        rows = self._if_changes_known(measures.lacking(measures.branch_states(self.backports(), self.tables.bugs)))
        answer = "No stable branch lacks a fix, as far as the data tell."
        return with_caption(
            self.with_links(rows),
            "lacking",
            "Fixes not seen on a stable branch, requested ones first",
            ["branch", "bug_id", "bug_title", "importance", "on_branch", "is_wanted", "change_number", "concerns",
             "fixed_on_master_at"],
            none_where={"change_number": "n_changes"},
            empty=self._or_unknown(answer, "what a stable branch lacks", "bugs", "merged"),
        )  # fmt: skip

    def owed_backports(self) -> pd.DataFrame:
        """The fixes that were requested for a stable branch and are not there yet, newest branch first."""
        answer = "No stable branch lacks a fix that was asked for there, as far as the data tell."
        rows = self._if_changes_known(measures.owed_by_branch(self.backports()))
        return with_caption(
            self.with_links(rows),
            "owed_backports",
            "Requested backports not merged yet, newest branch first",
            ["branch", "bug_id", "bug_title", "importance", "on_branch", "change_number", "fixed_on_master_at"],
            none_where={"change_number": "n_changes"},
            empty=self._or_unknown(answer, "what a stable branch lacks", "bugs", "tasks", "merged"),
        )

    def _if_changes_known(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The rows, of which a number of changes of 0 is unknown where no change was served."""
        is_unknown = rows["n_changes"].eq(0) & ("changes" in self.unserved)
        return rows.assign(n_changes=rows["n_changes"].mask(is_unknown))

    def next_backports(self) -> pd.DataFrame:
        """What to backport next: a fix that was not seen on a branch, and that no newer branch has to get before.

        First those that were asked for, by a series task or a backport tag, then those of Critical and High bugs
        without tests and gate jobs; the most important first in each. An open backport is not here, but in review.

        Returns
        -------
        DataFrame
            the columns of `stable_lacks`.
        """
        rows = self.stable_lacks()
        caption = rows.attrs["caption"]
        columns = ["bug_id", "bug_title", "importance", "branch", "is_wanted", "concerns", "fixed_on_master_at"]
        answer = "No fix that was asked for, or that is of a Critical or High bug, is to be backported next."
        return with_caption(
            measures.next_backports(rows),
            "next_backports",
            "What to backport next: requested fixes first, then the most important",
            columns,
            none_where=caption["none_where"],
            empty=self._or_unknown(answer, "what is to be backported", "bugs", "tasks", "merged"),
        )

    def backports_first(self, *, most: int = 5) -> pd.DataFrame:
        """The first of `next_backports`."""
        rows = self.next_backports()
        caption = {**rows.attrs["caption"], "name": "backports_first"}
        return with_caption(rows.head(most), **caption)

    def shared_tasks(self) -> pd.DataFrame:
        """The open tasks of bugs with tasks in several series or projects, and what each lacks."""
        t = self.tables
        rows = measures.shared_tasks(
            bugs=t.bugs,
            bug_tasks=t.bug_tasks,
            changes=t.changes,
            commits=t.columns("commits", COMMITS),
            links=t.links,
            may_have_fix=bool({"merged", "changes"} & self.unserved),
        )
        return with_caption(
            self.with_links(rows),
            "tasks",
            "Open tasks of bugs that have several",
            ["bug_id", "bug_title", "target", "importance", "status", "need", "change_number", "other_tasks"],
            none_where={"change_number": "n_changes"},
            beside=["assignee"],
            empty=self._or_unknown(measures.why_no_shared_tasks(t.bugs), "which have several tasks", "bugs", "tasks"),
        )
