"""The only room that opens files under data/: records as served in data/raw, tables in data/processed."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar, overload

import pandas as pd

from analysis.errors import StoreError
from analysis.store import compaction, files, lock, merge, nearby, notes, snapshot, status, tables, wide
from analysis.store.meter import Meter
from analysis.store.place import is_here, place
from analysis.store.record import Key, Record, loaded
from analysis.store.run import IMPORT, Run
from analysis.store.scope import Scope, unquoted
from analysis.store.snapshot import Snapshot
from analysis.store.status import Status

__all__ = [
    "Key",
    "Meter",
    "Record",
    "Run",
    "Scope",
    "Snapshot",
    "Status",
    "Store",
    "dataset",
    "is_here",
    "place",
    "query",
    "read_earlier",
    "read_table",
]

MOST_SNAPSHOTS = 16
T = TypeVar("T")


class Store:
    """A data directory: snapshots in raw/<source>/<host>/<project>/, tables in processed/<table>.parquet/.

    It is a folder, or the address of one on a file system that fsspec knows, such as s3://bucket/data.
    """

    def __init__(self, data_dir: Path | str) -> None:
        self.data_dir = place(data_dir)

    @property
    def raw(self) -> Path:
        """Snapshots: as served, never edited."""
        return self.data_dir / "raw"

    @property
    def processed(self) -> Path:
        """Tables."""
        return self.data_dir / "processed"

    def scopes(self) -> list[tuple[str, Scope]]:
        """Every source and scope that has at least one snapshot, sorted."""
        return [pair for pair in self._begun() if self.snapshots(*pair)]

    def _begun(self) -> list[tuple[str, Scope]]:
        return sorted(
            (source, Scope(unquoted(host), unquoted(project)))
            for source in files.names(self.raw)
            for host in files.names(self.raw / source)
            for project in files.names(self.raw / source / host)
        )

    def snapshots(self, source: str, scope: Scope) -> list[Snapshot]:
        """The snapshots that count, oldest data first."""
        return snapshot.of_scope(self._folder(source, scope))

    @overload
    def records(self, source: str, scope: Scope, *, meter: Meter | None = None) -> Iterator[Record]: ...

    @overload
    def records(self, source: str, scope: Scope, kind: type[T], *, meter: Meter | None = None) -> Iterator[T]: ...

    def records(self, source: str, scope: Scope, kind: type = dict, *, meter: Meter | None = None) -> Iterator[Any]:
        """Every record of a scope in the order of its key; per key the newest wins, gone ones are left out.

        A record is a dict; or a `kind` of msgspec.Struct, whose fields alone are read, which is quicker. Streams: one
        frame of each snapshot is in memory. Raises CorruptSnapshotError before a wrong byte is used, and SchemaError
        for a record that is not of the kind. A `meter` tells how many bytes of JSON were read so far.
        """
        lines = merge.lines(self.snapshots(source, scope))
        return (loaded(line, kind, key=key) for key, line in (meter.counted(lines) if meter else lines))

    def gone(self, source: str, scope: Scope) -> dict[Key, str]:
        """The keys of the records of a scope that its server no longer shows, and why."""
        return merge.gone(self.snapshots(source, scope))

    def as_of(self, scopes: Iterable[tuple[str, Scope]] | None = None) -> pd.Timestamp:
        """The newest server time among the Gerrit and Launchpad snapshots; a clone's newest commit if it is alone.

        Of the scopes given, such as those of one project, or of all. Raises StoreError when no snapshot has a time.
        """
        dated: dict[str, list[str]] = {}
        for source, scope in self.scopes() if scopes is None else scopes:
            dated.setdefault(source, []).extend(s.manifest.as_of or "" for s in self.snapshots(source, scope))
        servers = dated.get("gerrit", []) + dated.get("launchpad", [])
        newest = max(servers, default="") or max(dated.get("git", []), default="")
        if not newest:
            raise _nothing(self.raw)
        return pd.Timestamp(newest).tz_convert("UTC").as_unit("us")

    @contextmanager
    def run(self, source: str, scope: Scope, *, purpose: str = "fetching") -> Iterator[Run]:
        """An unfinished fetch to go on with, or a new one; the lock of the scope is held meanwhile."""
        folder = self._folder(source, scope)
        with lock.held(folder, purpose=f"{purpose} {source} {scope}"), Run(folder, source, scope) as run:
            yield run

    def write_snapshot(
        self,
        source: str,
        scope: Scope,
        records: Iterable[Record],
        *,
        kind: str,
        as_of: str | None = None,
        base: bool = False,
        cursor: Mapping[str, Any] | None = None,
    ) -> Snapshot:
        """Keep records that lie on this disk already (kind: dump, clone) as one snapshot, all of them or none."""
        folder = self._folder(source, scope)
        with (
            lock.held(folder, purpose=f"importing {source} {scope}"),
            Run(folder, source, scope, name=IMPORT) as run,
        ):
            try:
                for record in records:
                    run.put(record)
                return run.seal(kind=kind, as_of=as_of, base=base, cursor=cursor)
            except BaseException:
                run.discard()
                raise

    def compact(self, source: str, scope: Scope) -> None:
        """Make the snapshots of a scope into one; nothing that could be read before is lost."""
        folder = self._folder(source, scope)
        with lock.held(folder, purpose=f"compacting {source} {scope}"):
            compaction.compact(folder)

    def tidy(self, source: str, scope: Scope, *, above: int = MOST_SNAPSHOTS) -> None:
        """Compact a scope that has more snapshots than that: reading costs a little for each."""
        if len(self.snapshots(source, scope)) > above:
            self.compact(source, scope)

    def status(self, *, verifies: bool = True) -> list[Status]:
        """What every scope holds, fetched or only begun; `verifies` compares every snapshot's checksums."""
        begun = [(source, scope) for source, scope in self._begun() if files.names(self._folder(source, scope))]
        return [
            status.of_scope(self._folder(source, scope), source, scope, verifies=verifies) for source, scope in begun
        ]

    def write_table(self, name: str, frames: pd.DataFrame | Iterable[pd.DataFrame], *, project: str) -> int:
        """Replace one project's part of a table by these frames, in the order of the key; returns the rows written."""
        return tables.write(self.processed, name, frames, project=project)

    @contextmanager
    def writing_tables(self, names: Iterable[str], *, project: str) -> Iterator[dict[str, tables.Writer]]:
        """Several tables that grow side by side, frame by frame; after an error each is what it was before."""
        with ExitStack() as stack:
            yield {name: stack.enter_context(tables.writer(self.processed, name, project=project)) for name in names}

    def table_batches(self, name: str, *, project: str, columns: Sequence[str] | None = None) -> Iterator[pd.DataFrame]:
        """One project's part of a table in pieces, as it was written: for what is too long to be held whole."""
        return tables.batches(self.processed, name, project=project, columns=columns)

    def read_table(
        self, name: str, *, project: str | None = None, columns: Sequence[str] | None = None
    ) -> pd.DataFrame:
        """A table, or some of its columns, of one project or of all."""
        return tables.read(self.processed, name, project=project, columns=columns)

    def has_table(self, name: str, *, project: str) -> bool:
        """Whether one project's part of a table was ever written."""
        return files.exists(tables.path(self.processed, name, project))

    def set_aside(self, names: Iterable[str], *, project: str) -> None:
        """Keep a copy of one project's part of these tables as they are now; it takes the place of the copy before."""
        for name in names:
            tables.copy(self.processed, self._aside, name, project=project)

    def read_aside(self, names: Iterable[str], *, project: str) -> dict[str, pd.DataFrame] | None:
        """The tables that were set aside; None unless all of them were there."""
        kept = {name: files.exists(tables.path(self._aside, name, project)) for name in names}
        if not all(kept.values()):
            return None
        return {name: tables.read(self._aside, name, project=project) for name in kept}

    @property
    def _aside(self) -> Path:
        return self.processed / ".aside"

    def nearby(self, project: str, *, whole: Collection[str] = ()) -> Path:
        """A data directory on this disk that holds the tables of one project, and all of those named in `whole`.

        It is this one; of one that is elsewhere, a copy in the cache of which only what changed is brought anew.
        """
        return nearby.brought(self.data_dir, self.processed, project, whole)

    def note(self, name: str, value: Any) -> None:
        """Keep a small fact beside the tables."""
        notes.write(self.processed, name, value)

    def noted(self, name: str) -> Any:
        """The fact last kept under this name; None where there is none."""
        return notes.read(self.processed, name)

    def _folder(self, source: str, scope: Scope) -> Path:
        return self.raw / source / scope.folder


