"""Questions about what will be merged, and whether the order of the list helps: forecasts and replays, with checks."""

import pandas as pd

from analysis.dataset.cards.person_card import LINES_AN_HOUR, MINUTES_TO_BEGIN
from analysis.dataset.display import with_caption
from analysis.dataset.questions import Questions
from analysis.judge import review_plan
from analysis.report import measures
from analysis.tables import schema

TOO_LITTLE = "Too few merges are known, or too short a past, to forecast."


class ForecastQuestions(Questions):
    """What one asks of the future of open fixes, and of how well such answers did before."""

    def forecast(self) -> pd.DataFrame:
        """The chance of each open fix to be merged within 2, 4 and 12 weeks, and the act it waits for most.

        Learned from what became of changes of the past year, with those that are still open counted as such. It is
        shown, and never counted in the priority of a fix, so that nobody waits longer for being new.

        Returns
        -------
        DataFrame, the likeliest first
            change_number, subject, owner, owner_name, bug_id, importance, waiting_on, chance_2_weeks, chance_4_weeks,
            chance_12_weeks, is_newcomer, waits_for; change_url, bug_url.
        """
        rows = measures.forecast_rows(self.tables.open_fixes, self.tables.forecasts)
        note = TOO_LITTLE if len(rows) and rows["chance_2_weeks"].isna().all() else ""
        return with_caption(
            self.with_links(rows),
            "forecast",
            "Chance of each open fix to be merged",
            ["change_number", "subject", "owner_name", "bug_id", "importance", "waiting_on", "chance_2_weeks",
             "chance_4_weeks", "chance_12_weeks", "waits_for", "is_newcomer"],
            empty=self._or_unknown("No fix is open.", "which fixes are open", "changes"),
            note=note,
        )  # fmt: skip

    def forecast_totals(self) -> pd.DataFrame:
        """How many open changes are expected to be merged: all, newcomers' and insiders', with 90 % intervals."""
        rows = self.tables.forecast_totals
        totals = rows[rows["n_open"].gt(0)].reset_index(drop=True)
        return with_caption(totals, "forecast_totals", "Open changes that will be merged", empty=TOO_LITTLE)

    def forecast_checks(self) -> pd.DataFrame:
        """Earlier forecasts beside what came of them; nothing after the day of a forecast was read for it."""
        rows = measures.checks_held(self.tables.forecast_checks)
        n = len(rows)
        note = (
            f"{int(rows['held'].sum())} of {n} numbers lie in their interval, which should hold 90 of 100" if n else ""
        )
        return with_caption(
            rows,
            "forecast_checks",
            "Earlier forecasts and what came of them",
            [
                "instant_at",
                "weeks",
                "owners",
                "n_open",
                "expected_merges",
                "n_low",
                "n_high",
                "n_merged",
                "held",
                "auc",
                "auc_recent",
            ],
            empty=TOO_LITTLE,
            note=note,
        )  # fmt: skip

    def order_test(self) -> pd.DataFrame:
        """What reviewers would have found with each order of the list, at the same effort, at past instants."""
        queue = self.tables.replayed_queue
        rows = measures.order_test(queue)
        return with_caption(
            rows,
            "order_test",
            "What each order finds first",
            ["aim", "effort", "order", "found", "found_low", "found_high", "difference", "difference_low",
             "difference_high", "verdict"],
            empty=measures.why_no_order_test(queue),
            note=measures.better_orders(rows).removesuffix("."),
        )  # fmt: skip

    def review_plan(self) -> pd.DataFrame:
        """For each fix that waits for a reviewer two people who fit, one of them a core, within their time of a week.

        Who fits is learned from past reviews: who reviews these files, this owner, and lately. The first fix of the
        list takes its people first; the section [capacity] of the project file says how many minutes a week people
        have. It is a suggestion: nobody is told or added.

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
        minutes = MINUTES_TO_BEGIN + fixes["size_lines"] * 60 / LINES_AN_HOUR
        fixes = fixes.assign(minutes=minutes.astype("Float64").round())
        label = self.origin.review_label
        reviews = review_plan.reviews_of(t.votes, t.changes, t.accounts, review_label=label)
        cast = t.votes[t.votes["label"].eq(label) & t.votes["value"].ne(0)]
        fit = review_plan.ReviewerFit(t.changes, t.change_files, reviews).fit(self.as_of)
        planned = review_plan.plan(
            fixes,
            fit,
            cores=cast.loc[cast["value"].abs().eq(2), "account"],
            voted=cast[cast["is_standing"].fillna(False)],
            names=self._names_of_accounts(),
            capacity=self.origin.capacity,
            as_of=self.as_of,
        )
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
            empty=self._or_unknown("No open fix waits for a review.", "which fixes wait for one", "changes", "votes"),
        )

    def _names_of_accounts(self) -> dict[int, tuple[str, ...]]:
        rows = self.tables.accounts[["account", "username", "name"]].itertuples(index=False)
        return {int(account): tuple(str(each) for each in names if pd.notna(each)) for account, *names in rows}
