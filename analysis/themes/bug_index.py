"""An index of bugs: the nearest bugs by three views of their texts."""

from functools import cached_property
from typing import NamedTuple, Self

import numpy as np
import pandas as pd
import scipy.sparse as sp
from sklearn.base import BaseEstimator

from analysis.themes import text
from analysis.themes.neighbours import highest
from analysis.themes.part_counts import PartCounts, PartVectorizer

# A duplicate's title says the same in other words, so it counts, but less than for themes: the details that make two
# reports one bug are in the description.
TITLE_WEIGHT = 3
# Characters of a description that are cut into pieces: a log adds thousands of pieces and no similarity.
PIECES_LIMIT = 300
PIECE = 4  # letters, with the blanks around the word
# among fewer bugs than this, a word or piece that occurs once is not noise
MANY = 60
BLOCK_CELLS = 500_000  # similarities held at once per view: 2 MB, and as many times eight bytes while they are sorted


class Neighbors(NamedTuple):
    """For each query, highest rank score first: positions of the fitted bugs, rank score, similarity.

    Each is an ndarray of shape (n_queries, n_neighbors), or narrower where fewer bugs are fitted. The rank score is at
    most 3, the similarity at most 1; ties go to the lower position.
    """

    positions: np.ndarray
    scores: np.ndarray
    similarities: np.ndarray


class BugCounts(NamedTuple):
    """What `SimilarBugs` counts in each of n texts: words, words of the title alone, pieces of four letters."""

    words: PartCounts
    words_of_titles: PartCounts
    letters: PartCounts


