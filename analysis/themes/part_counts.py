"""TF-IDF rows of texts by parts of their words, counted by the word: each word of a project is cut once."""

import operator
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from itertools import count
from typing import NamedTuple, TypeAlias

import numpy as np
import scipy.sparse as sp
from sklearn.base import BaseEstimator
from sklearn.feature_extraction.text import TfidfTransformer

# The texts of one field of each bug, such as the titles, and how often each counts.
Field: TypeAlias = tuple[Sequence[str], int]


class PartCounts(NamedTuple):
    """How often each text holds each part: CSR of float32, one row per text, one column per part, without zeros."""

    counts: sp.csr_matrix
    parts: list[str]


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
        return self.fit_counts(self.count(*fields))

    def fit_counts(self, counted: PartCounts, n: int | None = None) -> sp.csr_matrix:
        """Learn the parts and their weights from the first `n` of the texts that were counted, or from all.

        The rows of all these texts come back. Raises ValueError where no part is left.
        """
        learnt_from = counted.counts if n is None else counted.counts[:n]
        n_texts = np.bincount(learnt_from.indices, minlength=len(counted.parts))
        most = learnt_from.shape[0] if self.max_df is None else self.max_df
        kept = np.flatnonzero((n_texts >= self.min_df) & (n_texts <= most)).tolist()
        if not kept:
            raise ValueError("no part is left")
        self.parts_ = sorted(counted.parts[place] for place in kept)
        self._columns = {part: column for column, part in enumerate(self.parts_)}
        del learnt_from
        counts = self._in_columns(counted)
        self._weights = TfidfTransformer(sublinear_tf=True).fit(counts if n is None else counts[:n])
        rows: sp.csr_matrix = self._weights.transform(counts, copy=False)
        return rows

    def transform(self, *fields: Field) -> sp.csr_matrix:
        """The rows of other texts; a text without a part of those fitted is a row of zeros."""
        return self.rows(self.count(*fields))

    def rows(self, counted: PartCounts) -> sp.csr_matrix:
        """The rows of other texts that were counted."""
        rows: sp.csr_matrix = self._weights.transform(self._in_columns(counted), copy=False)
        return rows

    def count(self, *fields: Field) -> PartCounts:
        """How often each text holds each part, whatever was fitted."""
        numbers, parts = _numbers(), _numbers()
        of_texts = [(_count_matrix(map(self.words_of, texts), numbers), weight) for texts, weight in fields]
        of_words = _count_matrix(map(self.parts_of, numbers), parts)
        first, *rest = (weight * _widened(words, len(numbers)) for words, weight in of_texts)
        return PartCounts(reduce(operator.add, rest, first) @ of_words, list(parts))

    def _in_columns(self, counted: PartCounts) -> sp.csr_matrix:
        """The counts of the parts that were fitted, in their columns; the other parts are left out."""
        counts, parts = counted
        column = np.array([self._columns.get(part, -1) for part in parts], dtype=np.int32)[counts.indices]
        is_kept = column >= 0
        ends = np.append(np.int32(0), np.cumsum(is_kept, dtype=np.int32))[counts.indptr]
        shape = (counts.shape[0], len(self.parts_))
        kept = sp.csr_matrix((counts.data[is_kept], column[is_kept], ends), shape)
        kept.sort_indices()
        return kept


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
