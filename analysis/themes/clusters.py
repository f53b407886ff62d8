"""Themes of TF-IDF rows: clusters that subsamples agree on, and a classifier that settles the borders."""

import math
from typing import Self

import numpy as np
import scipy.sparse as sp
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.cluster import KMeans
from sklearn.decomposition import TruncatedSVD
from sklearn.naive_bayes import ComplementNB
from sklearn.preprocessing import normalize

from analysis.themes import neighbours
from analysis.themes.directions import POWER_ITERATIONS, smoothed_directions
from analysis.themes.vectors import NoSharedWords, joined

# Beyond this many bugs, neighbours are sought among a random sample of them: smoothing needs a bug's surroundings, not
# its very nearest, and the exact search grows with the square.
SMOOTHING_SAMPLE = 10_000
# No fewer themes than this where there are bugs enough, and no more: a theme can be divided on demand.
FEWEST, MOST = 10, 60
# A theme of fewer bugs is no theme of a project of 1,200 or more; of a smaller project, of fewer than a fortieth.
SMALLEST, SMALLEST_SHARE = 30, 40
# Runs of KMeans on subsamples. Of few bugs more runs cost nothing, and there single runs differ most.
N_RUNS, N_RUNS_OF_FEW, FEW = 15, 40, 3_000
# Neighbours of a row; below MANY rows more, because the means of more differ less between samples, and one refinement.
# With 60 (30 from 3,000 rows), four refinements and directions not computed to their end, two random 80 % agree less:
# to an ARI of 0.60 and not 0.62 on Heat's fixes, 0.59 and not 0.62 on Cinder's changes, 0.68 and not 0.76 on Nova's
# fixes, 0.69 and not 0.71 on Nova's reports of two years, 0.54 and not 0.56 on Swift's changes. Of more rows the themes
# would agree less with people's tags.
NEIGHBORS, NEIGHBORS_OF_FEWER, MANY = 30, 100, 8_000
# Of so many rows each iteration takes a quarter of a second.
POWER_ITERATIONS_OF_MANY = 4
SHARE = 0.8
# Each time that the classifier predicts all anew, themes agree a little better with people's tags, and the largest grow
# and the smallest shrink: after six rounds the largest of Nova's 58 themes held 1,027 reports instead of 616 after two.
# Of fewer rows a classifier learns their sample by heart, and more so with each round.
REFINEMENTS, REFINEMENTS_OF_FEWER = 4, 1
# A row of words drawn at random leads by less than a row that is told to a theme; see `ThemeClusters`.
EVIDENCE = 0.05
# A subsample need not grow with the data: so many rows place a few dozen centres well enough.
LARGEST_SAMPLE = 10_000


