"""How much more the nearest commit of one report is like a fix than those of others: for the order between reports."""

from collections.abc import Iterator
from typing import NamedTuple, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler


class Example(NamedTuple):
    """The candidates of a report whose fixes are known; each array has the shape (n_candidates,)."""

    log_odds: np.ndarray  # how much each is like a fix of this report, against its other candidates
    similarities: np.ndarray  # 0..1, how much the two texts resemble each other
    days: np.ndarray  # from the report to the commit
    is_fix: np.ndarray  # bool
    is_linked: np.ndarray  # bool, whether the commit names the report, as a fix or not
    fixed_after: float  # days from the report to the first commit that is linked to it


class FixLikelihood(BaseEstimator):  # type: ignore[misc]
    """The order of commits between reports, learnt from the fixes that were longest in coming.

    Within a report the finder's score puts its fix first; between reports it is too sure of commits made within days of
    the report: who names a bug fixes it soon, mostly. An open bug has waited, and whoever fixed it did not know it, so
    that the likeness of the two texts says more. Learnt from is the half of the examples whose fix came latest, each
    three times: with its fix, with all its commits hidden, and as it was before its first commit.
    """

    def fit(self, examples: list[Example]) -> Self:
        """Learn; raises ValueError unless some nearest commit is a fix and some is none."""
        waits = np.array([example.fixed_after for example in examples])
        late = [example for example, wait in zip(examples, waits, strict=True) if wait >= np.median(waits)]
        rows = [row for example in late for row in _nearest(example)]
        evidence, is_fix = np.array([row[:2] for row in rows]), np.array([row[2] for row in rows], dtype=bool)
        scaler = StandardScaler().fit(evidence)
        # Fixes and others count the same: how many open bugs have such a fix is unknown, and only the order is used.
        model = LogisticRegression(class_weight="balanced").fit(scaler.transform(evidence), is_fix)
        self.weights_ = model.coef_[0] / scaler.scale_
        self.nearest_others_ = np.sort(self.decision_function(*evidence[~is_fix].T))
        return self

    def decision_function(self, log_odds: np.ndarray, similarities: np.ndarray) -> np.ndarray:
        """For each commit, higher if it is more likely a fix; for ranking, not a probability."""
        return np.asarray(np.column_stack([log_odds, similarities]) @ self.weights_)

    def false_alarms(self, log_odds: np.ndarray, similarities: np.ndarray) -> np.ndarray:
        """For each commit the share of reports, with no fix to find, whose nearest commit was as likely or likelier."""
        scores = self.decision_function(log_odds, similarities)
        return np.asarray(1 - np.searchsorted(self.nearest_others_, scores, side="left") / len(self.nearest_others_))


def _nearest(example: Example) -> Iterator[tuple[float, float, bool]]:
    """log_odds, similarity and is_fix of the nearest commit: with the fix, without, and before it."""
    unlinked = ~example.is_linked
    for is_visible in (unlinked | example.is_fix, unlinked, unlinked & (example.days < example.fixed_after)):
        if is_visible.any():
            place = int(np.argmax(np.where(is_visible, example.log_odds, -np.inf)))
            yield float(example.log_odds[place]), float(example.similarities[place]), bool(example.is_fix[place])
