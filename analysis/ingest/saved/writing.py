"""Writes records to a file in the form of the API, one JSON object per line; `fetch --dump` reads it."""

import bz2
import gzip
import lzma
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

import msgspec

from analysis.errors import SourceError, UsageError
from analysis.ingest.saved.launchpad_forms import PUBLIC
from analysis.ingest.session import Record

SUFFIXES = ("", ".json", ".jsonl", ".ndjson")


def public_bugs(records: Iterable[Record]) -> Iterator[Record]:
    """The public records of a Launchpad scope; a record without that mark is left out."""
    for record in records:
        bug = record.get("bug")
        if "bug" not in record or (isinstance(bug, Mapping) and is_public_bug(bug)):
            yield record


def is_public_bug(bug: Mapping[str, object]) -> bool:
    """Whether the entry is marked as public, and not marked as private."""
    kind, private = bug.get("information_type"), bug.get("private")
    return not private and (private is False or kind is not None) and (kind is None or kind in PUBLIC)


def public_changes(records: Iterable[Record]) -> Iterator[Record]:
    """The public changes; Gerrit leaves out the mark of a public change."""
    return (record for record in records if not record.get("is_private"))


def write(path: Path, records: Iterable[Record]) -> int:
    """Write the records to a file, compressed according to its name (.gz, .bz2, .xz, .zst); returns their number.

    The file appears when it is complete: an existing file stays until then. The same records make the same bytes.

    Raises
    ------
    UsageError
        The name ends in something else.
    SourceError
        The folder does not exist, or cannot be written.
    """
    n = 0
    try:
        with _replace(path) as file, _compress(path, file) as compressed:
            for record in records:
                compressed.write(msgspec.json.encode(record) + b"\n")
                n += 1
    except OSError as cause:
        raise SourceError(
            expected=f"to write {path}", found=cause.strerror or str(cause), do="choose another place for the file"
        ) from cause
    return n


@contextmanager
def _replace(path: Path) -> Iterator[IO[bytes]]:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        os.chmod(name, 0o644)  # noqa: PTH101 - the records are public; a temporary file is readable by its owner only
        os.replace(name, path)  # noqa: PTH105
    except BaseException:
        os.unlink(name)  # noqa: PTH108
        raise


@contextmanager
def _compress(path: Path, file: IO[bytes]) -> Iterator[IO[bytes]]:
    match path.suffix:
        case ".gz" | ".jsonz":
            with gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=0) as compressed:
                yield cast(IO[bytes], compressed)
        case ".bz2":
            with bz2.BZ2File(file, "wb") as compressed:
                yield compressed
        case ".xz":
            with lzma.LZMAFile(file, "wb") as compressed:
                yield compressed
        case ".zst":
            import pyarrow as pa  # not needed for any other file

            with pa.CompressedOutputStream(pa.PythonFile(file, "w"), "zstd") as compressed:
                yield cast(IO[bytes], compressed)
        case suffix if suffix in SUFFIXES:
            yield file
        case suffix:
            raise UsageError(
                expected=f"a name that ends in .jsonl, .jsonl.gz, .jsonl.bz2, .jsonl.xz or .jsonl.zst, not {suffix}",
                found=str(path),
                do="correct the name: it says how the file is packed",
            )
