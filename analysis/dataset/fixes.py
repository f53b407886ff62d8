"""Questions about fixes: open fixes, whose turn each is, what to review first, merged fixes."""

from collections.abc import Sequence
from functools import cached_property

import pandas as pd

from analysis.dataset.display import with_caption
from analysis.dataset.questions import CHANGE, COMMITS, Questions, instant_of, resolve_names
from analysis.report import measures
from analysis.report.measures import Limits
from analysis.tables import schema

WAITED = "How long they have waited, and on whom"
FIX = ["change_number", "subject", *CHANGE, "bug_id", "importance"]


class FixQuestions(Questions):
    """The questions about open fixes and the changes around them."""

    def fixes(
        self,
        *,
        area: str = "",
        theme: str = "",
        owner: str = "",
        waiting_on: str | Sequence[str] = (),
        importance: str | Sequence[str] = (),
        unreviewed: bool | None = None,
        touches: str = "",
    ) -> pd.DataFrame:
        """One row per open fix, the one with the highest priority for review first.

        An open fix is an open change that closes a bug wholly or in part. `need` says what a reviewer should do.

        Parameters
        ----------
        area, theme : the title or id of one, or a word of a theme; area="In no area" for fixes that no rule puts into
            an area, except the rule of an area for all fixes
        owner : the creator of the change: a name, username or account number
        waiting_on : whose turn it is: reviewers, second_core, approver, owner, ci, parent, nobody; or a list
        importance : of the bug, such as High, or a list
        unreviewed : True for fixes without a vote by a person other than the owner, False for the others; fixes with
            unknown votes are in neither
        touches : the beginning of a path that the change modifies, such as nova/virt/libvirt

        Returns
        -------
        DataFrame
            the columns of the table open_fixes, then need, change_url, bug_url.

        Examples
        --------
        >>> nova.fixes(waiting_on="owner", importance=["High", "Medium"])["change_number"].tolist()
        [106]
        """
        rows = self.tables.open_fixes
        if area:
            rows = rows[self._is_in_area(rows, self.area_id(area))]
        if theme:
            rows = rows[self._holds(rows["themes"], self.theme_label(theme))]
        if owner:
            rows = rows[rows["owner"].eq(self.account(owner))]
        turns = resolve_names(waiting_on, schema.WAITING_ON, what="waiting_on")
        rows = rows[rows["waiting_on"].isin(turns)] if turns else rows
        rows = self._important(rows, importance)
        if unreviewed is not None:
            rows = rows[rows["is_unreviewed"].eq(unreviewed).fillna(False)]
        if touches:
            rows = rows[rows["change_number"].isin(self._touching(touches))]
        rows = rows.sort_values(["score", "change_number"], ascending=[False, True], ignore_index=True)
        columns = ["change_number", "subject", *CHANGE, "bug_id", "importance", "need", "waiting_on", "waiting_days",
                   "age_days", "areas"]  # fmt: skip
        rows = self.with_change_facts(rows)
        return with_caption(
            self.with_links(rows.assign(need=measures.needs(rows["state"]))),
            "fixes",
            "Open fixes, highest score first",
            columns,
            empty=self._or_unknown("No open fix fits these choices.", "which fixes are open", "changes", "open"),
        )

    def _is_in_area(self, fixes: pd.DataFrame, area_id: str) -> "pd.Series[bool]":
        queue = self.tables.queue
        is_in: pd.Series[bool] = fixes["change_number"].isin(
            queue.loc[queue["area_id"].eq(area_id).fillna(False), "change_number"]
        )
        return is_in

    def _touching(self, path: str) -> "pd.Series[int]":
        files = self.tables.columns("change_files", ["change_number", "path"])
        touched: pd.Series[int] = files.loc[files["path"].str.startswith(path.rstrip("*")), "change_number"]
        return touched

    @cached_property
    def fixes_by_area(self) -> pd.DataFrame:
        """The open fixes with area_id and rank: a fix in two areas has two rows; one in no area has area 'none'."""
        return measures.fixes_by_area(self.tables.open_fixes, self.tables.queue)

    @property
    def fixes_once(self) -> pd.DataFrame:
        """The open fixes with one row each, in the order of the pages."""
        return measures.each_once(self.fixes_by_area)

    @cached_property
    def limits(self) -> Limits:
        """The number of days that a fix may wait for review, from the project file."""
        return Limits.from_mapping(self.origin.limits)

    def over_limit(self) -> pd.DataFrame:
        """The fixes that have waited for review longer than the project file allows, the most overdue first."""
        return with_caption(
            self.with_links(self.with_change_facts(measures.breaches(self.fixes_by_area, self.limits))),
            "breaches",
            "Fixes over a limit",
            [*FIX, "waiting_on", "limit", "waiting_days", "over_days"],
            empty=self._why_no_breach(),
        )

    def unreviewed(self) -> pd.DataFrame:
        """The fixes that are known to be unreviewed, most important first, then longest waiting."""
        return with_caption(
            self.with_links(self.with_change_facts(measures.unreviewed_fixes(self.fixes_by_area))),
            "unreviewed",
            "Unreviewed fixes",
            [*FIX, "branch", "waiting_on", "waiting_days", "reason"],
            empty=self._or_unknown(
                measures.why_none_unreviewed(self.fixes_by_area), "which fixes are unreviewed", "changes", "open"
            ),
        )

    def review_first(self, *, most: int = 10) -> pd.DataFrame:
        """The fixes of all areas with the highest priority for review, and what each needs."""
        rows = measures.do_next(self.fixes_by_area, self.tables.areas, release=self.release, most=most)
        return with_caption(
            self.with_links(self.with_change_facts(rows)),
            "next",
            "Review these first",
            ["change_number", "subject", *CHANGE, "need", "waiting_days", "areas", "reasons"],
            beside=["bug_id", "importance", "score"],  # the reasons for a rank name the importance
            empty=self._or_unknown("No open fix waits for a review.", "which fixes wait for one", "changes", "open"),
        )

    def review_hour(self, *, minutes: float = 60) -> pd.DataFrame:
        """The fixes for the main branch to review in an hour: in the order of the list, as many as fit.

        A review takes 5 minutes to begin, and a minute for each 5 lines: an estimate. A fix that does not fit is left
        out for the next one that does. Where no votes were fetched, each of them may need a review, or not.

        Returns
        -------
        DataFrame
            change_number, subject, owner_name, size_lines, minutes, speaks_for (what speaks for it, in words), ...

        Examples
        --------
        >>> int(nova.review_hour()["minutes"].sum()) <= 60
        True
        """
        rows = self.with_change_facts(self.review_first(most=len(self.tables.open_fixes)))
        fixes = measures.review_hour(rows, minutes=minutes)
        need = [] if "votes" in self.unserved else ["need"]
        return with_caption(
            fixes,
            "hour",
            f"Review these first: {fixes['minutes'].sum():.0f} of {minutes:.0f} minutes",
            ["change_number", "subject", "bug_id", "owner_name", "size_lines", "minutes", "speaks_for", *need,
             "last_event", "areas"],
            beside=["importance", "score"],
            empty=measures.why_none_fits(rows, minutes=minutes) if len(rows) else rows.attrs["caption"]["empty"],
            note="" if need else "Whether each needs a review is unknown: no vote was fetched.",
        )  # fmt: skip

    def merged_fixes(self, *, since: str = "") -> pd.DataFrame:
        """The fixes that were merged since a day, newest first; empty: in the last 30 days.

        A fix is a change that Gerrit served, or a commit of the clone whose change Gerrit did not serve. Such a commit
        has NA for `change_number`, `submitted_at` and `owner_name`, and its `committed_at` may be days before its
        merge.

        Returns
        -------
        DataFrame
            change_number, sha, subject, branch, bug_id, bug_title, submitted_at, committed_at, owner_name, author;
            change_url, bug_url.

        Examples
        --------
        >>> nova.merged_fixes(since="2015-06-01")["change_number"].tolist()
        [110]
        """
        t = self.tables
        start = instant_of(since) if since else self.as_of - pd.Timedelta(days=30)
        rows = measures.merged_fixes(
            links=t.links,
            bugs=t.bugs,
            changes=t.changes,
            commits=t.columns("commits", [*COMMITS, "subject", "author"]),
            change_commits=t.change_commits,
            since=start,
        )
        rows = rows.assign(owner_name=rows["owner"].map(self.account_names).astype("string"))
        columns = ["change_number", "sha", "subject", "branch", "bug_id", "bug_title", "submitted_at", "committed_at",
                   "owner_name", "author"]  # fmt: skip
        return with_caption(
            self.with_links(rows[columns]),
            "merged_fixes",
            f"Fixes merged since {start:%Y-%m-%d}",
            columns,
            empty=self._or_unknown("No fix in the data was merged in this time.", "which fixes were merged", "merged"),
        )

    def waiting_times(self, *, days: str = "waiting_days") -> pd.DataFrame:
        """The number of open fixes by how long they have waited and on whom; `days="age_days"` counts from creation."""
        return self._waited(self.fixes_once, days=days, what="fix")

    def _waited(self, rows: pd.DataFrame, *, days: str = "waiting_days", what: str) -> pd.DataFrame:
        """`measures.waiting_times` of the rows, with the sentence for an empty table."""
        note = self._or_unknown(f"No {what} is open.", "which are open", "changes", "open") if rows.empty else ""
        if len(rows) and rows[days].isna().all():
            note = f"How long any of the {len(rows)} has waited is unknown."
            rows = rows.head(0)
        return with_caption(measures.waiting_times(rows, days=days), "waiting_times", WAITED, note=note)

    def by_week(self, *, weeks: int = 26) -> pd.DataFrame:
        """Open and unreviewed fixes at the end of each recent week: at, n_open_fixes, n_unreviewed."""
        return self._weekly(self.tables.changes, weeks=weeks)

    def _weekly(self, changes: pd.DataFrame, *, weeks: int = 0, ends: Sequence[pd.Timestamp] = ()) -> pd.DataFrame:
        """The same as `by_week`, for these changes only; with `ends` at these instants."""
        t = self.tables
        return measures.backlog(
            changes=self._with_merges(changes),
            links=t.links,
            bugs=t.bugs,
            patch_sets=t.patch_sets,
            votes=t.votes,
            change_messages=self.messages,
            accounts=t.accounts,
            review_label=self.origin.review_label,
            approval_label=self.origin.approval_label,
            as_of=self.as_of,
            weeks=weeks,
            ends=ends,
            has_past="closed" not in self.unserved,
        )

    def _with_merges(self, changes: pd.DataFrame) -> pd.DataFrame:
        """The changes, merged where the clone says so, without open ones that are in no queue: one count of fixes."""
        t = self.tables
        commits = t.columns("commits", ["sha", "committed_at"])
        changes = measures.with_merges_of_a_clone(changes, t.change_commits, commits)
        is_open = changes["status"].isin(schema.OPEN_CHANGE_STATUSES)
        return changes[~is_open | changes["change_number"].isin(t.open_fixes["change_number"])]

    @property
    def messages(self) -> pd.DataFrame:
        """The messages on changes, without their authors; they tell when a change was abandoned."""
        return self.tables.columns("change_messages", ["change_number", "sent_at", "tag", "text"])

    def _why_no_breach(self) -> str:
        """The sentence for an empty list of fixes over a limit."""
        answer = measures.why_no_breach(self.limits)
        has_limits = bool(self.limits.importance_days) or self.limits.stable_days is not None
        return (
            self._or_unknown(answer, "which fixes are over a limit", "changes", "open", "votes")
            if has_limits
            else answer
        )
