"""Names of themes: the phrases of titles that distinguish each theme, as titles write them; and its strongest words."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from itertools import chain, count

import numpy as np
import scipy.sparse as sp

from analysis.themes.phrases import letters_of, phrases, spelt

TERMS_KEPT = 12
PHRASES_IN_NAME = 3
# A phrase may name a theme if this share of its titles contains it, and at least this many titles.
LEAST_SHARE, LEAST_TITLES = 0.02, 3
# Another phrase is added while less than ENOUGH of the titles are named, for another NEXT_SHARE of them, where its
# contrast is a good part of that of the first.
ENOUGH, NEXT_SHARE, NEXT_CONTRAST = 0.6, 0.05, 0.15
# A word is half of a name where this part of the theme's titles that have it write the other half beside it.
TOGETHER = 0.3
# A longer phrase begins a name where it distinguishes the theme by this part of what the shorter does:
# "task state", but "PCI", not "PCI devices", and "config", not "config drive", where most bugs are about options.
WHOLE = 0.5
# Another phrase must be so many times as frequent in the theme as elsewhere: "instance" continues no name.
TELLS = 3.0
# A rival theme counts as so large a part of all others: what the nearest theme says as often tells nothing.
RIVAL = 0.5
WISHES = 12  # phrases of a theme that may be its first
NO_SUBJECT = frozenset(("openstack", "misspelled", "misuse"))  # they name no part of any project
LONGEST_SHORT_FORM = 4  # letters of a word that may be short for another
STEM = 6  # two long words that begin with as many equal letters are forms of one


def distinct_terms(counts: sp.csr_matrix, labels: np.ndarray, terms: np.ndarray, *, n: int) -> list[list[str]]:
    """For each theme the `n` words with the highest class-based TF-IDF, strongest first, no fragment of another.

    A word that mostly stands in a longer one ("par" in 3PAR, "live" in live_migration) is that one's fragment.
    Counted by bugs, not by occurrences: one pasted log must not name a theme (Grootendorst 2022, with that change).
    """
    n_themes = int(labels.max()) + 1
    with_theme = np.flatnonzero(labels >= 0)
    members = sp.csr_matrix((np.ones(len(with_theme)), (labels[with_theme], with_theme)), (n_themes, len(labels)))
    present = counts.astype(bool).astype(np.float64)
    in_theme = (members @ present).toarray()
    share = in_theme / np.maximum(in_theme.sum(axis=1, keepdims=True), 1)
    weight = share * np.log1p(in_theme.sum() / n_themes / np.maximum(in_theme.sum(axis=0), 1))
    order = np.argsort(-weight, axis=1, kind="stable")[:, : 3 * n]
    terms_by_theme = []
    for theme, row in enumerate(order):
        n_bugs = {str(terms[term]): in_theme[theme, term] for term in row if weight[theme, term] > 0}
        terms_by_theme.append([word for word in n_bugs if not _is_fragment(word, n_bugs)][:n])
    return terms_by_theme


def theme_names(
    titles: Sequence[str], labels: np.ndarray, centres: sp.csr_matrix, *, ignored: Collection[str] = ()
) -> list[list[str]]:
    """For each theme the phrases that name it, strongest first, spelt as titles spell them; none where none is its own.

    The first is the phrase with the most contrast: in many titles of the theme, in few of all others and in few of
    the nearest theme. One or two more follow while many titles are not named yet. No two themes have the same first.

    Parameters
    ----------
    titles : the clean title of each bug
    labels : ndarray of int, shape (n_bugs,), -1 = none
    centres : CSR of shape (n_themes, n_terms), unit rows: which theme is nearest to which
    ignored : words that name no theme, such as the name of the project
    """
    naming = _Naming(titles, labels, _nearest_themes(centres), NO_SUBJECT | {letters_of(word) for word in ignored})
    firsts = naming.first_phrases()
    return [naming.spelt(naming.continued(theme, firsts)) for theme in range(centres.shape[0])]


class _Naming:
    """The phrases of the titles, counted in each theme, and how much each distinguishes its theme."""

    def __init__(self, titles: Sequence[str], labels: np.ndarray, nearest: np.ndarray, ignored: Set[str]) -> None:
        self.labels, self.nearest, self.n_titles = labels, nearest, len(titles)
        n_themes = len(nearest)
        self.sizes = np.bincount(labels[labels >= 0], minlength=n_themes)
        every_phrase = phrases(titles).items()
        self.phrases = {key: phrase for key, phrase in every_phrase if len(phrase.titles) >= LEAST_TITLES}
        self.phrases = {key: phrase for key, phrase in self.phrases.items() if not self._names_project(key, ignored)}
        self.counts = {
            key: np.bincount(labels[phrase.titles] + 1, minlength=n_themes + 1)[1:]
            for key, phrase in self.phrases.items()
        }
        least = np.maximum(LEAST_TITLES, LEAST_SHARE * self.sizes)
        of_theme: dict[int, list[str]] = defaultdict(list)
        for key, counts in self.counts.items():
            for theme in np.flatnonzero(counts >= least):
                of_theme[int(theme)].append(key)
        self.strongest = {
            theme: sorted(keys, key=lambda key: (-self.contrast(key, theme), key)) for theme, keys in of_theme.items()
        }

    def contrast(self, key: str, theme: int, n: int | None = None) -> float:
        """Share of the theme's titles (or of `n` of them) times the log of how much more that is than elsewhere."""
        share = (int(self.counts[key][theme]) if n is None else n) / max(int(self.sizes[theme]), 1)
        rival = int(self.nearest[theme])
        near = 0.0 if rival == theme else self.counts[key][rival] / max(int(self.sizes[rival]), 1)
        elsewhere = max(self._share_elsewhere(key, theme, more=1), RIVAL * near)
        return float(share * np.log(share / elsewhere)) if share else 0.0

    def _share_elsewhere(self, key: str, theme: int, *, more: int = 0) -> float:
        """The share of all other titles with the phrase, if so many `more` had it: of few titles, none means little."""
        n_elsewhere = len(self.phrases[key].titles) - int(self.counts[key][theme])
        return (n_elsewhere + more) / (self.n_titles - max(int(self.sizes[theme]), 1) + 1)

    def first_phrases(self) -> dict[int, str]:
        """The first phrase of each theme that has one; a phrase that several want is the one's that says it most."""
        wishes = {theme: self._wishes(theme) for theme in self.strongest}
        firsts: dict[int, str] = {}
        pairs = ((self.contrast(key, theme), theme, key) for theme, keys in wishes.items() for key in keys)
        for contrast, theme, key in sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2])):
            if contrast > 0 and theme not in firsts and key not in firsts.values():
                firsts[theme] = key
        return firsts

    def continued(self, theme: int, firsts: dict[int, str]) -> list[str]:
        """The first phrase of the theme with those that name a good part of the titles that it does not."""
        names = [firsts[theme]] if theme in firsts else []
        members = set(np.flatnonzero(self.labels == theme).tolist())
        while names and len(names) < PHRASES_IN_NAME:
            unnamed = members.difference(*(self.phrases[key].titles for key in names))
            if len(unnamed) <= (1 - ENOUGH) * len(members):
                break
            following = self._following(theme, names, unnamed, frozenset(firsts.values()))
            if following is None:
                break
            names.append(following)
        return names

    def spelt(self, keys: Iterable[str]) -> list[str]:
        """The phrases as titles spell them."""
        return [spelt(key, self.phrases) for key in keys]

    def _names_project(self, key: str, ignored: Set[str]) -> bool:
        """Whether a word of the phrase is ignored: "nova API" says no more than "API", and "nova-network" does."""
        return bool((self.phrases[key].words | {key}) & ignored) and any(
            letters_of(word) in ignored for word in spelt(key, self.phrases).split(" ")
        )

    def _wishes(self, theme: int) -> list[str]:
        """The phrases that may begin the name; words that others have nearly as often only where no other is left."""
        keys = self.strongest[theme]
        keys = [key for key in keys if self._tells(key, theme)][:WISHES] or keys[:WISHES]
        return list(dict.fromkeys(self._whole(key, theme, least=WHOLE * self.contrast(key, theme)) for key in keys))

    def _following(self, theme: int, names: Sequence[str], unnamed: set[int], taken: frozenset[str]) -> str | None:
        parts = frozenset(chain(*(self.phrases[key].parts for key in names)))
        least = NEXT_CONTRAST * self.contrast(names[0], theme)
        many = min(NEXT_SHARE * self.sizes[theme], self.counts[names[0]][theme] / 2)
        best, following = least, None
        for key in self.strongest[theme]:
            n = len(unnamed.intersection(self.phrases[key].titles))
            if n >= max(LEAST_TITLES, many) and (own := self.contrast(key, theme, n)) > best:
                for form in (self._whole(key, theme), key):
                    if form not in taken and self._tells(form, theme) and not self._says_again(form, names, parts):
                        best, following = own, form
                        break
        return following

    def _tells(self, key: str, theme: int) -> bool:
        """Whether the phrase is TELLS times as frequent in the theme's titles as elsewhere."""
        return int(self.counts[key][theme]) >= TELLS * self._share_elsewhere(key, theme) * int(self.sizes[theme])

    def _says_again(self, key: str, names: Sequence[str], parts: frozenset[str]) -> bool:
        """Whether a phrase has a word of the name, or is short for it or long for it."""
        own = spelt(key, self.phrases)
        return _repeats(self.phrases[key].parts, parts) or any(
            abbreviates(own, other) or abbreviates(other, own) for other in self.spelt(names)
        )

    def _whole(self, key: str, theme: int, *, least: float = -np.inf) -> str:
        """The longer phrase that the theme's titles mostly write where they write this one, or the phrase itself.

        `least` is the contrast that it must have.
        """
        while True:
            many = max(LEAST_TITLES, TOGETHER * self.counts[key][theme])
            words = self.phrases[key].words
            longer = [
                other
                for other in self.strongest[theme]
                if self.counts[other][theme] >= many
                and (words < self.phrases[other].words or other == f"{key}error")
                and self.contrast(other, theme) >= least
            ]
            if not longer:
                return key
            key = max(longer, key=lambda other: (self.counts[other][theme], other))


