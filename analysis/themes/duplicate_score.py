"""The chance that two bugs are duplicates, learnt from a project's own marked duplicates."""

from typing import Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

# Fewer marked duplicates than this tell no chance.
MIN_PAIRS = 30
# Farther off than this by its own duplicates, held back part by part, a chance is not told.
LARGEST_ERROR = 0.05
FOLDS = 5


class DuplicateScore(BaseEstimator):  # type: ignore[misc]
    """The chance that two bugs are one, from the similarity of their texts and the days between them.

    Duplicates of a common fault are filed days apart; the same words two years later are about another fault. The
    chance is learnt from a project's own marked duplicates, and from all its bugs: most have no duplicate, and a score
    that learns from the others only is far too high. If a project marks few, or if the chance does not fit held-back
    bugs, there is no chance: that of another tracker does not apply.

    Attributes
    ----------
    is_calibrated_ : bool, whether there is a chance
    error_ : float, mean difference of chance and share of duplicates over ten bins of held-back rows; NaN if unknown
    n_pairs_ : int, marked pairs among the rows
    """

    def fit(
        self, similarities: np.ndarray, days: np.ndarray, is_duplicate: np.ndarray, *, weights: np.ndarray,
        groups: np.ndarray,
    ) -> Self:  # fmt: skip
        """Learn from pairs of near bugs; all arrays of shape (n_pairs,).

        Parameters
        ----------
        weights : how many bugs each row stands for
        groups : equal for the rows of one bug and its duplicates, which are held back together
        """
        self.n_pairs_ = int(is_duplicate.sum())
        self.error_, self.is_calibrated_ = float("nan"), False
        if self.n_pairs_ < MIN_PAIRS or is_duplicate.all():
            return self
        features = _features(similarities, days)
        held_back = np.full(len(features), np.nan)
        for learn, judge in GroupKFold(FOLDS).split(features, groups=groups):
            if 0 < is_duplicate[learn].sum() < len(learn):
                fold = _logistic(features[learn], is_duplicate[learn], weights[learn])
                held_back[judge] = fold.predict_proba(features[judge])[:, 1]
        if np.isnan(held_back).any():
            return self
        self.error_ = calibration_error(held_back, is_duplicate, weights)
        self.is_calibrated_ = self.error_ <= LARGEST_ERROR
        self.model_ = _logistic(features, is_duplicate, weights)
        return self

    def predict(self, similarities: np.ndarray, days: np.ndarray) -> np.ndarray:
        """The chance for each pair; NaN where there is none."""
        if not self.is_calibrated_ or not len(similarities):
            return np.full(len(similarities), np.nan)
        return np.asarray(self.model_.predict_proba(_features(similarities, days))[:, 1])


def calibration_error(chances: np.ndarray, is_duplicate: np.ndarray, weights: np.ndarray) -> float:
    """Mean difference between chance and share of duplicates over ten bins of chance, each weighed by its rows."""
    bins = np.minimum((chances * 10).astype(int), 9)
    expected, true = (np.bincount(bins, weights * values, minlength=10) for values in (chances, is_duplicate))
    return float(np.abs(expected - true).sum() / weights.sum())


def _logistic(features: np.ndarray, is_duplicate: np.ndarray, weights: np.ndarray) -> LogisticRegression:
    return LogisticRegression(C=100.0).fit(features, is_duplicate, sample_weight=weights)


def _features(similarities: np.ndarray, days: np.ndarray) -> np.ndarray:
    # An unknown date says nothing: it counts as the typical distance of two bugs that are near, about a year.
    return np.column_stack([similarities, np.log1p(np.where(np.isnan(days), 365.0, np.abs(days)))])
