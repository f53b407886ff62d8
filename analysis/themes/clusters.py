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
from analysis.themes.directions import smoothed_directions
from analysis.themes.vectors import NoSharedWords, joined

# Beyond this many bugs, neighbours are sought among a random sample of them: smoothing needs a bug's surroundings, not
# its very nearest, and the exact search grows with the square.
SMOOTHING_SAMPLE = 10_000
# No fewer themes than this where there are bugs enough, and no more: a theme can be divided on demand.
FEWEST, MOST = 10, 60
# A theme of fewer bugs is no theme of a project of 1,200 or more; of a smaller project, of fewer than a fortieth.
SMALLEST, SMALLEST_SHARE = 30, 40
# Of few bugs other settings find themes that stay than of many; between FEW and MANY each setting moves with the
# logarithm of their number, so that one bug more changes hardly anything. Each pair below is (of many, of few).
FEW, MANY = 3_000, 10_000
# The means of more neighbours differ less between samples; of many rows themes agree less with people's tags by them.
NEIGHBORS = (30, 100)
# The iterations of the directions: of many rows each takes a quarter of a second.
POWER_ITERATIONS = (4, 12)
# Each time that the classifier predicts all anew, themes agree a little better with people's tags, and the largest grow
# and the smallest shrink: after six rounds the largest of Nova's 58 themes held 1,027 reports instead of 616 after two.
# Of fewer rows a classifier learns their sample by heart, and more so with each round.
REFINEMENTS = (4, 1)
# A row stays in the theme on which the runs agreed unless the classifier's lead for another exceeds this quantile of
# all leads: of few rows the classifier knows the words of a theme less well than the runs know its rows, and of many it
# moves what it is not sure of into the largest theme (of Nova's reports 1,129 bugs, so 962; means of six seeds).
STAYING = (0.25, 0.5)
# The runs differ in their numbers of clusters and of directions, as shares of the wanted number: which cluster is the
# last to be parted, and which direction the last to count, are chance's, and runs that differ in them outvote it.
FEWEST_CLUSTERS = (1.0, 0.4)
FEWEST_DIRECTIONS, MOST_DIRECTIONS = (1.0, 0.7), (1.0, 1.5)
# Runs of KMeans on subsamples: of few rows more, which differ most there and cost little.
FEWEST_RUNS, MOST_RUNS, ROWS_OF_RUNS = 15, 100, 120_000
SHARE = 0.8
GOLDEN_RATIO = (math.sqrt(5) - 1) / 2
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


def between(of_many_and_few: tuple[float, float], n: int) -> float:
    """A setting for n rows: the first of the pair from MANY on, the second up to FEW, and between them by log n.

    >>> [round(between((30, 100), n)) for n in (100, 3_000, 6_000, 12_000, 1_000_000)]
    [100, 100, 60, 30, 30]
    """
    return float(np.interp(math.log(n), (math.log(FEW), math.log(MANY)), of_many_and_few[::-1]))


