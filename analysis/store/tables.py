"""Tables on disk: Parquet, one folder per table, one file per project; every frame is checked against its schema."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.errors import CorruptSnapshotError, SchemaError, StoreError
from analysis.store import files
from analysis.store.scope import quote_name, unquote_name
from analysis.tables.schema import TABLES, Table, validate
from analysis.tables.schema.table import ARROW, PANDAS

SUFFIX = ".parquet"


def table(name: str) -> Table:
    """The schema of a table. Raises StoreError for an unknown name."""
    if name not in TABLES:
        raise StoreError(expected=f"a table among {list(TABLES)}", found=repr(name), do="correct the name")
    return TABLES[name]


def path(folder: Path, name: str, project: str) -> Path:
    """The file of one project's part of a table."""
    return folder / f"{name}{SUFFIX}" / f"{quote_name(project)}{SUFFIX}"


def write(folder: Path, name: str, frames: pd.DataFrame | Iterable[pd.DataFrame], *, project: str) -> int:
    """Replace one project's part of a table, and return its number of rows.

    Several frames become row groups, one in memory at a time; their keys must rise from frame to frame. The file
    appears when it is complete: after an error the part is as it was before.
    """
    with writer(folder, name, project=project) as part:
        for frame in [frames] if isinstance(frames, pd.DataFrame) else frames:
            part.append(frame)
    return part.rows


@contextmanager
def writer(folder: Path, name: str, *, project: str) -> Iterator["Writer"]:
    """One project's part of a table while it is written; it replaces the old part if the block succeeds."""
    schema = table(name)
    with (
        files.new_file(path(folder, name, project)) as file,
        # No dictionaries: zstd alone compresses repeated values in two thirds of the time, to fewer bytes.
        pq.ParquetWriter(file, schema.arrow, compression="zstd", use_dictionary=False) as parquet,
    ):
        yield Writer(schema, parquet)


class Writer:
    """A part to which frames are appended, each as a row group, ordered by key."""

    def __init__(self, schema: Table, parquet: pq.ParquetWriter) -> None:
        self._schema, self._parquet = schema, parquet
        self._last_key: tuple[object, ...] | None = None
        self.rows = 0

    def append(self, frame: pd.DataFrame) -> None:
        """Add a frame. Raises SchemaError unless its keys come after those of the frame before."""
        validate(frame, self._schema)
        if not len(frame):
            return
        key = list(self._schema.key)
        first = tuple(frame[key].iloc[0])
        if self._last_key is not None and not self._last_key < first:
            raise SchemaError(
                expected=f"the batches of {self._schema.name} in the order of {key}",
                found=f"{first} after {self._last_key}",
                do="make the batches from records in the order in which the store gives them",
            )
        self._last_key = tuple(frame[key].iloc[-1])
        self._parquet.write_table(_to_arrow(frame, self._schema))
        self.rows += len(frame)


def _to_arrow(frame: pd.DataFrame, schema: Table) -> pa.Table:
    # No pandas metadata, so that a file depends on the rows only and reads the same everywhere.
    return pa.Table.from_pandas(frame, schema=schema.arrow, preserve_index=False).replace_schema_metadata(None)


