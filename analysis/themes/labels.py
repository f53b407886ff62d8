"""Labels of themes: the words that set each apart."""

from collections.abc import Iterable, Sequence
from itertools import chain, count

import numpy as np
import scipy.sparse as sp

from analysis.themes.wording import Wording

TERMS_KEPT = 12
TERMS_IN_LABEL = 3
STEM = 6  # two long words that begin with as many equal letters are forms of one


def distinct_terms(counts: sp.csr_matrix, labels: np.ndarray, terms: np.ndarray, *, n: int) -> list[list[str]]:
    """For each theme the `n` words with the highest class-based TF-IDF, strongest first.

    Counted by bugs, not by occurrences: one pasted log must not name a theme (Grootendorst 2022, with that change).
    """
    n_themes = int(labels.max()) + 1
    placed = np.flatnonzero(labels >= 0)
    members = sp.csr_matrix((np.ones(len(placed)), (labels[placed], placed)), (n_themes, len(labels)))
    present = counts.astype(bool).astype(np.float64)
    in_theme = (members @ present).toarray()
    share = in_theme / np.maximum(in_theme.sum(axis=1, keepdims=True), 1)
    weight = share * np.log1p(in_theme.sum() / n_themes / np.maximum(in_theme.sum(axis=0), 1))
    order = np.argsort(-weight, axis=1, kind="stable")[:, :n]
    return [[str(terms[term]) for term in row if weight[theme, term] > 0] for theme, row in enumerate(order)]


def label(terms: Sequence[str], titles: Iterable[str] = ()) -> str:
    """A name from the strongest words, none of which contains another, as the bugs' titles write them.

    Two words that mostly stand side by side in the titles are one: "live migration", not "live, migration". A word is
    spelt as most titles spell it within a sentence: "IPv6", "addresses".

    >>> label(["quota", "quotas_reserve", "usage", "reservation", "tenant"])
    'quota, usage, reservation'
    >>> label(["migration", "live", "ipv6"], ["Fix live migration over IPv6", "No live migration", "A live migration"])
    'live migration, IPv6'
    """
    wording = Wording.of(titles, terms)
    kept: list[tuple[str, ...]] = []
    for term in terms:
        if not any(_is_same(term, other) for other in chain(*kept)):
            kept.append(wording.name(term, [other for other in terms if other not in set(chain(*kept))]))
    return ", ".join(" ".join(map(wording.spelt, words)) for words in kept[:TERMS_IN_LABEL])


def distinct(labels: Sequence[str], terms: Sequence[Sequence[str]]) -> list[str]:
    """The labels, each once: one that an earlier theme has takes on the next of its own terms that sets it apart.

    >>> distinct(["quota", "quota"], [["quota", "usage"], ["quota", "limit"]])
    ['quota', 'quota, limit']
    """
    told: list[str] = []
    for own, words in zip(labels, terms, strict=True):
        longer = (", ".join([own, *extra]) for extra in ([word] for word in words if word not in own))
        numbered = (f"{own} ({number})" for number in count(2))
        told.append(next(name for name in chain([own], longer, numbered) if name not in told))
    return told


def _is_same(term: str, other: str) -> bool:
    """Whether a name with both says one thing twice: "quota" and "quotas_reserve", "migration" and "migrate"."""
    return term in other or other in term or (len(term) > STEM and term[:STEM] == other[:STEM])
