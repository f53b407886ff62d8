"""Titles as rows of pieces of their words: "live-migrate" and "livemigration" have some in common."""

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp
from sklearn.base import BaseEstimator

from analysis.themes.bug_index import words_of
from analysis.themes.part_counts import PartCounts, PartVectorizer

LENGTHS = (3, 4, 5)  # letters of a piece, with the blanks around the word
FEWEST_TITLES = 3  # that hold a piece


class TitlePieces(BaseEstimator):  # type: ignore[misc]
    """Unit rows of TF-IDF over the pieces of titles; without columns where no piece is in enough titles."""

    def fit_transform(self, titles: Sequence[str]) -> sp.csr_matrix:
        """Learn the pieces of some titles; returns their rows."""
        return self.fit_counts(self.count(titles))

    def fit_counts(self, counted: PartCounts, n: int | None = None) -> sp.csr_matrix:
        """Learn the pieces of the first `n` titles that were counted, or of all; returns the rows of all."""
        self._pieces: PartVectorizer | None = _vectorizer()
        try:
            return self._pieces.fit_counts(counted, n)
        except ValueError:  # no piece is left
            self._pieces = None
            return sp.csr_matrix(np.empty((counted.counts.shape[0], 0), np.float32))

    def count(self, titles: Sequence[str]) -> PartCounts:
        """The pieces of some titles, for `fit_counts`; nothing is fitted."""
        return _vectorizer().count((titles, 1))

    def transform(self, titles: Sequence[str]) -> sp.csr_matrix:
        """The rows of other titles."""
        if self._pieces is None:
            return sp.csr_matrix(np.empty((len(titles), 0), np.float32))
        return self._pieces.transform((titles, 1))


def _vectorizer() -> PartVectorizer:
    return PartVectorizer(words_of, pieces_of, min_df=FEWEST_TITLES)


def pieces_of(word: str) -> list[str]:
    """All pieces of a word, as scikit-learn's analyzer "char_wb" cuts it.

    >>> pieces_of("lxc")
    [' lx', 'lxc', 'xc ', ' lxc', 'lxc ', ' lxc ']
    """
    padded = f" {word} "
    return [padded[start : start + n] for n in LENGTHS for start in range(len(padded) - n + 1)]