class SimilarBugs(BaseEstimator):  # type: ignore[misc]
    """Nearest bugs by words of the whole text, words of the title alone, and pieces of four letters.

    Words miss different spellings (`hostname`, `host name`), pieces match words that are only spelt alike, and the
    title counts even if there is a long log. Neighbours are ranked by the sum of the three cosines, each relative to
    the query's best: in one view 0.3 is much, in another little. All three have the same weight; weights were not
    fitted.

    The returned similarity is the plain mean of the cosines, so that it can be compared between queries.

    Attributes
    ----------
    views_ : list of three CSR, one row per fitted bug: words, words of the title, pieces of four letters
    terms_ : list of str, the words of the columns of the first two
    """

    def __init__(self, *, title_weight: int = TITLE_WEIGHT) -> None:
        self.title_weight = title_weight

    def fit(self, texts: pd.DataFrame, y: object = None) -> Self:
        """Index clean texts (`vectors.texts`); raises ValueError where none has a word."""
        return self.fit_counts(self.count(texts))

    def fit_counts(self, counted: BugCounts, n: int | None = None) -> Self:
        """Index the texts that were counted, with words and pieces of the first `n` of them, or of all."""
        self._words = _words()
        # titles use the weights of whole texts: a word that is rare in titles only is not a rare word
        self.views_ = [self._words.fit_counts(counted.words, n), self._words.rows(counted.words_of_titles)]
        self._letters, of_letters = _fitted_letters(counted.letters, n)
        self.views_.append(of_letters)
        self.terms_ = self._words.parts_
        self.__dict__.pop("_columns", None)
        return self

    def count(self, texts: pd.DataFrame) -> BugCounts:
        """The words and pieces of clean texts, for `fit_counts`; nothing is fitted."""
        titles, bodies, beginnings = self._fields(texts)
        words, letters = _words(), PartVectorizer(words_of, _pieces_of)
        whole = words.count((titles, self.title_weight), (bodies, 1))
        return BugCounts(whole, words.count((titles, 1)), letters.count((beginnings, 1)))

    @cached_property
    def _columns(self) -> list[sp.csr_matrix]:
        """The views transposed; only who searches needs this second copy."""
        return [view.T.tocsr() for view in self.views_]

    def transform(self, texts: pd.DataFrame) -> list[sp.csr_matrix]:
        """The three views of other bugs, as input for `kneighbors`."""
        titles, bodies, beginnings = self._fields(texts)
        whole = self._words.transform((titles, self.title_weight), (bodies, 1))
        return [whole, self._words.transform((titles, 1)), self._letters.transform((beginnings, 1))]

    def kneighbors(
        self,
        queries: list[sp.csr_matrix],
        n_neighbors: int,
        *,
        excluded: np.ndarray | None = None,
        among: np.ndarray | None = None,
    ) -> Neighbors:
        """The nearest fitted bugs of each query.

        Parameters
        ----------
        queries : list of three CSR, from `transform` or rows of `views_`
        excluded : ndarray of int, shape (n_queries,): for each query a fitted bug that resembles it in nothing, itself
        among : ndarray of int, shape (n_candidates,): the only fitted bugs that may come back; not with `excluded`
        """
        if among is not None:
            neighbours = self._searched(queries, n_neighbors, [view[among].T.tocsr() for view in self.views_], None)
            return neighbours._replace(positions=among[neighbours.positions])
        return self._searched(queries, n_neighbors, self._columns, excluded)

    def cosines(self, queries: list[sp.csr_matrix]) -> list[np.ndarray]:
        """The cosines of each view, dense, each of shape (n_queries, n_fitted): give few queries at once."""
        return [(view @ columns).toarray() for view, columns in zip(queries, self._columns, strict=True)]

    def _searched(
        self, queries: list[sp.csr_matrix], n_neighbors: int, columns: list[sp.csr_matrix], excluded: np.ndarray | None
    ) -> Neighbors:
        n_queries, n = queries[0].shape[0], columns[0].shape[1]
        block = max(1, BLOCK_CELLS // max(n, 1))
        parts = []
        for start in range(0, max(n_queries, 1), block):
            rows = slice(start, start + block)
            cosines = [(q[rows] @ view).toarray() for q, view in zip(queries, columns, strict=True)]
            if excluded is not None:
                for view in cosines:
                    view[np.arange(len(view)), excluded[rows]] = 0
            parts.append(_nearest(cosines, min(n_neighbors, n)))
        return Neighbors(*(np.concatenate(part) for part in zip(*parts, strict=True)))

    def _fields(self, texts: pd.DataFrame) -> tuple[list[str], list[str], list[str]]:
        """Titles, descriptions without a title that they repeat, and both for the view of four letters."""
        titles, bodies = texts["title"].tolist(), texts["description"].tolist()
        beginnings = [
            f"{title} " * self.title_weight + body[:PIECES_LIMIT] for title, body in zip(titles, bodies, strict=True)
        ]
        return titles, [body.removeprefix(title) for title, body in zip(titles, bodies, strict=True)], beginnings


def _words() -> PartVectorizer:
    return PartVectorizer(text.pieces, text.tokens_of_piece)


def _fitted_letters(counted: PartCounts, of_first: int | None) -> tuple[PartVectorizer, sp.csr_matrix]:
    n = counted.counts.shape[0] if of_first is None else of_first
    # A piece in every twentieth bug joins nothing and costs most of the time of a query: recall is as without it.
    telling = PartVectorizer(words_of, _pieces_of, min_df=2 if n >= MANY else 1, max_df=max(int(0.05 * n), 10))
    try:
        return telling, telling.fit_counts(counted, of_first)
    except ValueError:  # no piece is left: these bugs are alike to the letter, or in nothing
        every = PartVectorizer(words_of, _pieces_of)
        return every, every.fit_counts(counted, of_first)


def words_of(text: str) -> list[str]:
    """The words of a text as they stand there, in small letters."""
    return text.lower().split()


def _pieces_of(word: str) -> list[str]:
    """The pieces that scikit-learn's analyzer "char_wb" cuts."""
    padded = f" {word} "
    return [padded[start : start + PIECE] for start in range(max(len(padded) - PIECE, 0) + 1)]


def _nearest(cosines: list[np.ndarray], n: int) -> Neighbors:
    relative = sum(view / np.maximum(view.max(axis=1, keepdims=True), 1e-9) for view in cosines)
    positions, best = highest(np.asarray(relative), n)
    mean = sum(np.take_along_axis(view, positions, axis=1) for view in cosines) / len(cosines)
    return Neighbors(positions, best, np.asarray(mean))
