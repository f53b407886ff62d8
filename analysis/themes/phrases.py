"""Phrases of bug titles: the words that blanks part, known by their letters alone, and how titles spell them."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain

from analysis.themes import text

LONGEST_PHRASE = 3  # words
# A spelling with capitals inside (Hyper-V, XenAPI) is the right one where PROPER of the titles use it, one of capitals
# alone (VNC) where SHOUTED do: some people write every name so.
PROPER, SHOUTED = 0.15, 0.4

_WORD = re.compile(r"[^\W_]+(?:[-_.+/'][^\W_]+)*")
_VERSION = re.compile(r"v\d+(?:\.\d+)*", re.IGNORECASE)
_ACRONYMS = re.compile(r"[A-Z]{2,}s")  # IPs, VMs
# Chinese and Japanese are written without blanks: a whole title would be one word.
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_PIECE = re.compile(r"[\u30a0-\u30ff]{2,}|[\u3400-\u9fff]{2,}|[0-9A-Za-z]{2,}")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")


@dataclass(slots=True)
class Phrase:
    """One phrase of titles: the titles that hold it, how they write it, and the words that it is made of at most."""

    titles: list[int] = field(default_factory=list)
    spellings: Counter[str] = field(default_factory=Counter)
    word_count: int = 0
    words: frozenset[str] = frozenset()
    parts: frozenset[str] = frozenset()


def phrases(titles: Iterable[str]) -> dict[str, Phrase]:
    """The phrases of one to three words in the titles, by their letters alone.

    "live migration", "Live-migration" and "live_migration" are one phrase, and so are "SR-IOV" and "sriov". A phrase
    holds no word that any bug report holds, and goes over no punctuation.
    """
    phrases_by_key: dict[str, Phrase] = defaultdict(Phrase)
    for number, title in enumerate(titles):
        for run in _runs(title):
            for start, word_count in _spans(len(run)):
                words = run[start : start + word_count]
                phrase = phrases_by_key["".join(key for _, key, _ in words)]
                if word_count > phrase.word_count:  # "periodic task" knows more of itself than "periodic_task" does
                    phrase.word_count = word_count
                    phrase.words = frozenset(key for _, key, _ in words)
                    phrase.parts |= frozenset(chain(*(_parts(word) for word, _, _ in words)))
                if not phrase.titles or phrase.titles[-1] != number:
                    phrase.titles.append(number)
                is_first = words[0][2] == 0  # its capital is from its place
                phrase.spellings[_uncapitalised(words) if is_first else " ".join(word for word, _, _ in words)] += 1
    return phrases_by_key


def _uncapitalised(words: Sequence[tuple[str, str, int]]) -> str:
    first, *rest = (word for word, _, _ in words)
    return " ".join([first[:1].lower() + first[1:] if first[1:].islower() else first, *rest])


def spelt(key: str, phrases_by_key: dict[str, Phrase]) -> str:
    """The phrase as most titles spell it, or with capitals inside where a good part of them does: "IPv6", "SR-IOV"."""
    spellings = phrases_by_key[key].spellings
    total = sum(spellings.values())
    proper = [form for form in spellings if spellings[form] >= _least_share(form) * total]
    # Of proper forms the one that keeps its hyphen: "SR-IOV" before "SRIOV".
    best = min(proper or spellings, key=lambda form: ("-" not in form if proper else False, -spellings[form], form))
    return " ".join(_spelt_word(word, phrases_by_key) for word in best.split(" ")) if " " in best else best


def _spelt_word(word: str, phrases_by_key: dict[str, Phrase]) -> str:
    alone = phrases_by_key.get(letters_of(word))
    if alone is None or len(alone.words) > 1:
        return word
    forms = [form for form in alone.spellings if form.lower() == word.lower()]
    total = sum(alone.spellings[form] for form in forms)
    proper = [form for form in forms if alone.spellings[form] >= _least_share(form) * total]
    return min(proper or forms or [word], key=lambda form: (-alone.spellings[form], form))


def _least_share(form: str) -> float:
    """The part of the titles that must spell a phrase so, if it is to be preferred; more than all without capitals."""
    if not any(character.isupper() for word in form.split(" ") for character in word[1:]):
        return 2.0
    return PROPER if "-" in form or any(map(str.islower, form)) else SHOUTED


def _runs(title: str) -> Iterator[list[tuple[str, str, int]]]:
    """The runs of telling words in a title that only blanks part: each word with its key and its place, from 0."""
    run: list[tuple[str, str, int]] = []
    end = 0
    for place, match in enumerate(_WORD.finditer(title)):
        word = match.group()
        if _UNSPACED.search(word):
            yield from ([run] if run else [])
            yield from ([(piece, key, place)] for piece in _pieces(word) if (key := letters_of(piece)))
            run, end = [], match.end()
            continue
        key = letters_of(word)
        if run and title[end : match.start()].strip():
            yield run
            run = []
        if key:
            run.append((word, key, place))
        elif run:
            yield run
            run = []
        end = match.end()
    if run:
        yield run


def _pieces(word: str) -> Iterator[str]:
    """The words in writing without blanks: runs of katakana, and ideographs in overlapping pairs, as the tokens are.

    >>> list(_pieces("ランプの交換方法"))
    ['ランプ', '交換', '換方', '方法']
    """
    for piece in _PIECE.findall(word):
        is_ideographic = piece[0] >= "\u3400"
        yield from (piece[start : start + 2] for start in range(len(piece) - 1)) if is_ideographic else (piece,)


def _spans(n_words: int) -> Iterator[tuple[int, int]]:
    return ((start, size) for start in range(n_words) for size in range(1, min(LONGEST_PHRASE, n_words - start) + 1))


@lru_cache(maxsize=1 << 15)
def letters_of(word: str) -> str:
    """The letters and digits by which forms of a word are one; "" for a word that tells nothing."""
    low = word.lower()
    one = low[:-1] if _ACRONYMS.fullmatch(word) else text.singular(low)
    key = "".join(character for character in one if character.isalnum())
    parts = [text.singular(part) for part in re.split(r"[-_']", low)]
    is_path = "/" in word or ("." in word and not _VERSION.fullmatch(word))
    if is_path or key.isdigit() or len(key) > text.MAX_TOKEN or (len(key) < 2 and key.isascii()):
        return ""
    if text.is_hexadecimal(key) or all(part in text.ignored_words() or len(part) < 2 for part in (low, *parts)):
        return ""
    return "" if {low, key, one} & text.ignored_words() or all(part in text.ignored_words() for part in parts) else key


@lru_cache(maxsize=1 << 15)
def _parts(word: str) -> frozenset[str]:
    word = word[:-1] if _ACRONYMS.fullmatch(word) else word
    return frozenset(text.singular(part.lower()) for part in _PART.findall(word))
