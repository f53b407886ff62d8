"""An unfinished fetch: its records so far, in SQLite, so that kill -9 at any instant costs at most one page.

Records, cursor and pending items change in one transaction. `seal` turns them into a snapshot.
"""

import sqlite3
import uuid
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import msgspec

from analysis.errors import StoreError
from analysis.store import chunks, disk, files, merge, snapshot
from analysis.store import record as records
from analysis.store.location import scratch
from analysis.store.record import Key, Record
from analysis.store.scope import Scope
from analysis.store.snapshot import PendingItem

RUN = "run.sqlite"
IMPORT = "import.sqlite"
LEVEL = 1  # recompressed by `seal`: speed matters here, size hardly
T = TypeVar("T")

_TABLES = """
CREATE TABLE IF NOT EXISTS records (key PRIMARY KEY, raw_size INTEGER, body BLOB, moment TEXT, gone TEXT);
CREATE TABLE IF NOT EXISTS pending (key TEXT PRIMARY KEY, item BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value BLOB NOT NULL);
"""


class FetchSession:
    """One fetch into one scope: it goes on where an interrupted one ended, and ends in a snapshot.

    Use it as a context manager, in one thread. Leaving without `seal` keeps what was committed for the next run.
    """

    def __init__(self, folder: Path, source: str, scope: Scope, *, name: str = RUN) -> None:
        self.source, self.scope = source, scope
        self._folder = folder
        self._path = scratch(folder) / name
        if name != RUN:  # an import of local files starts from nothing, and leaves an unfinished fetch alone
            self._forget()
        self._snapshots = snapshot.of_scope(folder)
        self._database = self._connect()
        self._is_open = True
        self._is_closed = False
        if files.is_closed(folder) or files.is_closed(self._path.parent):  # holds private records of an earlier fetch
            self._close_to_others()

    def _connect(self) -> sqlite3.Connection:
        with _writing(self._path), disk.writing(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            database = sqlite3.connect(self._path, isolation_level=None)
            database.execute("PRAGMA journal_mode=WAL")
            database.execute("PRAGMA synchronous=NORMAL")
            database.executescript(_TABLES)
            self._database = database
            # It is sealed, or was begun after a snapshot that was removed since, whose records it would not fetch
            # again.
            if self._is_sealed() or snapshot.missing_numbers(
                self._read_state("after", list[int]) or (), self._snapshots
            ):
                database.close()
                self._forget()
                return self._connect()
            if not self._read_state("token", str):
                self._begin()
        database.execute("BEGIN")
        return database

    def _begin(self) -> None:
        last = snapshot.resumable(self._snapshots)
        with self._database:
            for key, item in (last.manifest.pending if last else {}).items():
                self.mark_pending(key, item)
            self._write_state("after", self._numbers())
            self._write_state("token", uuid.uuid4().hex)

    @property
    def previous(self) -> dict[str, object]:
        """The cursor at the end of the last complete run; empty before the first."""
        last = snapshot.resumable(self._snapshots)
        return dict(last.manifest.cursor) if last else {}

    @property
    def state(self) -> dict[str, object]:
        """The state of the last `commit` of this unfinished run; empty when it has just begun."""
        return self._read_state("state", dict[str, object]) or {}

    def stored_records(self, keys: Collection[Key]) -> dict[Key, Record]:
        """The newest stored record of each key, from this run if it has one; unknown and gone keys are left out."""
        of_this_run: dict[Key, Record | None] = {}
        for key in keys:
            row = self._database.execute("SELECT raw_size, body FROM records WHERE key = ?", (key,)).fetchone()
            if row:
                of_this_run[key] = records.decode(chunks.expand(row[1], row[0]), dict) if row[1] is not None else None
        older = merge.records_of(self._snapshots, set(keys) - of_this_run.keys())
        return older | {key: record for key, record in of_this_run.items() if record is not None}

    def put(self, record: Record) -> None:
        """Store a record; a later one of the same key replaces it. Its key is no longer pending."""
        if not self._is_closed and records.is_private(self.source, record):
            self._close_to_others()
        key, line = records.key(self.source, record), records.encode(record)
        self._keep(key, len(line), chunks.compress(line, LEVEL), records.moment(self.source, record), None)

    def _close_to_others(self) -> None:
        """Let only the owner read the files of this scope: it has a private record."""
        for folder in {self._folder, self._path.parent}:
            files.close_to_others(folder)
        self._is_closed = True

    def mark_gone(self, key: Key, reason: str) -> None:
        """Record that the server no longer shows this record, and why. Its key is no longer pending."""
        self._keep(key, None, None, None, reason)

    def _keep(self, key: Key, raw_size: int | None, body: bytes | None, moment: str | None, gone: str | None) -> None:
        with _writing(self._path):
            row = (key, raw_size, body, moment, gone)
            self._database.execute("INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?)", row)
            self._database.execute("DELETE FROM pending WHERE key = ?", (str(key),))

    def pending(self) -> dict[str, PendingItem]:
        """Items that are listed but not fetched, with the facts about each, ordered by key."""
        rows = self._database.execute("SELECT key, item FROM pending ORDER BY length(key), key")
        return {key: msgspec.json.decode(item) for key, item in rows}

    def pending_of(self, keys: Collection[Key]) -> dict[Key, PendingItem]:
        """The pending items among these keys, by key, ordered by key."""
        item_by_key: dict[Key, PendingItem] = {}
        for key in keys:
            row = self._database.execute("SELECT item FROM pending WHERE key = ?", (str(key),)).fetchone()
            if row:
                item_by_key[key] = msgspec.json.decode(row[0])
        return item_by_key

    @property
    def n_records(self) -> int:
        """The number of records, including gone ones, that are not sealed yet."""
        return int(self._database.execute("SELECT count(*) FROM records").fetchone()[0])

    def mark_pending(self, key: Key, item: PendingItem) -> None:
        """Record that an item is listed but not fetched."""
        with _writing(self._path):
            self._database.execute(
                "INSERT OR REPLACE INTO pending VALUES (?, ?)", (str(key), msgspec.json.encode(item))
            )

    def unmark_pending(self, key: Key) -> None:
        """Record that an item need not be fetched: its stored record is still valid."""
        with _writing(self._path):
            self._database.execute("DELETE FROM pending WHERE key = ?", (str(key),))

    def stored_keys(self) -> set[Key]:
        """The keys of all records that are not gone."""
        is_there = dict(self._database.execute("SELECT key, body IS NOT NULL FROM records"))
        return {key for key in merge.keys(self._snapshots) | is_there.keys() if is_there.get(key, True)}

    def restart(self) -> None:
        """Discard the records of this unfinished run."""
        with _writing(self._path):
            for table in ("records", "pending"):
                self._database.execute(f"DELETE FROM {table}")
            self._database.execute("DELETE FROM state WHERE name = 'state'")

    def commit(self, state: Mapping[str, object] | None = None) -> None:
        """Make everything since the last commit durable, together with the state to go on from."""
        with _writing(self._path):
            if state is not None:
                self._write_state("state", state)
            self._database.execute("COMMIT")
            self._database.execute("BEGIN")

    def seal(
        self,
        *,
        kind: str,
        as_of: str | None = None,
        cursor: Mapping[str, object] | None = None,
        base: bool = False,
        pending: Mapping[str, PendingItem] | None = None,
        goes_on: bool = False,
    ) -> snapshot.Snapshot:
        """Turn the fetched records into a snapshot. Without `as_of`, the newest time in the records dates it.

        `pending`: the items that the snapshot names as pending (default: all). A run that `goes_on` keeps its pending
        items and its state, and begins its next snapshot.
        """
        self.commit()
        number = snapshot.next_number(self._folder)
        manifest = snapshot.Manifest(
            number=number,
            source=self.source,
            host=self.scope.host,
            project=self.scope.project,
            kind=kind,
            base=base,
            as_of=as_of or self._database.execute("SELECT max(moment) FROM records").fetchone()[0],
            gone=dict(self._database.execute("SELECT key, gone FROM records WHERE gone IS NOT NULL ORDER BY key")),
            pending=self.pending() if pending is None else dict(pending),
            cursor=dict(cursor or {}),
            token=self._read_state("token", str) or "",
            after=() if base else tuple(self._numbers()),
        )
        new_snapshot = snapshot.write(self._folder / f"{number:06d}", manifest, self._lines())
        if self._is_closed:
            self._close_to_others()
        if goes_on:
            self._go_on()
        else:
            self.close()
            self._forget()
        return new_snapshot

    def _go_on(self) -> None:
        # If it is killed before this is committed, the run counts as sealed: the next one lists the rest again.
        with _writing(self._path):
            self._snapshots = snapshot.of_scope(self._folder)
            self._database.execute("DELETE FROM records")
            self._write_state("token", uuid.uuid4().hex)
            self._write_state("after", self._numbers())
        self.commit()

    def _numbers(self) -> list[int]:
        return sorted(s.manifest.number for s in self._snapshots)

    def _lines(self) -> Iterator[tuple[Key, bytes]]:
        rows = self._database.execute("SELECT key, raw_size, body FROM records WHERE body IS NOT NULL ORDER BY key")
        return ((key, chunks.expand(body, raw_size)) for key, raw_size, body in rows)

    def _is_sealed(self) -> bool:
        # It was killed between the manifest and the removal of this file: the snapshot is complete.
        token = self._read_state("token", str)
        return any(s.manifest.token == token for s in self._snapshots)

    def _read_state(self, name: str, kind: type[T]) -> T | None:
        row = self._database.execute("SELECT value FROM state WHERE name = ?", (name,)).fetchone()
        return msgspec.json.decode(row[0], type=kind) if row else None

    def _write_state(self, name: str, value: object) -> None:
        with _writing(self._path):
            self._database.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (name, msgspec.json.encode(value)))

    def _forget(self) -> None:
        for suffix in ("-wal", "-shm", ""):  # the database last: while it exists, it shows what was sealed
            files.remove(self._path.with_name(self._path.name + suffix))

    def discard(self) -> None:
        """Remove the run and its records."""
        self.close()
        self._forget()

    def close(self) -> None:
        """Close the file; uncommitted records are lost."""
        self._is_open = False
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._is_open and not self._has_begun():
            self.discard()  # a wrong address or a missing project must not look like an interrupted fetch
        self.close()

    def _has_begun(self) -> bool:
        return bool(self.state or self.n_records)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as cause:
        raise StoreError(
            expected=f"to write {path}",
            found=str(cause),
            do="free some space and run the same command again: what was committed before is whole",
        ) from cause
    except sqlite3.DatabaseError as cause:
        raise StoreError(
            expected=f"{path} to be the store's own record of an unfinished fetch",
            found=str(cause),
            do="remove the file: the next fetch starts again from the last snapshot",
        ) from cause
