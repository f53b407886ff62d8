"""Themes of TF-IDF rows: latent directions, clusters in them, and a classifier that settles the borders."""

from typing import Self

import numpy as np
import scipy.sparse as sp
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.cluster import KMeans
from sklearn.decomposition import TruncatedSVD
from sklearn.naive_bayes import ComplementNB
from sklearn.preprocessing import normalize

from analysis.themes import choice, neighbours

# Beyond this many bugs, neighbours are sought among a random sample of them: smoothing needs a bug's surroundings, not
# its very nearest, and the exact search grows with the square.
SMOOTHING_SAMPLE = 10_000


class ThemeClusters(ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """Clusters of sparse unit rows, with a row's right to belong to none.

    1. Each row takes in the mean of its nearest neighbours (`neighbours.smoothed`).
    2. TruncatedSVD to as many directions as themes are wanted, rows to unit length. More directions fit the
       subsample at hand better and agree less between subsamples, and let one giant cluster form.
    3. KMeans there.
    4. ComplementNB learns the clusters from the unsmoothed words and predicts them again, a few times: clusters of
       directions become clusters that words can tell apart, and new bugs are assigned by the same classifier.
    5. The rows whose best theme leads the second least belong to none.

    Parameters
    ----------
    n_themes : int, or None to choose from the data (`choice.number_of_themes`)
    unassigned : share of the rows that belong to none, on top of rows of zeros
    min_size : smaller clusters are given up and their rows go to the next best theme

    Attributes
    ----------
    labels_ : ndarray of int, -1 = none; themes are numbered from the largest
    certainty_ : ndarray of float, lead of the best theme over the second, in log likelihood
    threshold_ : float, the certainty below which a row belongs to none
    classifier_ : ComplementNB
    """

    def __init__(
        self,
        *,
        n_themes: int | None = None,
        n_neighbors: int = 30,
        n_refinements: int = 6,
        unassigned: float = 0.05,
        min_size: int = 5,
        random_state: int = 0,
    ) -> None:
        self.n_themes = n_themes
        self.n_neighbors = n_neighbors
        self.n_refinements = n_refinements
        self.unassigned = unassigned
        self.min_size = min_size
        self.random_state = random_state

    def fit(self, rows: sp.csr_matrix, y: object = None) -> Self:
        """Find the themes; raises ValueError where fewer than two rows hold a term."""
        used = np.flatnonzero(np.diff(rows.indptr))
        if len(used) < 2:
            raise ValueError(f"themes need two bugs with a word, found {len(used)}")
        words = rows[used]
        latent = self._latent(words)
        n_themes = self.n_themes or choice.number_of_themes(latent, words, random_state=self.random_state)
        labels = clustered(latent[:, :n_themes], n_themes, self.random_state)
        labels = self._refined(words, labels)
        self.classifier_ = ComplementNB().fit(words, _by_size(labels))
        self.threshold_ = -np.inf
        best, certainty = self._best(words)
        self.threshold_ = float(np.quantile(certainty, self.unassigned)) if self.unassigned else -np.inf
        self.labels_ = np.full(rows.shape[0], -1)
        self.labels_[used] = np.where(certainty < self.threshold_, -1, best)
        self.certainty_ = np.zeros(rows.shape[0])
        self.certainty_[used] = certainty
        return self

    def predict(self, rows: sp.csr_matrix) -> np.ndarray:
        """The theme of each row, -1 = none, without fitting anything."""
        labels, certainty = self._best(rows)
        none = (certainty < self.threshold_) | (np.diff(rows.indptr) == 0)
        return np.where(none, -1, labels)

    def _latent(self, words: sp.csr_matrix) -> np.ndarray:
        n = words.shape[0]
        among = None
        if n > SMOOTHING_SAMPLE:
            drawn = np.random.default_rng(self.random_state).choice(n, SMOOTHING_SAMPLE, replace=False)
            among = np.sort(drawn)
        smooth = neighbours.smoothed(words, n_neighbors=self.n_neighbors, among=among)
        n_directions = self.n_themes or choice.largest(n)
        n_directions = min(n_directions, min(smooth.shape) - 1)
        svd = TruncatedSVD(n_directions, random_state=self.random_state)
        return np.asarray(svd.fit_transform(smooth))

    def _refined(self, words: sp.csr_matrix, labels: np.ndarray) -> np.ndarray:
        for _ in range(self.n_refinements):
            labels = ComplementNB().fit(words, labels).predict(words)
        sizes = np.bincount(labels)
        small = sizes[labels] < self.min_size
        if small.all() or not small.any():
            return labels
        return np.asarray(ComplementNB().fit(words[~small], labels[~small]).predict(words))

    def _best(self, rows: sp.csr_matrix) -> tuple[np.ndarray, np.ndarray]:
        scores = self.classifier_.predict_joint_log_proba(rows)
        best = scores.argmax(axis=1)
        if scores.shape[1] < 2:
            return best, np.full(len(best), np.inf)
        second, first = np.partition(scores, -2, axis=1)[:, -2:].T
        return best, first - second


def clustered(latent: np.ndarray, n_themes: int, random_state: int) -> np.ndarray:
    """KMeans labels of the rows' directions: length says how much is written, direction says on what."""
    n_themes = min(n_themes, len(latent))
    model = KMeans(n_themes, n_init=20, random_state=random_state)
    return np.asarray(model.fit_predict(normalize(latent)))


def _by_size(labels: np.ndarray) -> np.ndarray:
    """The labels renumbered from the largest cluster; a tie keeps the order of first appearance."""
    values, first, sizes = np.unique(labels, return_index=True, return_counts=True)
    order = np.lexsort((first, -sizes))
    return np.argsort(order)[np.searchsorted(values, labels)]
