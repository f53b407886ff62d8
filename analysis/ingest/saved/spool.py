"""Parts of records while their files are read: on disk, so that a file may be larger than the memory."""

import sqlite3
import tempfile
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from typing import Generic, Self, TypeVar

import msgspec

from analysis.ingest import json_body
from analysis.ingest.record_check import RecordError

Part = TypeVar("Part")


class Spool(Generic[Part]):
    """A temporary file of parts of a msgspec type, each of one numbered record; removed at the end of the block."""

    def __init__(self, kind: type[Part]) -> None:
        self._decoder = msgspec.json.Decoder(kind)
        self._folder = tempfile.TemporaryDirectory(prefix="saved-", ignore_cleanup_errors=True)
        self._database = sqlite3.connect(Path(self._folder.name) / "parts.sqlite", isolation_level=None)
        self._database.execute("PRAGMA journal_mode=OFF")
        self._database.execute("PRAGMA synchronous=OFF")
        self._database.execute("PRAGMA cache_size=-8000")
        self._database.execute("CREATE TABLE parts (number INTEGER, project TEXT, body BLOB)")
        self._database.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._database.close()
        self._folder.cleanup()

    def add(self, number: int, project: str, part: Part, *, name: str) -> None:
        """Store a part. Raises RecordError for one that no JSON file can hold."""
        try:
            body = msgspec.json.encode(part)
        except UnicodeEncodeError:
            body = msgspec.json.encode(json_body.repair(msgspec.to_builtins(part)))
        except (RecursionError, OverflowError, msgspec.MsgspecError) as cause:
            raise RecordError(name, f"cannot be kept: {type(cause).__name__}: {cause}"[:150]) from cause
        self._database.execute("INSERT INTO parts VALUES (?, ?, ?)", (number, project, body))

    def records(self, project: str | None = None) -> Iterator[tuple[int, list[Part]]]:
        """Every number in order, with its parts in the order of their arrival; of one project, or of all."""
        self._database.execute("CREATE INDEX IF NOT EXISTS by_number ON parts (number)")
        where, values = ("WHERE project = ?", (project,)) if project is not None else ("", ())
        rows = self._database.execute(f"SELECT number, body FROM parts {where} ORDER BY number, rowid", values)
        for number, parts in groupby(rows, key=itemgetter(0)):
            yield number, [self._decoder.decode(body) for _, body in parts]