def number_of_themes(n_bugs: int) -> int:
    """sqrt(n) / 2, from 10 to 60; fewer where that would be under 25 bugs a theme.

    The number is of the bugs' number alone, so that a few bugs more or less hardly move it. What was here before chose
    among five numbers the one on which subsamples agree most: the agreement is flat over a wide range, so that chance
    chose, and dropping 3 % of the bugs led from 41 themes to 10. On three projects the agreement with the parts of
    the code that fixes touch is flat from half of the square root to twice it.

    >>> [number_of_themes(n) for n in (40, 300, 2_300, 13_251, 1_000_000)]
    [2, 10, 24, 58, 60]
    """
    return min(max(round(math.sqrt(n_bugs) / 2), FEWEST), MOST, max(2, n_bugs // 25))


def smallest_theme(n_bugs: int) -> int:
    """The bugs that a theme holds at least: 30, or a fortieth of few bugs, and never fewer than 5."""
    return min(SMALLEST, max(5, n_bugs // SMALLEST_SHARE))


class ThemeClusters(ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """Clusters of sparse unit rows; a row may belong to no cluster.

    1. Each row takes in the mean of its nearest neighbours (`smoothed_directions`).
    2. Singular vectors, as many as themes are wanted, rows to unit length. More directions fit the
       subsample at hand better and agree less between subsamples, and let one giant cluster form.
    3. KMeans there, on many subsamples, and the clusters that these agree on (`agreed_clusters`).
    4. ComplementNB learns the clusters from the unsmoothed words and predicts them again, a few times: clusters of
       directions become clusters that words can tell apart, and new bugs are assigned by the same classifier.
    5. A row whose best theme leads the second by no more than words drawn by chance do belongs to none.
    6. Themes that hold too few rows are given up, and their rows go to the next best theme or to none.

    Parameters
    ----------
    n_themes : int, or None for `number_of_themes`
    n_neighbors : int, or None for 30, below MANY rows 100
    n_refinements : int, or None for 4, below MANY rows 1
    evidence : the quantile, among rows of as many words drawn at random from all rows, of the lead that a row's best
        theme must have over the second; 0 assigns every row that holds a term
    min_size : int, or None for `smallest_theme`

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
        n_neighbors: int | None = None,
        n_refinements: int | None = None,
        evidence: float = EVIDENCE,
        min_size: int | None = None,
        random_state: int = 0,
    ) -> None:
        self.n_themes = n_themes
        self.n_neighbors = n_neighbors
        self.n_refinements = n_refinements
        self.evidence = evidence
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
        n_themes = self.n_themes or number_of_themes(len(used))
        # Length says how much is written on a bug, direction says about what.
        directions = normalize(self._directions(words, n_themes))
        if embeddings is not None:
            directions = joined(directions, embeddings[used], random_state=self.random_state)
        n_clusters = min(n_themes, len(used))
        labels = agreed_clusters(directions, n_clusters, random_state=self.random_state)
        n_refinements = REFINEMENTS_OF_FEWER if len(used) < MANY else REFINEMENTS
        for _ in range(n_refinements if self.n_refinements is None else self.n_refinements):
            labels = ComplementNB().fit(words, labels).predict(words)
        best, certainty = self._settle(words, labels)
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

    def _directions(self, words: sp.csr_matrix, n_themes: int) -> np.ndarray:
        n = words.shape[0]
        among = None
        if n > SMOOTHING_SAMPLE:
            drawn = np.random.default_rng(self.random_state).choice(n, SMOOTHING_SAMPLE, replace=False)
            among = np.sort(drawn)
        n_neighbors = self.n_neighbors or (NEIGHBORS_OF_FEWER if n < MANY else NEIGHBORS)
        near = neighbours.weights(words, n_neighbors=n_neighbors, among=among)
        n_directions = max(1, min(n_themes, min(words.shape) - 1))
        n_iterations = POWER_ITERATIONS if n < MANY else POWER_ITERATIONS_OF_MANY
        return smoothed_directions(words, near, n_directions, random_state=self.random_state, n_iterations=n_iterations)

    def _settle(self, words: sp.csr_matrix, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The best theme and its lead for each row, after the themes that hold too few rows are given up."""
        smallest = self.min_size or smallest_theme(len(labels))
        while True:
            labels = _sort_by_size(labels)
            self.classifier_ = ComplementNB().fit(words, labels)
            self.threshold_ = self._lead_by_chance(words)
            best, certainty = self._best(words)
            sizes = np.bincount(best[certainty >= self.threshold_], minlength=int(labels.max()) + 1)
            if len(sizes) < 2 or (sizes >= smallest).all() or (sizes < smallest).all():
                return best, certainty
            # Only the rows of the smallest move: to predict all anew would let the largest themes grow each time.
            given_up = labels == sizes.argmin()
            others = ComplementNB().fit(words[~given_up], labels[~given_up])
            labels = np.where(given_up, others.predict(words), labels)

    def _lead_by_chance(self, words: sp.csr_matrix) -> float:
        """The lead that the wanted part of rows stays below whose words were drawn from those of all rows."""
        if not self.evidence:
            return -np.inf
        rng = np.random.default_rng(self.random_state)
        shuffled = sp.csr_matrix((words.data, rng.permutation(words.indices), words.indptr), words.shape)
        return float(np.quantile(self._best(shuffled)[1], self.evidence))

    def _best(self, rows: sp.csr_matrix) -> tuple[np.ndarray, np.ndarray]:
        scores = self.classifier_.predict_joint_log_proba(rows)
        best = scores.argmax(axis=1)
        if scores.shape[1] < 2:
            return best, np.full(len(best), np.inf)
        second, first = np.partition(scores, -2, axis=1)[:, -2:].T
        return best, first - second


def _sort_by_size(labels: np.ndarray) -> np.ndarray:
    """The labels renumbered from the largest cluster; a tie keeps the order of first appearance."""
    values, first, sizes = np.unique(labels, return_index=True, return_counts=True)
    order = np.lexsort((first, -sizes))
    return np.argsort(order)[np.searchsorted(values, labels)]


def agreed_clusters(directions: np.ndarray, n_clusters: int, *, random_state: int) -> np.ndarray:
    """The clusters on which subsamples agree: KMeans on which clusters each row was put in.

    One KMeans settles in one of many optima of nearly the same inertia, so that a few bugs more or less move whole
    themes. Averaged over subsamples (evidence accumulation, Fred and Jain 2005), two random 80 % of Nova's bugs agree
    to an ARI of 0.69 instead of 0.67 at the same cost; the gain on two other projects is as large or larger.
    """
    rng = np.random.default_rng(random_state)
    n = len(directions)
    directions = directions.astype(np.float32)  # half the time; the seventh digit places no centre
    size = min(max(n_clusters, int(SHARE * n)), LARGEST_SAMPLE)
    evidence = []
    for _ in range(N_RUNS_OF_FEW if n < FEW else N_RUNS):
        sample = directions[np.sort(rng.choice(n, size, replace=False))]
        model = KMeans(n_clusters, n_init=1, random_state=int(rng.integers(2**31))).fit(sample)
        evidence.append(_indicator(model.predict(directions), n_clusters))
    svd = TruncatedSVD(n_clusters, n_iter=3, random_state=random_state)
    together = normalize(svd.fit_transform(sp.hstack(evidence, format="csr")))
    return np.asarray(KMeans(n_clusters, n_init=3, random_state=random_state).fit_predict(together))


def _indicator(labels: np.ndarray, n_clusters: int) -> sp.csr_matrix:
    """One column per cluster, of length one: being together in a small cluster says more than in a large one."""
    sizes = np.maximum(np.bincount(labels, minlength=n_clusters), 1)
    starts = np.arange(len(labels) + 1)
    return sp.csr_matrix((1 / np.sqrt(sizes[labels]), labels, starts), shape=(len(labels), n_clusters))


def theme_sums(rows: sp.csr_matrix, labels: np.ndarray, n_themes: int) -> sp.csr_matrix:
    """The sum of each theme's rows, shape (n_themes, n_terms); made to unit length, it is the theme's centre."""
    with_theme = np.flatnonzero(labels >= 0)
    members = sp.csr_matrix((np.ones(len(with_theme)), (labels[with_theme], with_theme)), (n_themes, len(labels)))
    sums: sp.csr_matrix = members @ rows
    return sums


def centre_distances(rows: sp.csr_matrix, labels: np.ndarray, centres: sp.csr_matrix) -> np.ndarray:
    """1 - cosine of each row to its own theme's centre, in 0..1; NaN for a row without a theme."""
    near = (rows @ centres.T).toarray()[np.arange(len(labels)), np.maximum(labels, 0)]
    return np.where(labels < 0, np.nan, np.clip(1 - near, 0, 1))