def theme_id(name: Sequence[str], terms: Sequence[str]) -> str:
    """An id made from a theme's name: the letters and digits of its first phrase.

    >>> theme_id(["SR-IOV ports", "PCI"], [])
    'sr-iov-ports'
    """
    words = name[:1] or list(terms[:2])
    return "-".join(re.findall(r"[a-z0-9]+", " ".join(words).lower())) or "theme"


def distinct(labels: Sequence[str], terms: Sequence[Sequence[str]]) -> list[str]:
    """The labels, each once: one that an earlier theme has takes on the next of its own terms that sets it apart.

    >>> distinct(["quota", "quota"], [["quota", "usage"], ["quota", "limit"]])
    ['quota', 'quota, limit']
    """
    unique: list[str] = []
    for own, words in zip(labels, terms, strict=True):
        longer = (", ".join([own, *extra]) for extra in ([word] for word in words if word not in own))
        numbered = (f"{own} ({number})" for number in count(2))
        unique.append(next(name for name in chain([own], longer, numbered) if name not in unique))
    return unique


def _is_fragment(word: str, n_bugs: Mapping[str, float]) -> bool:
    """Whether half of the bugs with the word have a longer word that holds it."""
    return any(word in other and word != other and 2 * n_bugs[other] >= n_bugs[word] for other in n_bugs)


