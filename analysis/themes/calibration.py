"""From similarity to chance: a score calibrated on the duplicates that people marked."""

from typing import Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression

# Fewer marked pairs than this say less about a project than another project's do.
MIN_PAIRS = 30
# Fitted on the 127 marked pairs of 2,503 Hadoop reports (GitBugs), candidates of similarity NEAR and above.
HADOOP = (3.5, -0.56, -1.3)
# The nearest of all bugs is nearer than this for nine bugs in ten, and so are nine marked duplicates in ten.
NEAR = 0.2


class DuplicateScore(BaseEstimator):  # type: ignore[misc]
    """The chance that two bugs are one, from the similarity of their texts and the days between them.

    Duplicates of a fault that many meet are filed days apart; the same words two years later tell of another fault.

    Trackers mark only some of their duplicates, so only bugs that have a marked one can say what is *not* a duplicate:
    the score is the chance among bugs that have a duplicate at all, and too high for the others.

    Attributes
    ----------
    coefficients_ : ndarray of float, shape (3,): of the similarity, of log(1 + days), constant
    n_pairs_ : int, marked pairs it was fitted on; 0 where there were too few and HADOOP stands in
    """

    def fit(self, similarities: np.ndarray, days: np.ndarray, is_duplicate: np.ndarray) -> Self:
        """Learn from candidates of bugs that have a marked duplicate; all arrays of shape (n_candidates,)."""
        near = similarities >= NEAR
        similarities, days, is_duplicate = similarities[near], days[near], is_duplicate[near]
        self.n_pairs_ = int(is_duplicate.sum())
        if self.n_pairs_ < MIN_PAIRS or is_duplicate.all():
            self.n_pairs_, self.coefficients_ = 0, np.array(HADOOP)
            return self
        model = LogisticRegression(C=100.0).fit(_features(similarities, days), is_duplicate)
        self.coefficients_ = np.append(model.coef_[0], model.intercept_[0])
        return self

    def predict(self, similarities: np.ndarray, days: np.ndarray) -> np.ndarray:
        """The chance for each candidate, 0..1; 0 for one that is not near, whatever the days."""
        *weights, constant = self.coefficients_
        chance = 1 / (1 + np.exp(-(_features(similarities, days) @ weights + constant)))
        return np.where(similarities >= NEAR, chance, 0.0)


def _features(similarities: np.ndarray, days: np.ndarray) -> np.ndarray:
    # An unknown date says nothing: it counts as the typical distance of two bugs that are near, about a year.
    return np.column_stack([similarities, np.log1p(np.where(np.isnan(days), 365.0, np.abs(days)))])
