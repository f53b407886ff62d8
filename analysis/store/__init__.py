"""The only package that opens files under data/: records as served in data/raw, tables in data/processed.

The code for tables is imported where it is used: a fetch writes records only, and importing pandas takes longer than a
small fetch.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.store import files, markers
from analysis.store.byte_counter import Meter
from analysis.store.fetch_session import FetchSession
from analysis.store.location import as_path, is_local
from analysis.store.record import Key, Record
from analysis.store.record_store import RecordStore
from analysis.store.scope import Scope
from analysis.store.snapshot import REST_OF_LIST, Snapshot
from analysis.store.table_store import TableStore

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow.dataset as ds

    from analysis.store.status import Status

__all__ = [
    "REST_OF_LIST",
    "FetchSession",
    "Key",
    "Meter",
    "Record",
    "Scope",
    "Snapshot",
    "Store",
    "as_path",
    "dataset",
    "is_local",
    "query",
    "read_earlier",
    "read_table",
]

PRIVATE = ".private"


class Store(RecordStore, TableStore):
    """A data directory: snapshots in raw/<source>/<host>/<project>/, tables in processed/<table>.parquet/.

    It is a local folder, or the address of one on a file system that fsspec knows, such as s3://bucket/data.
    """

    def __init__(self, data_dir: Path | str) -> None:
        self.data_dir = as_path(data_dir)
        RecordStore.__init__(self, self.data_dir / "raw")
        TableStore.__init__(self, self.data_dir / "processed")

    def status(self, *, verifies: bool = True) -> list[Status]:
        """The status of every scope, even with an unfinished first fetch; `verifies` compares all checksums."""
        from analysis.store import status

        return [
            status.of_scope(
                self._folder(source, scope),
                source,
                scope,
                passed_over=self.read_marker(_passed_over_marker(source, scope), dict[str, str]) or {},
                verifies=verifies,
            )
            for source, scope in self._scopes_begun()
            if files.names(self._folder(source, scope))
        ]

    def write_passed_over(self, source: str, scope: Scope, records: Mapping[str, str]) -> None:
        """Store, for `status`, which records of a scope the current build skipped, and why."""
        name = _passed_over_marker(source, scope)
        if records or self.read_marker(name, dict[str, str]):
            self.write_marker(name, dict(records))

    def write_private(self, name: str, value: list[str], *, project: str) -> None:
        """Store a small fact that only the owner of the data directory may read, beside the records, not the tables."""
        markers.write(self.raw / PRIVATE, f"{name} {project}", value)
        files.close_to_others(self.raw / PRIVATE)

    def read_private(self, name: str, *, project: str) -> list[str]:
        """The private fact last stored under this name; empty if there is none."""
        return markers.read(self.raw / PRIVATE, f"{name} {project}", list[str]) or []

    def local_copy(self, project: str, *, whole: Collection[str] = ()) -> Path:
        """A local data directory with the tables of one project, and with all projects' parts of the tables in `whole`.

        It is this one if this one is local; else a copy in the cache, of which only changed files are downloaded.
        """
        from analysis.store import mirror

        return mirror.local_copy(self.data_dir, self.processed, project, whole)


def _passed_over_marker(source: str, scope: Scope) -> str:
    return f"passed over {source} {scope}"


def read_table(
    data_dir: Path | str, name: str, columns: Sequence[str] | None = None, *, project: str = ""
) -> pd.DataFrame:
    """A table, or some of its columns, of one project or (if empty) of all projects."""
    return Store(data_dir).read_table(name, project=project or None, columns=columns)


def read_earlier(folder: Path | str, name: str, *, project: str) -> pd.DataFrame:
    """A table as an earlier report kept it in its folder; no rows if it did not keep it, or if there is no such report.

    A run from before reports kept this table does not have it, and can still be compared with.
    """
    from analysis.store import tables

    if not folder or not Store(folder).has_table(name, project=project):
        return tables.table(name).empty()
    return Store(folder).read_table(name, project=project)


def dataset(data_dir: Path | str, name: str) -> ds.Dataset:
    """A table of all projects as an Arrow dataset, not loaded into memory; `in_project` is the project of each row."""
    from analysis.store import sql_queries

    return sql_queries.dataset(Store(data_dir).processed, name)


def query(data_dir: Path | str, question: str, *values: object) -> pd.DataFrame:
    """The result of a SQL query (DuckDB) over the tables of all projects; `?` stands for a value.

    Every table is known by its name, with `in_project` beside its columns. Only the answer is in memory.
    """
    from analysis.store import sql_queries

    return sql_queries.query(Store(data_dir).processed, question, list(values))
