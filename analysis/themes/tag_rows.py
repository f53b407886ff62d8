"""Reports as rows of numbers, so that two are alike as far as their words, titles and reporters are."""

import re

import numpy as np
import pandas as pd
import scipy.sparse as sp

from analysis.themes import text
from analysis.themes.bug_index import SimilarBugs
from analysis.themes.title_pieces import TitlePieces

# Of the similarity of two reports: pieces of words that both titles hold, both titles name the same tag, and one person
# wrote both. Their words weigh 3.
SAME_PIECES, SAME_NAME, SAME_REPORTER = 0.5, 0.3, 0.2


class TagRows:
    """The rows of some examples, and of other reports; a product of two rows is the similarity of two reports.

    Words are counted once. How much each weighs, `weighed` says, so that the same examples can be asked by what was
    known before the newest of them.

    Attributes
    ----------
    terms_ : list of str, the words of the first columns
    """

    def __init__(self, texts: pd.DataFrame, reporters: pd.Series, tags: list[list[str]]) -> None:
        """Count the words of the examples.

        Parameters
        ----------
        texts : `vectors.texts` of n examples
        reporters : Series of str, who reported each
        tags : the tags of each
        """
        self._index, self._pieces = SimilarBugs(), TitlePieces()
        self._of_texts, self._of_titles = self._index.count(texts), self._pieces.count(texts["title"].tolist())
        self._patterns = [re.compile(named(tag)) for tag in sorted({tag for own in tags for tag in own})]
        self._people = pd.Index(reporters.dropna().unique())
        self._hints = self._names_and_reporters(texts["title"], reporters)

    def weighed(self, n: int | None = None) -> sp.csr_matrix:
        """The rows of all examples, with words and pieces weighed by the first `n` of them, or by all."""
        views = self._index.fit_counts(self._of_texts, n).views_
        self._index.views_ = []  # the rows hold a copy of what is needed, and nobody searches this index
        self.terms_ = self._index.terms_
        return _joined(views, self._pieces.fit_counts(self._of_titles, n), self._hints)

    def transform(self, texts: pd.DataFrame, reporters: pd.Series) -> sp.csr_matrix:
        """The rows of other reports, with words weighed as last."""
        of_titles = self._pieces.transform(texts["title"].tolist())
        return _joined(self._index.transform(texts), of_titles, self._names_and_reporters(texts["title"], reporters))

    def words(self, row: sp.csr_matrix, weights: np.ndarray, n: int) -> list[str]:
        """The `n` words of a report that speak most, by the weights of the columns, the strongest first."""
        is_word = row.indices < len(self.terms_)
        columns = row.indices[is_word]
        speaks = row.data[is_word] * weights[columns]
        return [self.terms_[columns[place]] for place in np.argsort(-speaks, kind="stable")[:n] if speaks[place] > 0]

    def _names_and_reporters(self, titles: pd.Series, reporters: pd.Series) -> tuple[sp.csr_matrix, sp.csr_matrix]:
        """Which tags each title names, and which of the examples' reporters wrote the report."""
        low, patterns = titles.str.lower().tolist(), self._patterns
        names = np.array([[each.search(title) is not None for each in patterns] for title in low], dtype=np.float32)
        places = self._people.get_indexer(reporters)
        with_reporter = np.flatnonzero(places >= 0)
        by = sp.csr_matrix(
            (np.ones(len(with_reporter), np.float32), (with_reporter, places[with_reporter])),
            (len(low), len(self._people)),
        )
        of_names = sp.csr_matrix(names.reshape(len(low), len(patterns)))
        return of_names * np.float32(SAME_NAME**0.5), by * np.float32(SAME_REPORTER**0.5)


def _joined(
    views: list[sp.csr_matrix], of_titles: sp.csr_matrix, hints: tuple[sp.csr_matrix, sp.csr_matrix]
) -> sp.csr_matrix:
    rows: sp.csr_matrix = sp.hstack([*views, of_titles * np.float32(SAME_PIECES**0.5), *hints], format="csr")
    return rows


def named(tag: str) -> str:
    """A pattern of a tag's name in lower-case text, one or more of it, its words joined in any way.

    >>> bool(re.search(named("live-migration"), "live migrations fail")), bool(re.search(named("db"), "dbus"))
    (True, False)
    """
    words = [re.escape(text.singular(word)) for word in re.findall(r"[^\W_.]+(?:\.[^\W_]+)*", tag.lower())]
    return rf"(?<![^\W_]){'[-_ ]?'.join(words)}(?:e?s)?(?![^\W_])"
