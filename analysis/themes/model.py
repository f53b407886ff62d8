"""A theme model: it assigns a theme to each bug, and new bugs without fitting again."""

from typing import Self

import numpy as np
import pandas as pd
import scipy.sparse as sp
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.preprocessing import normalize

from analysis.themes.clusters import EVIDENCE, ThemeClusters, centre_distances, theme_sums
from analysis.themes.names import TERMS_KEPT, distinct_terms
from analysis.themes.vectors import TITLE_WEIGHT, BugVectorizer, Encoder, documents, texts


class ThemeModel(ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """Themes of bugs by their text: the steps of `BugVectorizer` and `ThemeClusters` behind one `fit`.

    `X` is a DataFrame with the text columns title and description, such as schema.BUGS; NA is an empty text. `encoder`,
    a function from texts to vectors (`vectors.local_encoder`), adds the vectors of a sentence model.

    Attributes
    ----------
    labels_ : ndarray of int, shape (n_bugs,), -1 = none; numbered from the largest theme
    distances_ : ndarray of float in 0..1, shape (n_bugs,): 1 - cosine to the theme's centre, NaN without a theme
    terms_ : list of list of str, for each theme the words that set it apart, strongest first
    centres_ : CSR of shape (n_themes, n_terms), unit rows
    """

    def __init__(
        self,
        *,
        n_themes: int | None = None,
        title_weight: int = TITLE_WEIGHT,
        evidence: float = EVIDENCE,
        encoder: Encoder | None = None,
        random_state: int = 0,
    ) -> None:
        self.n_themes = n_themes
        self.title_weight = title_weight
        self.evidence = evidence
        self.encoder = encoder
        self.random_state = random_state

    def fit(self, X: pd.DataFrame, y: object = None) -> Self:
        """Find the themes of these bugs; raises NoSharedWords where no two share a word."""
        return self.fit_texts(texts(X))

    def fit_texts(self, cleaned: pd.DataFrame) -> Self:
        """The same for texts that `vectors.texts` has cleaned already."""
        self.vectorizer_ = BugVectorizer()
        rows = self.vectorizer_.fit_transform(self._documents(cleaned))
        self.clusters_ = ThemeClusters(
            n_themes=self.n_themes, evidence=self.evidence, random_state=self.random_state
        ).fit(rows, embeddings=self._embeddings(cleaned))
        self.labels_ = self.clusters_.labels_
        n_found = len(self.clusters_.classifier_.classes_)
        self.centres_ = normalize(theme_sums(rows, self.labels_, n_found))
        self.distances_ = centre_distances(rows, self.labels_, self.centres_)
        self.terms_ = distinct_terms(self.vectorizer_.counts_, self.labels_, self.vectorizer_.terms_, n=TERMS_KEPT)
        return self

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """The theme of each bug, -1 = none; nothing is fitted."""
        return self.clusters_.predict(self.transform(X))

    def transform(self, X: pd.DataFrame) -> sp.csr_matrix:
        """The TF-IDF rows of these bugs in the vocabulary of the fitted ones."""
        return self.vectorizer_.transform(self._documents(texts(X)))

    def _embeddings(self, cleaned: pd.DataFrame) -> np.ndarray | None:
        if self.encoder is None:
            return None
        return np.asarray(self.encoder((cleaned["title"] + "\n" + cleaned["description"]).tolist()))

    def _documents(self, cleaned: pd.DataFrame) -> list[list[str]]:
        return documents(cleaned, title_weight=self.title_weight)
