"""Themes of more bugs than fit in memory: hashed words, themes of a random sample, settled in a stream.

Three passes over the batches, each in memory of one batch and the sample: count in how many bugs each hashed word is
and draw the sample; fit the sample's themes exactly; let the classifier learn from every bug in mini-batches.
An incremental SVD over all batches with mini-batch KMeans was the alternative. On Nova's 6,556 labelled fixes, a third
of them the sample, this path loses 0.014 AMI to the exact one and that one 0.055 (`benchmarks/theme_methods.py` has
both): its directions are not smoothed by neighbours, which a stream does not know.
"""

import operator
from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from typing import Self

import numpy as np
import pandas as pd
import scipy.sparse as sp
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.naive_bayes import ComplementNB
from sklearn.preprocessing import normalize

from analysis.themes.clusters import EVIDENCE, ThemeClusters, centre_distances, theme_sums
from analysis.themes.names import TERMS_KEPT, distinct_terms
from analysis.themes.vectors import PROSE_WEIGHT, TITLE_WEIGHT, BugVectorizer, documents, texts

Batches = Callable[[], Iterator[pd.DataFrame]]


class StreamingThemes(ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """`ThemeModel` for batches of bugs; `fit`, `predict`, `labels_`, `distances_`, `terms_`, `centres_` mean the same.

    `fit_batches` gives no `labels_`: whoever has bugs beyond memory asks `predict` batch by batch.

    Parameters
    ----------
    sample_size : bugs whose themes are found exactly; all others are assigned to these
    n_features : hashed columns; two words in one column count as one
    """

    def __init__(
        self,
        *,
        n_themes: int | None = None,
        title_weight: int = TITLE_WEIGHT,
        evidence: float = EVIDENCE,
        sample_size: int = 10_000,
        n_features: int = 1 << 16,
        batch_size: int = 5_000,
        random_state: int = 0,
    ) -> None:
        self.n_themes = n_themes
        self.title_weight = title_weight
        self.evidence = evidence
        self.sample_size = sample_size
        self.n_features = n_features
        self.batch_size = batch_size
        self.random_state = random_state

    def fit(self, X: pd.DataFrame, y: object = None) -> Self:
        """Find the themes of bugs that are in memory, batch by batch, and give each its theme (`labels_`)."""
        return self.fit_texts(texts(X))

    def fit_texts(self, cleaned: pd.DataFrame) -> Self:
        """The same for texts that `vectors.texts` has cleaned already; raises NoSharedWords as `ThemeModel` does."""
        starts = range(0, len(cleaned), self.batch_size)
        batches = [cleaned.iloc[start : start + self.batch_size] for start in starts]
        self._fit(lambda: iter(batches))
        rows = [self._rows(batch) for batch in batches]
        labels = [self.clusters_.predict(each) for each in rows]
        pairs = list(zip(rows, labels, strict=True))
        self.labels_ = np.concatenate(labels)
        self.centres_ = normalize(reduce(operator.add, (theme_sums(*pair, len(self.terms_)) for pair in pairs)))
        self.distances_ = np.concatenate([centre_distances(*pair, self.centres_) for pair in pairs])
        return self

    def fit_batches(self, batches: Batches) -> Self:
        """Find the themes of all bugs that the batches hold; `batches()` is called twice and must give the same."""
        return self._fit(lambda: (texts(batch) for batch in batches()))

    def _fit(self, cleaned: Batches) -> Self:
        self._hasher = HashingVectorizer(
            analyzer=_same, n_features=self.n_features, alternate_sign=False, norm=None, dtype=np.float32
        )
        sample = self._count(cleaned())
        rows = self._weighted(self._hasher.transform(sample))
        self.clusters_ = ThemeClusters(
            n_themes=self.n_themes, evidence=self.evidence, random_state=self.random_state
        ).fit(rows)
        words = BugVectorizer().fit(sample)
        self.terms_ = distinct_terms(words.counts_, self.clusters_.labels_, words.terms_, n=TERMS_KEPT)
        self._settle(cleaned())
        return self

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """The theme of each bug, -1 = none."""
        return self.clusters_.predict(self.transform(X))

    def transform(self, X: pd.DataFrame) -> sp.csr_matrix:
        """The hashed and weighted rows of these bugs."""
        return self._rows(texts(X))

    def _rows(self, cleaned: pd.DataFrame) -> sp.csr_matrix:
        return self._weighted(self._hasher.transform(self._documents(cleaned)))

    def _documents(self, cleaned: pd.DataFrame) -> list[list[str]]:
        return documents(cleaned, title_weight=self.title_weight)

    def _count(self, batches: Iterator[pd.DataFrame]) -> list[list[str]]:
        """Count words over all bugs, and draw a sample: the documents with the smallest of random keys."""
        rng = np.random.default_rng(self.random_state)
        self.n_bugs_, self._in_bugs = 0, np.zeros(self.n_features)
        sample: list[list[str]] = []
        keys = np.empty(0)
        for batch in batches:
            documents = self._documents(batch)
            self._in_bugs += np.bincount(self._hasher.transform(documents).indices, minlength=self.n_features)
            self.n_bugs_ += len(documents)
            keys, sample = _smallest(np.append(keys, rng.random(len(documents))), sample + documents, self.sample_size)
        return sample

    def _weighted(self, counts: sp.csr_matrix) -> sp.csr_matrix:
        # Only the columns in use: the classifier's smoothing counts every column, and most of the hashed are empty.
        used = np.flatnonzero((self._in_bugs >= 3) & (self._in_bugs <= max(0.2 * self.n_bugs_, 10)))
        weights = np.log((1 + self.n_bugs_) / (1 + self._in_bugs[used])) + 1
        rows = counts[:, used].astype(np.float64)
        rows.data = (1 + np.log(rows.data / PROSE_WEIGHT)) * weights[rows.indices]
        weighted: sp.csr_matrix = normalize(rows, copy=False)
        return weighted

    def _settle(self, batches: Iterator[pd.DataFrame]) -> None:
        """Learn the words of the themes from every bug that the sample's classifier is sure of."""
        settled = ComplementNB()
        classes = self.clusters_.classifier_.classes_
        for batch in batches:
            rows = self._rows(batch)
            labels = self.clusters_.predict(rows)
            if (labels >= 0).any():
                settled.partial_fit(rows[labels >= 0], labels[labels >= 0], classes=classes)
        self.clusters_.classifier_ = settled


def _smallest(keys: np.ndarray, items: list[list[str]], n: int) -> tuple[np.ndarray, list[list[str]]]:
    if len(keys) <= n:
        return keys, items
    kept = np.sort(np.argpartition(keys, n)[:n])
    return keys[kept], [items[position] for position in kept]


def _same(document: Sequence[str]) -> Sequence[str]:
    return document
