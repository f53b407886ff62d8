"""Unsupported kinds of files: each recognised by its first bytes, with the way to a supported form."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from analysis.errors import DumpError
from analysis.ingest.json_body import excerpt


@dataclass(frozen=True, slots=True)
class ForeignFile:
    """An unsupported kind of file: its name, the first bytes by which it is recognised, and what to do instead."""

    name: str
    fits: Callable[[bytes], bool]
    do: str


def _begins(*magic: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(magic)


def _matches(pattern: bytes) -> Callable[[bytes], bool]:
    compiled = re.compile(pattern)
    return lambda head: compiled.match(head[:4096]) is not None


UNPACK = "unpack it, and name the folder or the file that comes out"
FOREIGN = (
    ForeignFile(
        "BSON, as mongodump writes it",
        _matches(rb"(?s)....[\x01-\x13]_id\0"),
        "restore it and use mongoexport --jsonFormat=relaxed, without the field _id",
    ),
    ForeignFile(
        "text in UTF-32", _begins(b"\xff\xfe\0\0", b"\0\0\xfe\xff"), "convert it: iconv -f UTF-32 -t UTF-8 OLD > NEW"
    ),
    ForeignFile(
        "text in UTF-16, as a redirect in PowerShell makes it",
        lambda head: head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in head[:2],
        "convert it: iconv -f UTF-16 -t UTF-8 OLD > NEW",
    ),
    ForeignFile("an archive of files (zip)", _begins(b"PK\x03\x04"), UNPACK),
    ForeignFile("an archive of files (tar)", lambda head: head[257:262] == b"ustar", UNPACK),
    ForeignFile(
        "a file packed by 7-Zip, lz4 or compress", _begins(b"7z\xbc\xaf", b"\x04\x22\x4d\x18", b"\x1f\x9d"), UNPACK
    ),
    ForeignFile(
        "a file that is packed twice", _begins(b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd"), UNPACK
    ),
    ForeignFile("an SQLite database", _begins(b"SQLite format 3"), "write its records as JSON, one a line"),
    ForeignFile("a Parquet file", _begins(b"PAR1"), "write its records as JSON, one a line"),
    ForeignFile("a Python pickle", _matches(rb"\x80[\x02-\x05]"), "write its records as JSON"),
    ForeignFile(
        "an HTML or XML page, perhaps of a login or a proxy",
        _matches(rb"\s*<"),
        "save the answer of the server itself: JSON, from .../changes/?q=... or the Launchpad API",
    ),
    ForeignFile(
        "a letter or a mailbox", _matches(rb"(?:From |Return-Path:|Received:)"), "save the records themselves, as JSON"
    ),
    ForeignFile(
        "Python's way to print a dictionary",
        _matches(rb"\s*\[?\s*\{\s*u?'"),
        "write it with json.dumps: JSON has double quotes",
    ),
    ForeignFile(
        "a table (CSV)",
        _matches(rb"(?:\xef\xbb\xbf)?\s*[\"A-Za-z_#][^\n{}\[\]]*[,;\t][^\n{}]*(?:\n|$)"),
        "save the records as JSON: a table has no place for messages, votes and comments",
    ),
    ForeignFile("YAML", _matches(rb"(?:---|%YAML|[A-Za-z_]+:\s)"), "write its records as JSON, one a line"),
)  # fmt: skip


def refuse_foreign(name: str, head: bytes) -> None:
    """Raise DumpError for a file whose first bytes show an unsupported form."""
    for form in FOREIGN:
        if form.fits(head):
            raise DumpError(
                expected=f"{name} to hold records as JSON, in UTF-8",
                found=f"{form.name}: {excerpt(head)}",
                do=form.do,
            )
