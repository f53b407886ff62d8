"""Questions about what will be merged, and whether the order of the list helps: forecasts and replays, with checks."""

import pandas as pd

from analysis.dataset.display import with_caption
from analysis.dataset.questions import Questions
from analysis.report import measures

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
        known = rows[rows["n_open"].gt(0)].reset_index(drop=True)
        return with_caption(known, "forecast_totals", "Open changes that will be merged", empty=TOO_LITTLE)

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
