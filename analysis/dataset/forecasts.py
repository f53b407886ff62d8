"""Questions about forecasts: future merges, the quality of past forecasts, and whether the list's order helps."""

import pandas as pd

from analysis.dataset.display import with_caption
from analysis.dataset.questions import Questions
from analysis.report import measures

TOO_LITTLE = "Too few merges are known, or too short a past, to forecast."


class ForecastQuestions(Questions):
    """The questions about the future of open fixes, and about the quality of past forecasts."""

    def forecast(self) -> pd.DataFrame:
        """The chance of each open fix to be merged within 2, 4 and 12 weeks, and what it waits for most.

        The chances are learned from the changes of the past year; changes that are still open count as censored. They
        are never part of a fix's priority, so that no newcomer waits longer for being new.

        Returns
        -------
        DataFrame, the likeliest first; no row where no chance is known
            change_number, subject, owner, owner_name, bug_id, importance, waiting_on, chance_2_weeks, chance_4_weeks,
            chance_12_weeks, is_newcomer, waits_for; change_url, bug_url.
        """
        rows = measures.forecast_rows(self.tables.open_fixes, self.tables.forecasts)
        is_unknown = len(rows) > 0 and bool(rows["chance_2_weeks"].isna().all())
        no_fix = self._or_unknown("No fix is open.", "which fixes are open", "changes", "open")
        return with_caption(
            self.with_links(rows.head(0) if is_unknown else rows),
            "forecast",
            "Chance of each open fix to be merged",
            ["change_number", "subject", "owner_name", "bug_id", "importance", "waiting_on", "chance_2_weeks",
             "chance_4_weeks", "chance_12_weeks", "waits_for", "is_newcomer"],
            empty=TOO_LITTLE if is_unknown else no_fix,
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
