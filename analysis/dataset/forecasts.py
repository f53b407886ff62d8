"""Questions about forecasts: future merges, the quality of past forecasts, and whether the list's order helps."""

import pandas as pd

from analysis.dataset.cards.person_card import LINES_AN_HOUR, MINUTES_TO_BEGIN
from analysis.dataset.display import with_caption
from analysis.dataset.questions import Questions
from analysis.judge import review_plan
from analysis.report import measures
from analysis.tables import schema

TOO_LITTLE = "Too few merges are known, or too short a past, to forecast."


class ForecastQuestions(Questions):
    """The questions about the future of open fixes, and about the quality of past forecasts."""

    def forecast(self) -> pd.DataFrame:
        """The chance of each open fix to be merged within 2, 4 and 12 weeks, and what it waits for most.

        The chances are learned from the changes of the past year; changes that are still open count as censored. They
        are never part of a fix's priority, so that no newcomer waits longer for being new.

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
        """The expected number of merges among open changes (all, newcomers', insiders') with 90 % intervals."""
        rows = self.tables.forecast_totals
        totals = rows[rows["n_open"].gt(0)].reset_index(drop=True)
        return with_caption(totals, "forecast_totals", "Open changes that will be merged", empty=TOO_LITTLE)

    def forecast_checks(self) -> pd.DataFrame:
        """Earlier forecasts beside the real outcomes; a forecast was made without data from after its day."""
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
        """What reviewers would have merged with each order of the list, for the same effort, at past instants."""
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
