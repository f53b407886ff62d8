"""TF-IDF rows of texts by parts of their words, counted by the word: each word of a project is cut once."""

import operator
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from itertools import count
from typing import TypeAlias

import numpy as np
import scipy.sparse as sp
from sklearn.base import BaseEstimator
from sklearn.feature_extraction.text import TfidfTransformer

# The texts of one field of each bug, such as the titles, and how often each counts.
Field: TypeAlias = tuple[Sequence[str], int]


class PartVectorizer(BaseEstimator):  # type: ignore[misc]
    """Texts to unit rows of sublinear TF-IDF over the parts of their words.

    The rows are those of scikit-learn's TfidfVectorizer with an analyzer that cuts every word. That one cuts and counts
    each word as often as it comes; here the words are counted, and the product with the parts of each is the count of
    the parts.

    Parameters
    ----------
    words_of : a text to its words
    parts_of : a word to its parts
    min_df, max_df : a part in fewer or more texts is left out; None for no limit

    Attributes
    ----------
    parts_ : list of str, in order of the columns
    """

    def __init__(
        self,
        words_of: Callable[[str], Sequence[str]],
        parts_of: Callable[[str], Sequence[str]],
        *,
        min_df: int = 1,
        max_df: int | None = None,
    ) -> None:
        self.words_of = words_of
        self.parts_of = parts_of
        self.min_df = min_df
        self.max_df = max_df

    def fit_transform(self, *fields: Field) -> sp.csr_matrix:
        """Learn the parts and their weights; raises ValueError where no part is left."""
        counts, parts = self._count(fields)
        n_texts = np.bincount(counts.indices, minlength=len(parts))
        most = counts.shape[0] if self.max_df is None else self.max_df
        kept = np.flatnonzero((n_texts >= self.min_df) & (n_texts <= most))
        kept = np.array(sorted(kept.tolist(), key=parts.__getitem__), dtype=np.intp)
        if not len(kept):
            raise ValueError("no part is left")
        self.parts_ = [parts[place] for place in kept]
        self._columns = {part: column for column, part in enumerate(self.parts_)}
        counts = counts[:, kept]
        counts.sort_indices()
        self._weights = TfidfTransformer(sublinear_tf=True).fit(counts)
        rows: sp.csr_matrix = self._weights.transform(counts, copy=False)
        return rows

    def transform(self, *fields: Field) -> sp.csr_matrix:
        """The rows of other texts; a text without a part of those fitted is a row of zeros."""
        counts, parts = self._count(fields)
        places = [place for place, part in enumerate(parts) if part in self._columns]
        columns = [self._columns[parts[place]] for place in places]
        ones = np.ones(len(places), np.float32)
        counts = counts @ sp.csr_matrix((ones, (places, columns)), shape=(len(parts), len(self.parts_)))
        counts.sort_indices()
        rows: sp.csr_matrix = self._weights.transform(counts, copy=False)
        return rows

    def _count(self, fields: Sequence[Field]) -> tuple[sp.csr_matrix, list[str]]:
        """How often each text holds each part, as float32, and the parts."""
        numbers, parts = _numbers(), _numbers()
        of_texts = [(_count_matrix(map(self.words_of, texts), numbers), weight) for texts, weight in fields]
        of_words = _count_matrix(map(self.parts_of, numbers), parts)
        first, *rest = (weight * _widened(words, len(numbers)) for words, weight in of_texts)
        counts: sp.csr_matrix = reduce(operator.add, rest, first) @ of_words
        return counts, list(parts)


def _count_matrix(documents: Iterable[Sequence[str]], numbers: dict[str, int]) -> sp.csr_matrix:
    """How often each document holds each word; words get their numbers here, and only those so far have a column."""
    indices, ends = array("i"), [0]
    for words in documents:
        indices.extend(map(numbers.__getitem__, words))
        ends.append(len(indices))
    columns = np.frombuffer(indices, np.int32) if indices else np.empty(0, np.int32)
    counts = sp.csr_matrix((np.ones(len(columns), np.float32), columns, ends), (len(ends) - 1, len(numbers)))
    counts.sum_duplicates()
    return counts


def _numbers() -> dict[str, int]:
    """A dict that gives each new word the next number."""
    return defaultdict(count().__next__)  # its own __len__ would be a cycle, and the dict stay for the whole build


def _widened(counts: sp.csr_matrix, n_columns: int) -> sp.csr_matrix:
    """The counts with columns for the words that only later documents hold."""
    return sp.csr_matrix((counts.data, counts.indices, counts.indptr), (counts.shape[0], n_columns))
