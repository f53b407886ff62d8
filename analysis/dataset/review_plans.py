"""Questions about who could act: two people for each fix that waits, and a word to whom an open fix waits for."""

from functools import cached_property

import pandas as pd

from analysis.dataset.display import with_caption
from analysis.dataset.questions import Questions
from analysis.judge import review_plan
from analysis.judge.review_plan import ReviewerFit
from analysis.judge.waiting import events
from analysis.report import measures
from analysis.tables import schema


class ReviewPlanQuestions(Questions):
    """Questions about the people who could move an open fix. It notifies, adds and ranks nobody."""

    def review_plan(self) -> pd.DataFrame:
        """For each fix that waits for a reviewer, two suitable people, one of them a core, within their time per week.

        Suitable people are learned from past reviews: of these files, of this owner, and recent ones. Fixes at the top
        of the list get their people first. The section [capacity] of the project file gives the minutes per week of
        each person. This is a suggestion only: nobody is notified or added as a reviewer.

        Returns
        -------
        DataFrame, in the order of the list
            change_number, subject, bug_id, importance, waiting_on, core_name, other_name, no_core_because,
            minutes; core, other: accounts; change_url, bug_url.

        Examples
        --------
        >>> nova.review_plan()["change_number"].is_unique
        True
        """
        t = self.tables
        fixes = t.open_fixes[t.open_fixes["waiting_on"].isin(schema.WAITING_FOR_REVIEW)]
        fixes = fixes.sort_values(["score", "change_number"], ascending=[False, True], ignore_index=True)
        fixes, planned = self._planned(fixes)
        rows = fixes.merge(planned, "inner", "change_number", validate="1:1")
        rows = rows.assign(
            core_name=rows["core"].map(self.account_names).astype("string"),
            other_name=rows["other"].map(self.account_names).astype("string"),
        )
        columns = ["change_number", "subject", "bug_id", "importance", "waiting_on", "core_name", "other_name",
                   "no_core_because", "minutes"]  # fmt: skip
        return with_caption(
            self.with_links(rows[[*columns, "core", "other"]]),
            "review_plan",
            "Who could review what",
            columns,
            beside=["core", "other"],
            empty=self._or_unknown(
                "No open fix waits for a review.", "which fixes wait for one", "changes", "open", "votes"
            ),
        )

    def nudges(self) -> pd.DataFrame:
        """Open fixes that one person's answer would move, who that could be, and a sentence to paste.

        One +2 and no second core for two weeks; an approval a week old without a merge; a question of the owner's that
        nobody has answered for a week; an owner who has done nothing for half a year. Who could act is who was asked,
        who voted last, or who fits by past reviews.

        Returns
        -------
        DataFrame
            nudge, change_number, subject, owner, owner_name, bug_id, importance, since_at, account, account_name: who
            could act, NA where nobody is known; sentence: plain text on one line; change_url, bug_url.

        Examples
        --------
        >>> set(nova.nudges()["change_number"]) <= set(nova.fixes()["change_number"])
        True
        """
        from analysis.report.figures.nudge_texts import nudge_sentences

        t, fixes = self.tables, self.tables.open_fixes
        messages = t.change_messages
        labels = {self.origin.review_label: "review", self.origin.approval_label: "approval"}
        is_served = t.changes["has_messages"].fillna(False).astype(bool)
        served = t.changes[is_served & t.changes["change_number"].isin(fixes["change_number"])]
        rows = measures.nudges(
            fixes,
            events=events.build(served, t.patch_sets, messages, t.accounts, labels),
            votes=self.core_votes,
            last_acts=self._last_acts,
            as_of=self.as_of,
            review_label=self.origin.review_label,
            approval_label=self.origin.approval_label,
        )
        of_rows = fixes[fixes["change_number"].isin(rows["change_number"])]
        rows = measures.with_reviewers(rows, self._planned(of_rows)[1]) if len(rows) else rows
        rows = self.with_links(rows.assign(account_name=rows["account"].map(self.account_names).astype("string")))
        rows = rows.assign(nudge=rows["kind"].map(measures.NUDGES).astype("string"), sentence=nudge_sentences(rows))
        return with_caption(
            rows,
            "nudges",
            "Open fixes that wait for a word",
            ["nudge", "change_number", "subject", "bug_id", "importance", "since_at", "account_name", "sentence"],
            beside=["owner", "account"],
            empty=self._or_unknown(
                "No open fix waits for a word only.", "which fixes wait for a word", "changes", "votes"
            ),
        )

    @cached_property
    def _last_acts(self) -> "pd.Series[pd.Timestamp]":
        """When each account last uploaded, voted or wrote; empty where merged changes were not served."""
        t = self.tables
        acts = [
            t.columns("patch_sets", ["uploader", "created_at"]).set_axis(["account", "at"], axis=1),
            t.columns("change_messages", ["account", "sent_at"]).set_axis(["account", "at"], axis=1),
            t.votes[["account", "cast_at"]].set_axis(["account", "at"], axis=1),
            t.changes[["owner", "created_at"]].set_axis(["account", "at"], axis=1),
        ]
        has_closed = not {"closed", "votes"} & self.unserved
        every = pd.concat(acts, ignore_index=True) if has_closed else acts[0].head(0)
        last: pd.Series[pd.Timestamp] = every.dropna().groupby("account")["at"].max()
        return last

    def _planned(self, fixes: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The fixes with the minutes that a review of each takes, and who could do it, the first fix first."""
        fixes = fixes.assign(minutes=measures.review_minutes(fixes["size_lines"]))
        votes = self.core_votes
        cast = votes[votes["label"].eq(self.origin.review_label) & votes["value"].ne(0)]
        planned = review_plan.plan(
            fixes,
            self._fit,
            cores=cast.loc[cast["value"].abs().eq(2), "account"],
            voted=cast[cast["is_standing"].fillna(False)],
            names=self._names_of_accounts(),
            capacity=self.origin.capacity,
            as_of=self.as_of,
        )
        return fixes, planned

    @cached_property
    def _fit(self) -> ReviewerFit:
        t = self.tables
        reviews = review_plan.reviews_of(t.votes, t.changes, t.accounts, review_label=self.origin.review_label)
        return ReviewerFit(t.changes, t.change_files, reviews).fit(self.as_of)

    def _names_of_accounts(self) -> dict[int, tuple[str, ...]]:
        rows = self.tables.accounts[["account", "username", "name"]].itertuples(index=False)
        return {int(account): tuple(str(each) for each in names if pd.notna(each)) for account, *names in rows}
