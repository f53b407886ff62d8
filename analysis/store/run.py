"""An unfinished fetch: what it has so far, in SQLite, so that kill -9 at any instant costs at most one page.

Records, cursor and pending items change in one transaction. `seal` turns all of it into a snapshot.
"""

import sqlite3
import uuid
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import msgspec

from analysis.errors import StoreError
from analysis.store import files, frames, merge, snapshot
from analysis.store import record as records
from analysis.store.place import scratch
from analysis.store.record import Key, Record
from analysis.store.scope import Scope

RUN = "run.sqlite"
IMPORT = "import.sqlite"
LEVEL = 1  # rewritten at the seal: speed matters here, size hardly

_TABLES = """
CREATE TABLE IF NOT EXISTS records (key PRIMARY KEY, raw_size INTEGER, body BLOB, moment TEXT, gone TEXT);
CREATE TABLE IF NOT EXISTS pending (key TEXT PRIMARY KEY, item BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value BLOB NOT NULL);
"""


class Run:
    """One fetch into one scope: resumes where the last one was cut off, ends in a snapshot.

    Use it as a context manager, in one thread. Leaving without `seal` keeps what was committed for the next run.
    """

    def __init__(self, folder: Path, source: str, scope: Scope, *, name: str = RUN) -> None:
        self.source, self.scope = source, scope
        self._folder = folder
        self._path = scratch(folder) / name
        if name != RUN:  # an import of what lies on this disk: begins anew, and leaves an unfinished fetch alone
            self._forget()
        self._snapshots = snapshot.of_scope(folder)
        self._database = self._opened()
        self._is_open = True

    def _opened(self) -> sqlite3.Connection:
        with _writing(self._path), files.writing(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            database = sqlite3.connect(self._path, isolation_level=None)
            database.execute("PRAGMA journal_mode=WAL")
            database.execute("PRAGMA synchronous=NORMAL")
            database.executescript(_TABLES)
            self._database = database
            # Sealed, or begun after a snapshot that was removed since: what that one held would not be asked for again.
            if self._is_sealed() or snapshot.missing(self._state("after") or (), self._snapshots):
                database.close()
                self._forget()
                return self._opened()
            if not self._state("token"):
                self._begin()
        database.execute("BEGIN")
        return database

    def _begin(self) -> None:
        last = snapshot.resumable(self._snapshots)
        with self._database:
            for key, item in (last.manifest.pending if last else {}).items():
                self.pend(key, item)
            self._remember("after", self._numbers())
            self._remember("token", uuid.uuid4().hex)

    @property
    def previous(self) -> dict[str, Any]:
        """The cursor with which the last complete run ended; empty before the first."""
        last = snapshot.resumable(self._snapshots)
        return dict(last.manifest.cursor) if last else {}

    @property
    def state(self) -> dict[str, Any]:
        """What the last `commit` of this unfinished run said; empty when it has just begun."""
        return dict(self._state("state") or {})

    def known(self, keys: Collection[Key]) -> dict[Key, Record]:
        """The newest stored records of these keys, this run's before older ones; unknown and gone keys are left out."""
        mine: dict[Key, Record | None] = {}
        for key in keys:
            row = self._database.execute("SELECT raw_size, body FROM records WHERE key = ?", (key,)).fetchone()
            if row:
                mine[key] = records.loaded(frames.expand(row[1], row[0]), dict) if row[1] is not None else None
        older = merge.known(self._snapshots, set(keys) - mine.keys())
        return older | {key: record for key, record in mine.items() if record is not None}

    def put(self, record: Record) -> None:
        """Keep a record; a later one of the same key replaces it. It is not pending any more."""
        key, line = records.key(self.source, record), records.dumped(record)
        self._keep(key, len(line), frames.compress(line, LEVEL), records.moment(self.source, record), None)

    def gone(self, key: Key, reason: str) -> None:
        """Note that the server does not show this record any more, and why. It is not pending any more."""
        self._keep(key, None, None, None, reason)

    def _keep(self, key: Key, raw_size: int | None, body: bytes | None, moment: str | None, gone: str | None) -> None:
        with _writing(self._path):
            row = (key, raw_size, body, moment, gone)
            self._database.execute("INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?)", row)
            self._database.execute("DELETE FROM pending WHERE key = ?", (str(key),))

    def pending(self) -> dict[str, Any]:
        """Items that are listed but not fetched, with what is known about each, in the order of their keys."""
        rows = self._database.execute("SELECT key, item FROM pending ORDER BY length(key), key")
        return {key: msgspec.json.decode(item) for key, item in rows}

    def pend(self, key: Key, item: Mapping[str, Any]) -> None:
        """Note that an item is listed but not fetched."""
        with _writing(self._path):
            self._database.execute(
                "INSERT OR REPLACE INTO pending VALUES (?, ?)", (str(key), msgspec.json.encode(item))
            )

    def settle(self, key: Key) -> None:
        """Note that an item needs no fetching after all: what is kept of it still holds."""
        with _writing(self._path):
            self._database.execute("DELETE FROM pending WHERE key = ?", (str(key),))

    def stored_keys(self) -> set[Key]:
        """The keys of every record that is known and not gone."""
        mine = dict(self._database.execute("SELECT key, body IS NOT NULL FROM records"))
        return {key for key in merge.keys(self._snapshots) | mine.keys() if mine.get(key, True)}

    def restart(self) -> None:
        """Forget what this unfinished run has so far."""
        with _writing(self._path):
            for table in ("records", "pending"):
                self._database.execute(f"DELETE FROM {table}")
            self._database.execute("DELETE FROM state WHERE name = 'state'")

    def commit(self, state: Mapping[str, Any] | None = None) -> None:
        """Make everything since the last commit durable, together with where to go on."""
        with _writing(self._path):
            if state is not None:
                self._remember("state", state)
            self._database.execute("COMMIT")
            self._database.execute("BEGIN")

    def seal(
        self, *, kind: str, as_of: str | None = None, cursor: Mapping[str, Any] | None = None, base: bool = False
    ) -> snapshot.Snapshot:
        """Turn the run into a snapshot. Without `as_of`, the newest time in the records dates it."""
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
            pending=self.pending(),
            cursor=dict(cursor or {}),
            token=self._state("token"),
            after=() if base else tuple(self._numbers()),
        )
        sealed = snapshot.write(self._folder / f"{number:06d}", manifest, self._lines())
        self.close()
        self._forget()
        return sealed

    def _numbers(self) -> list[int]:
        return sorted(s.manifest.number for s in self._snapshots)

    def _lines(self) -> Iterator[tuple[Key, bytes]]:
        rows = self._database.execute("SELECT key, raw_size, body FROM records WHERE body IS NOT NULL ORDER BY key")
        return ((key, frames.expand(body, raw_size)) for key, raw_size, body in rows)

    def _is_sealed(self) -> bool:
        # Killed between the manifest and the removal of this file: the snapshot is whole, the run is over.
        return any(s.manifest.token == self._state("token") for s in self._snapshots)

    def _state(self, name: str) -> Any:
        row = self._database.execute("SELECT value FROM state WHERE name = ?", (name,)).fetchone()
        return msgspec.json.decode(row[0]) if row else None

    def _remember(self, name: str, value: Any) -> None:
        with _writing(self._path):
            self._database.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (name, msgspec.json.encode(value)))

    def _forget(self) -> None:
        for suffix in ("-wal", "-shm", ""):  # the database last: while it is there, it says what was sealed
            files.remove(self._path.with_name(self._path.name + suffix))

    def discard(self) -> None:
        """Forget the run and all it holds."""
        self.close()
        self._forget()

    def close(self) -> None:
        """Close the file; what was not committed is lost."""
        self._is_open = False
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._is_open and not self._has_begun():
            self.discard()  # a wrong address or a missing project must not look like a fetch that was cut off
        self.close()

    def _has_begun(self) -> bool:
        return bool(self.state) or self._database.execute("SELECT 1 FROM records LIMIT 1").fetchone() is not None


def unfinished(folder: Path) -> tuple[int, int] | None:
    """How many records and pending items the unfinished fetch of a scope has; None where there is none."""
    path = scratch(folder) / RUN
    if not files.exists(path):
        return None
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=rw", uri=True)) as database:
            records, pending = (
                int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]) for table in ("records", "pending")
            )
    except sqlite3.DatabaseError:  # not readable just now, or harmed: the next fetch will say
        return 0, 0
    return records, pending


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