def _nothing(raw: Path) -> StoreError:
    return StoreError(expected=f"a snapshot below {raw}", found="none", do="run `fetch` first")


def read_table(
    data_dir: Path | str, name: str, columns: Sequence[str] | None = None, *, project: str = ""
) -> pd.DataFrame:
    """A table, or some of its columns, of one project or (empty) of all of them: what notebooks call."""
    return Store(data_dir).read_table(name, project=project or None, columns=columns)


def read_earlier(folder: Path | str, name: str, *, project: str) -> pd.DataFrame:
    """A table as an earlier report kept it, in that run's folder; no rows where it kept none, or where there is no run.

    A run that was made before reports kept this table has none, and is still one to compare with.
    """
    if not folder or not Store(folder).has_table(name, project=project):
        return tables.table(name).empty()
    return Store(folder).read_table(name, project=project)


def dataset(data_dir: Path | str, name: str) -> Any:
    """A table of all projects as an Arrow dataset, nothing of it in memory; `in_project` says whose part a row is."""
    return wide.dataset(Store(data_dir).processed, name)


def query(data_dir: Path | str, question: str, *values: Any) -> pd.DataFrame:
    """The answer of DuckDB to a question in SQL over the tables of all projects; `?` stands for a value.

    Every table is known by its name, with `in_project` beside its columns. Only the answer is in memory.
    """
    return wide.query(Store(data_dir).processed, question, list(values))
