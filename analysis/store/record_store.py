"""Records as served, in snapshots: raw/<source>/<host>/<project>/ of a data directory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, overload

from analysis.errors import SchemaError, StoreError
from analysis.store import chunks, compaction, fetch_failure, files, lock, merge, snapshot
from analysis.store.byte_counter import Meter
from analysis.store.fetch_session import IMPORT, FetchSession
from analysis.store.record import Key, Record, decode, is_private
from analysis.store.record import key as key_of
from analysis.store.scope import Scope, unquote_name
from analysis.store.snapshot import PendingItem, Snapshot

if TYPE_CHECKING:
    import pandas as pd

MAX_SNAPSHOTS = 16
T = TypeVar("T")


class RecordStore:
    """The snapshots of every scope below a folder: never edited, only replaced by a compacted one."""

    def __init__(self, raw: Path) -> None:
        self.raw = raw

    def scopes(self) -> list[tuple[str, Scope]]:
        """Every source and scope that has at least one snapshot, sorted."""
        return [pair for pair in self._scopes_begun() if snapshot.is_begun(self._folder(*pair))]

    def _scopes_begun(self) -> list[tuple[str, Scope]]:
        return sorted(
            (source, Scope(unquote_name(host), unquote_name(project)))
            for source in files.names(self.raw)
            for host in files.names(self.raw / source)
            for project in files.names(self.raw / source / host)
        )

    def snapshots(self, source: str, scope: Scope) -> list[Snapshot]:
        """The valid snapshots, oldest data first."""
        return snapshot.of_scope(self._folder(source, scope))

    @overload
    def records(self, source: str, scope: Scope, *, meter: Meter | None = None) -> Iterator[Record]: ...

    @overload
    def records(
        self,
        source: str,
        scope: Scope,
        kind: type[T],
        *,
        meter: Meter | None = None,
        on_fault: Callable[[Key, SchemaError], None] | None = None,
    ) -> Iterator[T]: ...

    def records(
        self,
        source: str,
        scope: Scope,
        kind: type = dict,
        *,
        meter: Meter | None = None,
        on_fault: Callable[[Key, SchemaError], None] | None = None,
    ) -> Iterator[object]:
        """Every record of a scope ordered by key; the newest record of each key, without gone ones.

        A record is a dict; or a `kind` of msgspec.Struct, whose fields alone are read, which is faster. Streams: one
        frame of each snapshot is in memory. Raises CorruptSnapshotError before a wrong byte is used, and SchemaError
        for a record that is not of the kind, unless `on_fault` handles it. A `meter` counts the bytes of JSON that were
        read.
        """
        lines = merge.lines(self.snapshots(source, scope))
        for key, line in meter.count(lines) if meter else lines:
            try:
                record: object = decode(line, kind, key=key)
            except SchemaError as fault:
                if on_fault is None:
                    raise
                on_fault(key, fault)
                continue
            yield record

    def gone_records(self, source: str, scope: Scope) -> dict[Key, str]:
        """The keys of the records that the server no longer shows, each with the reason."""
        return merge.gone_records(self.snapshots(source, scope))

    def private_keys(self, source: str, scope: Scope) -> set[Key]:
        """The keys of the records of a scope that the server marks as not public.

        Only scopes whose folder is closed to others are read, because only they hold such records. A remote data
        directory is not read at all: that would take longer than a build.
        """
        if not files.is_closed(self._folder(source, scope)):
            return set()
        return {key_of(source, record) for record in self.records(source, scope) if is_private(source, record)}

    def as_of(self, scopes: Iterable[tuple[str, Scope]] | None = None) -> pd.Timestamp:
        """The newest server time among the Gerrit and Launchpad snapshots; if there is only a clone, its newest commit.

        `scopes` limits it, such as to one project; else all count. Raises StoreError if no snapshot has a time.
        """
        import pandas as pd

        dated: dict[str, list[str]] = {}
        for source, scope in self.scopes() if scopes is None else scopes:
            dated.setdefault(source, []).extend(s.manifest.as_of or "" for s in self.snapshots(source, scope))
        servers = dated.get("gerrit", []) + dated.get("launchpad", [])
        newest = max(servers, default="") or max(dated.get("git", []), default="")
        if not newest:
            raise _no_snapshot_error(self.raw)
        return pd.Timestamp(newest).tz_convert("UTC").as_unit("us")

    @contextmanager
    def fetch_session(self, source: str, scope: Scope, *, purpose: str = "fetching") -> Iterator[FetchSession]:
        """An unfinished fetch to continue, or a new one; the lock of the scope is held for as long as it is open."""
        folder = self._folder(source, scope)
        chunks.load_codec()
        with lock.hold(folder, purpose=f"{purpose} {source} {scope}"), FetchSession(folder, source, scope) as session:
            yield session

    def write_snapshot(
        self,
        source: str,
        scope: Scope,
        records: Iterable[Record],
        *,
        kind: str,
        as_of: str | None = None,
        base: bool = False,
        cursor: Mapping[str, object] | None = None,
        gone: Mapping[Key, str] | None = None,
        pending: Mapping[str, PendingItem] | None = None,
    ) -> Snapshot:
        """Store local records (kind: dump, clone) as one snapshot, all of them or none.

        `gone` are records that exist but must not be shown, with the reason; `pending` are items that could not be
        read.
        """
        folder = self._folder(source, scope)
        with (
            lock.hold(folder, purpose=f"importing {source} {scope}"),
            FetchSession(folder, source, scope, name=IMPORT) as session,
        ):
            try:
                for record in records:
                    session.put(record)
                for key, reason in (gone or {}).items():
                    session.mark_gone(key, reason)
                for name, item in (pending or {}).items():
                    session.mark_pending(name, item)
                return session.seal(kind=kind, as_of=as_of, base=base, cursor=cursor)
            except BaseException:
                session.discard()
                raise

    def cursor(self, source: str, scope: Scope) -> dict[str, object]:
        """The cursor of a scope, from which the next fetch goes on; empty before the first fetch."""
        newest = snapshot.newest_fetch(self.snapshots(source, scope))
        return dict(newest.manifest.cursor) if newest else {}

    def note_failed_fetch(self, source: str, scope: Scope, why: str) -> None:
        """Store why a fetch failed just now, for `status`; an empty text means that it was completed."""
        folder = self._folder(source, scope)
        if why:
            fetch_failure.write(folder, why)
        else:
            fetch_failure.clear(folder)

    def compact(self, source: str, scope: Scope) -> None:
        """Merge the snapshots of a scope into one; no readable record is lost."""
        folder = self._folder(source, scope)
        with lock.hold(folder, purpose=f"compacting {source} {scope}"):
            compaction.compact(folder)

    def tidy(self, source: str, scope: Scope, *, most: int = MAX_SNAPSHOTS) -> None:
        """Compact a scope with more snapshots than this, because each costs a little when reading."""
        if len(self.snapshots(source, scope)) > most:
            self.compact(source, scope)

    def _folder(self, source: str, scope: Scope) -> Path:
        return self.raw / source / scope.folder


def _no_snapshot_error(raw: Path) -> StoreError:
    return StoreError(expected=f"a snapshot below {raw}", found="none", do="run `fetch` first")
