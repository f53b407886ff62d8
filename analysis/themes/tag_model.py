"""A model from the words of a bug report to its subsystem tag, and the chance that the tag is right."""

from typing import NamedTuple, Self

import numpy as np
import scipy.sparse as sp
from scipy.linalg import cholesky
from scipy.linalg.lapack import strtri
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression

# The newest examples are enough: three thousand are no better, and the time grows with their cube.
MOST_EXAMPLES = 2_000
# What a tag means moves on: a bug counts half as much as one reported so many days later. Half as many days do as well.
HALF_LIFE = 800.0
# How far a tag can be trusted moves on faster: an example counts half as much in the chance after so many days.
CHANCE_HALF_LIFE, CHANCE_PENALTY = 400.0, 3.0
# Of ridge regression. All of these were chosen on Nova's bugs before the 1,600 that are reported on; all are flat.
PENALTY = 2.5
# The scores of a tag are between 0 and 1. So multiplied, they and the tags are of one size in the logistic regression.
SCORE_SCALE = 3.0
BLOCK = 200  # rows that are compared at once
# A chance of more digits would differ between processors.
DIGITS = 4


class Best(NamedTuple):
    """The best tag of each bug, its place in `tags_`, and the chance that the bug bears it."""

    tags: np.ndarray  # int, shape (n_bugs,)
    chances: np.ndarray  # float in 0..1, shape (n_bugs,)


class TagModel(BaseEstimator):  # type: ignore[misc]
    """Kernel ridge regression from the rows of reports to their tags, learnt from the newest bugs.

    Its errors on each example had it been left out follow from the same solution. From these a logistic regression
    learns the chance that a best tag is right: by its score, by the score of the second, and by the tag, because
    "vmware" is nearly always right and "compute" often is not.

    Attributes
    ----------
    tags_ : ndarray of str
    """

    def fit(self, rows: sp.csr_matrix, tags: list[list[str]], days: np.ndarray) -> Self:
        """Learn from the last MOST_EXAMPLES of the bugs, of which newer ones count more.

        Parameters
        ----------
        rows : CSR, one row per bug, oldest first
        tags : the tags of each, at least two in all
        days : when each was reported, in days, shape (n_bugs,)
        """
        self._rows, tags, days = rows[-MOST_EXAMPLES:], tags[-MOST_EXAMPLES:], days[-MOST_EXAMPLES:]
        self.tags_ = np.array(sorted({tag for own in tags for tag in own}), dtype=object)
        place = {tag: number for number, tag in enumerate(self.tags_)}
        bears = np.zeros((len(tags), len(self.tags_)), np.float32)
        for bug, own in enumerate(tags):
            bears[bug, [place[tag] for tag in own]] = 1
        weights = _recency(days, HALF_LIFE)
        self._usual = weights @ bears / weights.sum()
        alike = self._alike(self._rows)
        alike[np.diag_indices_from(alike)] += PENALTY / weights
        # One square of tens of megabytes, its factor and the inverse of that take the same memory; it is symmetric.
        factor = cholesky(alike.T, lower=True, overwrite_a=True)
        half, _ = strtri(factor, lower=1, overwrite_c=1)
        del alike, factor
        self._duals = half.T @ (half @ (bears - self._usual))
        left_out = bears - self._duals / np.square(half, out=half).sum(axis=0)[:, None]
        del half
        self._fit_chances(left_out, bears, _recency(days, CHANCE_HALF_LIFE))
        return self

    def best(self, rows: sp.csr_matrix) -> Best:
        """The best tag of other bugs and its chance."""
        scores = self._alike(rows) @ self._duals + self._usual
        chances = self._chance.predict_proba(self._features(scores))[:, 1]
        return Best(scores.argmax(axis=1), chances.round(DIGITS))

    def weights(self, tag: int) -> np.ndarray:
        """How much each column speaks for a tag, shape (n_columns,)."""
        return np.asarray(self._rows.T @ self._duals[:, tag])

    def _alike(self, rows: sp.csr_matrix) -> np.ndarray:
        columns = self._rows.T.tocsr()
        alike = np.empty((rows.shape[0], columns.shape[1]), np.float32)
        for start in range(0, len(alike), BLOCK):  # a sparse product of all rows would take twice as much again
            alike[start : start + BLOCK] = (rows[start : start + BLOCK] @ columns).toarray()
        return alike

    def _fit_chances(self, scores: np.ndarray, bears: np.ndarray, weights: np.ndarray) -> None:
        is_right = bears[np.arange(len(bears)), scores.argmax(axis=1)] > 0
        # A report that says nothing bears the most usual tag as often as any report does; it stands for one example,
        # right and wrong in that proportion, so that the chance falls with the score even where all examples are right.
        silent = self._features(self._usual[None, :])
        features = np.vstack([self._features(scores), silent, silent])
        most_usual = float(self._usual.max())
        counted = np.append(weights / weights.mean(), [most_usual, 1 - most_usual])
        self._chance = LogisticRegression(C=1 / CHANCE_PENALTY, max_iter=1_000)
        self._chance.fit(features, np.append(is_right, [True, False]), sample_weight=counted)

    def _features(self, scores: np.ndarray) -> np.ndarray:
        """The best score, the second, and the best tag as an indicator."""
        of_tag = np.eye(scores.shape[1])[scores.argmax(axis=1)]
        return np.hstack([SCORE_SCALE * np.partition(scores, -2, axis=1)[:, -2:], of_tag])


def _recency(days: np.ndarray, half_life: float) -> np.ndarray:
    """How much each example counts, 1 for the newest."""
    # A tag given long ago still says something: without the floor the oldest would make the numbers too large.
    return np.asarray(np.maximum(0.5 ** ((days[-1] - days) / half_life), 1e-3), np.float32)