def read(folder: Path, name: str, *, project: str | None = None, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """A table, or some columns of it, of one project or of all; each part is checked against the schema.

    A row that several projects hold, such as a bug with a task in each, is returned once, from the first of them.
    Raises StoreError if the table was never written.
    """
    schema = table(name)
    parts = projects(folder, name) if project is None else [project]
    frames = [_read_part(path(folder, name, part), schema, columns) for part in parts]
    if not frames:
        raise missing_error(folder, name)
    if len(frames) == 1:
        return frames[0]
    return _concat(frames, schema, columns)


def check(folder: Path, project: str) -> None:
    """Raise SchemaError where one of the project's tables was written by another version; only their ends are read."""
    for name, schema in TABLES.items():
        file = path(folder, name, project)
        if files.exists(file):
            with _parquet(file, schema):
                pass


def copy(folder: Path, to: Path, name: str, *, project: str) -> None:
    """Copy one project's part of a table into another folder, byte for byte; does nothing if it was never written."""
    source, target = path(folder, name, project), path(to, name, project)
    if not files.exists(source):
        files.remove(target)
        return
    with files.new_file(target) as file:
        file.write(files.read(source))


def projects(folder: Path, name: str) -> list[str]:
    """The projects that have a part in a table, sorted."""
    names = files.names(folder / f"{name}{SUFFIX}")
    return [unquote_name(file.removesuffix(SUFFIX)) for file in names if file.endswith(SUFFIX)]


def batches(folder: Path, name: str, *, project: str, columns: Sequence[str] | None = None) -> Iterator[pd.DataFrame]:
    """One project's part of a table, one row group at a time, for tables that are too long for memory."""
    schema, file = table(name), path(folder, name, project)
    with _parquet(file, schema) as parquet:
        for number in range(parquet.num_row_groups):
            yield _frame(parquet.read_row_group(number, _names(schema, columns)), schema, columns)


def _read_part(file: Path, schema: Table, columns: Sequence[str] | None) -> pd.DataFrame:
    with _parquet(file, schema) as parquet:
        return _frame(parquet.read(_names(schema, columns)), schema, columns)


@contextmanager
def _parquet(file: Path, schema: Table) -> Iterator[pq.ParquetFile]:
    if not files.exists(file):
        raise _missing_error(file)
    try:
        with files.seekable(file) as source, pq.ParquetFile(source) as parquet:
            if not parquet.schema_arrow.equals(schema.arrow):
                raise SchemaError(
                    expected=f"{file} to have the columns of {schema.name}",
                    found=f"{parquet.schema_arrow.names}",
                    do="run `build` again: the file was written by another version",
                )
            yield parquet
    except (pa.ArrowInvalid, OSError) as cause:
        raise CorruptSnapshotError(
            expected=f"{file} to be Parquet", found=str(cause)[:200], do="run `build` again"
        ) from cause


def _names(schema: Table, columns: Sequence[str] | None) -> list[str]:
    return list(schema.columns) if columns is None else _check_names(schema, columns)


def _frame(rows: pa.Table, schema: Table, columns: Sequence[str] | None) -> pd.DataFrame:
    # Parquet renames the item of a list; the cast restores the name in the schema's dtype.
    arrow_schema = pa.schema([schema.arrow.field(name) for name in rows.column_names])
    if not len(rows):  # without rows Arrow makes columns without chunks, and pandas cannot merge on two of those
        return schema.empty()[list(rows.column_names)]
    frame = as_pandas(rows.cast(arrow_schema))
    return validate(frame, schema) if columns is None else frame[list(columns)]


def as_pandas(rows: pa.Table) -> pd.DataFrame:
    """The rows with the dtypes of the schemas for their Arrow types; other types as pandas chooses."""
    frame: pd.DataFrame = rows.to_pandas(types_mapper=_DTYPES.get, ignore_metadata=True)
    return frame


_DTYPES = {ARROW[kind]: PANDAS[kind] for kind in ARROW}


def _check_names(schema: Table, columns: Sequence[str]) -> list[str]:
    unknown = sorted(set(columns) - set(schema.columns))
    if unknown:
        raise SchemaError(
            expected=f"columns of {schema.name} among {list(schema.columns)}",
            found=str(unknown),
            do="correct the names",
        )
    return list(columns)


def _concat(frames: list[pd.DataFrame], schema: Table, columns: Sequence[str] | None) -> pd.DataFrame:
    key = list(schema.key)
    whole = pd.concat(frames, ignore_index=True)
    if columns is not None and not set(key) <= set(columns):
        return whole
    return schema.ordered(whole.drop_duplicates(key))


def missing_error(folder: Path, name: str) -> StoreError:
    """The error for a table that was never written."""
    return _missing_error(folder / f"{name}{SUFFIX}")


def _missing_error(where: Path) -> StoreError:
    return StoreError(expected=f"the table {where}", found="none", do="fetch or name some data, then run `build`")
