"""Questions about all changes: whose turn it is, how long turns last, stacks, what to take over."""

import pandas as pd

from analysis.dataset.backports import BackportQuestions
from analysis.dataset.display import with_caption
from analysis.dataset.name_lookup import resolve_name
from analysis.dataset.questions import CHANGE
from analysis.report import measures
from analysis.tables import schema
from analysis.tables.counts import counted

# The parties of turns in the history, see `judge.waiting.turns`, where a second core and an approver are reviewers.
TURN_HOLDERS = ("reviewers", "owner", "ci", "nobody")


class ReviewQuestions(BackportQuestions):
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
        return with_caption(
            self.with_links(self.with_change_facts(rows)),
            "reviews",
            f"Open changes, {_order(rows)}",
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
        empty = self._why_none_open()
        if len(rows) and rows["state"].eq("unknown").all():
            number = counted(rows["n_changes"].sum(), "open change")
            empty = f"Neither votes nor history of any of {number} were fetched, so it is unknown whose turn it is."
            rows = rows.head(0)
        return with_caption(rows, "turns", "Open changes by whom they wait on", empty=empty)

    def open_changes_waited(self) -> pd.DataFrame:
        """The number of all open changes by how long they have waited and on whom."""
        return self._waited(self.open_changes(), what="change")

    def stable_changes(self) -> pd.DataFrame:
        """Every open change of a stable branch: the fixes of the most important bugs first, then longest waiting."""
        t = self.tables
        rows = measures.on_stable_branches(self.open_changes(), queue=t.queue, changes=t.changes, as_of=self.as_of)
        is_known = rows.empty or bool(rows["waiting_days"].notna().any())
        order = "longest waiting" if is_known else "oldest (how long each waits is unknown)"
        return with_caption(
            rows,
            "waits",
            f"Open changes of stable branches, most important first, then {order}",
            ["change_number", "subject", *CHANGE, "branch", "bug_id", "importance", "age_days", "state", "waiting_on",
             "waiting_days", "reason"],
            none_where={"bug_id": "n_bugs", "importance": "n_bugs"},
            empty=measures.why_none_on_stable(t.changes),
        )  # fmt: skip

    def stable_counts(self) -> str:
        """How the counts of open backports on the pages go together: see `measures.counts_in_words`."""
        states = measures.branch_states(self.backports(), self.tables.bugs)
        return measures.counts_in_words(self.stable_changes(), self.fixes_once, states)

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


def _order(rows: pd.DataFrame) -> str:
    """How the open changes are ordered, in words."""
    is_known = rows.empty or bool(rows["waiting_days"].notna().any())
    return "longest waiting first" if is_known else "by number: how long each waits is unknown"
