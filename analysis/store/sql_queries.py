"""Queries across all projects, answered from the Parquet files, without loading a table into memory.

A bug with a task in several projects has a row in the part of each; `in_project` names the part of a row.
"""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds

from analysis.errors import StoreError
from analysis.store import tables
from analysis.store.location import as_fsspec, is_local
from analysis.tables.schema import TABLES

IN_PROJECT = "in_project"
CLOSED: dict[
    str, str | bool | int | float | list[str]
] = {  # what a SQL query could reach besides the registered tables
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
}


def dataset(folder: Path, name: str) -> ds.Dataset:
    """A table of all projects as an Arrow dataset, with `in_project` beside its columns.

    Raises StoreError if the table was never written.
    """
    schema, parts = tables.table(name), tables.projects(folder, name)
    if not parts:
        raise tables.missing_error(folder, name)
    paths = [tables.path(folder, name, part) for part in parts]
    return ds.FileSystemDataset.from_paths(
        [str(path) if is_local(path) else as_fsspec(path).path for path in paths],
        schema=schema.arrow.append(pa.field(IN_PROJECT, pa.string())),
        format=ds.ParquetFileFormat(),
        filesystem=_file_system(folder),
        partitions=[ds.field(IN_PROJECT) == part for part in parts],
    )


def query(folder: Path, question: str, values: list[object]) -> pd.DataFrame:
    """The result of a SQL query (DuckDB), in which every table has its own name.

    The query reaches only these tables: no file, no address, no variable of Python, no setting.

    Raises StoreError for a query that DuckDB refuses.
    """
    import duckdb  # takes longer to import than to read a table

    with duckdb.connect(config=CLOSED) as connection:
        for name in TABLES:
            if tables.projects(folder, name):
                connection.register(name, dataset(folder, name))
        connection.execute("SET lock_configuration = true")
        try:
            answer = connection.sql(question, params=values).to_arrow_table()
        except duckdb.Error as cause:
            raise StoreError(
                expected="a question in SQL over the tables that are built",
                found=" ".join(str(cause).split())[:300],
                do="correct it; `python -m analysis dictionary` lists every table and column",
            ) from cause
    return tables.as_pandas(answer.cast(pa.schema([_in_utc(field) for field in answer.schema])))


def _in_utc(field: pa.Field) -> pa.Field:
    """The frame with its times in UTC: DuckDB returns them in the zone of the machine."""
    return field.with_type(pa.timestamp("us", "UTC")) if getattr(field.type, "tz", None) else field


def _file_system(folder: Path) -> pa.fs.FileSystem:
    if is_local(folder):
        return pa.fs.LocalFileSystem()
    return pa.fs.PyFileSystem(pa.fs.FSSpecHandler(as_fsspec(folder).fs))
