"""How titles write the words of a theme: in which spelling, and which of them side by side."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from analysis import text

# A word is half of a name where this part of the titles that have it write the other half beside it.
TOGETHER = 0.5
MIN_TITLES = 3
LONGEST = 3


@dataclass(frozen=True, slots=True)
class Wording:
    """Of each term the titles that hold it and its spellings there; of each two, the titles with them side by side."""

    n_titles: Mapping[str, int]
    spellings: Mapping[str, Counter[str]]
    n_pairs: Mapping[tuple[str, str], int]

    @classmethod
    def of(cls, titles: Iterable[str], terms: Iterable[str]) -> "Wording":
        """Read from the titles of the bugs that a theme holds."""
        wanted = frozenset(terms)
        n_titles, n_pairs = Counter[str](), Counter[tuple[str, str]]()
        spellings: dict[str, Counter[str]] = defaultdict(Counter)
        for title in titles:
            pieces = [(piece, term if term in wanted else "") for piece, term in text.words(title)]
            n_titles.update({term for _, term in pieces if term})
            n_pairs.update({(one, other) for (_, one), (_, other) in pairwise(pieces) if one and other})
            for piece, term in pieces[1:]:  # the first word of a title has its capital from its place
                spellings[term][piece] += 1
        return cls(n_titles, spellings, n_pairs)

    def name(self, term: str, among: Sequence[str]) -> tuple[str, ...]:
        """The term with those of the others that titles mostly write before or after it, at most three in all."""
        found: tuple[str, ...] = (term,)
        while len(found) < LONGEST:
            others = [other for other in among if other not in found]
            beside = [(other, found[0]) for other in others], [(found[-1], other) for other in others]
            ends = zip(beside, (found[0], found[-1]), strict=True)
            usual = [pair for pairs, end in ends for pair in pairs if self._is_usual(pair, end)]
            if not usual:
                break
            best = max(usual, key=lambda pair: self.n_pairs[pair])
            found = (best[0], *found) if best[1] == found[0] else (*found, best[1])
        return found

    def spelt(self, term: str) -> str:
        """The term as most titles spell it: "IPv6" for ipv6, "addresses" for address."""
        written = self.spellings.get(term)
        return min(written, key=lambda piece: (-written[piece], piece)) if written else term

    def _is_usual(self, pair: tuple[str, str], term: str) -> bool:
        """Whether most titles with the term write the pair side by side."""
        return self.n_pairs.get(pair, 0) >= max(MIN_TITLES, TOGETHER * self.n_titles.get(term, 0))