def _nearest_themes(centres: sp.csr_matrix) -> np.ndarray:
    """For each theme the other whose centre is nearest; itself where it is the only one."""
    near = (centres @ centres.T).toarray()
    np.fill_diagonal(near, -1.0 if len(near) > 1 else 1.0)
    return np.asarray(near.argmax(axis=1))


def _repeats(parts: frozenset[str], others: frozenset[str]) -> bool:
    """Whether a name with both would say a word twice: "migration" and "live migrations", "migrate"."""
    return any(one.rstrip("s") == other.rstrip("s") or _are_forms(one, other) for one in parts for other in others)


def abbreviates(short: str, long: str) -> bool:
    """Whether one word of at most four letters may stand for a longer phrase: by its initials, or letters in order.

    >>> [abbreviates(*pair) for pair in (("AZ", "availability zone"), ("bdm", "block device"), ("DB", "database"))]
    [True, True, True]
    >>> abbreviates("VNC", "console")
    False
    """
    low, words = short.lower(), re.findall(r"[^\W_]+", long.lower())
    if not low.isalnum() or not 2 <= len(low) <= LONGEST_SHORT_FORM or not words:
        return False
    initials = "".join(word[0] for word in words)
    if len(words) > 1 and (low.startswith(initials) or initials.startswith(low)):
        return True
    return any(len(word) >= 2 * len(low) and word[0] == low[0] and _in_order(low, word) for word in words)


def _in_order(letters: str, word: str) -> bool:
    following = iter(word)
    return all(letter in following for letter in letters)


def _are_forms(one: str, other: str) -> bool:
    """Whether two words are forms of one, or one is in the other: "delete", "deleting"; "migrate", "migration"."""
    stem = min(STEM, len(one) - 1, len(other) - 1)
    return (stem >= 4 and one[:stem] == other[:stem]) or (
        min(len(one), len(other)) > 3 and (one in other or other in one)
    )
