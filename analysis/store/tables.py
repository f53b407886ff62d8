"""Tables on disk: Parquet, one folder a table, one file a project, every byte checked against its schema on the way."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.errors import CorruptSnapshotError, SchemaError, StoreError
from analysis.schema import TABLES, Table, validate
from analysis.schema.table import ARROW, PANDAS
from analysis.store import files
from analysis.store.scope import quoted, unquoted

SUFFIX = ".parquet"


def table(name: str) -> Table:
    """The schema of a table. Raises StoreError for a name that is not one."""
    if name not in TABLES:
        raise StoreError(expected=f"a table among {list(TABLES)}", found=repr(name), do="correct the name")
    return TABLES[name]


def path(folder: Path, name: str, project: str) -> Path:
    """The file of one project's part of a table."""
    return folder / f"{name}{SUFFIX}" / f"{quoted(project)}{SUFFIX}"


def write(folder: Path, name: str, frames: pd.DataFrame | Iterable[pd.DataFrame], *, project: str) -> int:
    """Replace one project's part of a table, and return its number of rows.

    Several frames become row groups, one in memory at a time; their keys must go on rising from frame to frame.
    The file is there when all of it is there: after an error the part is what it was before.
    """
    schema = table(name)
    rows = 0
    with (
        files.new_file(path(folder, name, project)) as file,
        pq.ParquetWriter(file, schema.arrow, compression="zstd") as writer,
    ):
        for frame in _in_order([frames] if isinstance(frames, pd.DataFrame) else frames, schema):
            writer.write_table(_to_arrow(frame, schema))
            rows += len(frame)
    return rows


def _in_order(frames: Iterable[pd.DataFrame], schema: Table) -> Iterator[pd.DataFrame]:
    last: tuple[Any, ...] | None = None
    for frame in frames:
        validate(frame, schema)
        if not len(frame):
            continue
        first = tuple(frame[list(schema.key)].iloc[0])
        if last is not None and not last < first:
            raise SchemaError(
                expected=f"the batches of {schema.name} in the order of {list(schema.key)}",
                found=f"{first} after {last}",
                do="make the batches from records in the order in which the store gives them",
            )
        last = tuple(frame[list(schema.key)].iloc[-1])
        yield frame


def _to_arrow(frame: pd.DataFrame, schema: Table) -> pa.Table:
    # Without pandas' own metadata, so that a file depends on the rows alone and reads the same everywhere.
    return pa.Table.from_pandas(frame, schema=schema.arrow, preserve_index=False).replace_schema_metadata(None)


def read(folder: Path, name: str, *, project: str | None = None, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """A table, or some columns of it, of one project or of all; each part is checked against the schema.

    A row that several projects hold, such as a bug with a task in each, comes once, from the first of them.
    Raises StoreError when the table was never written.
    """
    schema = table(name)
    parts = projects(folder, name) if project is None else [project]
    frames = [_read_part(path(folder, name, part), schema, columns) for part in parts]
    if not frames:
        raise _missing(folder / f"{name}{SUFFIX}")
    if len(frames) == 1:
        return frames[0]
    return _joined(frames, schema, columns)


def projects(folder: Path, name: str) -> list[str]:
    """The projects that have a part in a table, sorted."""
    found = files.names(folder / f"{name}{SUFFIX}")
    return [unquoted(file.removesuffix(SUFFIX)) for file in found if file.endswith(SUFFIX)]


def _read_part(file: Path, schema: Table, columns: Sequence[str] | None) -> pd.DataFrame:
    if not files.exists(file):
        raise _missing(file)
    try:
        stored = pq.ParquetFile(file)
        if not stored.schema_arrow.equals(schema.arrow):
            raise SchemaError(
                expected=f"{file} to have the columns of {schema.name}",
                found=f"{stored.schema_arrow.names}",
                do="run `build` again: the file was written by another version",
            )
        rows = stored.read(list(schema.columns) if columns is None else _selected(schema, columns))
        # Parquet renames the item of a list; the cast gives it back the name that the schema's dtype has.
        wanted = pa.schema([schema.arrow.field(name) for name in rows.column_names])
        frame = rows.cast(wanted).to_pandas(types_mapper=_DTYPES.get, ignore_metadata=True)
    except (pa.ArrowInvalid, OSError) as cause:
        raise CorruptSnapshotError(
            expected=f"{file} to be Parquet", found=str(cause)[:200], do="run `build` again"
        ) from cause
    return validate(frame, schema) if columns is None else frame[list(columns)]


_DTYPES = {ARROW[kind]: PANDAS[kind] for kind in ARROW}


def _selected(schema: Table, columns: Sequence[str]) -> list[str]:
    unknown = sorted(set(columns) - set(schema.columns))
    if unknown:
        raise SchemaError(
            expected=f"columns of {schema.name} among {list(schema.columns)}",
            found=str(unknown),
            do="correct the names",
        )
    return list(columns)


def _joined(frames: list[pd.DataFrame], schema: Table, columns: Sequence[str] | None) -> pd.DataFrame:
    key = list(schema.key)
    whole = pd.concat(frames, ignore_index=True)
    if columns is not None and not set(key) <= set(columns):
        return whole
    return schema.ordered(whole.drop_duplicates(key))


def _missing(where: Path) -> StoreError:
    return StoreError(expected=f"the table {where}", found="none", do="fetch or name some data, then run `build`")
