"""The hazards: the chance that a change that is still open is merged or given up in each of the next time steps.

A training row is an open change, a past instant and a time step after it, in which the change was merged, was given up
or stayed open (discrete-time hazards with two ways to end). A step that the data does not cover to its end has no row,
so that changes that are still open are neither counted as refused nor left out.

Tried at four instants of Nova, November 2016 to January 2017, and no clear gain: a logistic regression, its mean with
this model, monotone constraints, the merge rate of folders, what the owner wrote in the same files, series of changes,
blueprints, words of subjects, uploads by others, the growth of a change, commits to its files since its last upload,
random forests and extremely randomised trees.

Of the changes open on 2017-02-27, whose fates were known by 2018-06, this model tells the merged ones with an AUC of
.72; it grows with the past that it learns from: .63, .69, .71, .72 and .73 with 4, 8, 12, 16 and 22 weeks of it (means
of three seeds, which differ by .01). No earlier past was saved. A step of 12 to 26 weeks, and instants before the first
known end, for steps that begin after it, came to .73 to .735; a conflict, which a change can only leave by a new patch
set, adds .003. A model that learns from the fates of the other owners' changes of the same day comes to .67 to .71.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from threadpoolctl import threadpool_limits

from analysis.judge.forecast.event_index import DAY, Floats, seconds
from analysis.judge.forecast.fates import GIVEN_UP, MERGED, OPEN

WEEKS = (2, 4, 12)
ENDS = tuple(7.0 * weeks for weeks in WEEKS)  # days ahead at which the steps end
MOST_ROWS = 40_000  # rows for training; of more rows, every n-th


@dataclass(frozen=True, slots=True)
class Steps:
    """The training rows: for each the row of features, the step, and what happened in it."""

    row: npt.NDArray[np.int64]
    step: npt.NDArray[np.int64]
    fate: npt.NDArray[np.int64]


def steps(rows: pd.DataFrame, as_of: pd.Timestamp) -> Steps:
    """The steps after each row of `opened_at` in which its change was at risk and which the data covers."""
    at, closed = seconds(rows["at"]), seconds(rows["closed_at"])
    days, covered = (closed - at) / DAY, (as_of.timestamp() - at) / DAY
    fate = rows["fate"].to_numpy("int64")
    parts = []
    for step, (start, end) in enumerate(zip((0.0, *ENDS), ENDS, strict=False)):
        at_risk = np.flatnonzero((covered >= end) & ~(days <= start))
        happened = np.where(days[at_risk] <= end, fate[at_risk], OPEN)
        parts.append((at_risk, np.full(len(at_risk), step), happened))
    row, step_of, what = (np.concatenate(each) for each in zip(*parts, strict=True))
    every = max(1, -(-len(row) // MOST_ROWS))
    return Steps(row[::every], step_of[::every], what[::every])


class Hazards:
    """Learns from `steps`; returns for rows of features the chance of each end within each of WEEKS."""

    def fit(self, features: pd.DataFrame, learned: Steps) -> "Hazards":
        """Learn; deterministic, whatever the number of processors."""
        # takes a second to import, and most commands do not need it
        from sklearn.ensemble import HistGradientBoostingClassifier

        self._model = HistGradientBoostingClassifier(
            max_iter=30,
            learning_rate=0.12,
            max_leaf_nodes=6,
            min_samples_leaf=80,
            max_features=0.3,
            l2_regularization=5.0,
            early_stopping=False,
            random_state=0,
        )
        # a column without values cannot be learned from
        self._known = features.columns[features.iloc[learned.row].notna().any()]
        table = features[self._known].to_numpy("float64")[learned.row]
        with threadpool_limits(1):  # threads that wait for each other cost more than they gain
            self._model.fit(np.column_stack([table, learned.step]), learned.fate)
        return self

    def chances(self, features: pd.DataFrame) -> dict[int, Floats]:
        """For MERGED and GIVEN_UP an array of (rows, weeks): the chance to have come to that end by then."""
        table = features[self._known].to_numpy("float64")
        still = np.ones(len(table))
        sums = {end: np.zeros(len(table)) for end in (MERGED, GIVEN_UP)}
        sums_by_end: dict[int, list[Floats]] = {end: [] for end in sums}
        classes = list(self._model.classes_)
        for step in range(len(WEEKS)):
            with threadpool_limits(1):
                hazard = self._model.predict_proba(np.column_stack([table, np.full(len(table), step)]))
            for end in sums:
                if end in classes:
                    sums[end] = sums[end] + still * hazard[:, classes.index(end)]
                sums_by_end[end].append(sums[end])
            still = still * (hazard[:, classes.index(OPEN)] if OPEN in classes else 0.0)
        return {end: np.column_stack(columns) for end, columns in sums_by_end.items()}
