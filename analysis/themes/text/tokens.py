"""The tokens of a text: words, and identifiers both whole and in parts.

`InstanceNotFound` is worth more than "instance", "not" and "found": it is the name of one thing. But a reporter who
writes "the instance was not found" means the same bug, so the parts are tokens too.
"""

import re
from functools import lru_cache

from analysis.themes.text.stop_words import ignored_words

MAX_TOKEN = 60

_PIECE = re.compile(r"\w+")
# XMLParser -> XML, Parser; vmState -> vm, State.
_CAMEL = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")
# IPs, VMs, APIs: the plural of an acronym, which camel case would cut before its last letter.
_ACRONYMS = re.compile(r"[A-Z]{2,}s")
# Other alphabets are not split at capitals. Writing without spaces (Chinese, Japanese, Korean) is cut into overlapping
# pairs, the usual stand-in for words.
_UNSPACED = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_RUN = re.compile(rf"[{_UNSPACED}]+|[^\W\d_{_UNSPACED}]+")
_PAIRS = re.compile(f"[{_UNSPACED}]{{3,}}")
_NO_PLURALS = frozenset(("alias", "series", "species", "always", "pandas", "canvas"))
# Commit ids, UUIDs and addresses say which one, never what kind.
_HEX = re.compile(r"(?:0x)?(?=[a-f]*\d)[0-9a-f]{7,}", re.IGNORECASE)


def tokens(text: str) -> list[str]:
    """The tokens of a text in its order, stop words and numbers left out.

    >>> tokens("Quota usages leak when InstanceNotFound is raised in vm_state 3fa9c1d22 on IPv6")
    ['quota', 'usage', 'leak', 'instance', 'instancenotfound', 'state', 'vm_state', 'ipv6']
    """
    return [token for piece in pieces(text) for token in tokens_of_piece(piece)]


def pieces(text: str) -> list[str]:
    """What a programmer would select with a double click, in the order of the text."""
    return _PIECE.findall(text)


# Nearly every piece of a text is one of a few thousand that come again and again; of more the memory stays taken.
@lru_cache(maxsize=1 << 15)
def tokens_of_piece(piece: str) -> tuple[str, ...]:
    """The tokens of one of the `pieces`: the words in it, and the whole of an identifier."""
    if len(piece) > MAX_TOKEN or is_hexadecimal(piece):
        return ()
    piece = piece[:-1] if _ACRONYMS.fullmatch(piece) else piece
    parts = (_CAMEL if piece.isascii() else _RUN).findall(piece)
    words = [word for part in parts for word in _tokens_of_part(part)]
    if _is_identifier(piece, parts):
        words.append(piece.strip("_").lower())
    return tuple(words)


def is_hexadecimal(word: str) -> bool:
    """Whether a word is a commit id, a UUID or an address: it says which one, never what kind."""
    return _HEX.fullmatch(word) is not None


def _tokens_of_part(part: str) -> list[str]:
    if _PAIRS.fullmatch(part):
        return [part[start : start + 2] for start in range(len(part) - 1)]
    word = part.lower()
    if word in ignored_words() or (len(word) < 3 and word.isascii() and not (len(word) == 2 and part.isupper())):
        return []
    return [singular(word)]


def _is_identifier(piece: str, parts: list[str]) -> bool:
    """Several parts, or letters with a digit: `vm_state`, `InstanceNotFound`, `ipv6`, `ec2`, but not `3` or `a1`."""
    if len(parts) > 1:
        return max(map(len, parts)) > 1
    return bool(parts) and len(piece) > 1 and any(character.isdigit() for character in piece)


def singular(word: str) -> str:
    """The word as one of its kind: "addresses" and "address" are one token, and so are "policies" and "policy".

    >>> [singular(word) for word in ("volumes", "addresses", "policies", "prefixes", "status", "access", "alias")]
    ['volume', 'address', 'policy', 'prefix', 'status', 'access', 'alias']
    """
    if len(word) < 4 or not word.endswith("s") or word[-2] in "siu" or word in _NO_PLURALS:
        return word
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("sses", "xes")) else word[:-1]
