"""Questions about the queue as a whole: whether it grows and why, what it will be, and on whom it waits."""

from functools import cached_property

import pandas as pd

from analysis.dataset.display import with_caption
from analysis.dataset.reviews import ReviewQuestions
from analysis.judge.forecast.fates import GIVEN_UP, MERGED, fates, is_current
from analysis.report import measures

MOST_WITHOUT = 50  # merged changes without any that was given up: of more, the others were not served
TOO_SHORT = "Opened, merged and abandoned changes of at least 13 weeks up to now must be known."


class QueueFlowQuestions(ReviewQuestions):
    """Questions about the queue of all open changes, fixes or not."""

    def queue_growth(self) -> pd.DataFrame:
        """Whether the queue of open changes grows, and why: each flow a week, with 90 % intervals, and in words.

        Returns
        -------
        DataFrame
            flow: opened, first reviews, merged, abandoned, growth of the queue; per_week, per_week_low, per_week_high;
            previous, previous_low, previous_high: of the 13 weeks before; tendency.
        """
        rates = measures.flow_rates(self._weekly_flows)
        note = measures.growth_in_words(rates, self._queue_sizes)
        empty = f"Unknown: {TOO_SHORT}"
        return with_caption(rates, "queue_growth", "What comes and goes a week", note=note, empty=empty)

    def queue_sizes(self) -> pd.DataFrame:
        """How many changes will be open in 4 and 12 weeks, with 90 % intervals; earlier forecasts beside what came.

        Half of the pace of the last 13 weeks is taken to last. Each row is made of what was known by its instant.

        Returns
        -------
        DataFrame, the newest first
            instant_at, weeks, n_then, expected_open, n_low, n_high, n_came: NA where it is still to come; held.
        """
        rows = self._queue_sizes
        came = rows["held"].dropna()
        note = f"{int(came.sum())} of {len(came)} earlier numbers lie in their interval" if len(came) else ""
        note += ", which should hold 90 of 100" if note else ""
        return with_caption(
            rows, "queue_sizes", "Open changes in some weeks, at this pace", note=note, empty=f"Unknown: {TOO_SHORT}"
        )

    def queue_turns(self) -> pd.DataFrame:
        """On whom how many changes waited at a time, in the last 13 weeks and in those before: reviewers apart.

        Returns
        -------
        DataFrame
            waiting_on, n_at_a_time, n_at_a_time_before: on average; share.
        """
        turns = self.tables.turns
        of_known = turns["change_number"].isin(self._change_fates["change_number"])
        rows = measures.waiting_by_turn(turns[of_known], self._change_fates, as_of=self.as_of)
        empty = "Unknown: opened, merged and abandoned changes up to now must be known, with their history."
        return with_caption(rows, "queue_turns", "Changes at a time by whom they waited on", empty=empty)

    def finished_and_all(self) -> pd.DataFrame:
        """Median days until the first review and the merge: of those that came to it alone, and of all changes.

        Returns
        -------
        DataFrame
            until, n_finished, finished_days, n_changes, median_days, median_low, median_high.
        """
        rows = measures.finished_and_all(self.review_times())
        finished = rows[rows["n_finished"].gt(0)].reset_index(drop=True)
        empty = "No first review and no merge is known."
        return with_caption(finished, "finished_and_all", "Of those that came to it, and of all", empty=empty)

    @cached_property
    def _queue_sizes(self) -> pd.DataFrame:
        return measures.sizes_held(self._weekly_flows)

    @cached_property
    def _change_fates(self) -> pd.DataFrame:
        """What became of each change; no rows where the closed changes up to now were not served."""
        t = self.tables
        change_fates = fates(t.changes, t.turns, t.change_commits, t.columns("commits", ["sha", "committed_at"]))
        n_merged, n_given_up = (int(change_fates["fate"].eq(fate).sum()) for fate in (MERGED, GIVEN_UP))
        is_whole = "closed" not in self.unserved and is_current(change_fates, self.as_of)
        return change_fates if is_whole and (n_given_up or n_merged <= MOST_WITHOUT) else change_fates.head(0)

    @cached_property
    def _weekly_flows(self) -> pd.DataFrame:
        """See `measures.weekly_flows`."""
        times = self.review_times().dropna(subset=["is_reviewed"]).set_index("change_number")
        created = self._change_fates.set_index("change_number")["created_at"].reindex(times.index)
        days = pd.to_timedelta(times["first_vote_days"].astype("float64"), unit="D").dt.as_unit("us")
        reviewed_at = (created + days).where(times["is_reviewed"].astype(bool))
        return measures.weekly_flows(self._change_fates, reviewed_at, as_of=self.as_of)
