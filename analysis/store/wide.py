"""Wide questions: across all projects, answered from the Parquet files, without any table in memory.

A bug that has a task in several projects has a row in the part of each; `in_project` says whose part a row is from.
"""

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds

from analysis.errors import StoreError, UsageError
from analysis.schema import TABLES
from analysis.store import tables
from analysis.store.place import far, is_here

IN_PROJECT = "in_project"


def dataset(folder: Path, name: str) -> Any:
    """A table of all projects as an Arrow dataset, with `in_project` beside its columns.

    Raises StoreError when the table was never written.
    """
    schema, parts = tables.table(name), tables.projects(folder, name)
    if not parts:
        raise tables.missing(folder, name)
    paths = [tables.path(folder, name, part) for part in parts]
    return ds.FileSystemDataset.from_paths(
        [str(path) if is_here(path) else far(path).path for path in paths],
        schema=schema.arrow.append(pa.field(IN_PROJECT, pa.string())),
        format=ds.ParquetFileFormat(),
        filesystem=_file_system(folder),
        partitions=[ds.field(IN_PROJECT) == part for part in parts],
    )


def query(folder: Path, question: str, values: list[Any]) -> pd.DataFrame:
    """The answer of DuckDB to a question in SQL, in which every table is known by its name.

    Raises UsageError where DuckDB is not installed, StoreError for a question that it does not understand.
    """
    duckdb = _library()
    with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as connection:  # it would ask the network
        for name in TABLES:
            if tables.projects(folder, name):
                connection.register(name, dataset(folder, name))
        try:
            answer = connection.sql(question, params=values).to_arrow_table()
        except duckdb.Error as cause:
            raise StoreError(
                expected="a question in SQL over the tables that are built",
                found=" ".join(str(cause).split())[:300],
                do="correct it; `python -m analysis dictionary` lists every table and column",
            ) from cause
    return tables.as_pandas(answer.cast(pa.schema([_in_utc(field) for field in answer.schema])))


def _in_utc(field: Any) -> Any:
    """DuckDB gives the same instants in the zone of the machine."""
    return field.with_type(pa.timestamp("us", "UTC")) if getattr(field.type, "tz", None) else field


def _file_system(folder: Path) -> Any:
    if is_here(folder):
        return pa.fs.LocalFileSystem()
    return pa.fs.PyFileSystem(pa.fs.FSSpecHandler(far(folder).fs))


def _library() -> Any:
    try:
        import duckdb
    except ImportError as cause:
        raise UsageError(
            expected="DuckDB, of the extra 'scale', for questions in SQL",
            found=str(cause),
            do="install it with: pip install -e '.[scale]'; `store.dataset` needs nothing more",
        ) from cause
    return duckdb
