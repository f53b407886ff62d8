"""Saved answers of Gerrit's change list: checked as a whole first, then given change by change."""

import codecs
import gzip
import json
import re
import zlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, cast

from analysis.errors import DumpError
from analysis.sources import served

Change = dict[str, Any]

CHUNK = 1 << 20
LONGEST = 1 << 28  # characters of one change; what is not JSON must not be gathered to the end of the file
_BETWEEN = re.compile(r"(?:[\s,\[\]\ufeff]|\)\]\}')*")  # between changes: any nesting of pages, and Gerrit's XSSI line
_TIMES = ("created", "updated", "submitted")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d{1,9})?Z?", re.ASCII)
_DO = "save the answer of /changes/?q=... again, or leave the file out"


def read_dump(paths: Iterable[Path | str], *, project: str | None = None) -> Iterator[Change]:
    """The changes of saved answers, in their order; of a change that occurs twice, the one with the newer `updated`.

    A file is plain or gzipped; with or without the `)]}'` line; one array, several, or an array of arrays. Every file
    is read and checked twice over: the first change is given only when all of them are whole. In memory are one
    change and a number and time per change.

    Raises
    ------
    DumpError
        A file is missing, truncated, not JSON, not a list of changes, holds a change of an impossible time, or (where
        `project` is given) holds changes of another project.
    """
    files = [Path(path) for path in paths]
    newest: dict[int, tuple[str, int]] = {}
    for position, change in enumerate(_changes(files, project)):
        held = newest.get(change["_number"])
        if held is None or change["updated"] >= held[0]:
            newest[change["_number"]] = change["updated"], position
    wanted = {position for _, position in newest.values()}
    return (change for position, change in enumerate(_changes(files, project)) if position in wanted)


def _changes(files: list[Path], project: str | None) -> Iterator[Change]:
    for path in files:
        for position, item in enumerate(_items(path)):
            _check(path, position, item, project)
            if "_number" in item:
                yield item


def _check(path: Path, position: int, item: Change, project: str | None) -> None:
    if item.keys() == {"_more_changes"}:
        return
    number, updated = item.get("_number"), item.get("updated")
    if type(number) is not int or abs(number) >= 2**63 or not isinstance(updated, str):
        raise DumpError(
            expected=f"{path} to hold changes with _number and updated",
            found=f"item {position + 1} with the keys {served.excerpt(', '.join(sorted(item)))}",
            do=_DO,
        )
    for name in _TIMES:
        if item.get(name) is not None and not _is_time(item[name]):
            raise DumpError(
                expected=f"{path} to hold changes with times of the past, such as 2015-05-01 10:00:00.000000000",
                found=f"change {number} with {name} {served.excerpt(str(item[name]))}",
                do=_DO,
            )
    if project is not None and item.get("project") != project:
        raise DumpError(
            expected=f"{path} to hold changes of {project}",
            found=f"change {item['_number']} of {served.excerpt(str(item.get('project')))}",
            do="name the project with --gerrit-project",
        )


def _is_time(value: Any) -> bool:
    """Whether it is an instant as Gerrit writes it, and none to come: a dump is dated by the newest of its changes."""
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        return False
    try:
        return datetime.fromisoformat(value[:19]).replace(tzinfo=UTC) < datetime.now(UTC) + timedelta(days=1)
    except ValueError:
        return False


def _items(path: Path) -> Iterator[Change]:
    try:
        with _opened(path) as file:
            yield from _Reader(path, file).items()
    except (EOFError, zlib.error, gzip.BadGzipFile) as cause:
        raise DumpError(
            expected=f"{path} to be a whole gzip file", found=f"{cause}"[:200], do="copy or download it again"
        ) from cause
    except OSError as cause:
        raise DumpError(
            expected=f"to read the dump {path}", found=cause.strerror or str(cause), do="correct the path"
        ) from cause


def _opened(path: Path) -> BinaryIO:
    with path.open("rb") as file:
        gzipped = file.read(2) == b"\x1f\x8b"
    return cast(BinaryIO, gzip.open(path, "rb")) if gzipped else path.open("rb")


class _Reader:
    """Reads JSON objects out of arrays, a chunk of text at a time."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self._path = path
        self._file = file
        self._decode = json.JSONDecoder(parse_constant=_not_json).raw_decode
        self._letters = codecs.getincrementaldecoder("utf-8")("replace")
        self._text, self._at, self._ended = "", 0, False

    def items(self) -> Iterator[Change]:
        self._fill()
        depth = started = 0
        while True:
            between = self._skip()
            started += between.count("[")
            depth += between.count("[") - between.replace(")]}'", "").count("]")
            if self._at == len(self._text):
                break
            if depth < 1 or self._text[self._at] != "{":
                raise self._strange()
            yield self._object()
        if not started or depth:
            raise self._wrong("nothing" if not started else "the end of the file inside a list: it is truncated")

    def _skip(self) -> str:
        skipped = ""
        while True:
            match = _BETWEEN.match(self._text, self._at)
            end = match.end() if match else self._at
            skipped += self._text[self._at : end]
            self._at = end
            # Fewer than four characters may be the beginning of the XSSI line.
            if self._ended or len(self._text) - end >= 4:
                return skipped
            self._fill()

    def _object(self) -> Change:
        while True:
            try:
                found, end = self._decode(self._text, self._at)
            except (json.JSONDecodeError, RecursionError, ValueError) as cause:
                if self._ended or len(self._text) - self._at > LONGEST:
                    raise self._wrong(f"a change that is cut off or not JSON: {cause}"[:150]) from cause
                self._fill()
                continue
            has_surrogates = "\\ud" in self._text[self._at : end].lower()
            self._at = end
            change: Change = served.repaired(found) if has_surrogates else found
            return change

    def _fill(self) -> None:
        """Add at least as much text as is held already, so that a huge change is not decoded over and over."""
        held = self._text[self._at :]
        read = self._file.read(max(CHUNK, len(held)))
        self._ended = not read
        self._text, self._at = held + self._letters.decode(read, final=self._ended), 0

    def _strange(self) -> DumpError:
        text = self._text[self._at :]
        if text.startswith("<"):
            return self._wrong(f"an HTML page, probably of a login or a proxy: {served.excerpt(text)}")
        if text.startswith("{"):
            return self._wrong(f"an object instead of a list: {served.excerpt(text)}")
        return self._wrong(served.excerpt(text))

    def _wrong(self, found: str) -> DumpError:
        return DumpError(expected=f"{self._path} to be a list of changes as Gerrit serves it", found=found, do=_DO)


def _not_json(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
