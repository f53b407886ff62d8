"""Questions about all changes: whose turn it is, how long turns last, backports, stacks, what to take over."""

import pandas as pd

from analysis.dataset.display import with_caption
from analysis.dataset.fixes import FixQuestions
from analysis.dataset.name_lookup import resolve_name
from analysis.dataset.questions import CHANGE, COMMITS
from analysis.report import measures
from analysis.tables import schema

# The parties of turns in the history, see `judge.waiting.turns`, where a second core and an approver are reviewers.
TURN_HOLDERS = ("reviewers", "owner", "ci", "nobody")


class ReviewQuestions(FixQuestions):
    """The questions about all open changes and about the history of all changes."""

    def open_changes(self) -> pd.DataFrame:
        """Every open change, fix or not, with its review state, longest waiting first."""
        t = self.tables
        rows = measures.open_reviews(
            changes=t.changes,
            review_states=t.review_states,
            queue=t.queue,
            links=t.links,
            bugs=t.bugs,
            change_commits=t.change_commits,
        )
        is_known = rows.empty or rows["waiting_days"].notna().any()
        order = "longest waiting first" if is_known else "by number: how long each waits is unknown"
        return with_caption(
            self.with_links(self.with_change_facts(rows)),
            "reviews",
            f"Open changes, {order}",
            ["change_number", "subject", "waiting_on", "waiting_days", "state", *CHANGE, "is_unreviewed", "bug_id",
             "branch", "reason"],
            none_where={"bug_id": "n_bugs"},
            beside=["is_fix"],
            empty=self._why_none_open(),
        )  # fmt: skip

    def _why_none_open(self) -> str:
        return self._or_unknown("No change is open.", "which are open", "changes", "open")

    def turns(self) -> pd.DataFrame:
        """The number of open changes by whom they wait on and by state, and how long they have waited."""
        rows = measures.turns(self.open_changes())
        return with_caption(rows, "turns", "Open changes by whom they wait on", empty=self._why_none_open())

    def open_changes_waited(self) -> pd.DataFrame:
        """The number of all open changes by how long they have waited and on whom."""
        return self._waited(self.open_changes(), what="change")

    def stable_changes(self) -> pd.DataFrame:
        """Every open change of a stable branch, longest waiting first."""
        rows = measures.on_stable_branches(self.open_changes())
        return with_caption(
            rows,
            "waits",
            "Open changes of stable branches",
            ["change_number", "subject", *CHANGE, "branch", "bug_id", "state", "waiting_on", "waiting_days", "reason"],
            none_where={"bug_id": "n_bugs"},
            empty=measures.why_none_on_stable(self.tables.changes),
        )

    def stable_cores(self) -> pd.DataFrame:
        """The people who may approve on each stable branch with open changes (gave +2 or -2); newest branch first."""
        t = self.tables
        rows = measures.stable_cores(
            self.stable_changes(),
            changes=t.changes,
            votes=self.core_votes,
            accounts=t.accounts,
            review_label=self.origin.review_label,
        )
        caption = "Who may approve on each stable branch: who gave +2 or -2 there"
        return with_caption(rows, "stable_cores", caption, empty=measures.why_none_on_stable(t.changes))

    def waiting(self, *, by: str = "area", of: str = "") -> pd.DataFrame:
        """The median length of turns in days, with its 95 % interval; a turn that still lasts is censored.

        A median of NA means that more than half of these turns still last. Reads waiting_medians.

        Parameters
        ----------
        by : area (all changes first, then each area) or turn (all changes only)
        of : reviewers (including a second core and an approver), owner, ci or nobody; empty: each of them

        Returns
        -------
        DataFrame
            title, waiting_on, median_days, median_low, median_high, n_turns, n_lasting.

        Examples
        --------
        >>> nova.waiting(by="turn", of="reviewers")["title"].tolist()
        ['All changes']
        """
        rows = measures.turn_medians(self.tables.waiting_medians, self.tables.areas, release=self.release)
        if resolve_name(by, ["area", "turn"], what="by") == "turn":
            rows = rows[rows["area_page"].isna()]
        if of:
            rows = rows[rows["waiting_on"].eq(resolve_name(of, list(TURN_HOLDERS), what="of"))]
        empty = "No history was fetched, so no turn is known."
        rows = rows.reset_index(drop=True)
        return with_caption(rows, "turn_medians", "How long half of the turns last", empty=empty)

    def turns_lasting(self, *, area: str = "") -> pd.DataFrame:
        """The share of turns that last longer than a number of days, for an area or for all changes."""
        area_id = self.area_id(area) if area else schema.EVERY_AREA
        return measures.turns_lasting(self.tables.waiting_curves, area_id=area_id)

    def review_times(self) -> pd.DataFrame:
        """Days from each change's creation to its first vote by another person, and to its merge."""
        t = self.tables
        return measures.review_times(
            changes=t.changes,
            links=t.links,
            bugs=t.bugs,
            votes=t.votes,
            change_messages=t.change_messages,
            accounts=t.accounts,
            review_label=self.origin.review_label,
            approval_label=self.origin.approval_label,
            as_of=self.as_of,
        )

    def until_review(self) -> pd.DataFrame:
        """The share of changes without a vote by somebody other than the owner, after a number of days."""
        return measures.still_waiting(self.review_times(), days="first_vote_days", happened="is_reviewed")

    def until_merge(self) -> pd.DataFrame:
        """The share of changes that are not merged after a number of days."""
        times = self.review_times()
        durations = times.head(0) if "closed" in self.unserved else times
        return measures.still_waiting(durations, days="merge_days", happened="is_merged")

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
        """What each stable branch lacks, blockers first: what was asked for, then the most important.

        Returns
        -------
        DataFrame
            branch, bug_id, bug_title, importance, lack, is_wanted, concerns, change_number, fixed_on_master_at, ...
        """
        rows = self._if_changes_known(measures.lacking(measures.branch_states(self.backports(), self.tables.bugs)))
        answer = "No stable branch lacks a fix, as far as the data tell."
        return with_caption(
            self.with_links(rows),
            "lacking",
            "What stable branches lack, blockers first",
            ["branch", "bug_id", "bug_title", "importance", "lack", "is_wanted", "change_number", "concerns",
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
            "Requested backports that are missing, newest branch first",
            ["branch", "bug_id", "bug_title", "importance", "lack", "change_number", "fixed_on_master_at"],
            none_where={"change_number": "n_changes"},
            empty=self._or_unknown(answer, "what a stable branch lacks", "bugs", "tasks", "merged"),
        )

    def _if_changes_known(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The rows, of which a number of changes of 0 is unknown where no change was served."""
        is_unknown = rows["n_changes"].eq(0) & ("changes" in self.unserved)
        return rows.assign(n_changes=rows["n_changes"].mask(is_unknown))

    def backports_first(self, *, most: int = 5) -> pd.DataFrame:
        """The first requested backports that have not merged, the newest branch first."""
        rows = self.owed_backports()
        caption = rows.attrs["caption"]
        return with_caption(
            rows.head(most),
            "backports_first",
            caption["caption"],
            caption["columns"],
            none_where=caption["none_where"],
            empty=caption["empty"],
        )

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

    def rescues(self) -> pd.DataFrame:
        """Changes worth taking over: with positive votes, for an open bug, abandoned or without recent activity."""
        t = self.tables
        return with_caption(
            self.with_links(
                self.with_change_facts(measures.rescues(t.rescues, changes=t.changes, links=t.links, bugs=t.bugs))
            ),
            "rescues",
            "Changes worth taking over",
            ["change_number", "subject", *CHANGE, "branch", "bug_id", "bug_title", "reason"],
            beside=["why", "since_at", "n_liked"],
            empty=self._or_unknown(
                measures.why_no_rescues(t.changes), "which abandoned changes are of open bugs", "bugs"
            ),
        )

    def competing_fixes(self) -> pd.DataFrame:
        """Open changes that close the same bug on the same branch."""
        t = self.tables
        rows = measures.competing_fixes(t.competing_fixes, changes=t.changes, links=t.links, bugs=t.bugs)
        answer = "No two open changes in the data close the same bug on one branch."
        empty = self._or_unknown(answer, "which close the same bug", "changes", "open")
        return with_caption(
            self.with_links(self.with_change_facts(rows)),
            "competing_fixes",
            "Bugs that several open changes close",
            ["bug_id", "bug_title", "branch", "change_number", "subject", *CHANGE],
            beside=["n_owners"],
            empty=empty,
        )

    def superseded_fixes(self) -> pd.DataFrame:
        """Open fixes of bugs that another change has closed on that branch, or whose status is a closed one."""
        t = self.tables
        rows = measures.superseded_fixes(t.superseded_fixes, changes=t.changes, links=t.links, bugs=t.bugs)
        return with_caption(
            self.with_links(self.with_change_facts(rows)),
            "superseded_fixes",
            "Open fixes of bugs that are closed",
            ["change_number", "subject", *CHANGE, "branch", "bug_id", "reason"],
            beside=["bug_title", "closed_at"],
            empty=self._or_unknown(
                "No open fix is known whose bug is closed.", "which open fixes are of closed bugs", "changes", "bugs"
            ),
        )

    def stacks(self) -> pd.DataFrame:
        """Open changes that depend on each other, from the bottom up."""
        t = self.tables
        rows = measures.stacks(t.stacks, changes=t.changes, links=t.links, bugs=t.bugs)
        return with_caption(
            self.with_links(self.with_change_facts(rows)),
            "stacks",
            "Open changes in stacks",
            ["stack_id", "position", "n_changes", "change_number", "subject", *CHANGE, "branch", "is_outdated"],
            empty=measures.why_no_stacks(t.changes),
        )
