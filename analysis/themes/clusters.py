"""Themes of TF-IDF rows: latent directions, clusters in them, and a classifier that settles the borders."""

from typing import Self

import numpy as np
import scipy.sparse as sp
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.naive_bayes import ComplementNB
from sklearn.preprocessing import normalize

from analysis.themes import choice, consensus, latent, neighbours
from analysis.themes.embeddings import joined
from analysis.themes.vectors import NoSharedWords

# Beyond this many bugs, neighbours are sought among a random sample of them: smoothing needs a bug's surroundings, not
# its very nearest, and the exact search grows with the square.
SMOOTHING_SAMPLE = 10_000


class ThemeClusters(ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """Clusters of sparse unit rows, with a row's right to belong to none.

    1. Each row takes in the mean of its nearest neighbours (`latent.directions`).
    2. Singular vectors, as many as themes are wanted, rows to unit length. More directions fit the
       subsample at hand better and agree less between subsamples, and let one giant cluster form.
    3. KMeans there, on many subsamples, and the clusters that these agree on (`consensus.clusters`).
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
        unassigned: float = 0.03,
        min_size: int = 5,
        random_state: int = 0,
    ) -> None:
        self.n_themes = n_themes
        self.n_neighbors = n_neighbors
        self.n_refinements = n_refinements
        self.unassigned = unassigned
        self.min_size = min_size
        self.random_state = random_state

    def fit(self, rows: sp.csr_matrix, y: object = None, *, embeddings: np.ndarray | None = None) -> Self:
        """Find the themes; raises NoSharedWords where fewer than two rows hold a term.

        `embeddings`, one row per row, stand beside the words' directions where a sentence model is at hand.
        """
        used = np.flatnonzero(np.diff(rows.indptr))
        if len(used) < 2:
            raise NoSharedWords(f"themes need two bugs with a word, found {len(used)}")
        words = rows[used]
        found = self._latent(words)
        n_themes = self.n_themes or choice.number_of_themes(found, random_state=self.random_state)
        # Length says how much is written on a bug, direction says about what.
        directions = normalize(found[:, :n_themes])
        if embeddings is not None:
            directions = joined(directions, embeddings[used], random_state=self.random_state)
        n_clusters = min(n_themes, len(used))
        labels = self._refined(words, consensus.clusters(directions, n_clusters, random_state=self.random_state))
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
        near = neighbours.weights(words, n_neighbors=self.n_neighbors, among=among)
        n_directions = max(1, min(self.n_themes or choice.rule_of_thumb(n), min(words.shape) - 1))
        return latent.directions(words, near, n_directions, random_state=self.random_state)

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


def _by_size(labels: np.ndarray) -> np.ndarray:
    """The labels renumbered from the largest cluster; a tie keeps the order of first appearance."""
    values, first, sizes = np.unique(labels, return_index=True, return_counts=True)
    order = np.lexsort((first, -sizes))
    return np.argsort(order)[np.searchsorted(values, labels)]
