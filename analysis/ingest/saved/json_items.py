"""JSON objects out of a file, one at a time: a list, several, lists of lists, one object, or one object a line."""

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, TypeAlias

from analysis.errors import DumpError
from analysis.ingest import json_body
from analysis.ingest.saved.unsupported_files import refuse_foreign

Item: TypeAlias = dict[str, object]

CHUNK = 1 << 20
LONGEST = 1 << 26  # characters of one object; a file that is not JSON must not be read into memory to its end
EMPTIEST = 1 << 24  # characters between two objects: a small compressed file can unpack to endless blanks
_BETWEEN = re.compile(r"(?:[\s,\[\]\ufeff\x1e]|\)\]\}')*")  # any nesting of pages, and Gerrit's XSSI line
DO = "save the answer of the server again, or leave the file out"


# The characters that matter for the end of a skipped object: outside of a string, and inside one.
_OUTSIDE, _INSIDE = re.compile(r'[{}"]'), re.compile(r'["\\]')


class _NotJsonError(ValueError):
    """The text is not JSON, whatever follows it."""


@dataclass(frozen=True, slots=True)
class UnreadableItem:
    """A skipped object with the reason: it is larger or deeper than any record, or has an endless number."""

    reason: str


class JsonItems:
    """Reads the objects of one file, a chunk of text at a time; `is_whole` says whether its end was reached."""

    def __init__(self, name: str, file: BinaryIO) -> None:
        self._name = name
        self._file = file
        self._decode = json.JSONDecoder(parse_constant=_refuse).raw_decode
        self._letters = codecs.getincrementaldecoder("utf-8")("replace")
        self._text, self._at, self._has_ended = "", 0, False

    def __iter__(self) -> Iterator[Item | UnreadableItem]:
        """Every object; an UnreadableItem for one that must not be read and whose end can be located.

        Raises DumpError if the file is truncated, has other content, or is not JSON.
        """
        refuse_foreign(self._name, self._fill())
        depth, has_begun = 0, False
        while True:
            opening, closing = self._skip()
            depth += opening - closing
            has_begun = has_begun or opening > 0
            if depth < 0:
                raise self._error("a list that ends before it begins")
            if self._at == len(self._text):
                break
            if self._text[self._at] != "{":
                raise self._error(json_body.excerpt(self._text[self._at :]))
            has_begun = True
            yield self._object()
        if not has_begun or depth:
            raise self._error("nothing" if not has_begun else "the end of the file inside a list: it is truncated")

    def _skip(self) -> tuple[int, int]:
        """Skip the text between two objects; returns how many lists began and ended there."""
        opening = closing = n_skipped = 0
        while True:
            match = _BETWEEN.match(self._text, self._at)
            end = match.end() if match else self._at
            between = self._text[self._at : end]
            xssi = between.count(")]}'")
            opening, closing = opening + between.count("["), closing + between.count("]") - xssi
            n_skipped += end - self._at
            self._at = end
            # fewer than four characters may be the beginning of the XSSI line
            if self._has_ended or len(self._text) - end >= 4:
                return opening, closing
            if n_skipped > EMPTIEST:
                raise self._error(f"{n_skipped:,} characters without any record")
            self._fill()

    def _object(self) -> Item | UnreadableItem:
        while True:
            try:
                item: Item
                item, end = self._decode(self._text, self._at)
            except RecursionError as cause:
                return self._pass_over("a record that is nested too deeply, not JSON that a server makes", cause)
            except json.JSONDecodeError as cause:
                if len(self._text) - self._at > LONGEST:
                    return self._pass_over(f"a record longer than {LONGEST:,} characters, or none that ends", cause)
                if self._has_ended:
                    raise self._error(f"a record that is cut off or not JSON: {cause}"[:150]) from cause
                self._fill()
                continue
            except _NotJsonError as cause:
                raise self._error(f"a record that is not JSON: {cause}"[:150]) from cause
            except ValueError as cause:  # such as a number of more digits than Python reads
                return self._pass_over(f"a record that cannot be read: {cause}"[:150], cause)
            has_surrogates = "\\ud" in self._text[self._at : end].lower()
            self._at = end
            return json_body.repair_object(item) if has_surrogates else item

    def _pass_over(self, reason: str, cause: Exception) -> UnreadableItem:
        """Skip the object that begins here, one chunk in memory at a time. DumpError if it has no end."""
        depth, at, pattern = 0, self._at, _OUTSIDE
        while True:
            match = pattern.search(self._text, at)
            if match is None:
                at = max(0, at - len(self._text))
                self._at = len(self._text)
                if self._has_ended:
                    raise self._error(reason) from cause
                self._fill()
                continue
            at = match.end()
            if match[0] == '"':
                pattern = _INSIDE if pattern is _OUTSIDE else _OUTSIDE
            elif match[0] == "\\":
                at += 1
            else:
                depth += 1 if match[0] == "{" else -1
                if depth == 0:
                    self._at = at
                    return UnreadableItem(reason)

    def _fill(self) -> bytes:
        """Read at least as much text again as is in memory, so that a huge object is not decoded over and over."""
        rest = self._text[self._at :]
        chunk = self._file.read(max(CHUNK, len(rest)))
        self._has_ended = not chunk
        self._text, self._at = rest + self._letters.decode(chunk, final=self._has_ended), 0
        return chunk

    def _error(self, fault: str) -> DumpError:
        return DumpError(expected=f"{self._name} to hold records as JSON", found=fault, do=DO)


def _refuse(constant: str) -> None:
    raise _NotJsonError(f"{constant} is not JSON")