class ThemeClusters(ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """Clusters of sparse unit rows; a row may belong to no cluster.

    1. Each row takes in the mean of its nearest neighbours (`smoothed_directions`).
    2. Singular vectors, about as many as themes are wanted, rows to unit length. Many more fit the subsample at hand
       better and agree less between subsamples, and let one giant cluster form.
    3. KMeans there, on many subsamples, and the clusters that these agree on (`agreed_clusters`).
    4. ComplementNB learns the clusters from the unsmoothed words and predicts them again, a few times: clusters of
       directions become clusters that words can tell apart, and new bugs are assigned by the same classifier. A row
       moves only where the classifier is clear; see STAYING.
    5. A row whose best theme leads the second by no more than words drawn by chance do belongs to none.
    6. Themes that hold too few rows are given up, and their rows go to the next best theme or to none.

    Parameters
    ----------
    n_themes : int, or None for `number_of_themes`
    n_neighbors : int, or None for NEIGHBORS
    n_refinements : int, or None for REFINEMENTS
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
        directions = self._directions(words, n_themes)
        if embeddings is not None:
            own = normalize(directions[:, :n_themes])
            directions = joined(own, embeddings[used], random_state=self.random_state)
        agreed = agreed_clusters(
            directions, min(n_themes, len(used)), are_ordered=embeddings is None, random_state=self.random_state
        )
        labels = agreed
        n_refinements = round(between(REFINEMENTS, len(used))) if self.n_refinements is None else self.n_refinements
        for _ in range(n_refinements):
            labels = ComplementNB().fit(words, labels).predict(words)
        best, certainty = self._settle(words, labels, agreed)
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
        near = neighbours.weights(words, n_neighbors=self.n_neighbors or round(between(NEIGHBORS, n)), among=among)
        n_directions = max(1, min(round(n_themes * between(MOST_DIRECTIONS, n)), min(words.shape) - 1))
        n_iterations = round(between(POWER_ITERATIONS, n))
        return smoothed_directions(words, near, n_directions, random_state=self.random_state, n_iterations=n_iterations)

    def _settle(self, words: sp.csr_matrix, labels: np.ndarray, agreed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The best theme and its lead for each row, after the themes that hold too few rows are given up."""
        smallest = self.min_size or smallest_theme(len(labels))
        while True:
            labels, agreed = _sort_by_size(labels, agreed)
            self.classifier_ = ComplementNB().fit(words, labels)
            self.threshold_ = self._lead_by_chance(words)
            best, certainty = _moved(self.classifier_, words, agreed)
            sizes = np.bincount(best[certainty >= self.threshold_], minlength=int(labels.max()) + 1)
            if len(sizes) < 2 or (sizes >= smallest).all() or (sizes < smallest).all():
                return best, certainty
            # Only the rows of the smallest move: to predict all anew would let the largest themes grow each time.
            smallest_label = sizes.argmin()
            given_up = labels == smallest_label
            others = ComplementNB().fit(words[~given_up], labels[~given_up])
            labels = np.where(given_up, others.predict(words), labels)
            agreed = np.where(agreed == smallest_label, labels, agreed)

    def _lead_by_chance(self, words: sp.csr_matrix) -> float:
        """The lead that the wanted part of rows stays below whose words were drawn from those of all rows."""
        if not self.evidence:
            return -np.inf
        rng = np.random.default_rng(self.random_state)
        shuffled = sp.csr_matrix((words.data, rng.permutation(words.indices), words.indptr), words.shape)
        return float(np.quantile(self._best(shuffled)[1], self.evidence))

    def _best(self, rows: sp.csr_matrix) -> tuple[np.ndarray, np.ndarray]:
        scores = self.classifier_.predict_joint_log_proba(rows)
        return scores.argmax(axis=1), _leads(scores)


def _moved(classifier: ComplementNB, words: sp.csr_matrix, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The labels after the classifier moved the rows that it clearly gives to another; and its lead on each row."""
    scores = classifier.predict_joint_log_proba(words)
    leads = _leads(scores)
    if scores.shape[1] < 2:
        return labels, leads
    leads_over_own = scores.max(axis=1) - scores[np.arange(len(labels)), labels]
    is_clear = leads_over_own > np.quantile(leads, between(STAYING, len(labels)))
    return np.where(is_clear, scores.argmax(axis=1), labels), leads


def _leads(scores: np.ndarray) -> np.ndarray:
    """How far the best theme of each row leads the second."""
    if scores.shape[1] < 2:
        return np.full(len(scores), np.inf)
    second, first = np.partition(scores, -2, axis=1)[:, -2:].T
    leads: np.ndarray = first - second
    return leads


def _sort_by_size(labels: np.ndarray, agreed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The labels renumbered from the largest cluster; a tie keeps the order of first appearance.

    And `agreed` in the same numbers; where it names a cluster that no label names any more, the row's label stands.
    """
    values, first, sizes = np.unique(labels, return_index=True, return_counts=True)
    numbers = np.argsort(np.lexsort((first, -sizes)))
    agreed = np.where(np.isin(agreed, values), agreed, labels)
    return numbers[np.searchsorted(values, labels)], numbers[np.searchsorted(values, agreed)]


def agreed_clusters(
    directions: np.ndarray, n_clusters: int, *, are_ordered: bool = True, random_state: int
) -> np.ndarray:
    """The clusters on which subsamples agree: KMeans on which clusters each row was put in.

    One KMeans settles in one of many optima of nearly the same inertia, so that a few bugs more or less move whole
    themes. Averaged over subsamples (evidence accumulation, Fred and Jain 2005), two random 80 % of Nova's bugs agree
    to an ARI of 0.69 instead of 0.67 at the same cost; the gain on two other projects is as large or larger.

    `are_ordered` directions begin with the strongest: of few rows each run takes another number of them, and another
    number of clusters. The numbers are spread evenly and do not depend on the seed.
    """
    rng = np.random.default_rng(random_state)
    n = len(directions)
    directions = directions.astype(np.float32)  # half the time; the seventh digit places no centre
    size = min(max(n_clusters, int(SHARE * n)), LARGEST_SAMPLE)
    evidence = []
    for n_run_clusters, n_directions in _numbers_of_runs(n, n_clusters):
        # Length says how much is written on a bug, direction says about what.
        seen = normalize(directions[:, :n_directions]) if are_ordered else directions
        sample = seen[np.sort(rng.choice(n, size, replace=False))]
        model = KMeans(n_run_clusters, n_init=1, random_state=int(rng.integers(2**31))).fit(sample)
        evidence.append(_indicator(model.predict(seen), n_run_clusters))
    together = sp.hstack(evidence, format="csr")
    svd = TruncatedSVD(min(n_clusters, together.shape[1]), n_iter=3, random_state=random_state)
    together = normalize(svd.fit_transform(together))
    return np.asarray(KMeans(n_clusters, n_init=3, random_state=random_state).fit_predict(together))


def _numbers_of_runs(n: int, n_clusters: int) -> list[tuple[int, int]]:
    """How many clusters each run on n rows makes, and of how many directions."""
    n_runs = min(max(ROWS_OF_RUNS // n, FEWEST_RUNS), MOST_RUNS)
    places = (np.arange(n_runs) + 0.5) / n_runs
    # Multiples of the golden ratio are spread evenly, too, and in another order.
    other_places = np.arange(n_runs) * GOLDEN_RATIO % 1
    clusters = n_clusters * np.interp(places, (0, 1), (between(FEWEST_CLUSTERS, n), 1))
    limits = between(FEWEST_DIRECTIONS, n), between(MOST_DIRECTIONS, n)
    directions = n_clusters * np.interp(other_places, (0, 1), limits)
    return [(max(2, round(own)), max(2, round(other))) for own, other in zip(clusters, directions, strict=True)]


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
