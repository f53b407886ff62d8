"""The definition of a table: its columns with their dtypes, its key, and the check that every table must pass."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Literal, Protocol, TypeAlias, cast

import msgspec
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pandas.api.extensions import ExtensionArray, ExtensionDtype

from analysis.errors import SchemaError
from analysis.tables.schema.labels import label, unit

Values: TypeAlias = Collection[object] | ExtensionArray  # of one column
Kind = Literal["int", "float", "bool", "str", "time", "strs", "ints"]

# Every dtype has a value for "unknown": NA, or NaT for an instant. Unknown is never 0, "" or a dropped row.
PANDAS: dict[Kind, ExtensionDtype] = {
    "int": pd.Int64Dtype(),
    "float": pd.Float64Dtype(),
    "bool": pd.BooleanDtype(),
    "str": pd.StringDtype("pyarrow", na_value=pd.NA),
    "time": pd.DatetimeTZDtype("us", "UTC"),
    "strs": pd.ArrowDtype(pa.list_(pa.string())),
    "ints": pd.ArrowDtype(pa.list_(pa.int64())),
}
TEXT, TEXTS, TIME = PANDAS["str"], PANDAS["strs"], PANDAS["time"]  # of a column that a function adds
ARROW: dict[Kind, pa.DataType] = {
    "int": pa.int64(),
    "float": pa.float64(),
    "bool": pa.bool_(),
    "str": pa.string(),
    "time": pa.timestamp("us", "UTC"),
    "strs": pa.list_(pa.string()),
    "ints": pa.list_(pa.int64()),
}

MOST_DAYS = 100_000  # the longest span that pandas can hold in nanoseconds; a longer age or limit is a typing error
# the type of days in a project file, see analysis.tables.configuration
Days = Annotated[float, msgspec.Meta(ge=0, le=MOST_DAYS, description=f"days, from 0 to {MOST_DAYS:,}", examples=["14"])]
_SECONDS_OF_A_DAY = 86_400


class ArrowDtype(Protocol):
    """A method of every dtype of PANDAS that the stubs of pandas lack."""

    def __from_arrow__(self, array: object, /) -> ExtensionArray: ...


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its kind and, in words, its meaning and source; `one_of` closes the set of its values.

    A table fills in an empty label and unit from the column's name: see `labels`.
    """

    kind: Kind
    meaning: str
    one_of: tuple[str, ...] = ()
    label: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the contract. Rows are in the order of the key, so that the same data gives the same bytes."""

    name: str
    row: str
    key: tuple[str, ...]
    columns: Mapping[str, Column]

    def __post_init__(self) -> None:
        named = {
            name: replace(column, label=column.label or label(name), unit=column.unit or unit(name))
            for name, column in self.columns.items()
        }
        object.__setattr__(self, "columns", named)  # the only place where a frozen table is completed

    @property
    def dtypes(self) -> dict[str, ExtensionDtype]:
        """Column name to pandas dtype."""
        return {name: PANDAS[column.kind] for name, column in self.columns.items()}

    @property
    def arrow(self) -> pa.Schema:
        """The same columns as an Arrow schema, in the same order."""
        return pa.schema([(name, ARROW[column.kind]) for name, column in self.columns.items()])

    def empty(self) -> pd.DataFrame:
        """A table without rows, with every column and dtype."""
        return self.frame({})

    def frame(self, columns: Mapping[str, Values] | pd.DataFrame) -> pd.DataFrame:
        """A frame with these columns, in the table's order and dtypes; a missing column is unknown in every row.

        Raises SchemaError for a column that the table does not have, or for a value of another type.
        """
        values_by_name = {str(name): values for name, values in columns.items()}
        unknown = sorted(set(values_by_name) - set(self.columns))
        if unknown:
            raise SchemaError(
                expected=f"columns of {self.name} among {list(self.columns)}",
                found=f"also {unknown}",
                do="name them in analysis/tables/schema, or leave them out",
            )
        index = pd.RangeIndex(len(next(iter(values_by_name.values()), ())))
        series = {name: self._series(name, values_by_name.get(name), index) for name in self.columns}
        return pd.DataFrame(series, index=index)

    def _series(self, name: str, values: Values | None, index: pd.RangeIndex) -> pd.Series:
        dtype = PANDAS[self.columns[name].kind]
        if values is None or not len(index):  # a column without rows may have any dtype
            values = [None] * len(index)
        if isinstance(values, pd.Series):
            values = values.array
        try:
            return (
                pd.Series(values, index=index).astype(dtype)
                if self.columns[name].kind == "time"
                else pd.Series(values, index=index, dtype=dtype)
            )
        except (TypeError, ValueError, pa.ArrowInvalid, pa.ArrowTypeError) as cause:
            raise SchemaError(
                expected=f"{self.name}.{name} to hold {self.columns[name].kind} values",
                found=str(cause)[:200],
                do="convert the column where it is made",
            ) from cause

    def ordered(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The rows in the order of the key, numbered from 0; a stable sort."""
        key = list(self.key)
        is_known = not any(frame[name].hasnans for name in key)
        # most frames are already ordered, and checking that costs less than sorting
        if is_known and (_steps(frame, key) >= 0).all():
            return frame.reset_index(drop=True)
        return frame.sort_values(key, kind="stable", ignore_index=True)


def _steps(frame: pd.DataFrame, key: Sequence[str]) -> npt.NDArray[np.int8]:
    """For each row but the first: 1 if its key is greater than that of the previous row, 0 if it is equal, else -1."""
    n = max(len(frame) - 1, 0)
    steps = np.zeros(n, "int8")
    for name in key:
        column = pa.chunked_array(pa.array(frame[name])).combine_chunks()
        before, after = column.slice(0, n), column.slice(1)
        rises, falls = (_bits(compare(after, before)) for compare in (pc.greater, pc.less))
        steps = np.where(steps, steps, rises - falls)
    return steps


def _bits(truth: pa.BooleanArray) -> npt.NDArray[np.int8]:
    bits: npt.NDArray[np.int8] = truth.to_numpy(zero_copy_only=False).astype("int8")
    return bits


def from_arrow(kind: Kind, values: pa.Array | pa.ChunkedArray) -> ExtensionArray:
    """An Arrow array of the kind's type as a pandas array of its dtype, without Python objects in between."""
    return cast(ArrowDtype, PANDAS[kind]).__from_arrow__(values)


def looked_up(keys: pd.Series, table: pd.Series) -> pd.Series:
    """The table's value for each key, NA if it has none, with the index of `keys`.

    Unlike `Series.map`, it keeps the table's dtype when the table is empty. The table's index must be unique.
    """
    return pd.Series(table.reindex(pd.Index(keys)).array, index=keys.index)


STANDS_FOR_SUBJECT = ", bug: "  # between the number of a change and the title of its bug


def subjects_or_titles(frame: pd.DataFrame, bug_titles: pd.Series) -> pd.Series:
    """The subject of each change; if it was not served, the number of the change and the title of its bug.

    The number is there because two changes for one bug would look the same. NA if neither was served.

    Parameters
    ----------
    frame : DataFrame with change_number and subject
    bug_titles : Series of the same index

    Examples
    --------
    >>> frame = pd.DataFrame({"change_number": [7, 8], "subject": pd.Series(["Lock it", None], dtype="str")})
    >>> subjects_or_titles(frame, pd.Series(["A race", "A leak"], dtype="str"))[1]
    '8, bug: A leak'
    """
    number = frame["change_number"].astype("Int64").astype(frame["subject"].dtype)
    marked: pd.Series = frame["subject"].fillna(number + STANDS_FOR_SUBJECT + bug_titles)
    return marked


def lacks_subjects(frame: pd.DataFrame) -> bool:
    """Whether the title of a bug stands for the subject of a change in the frame.

    Parameters
    ----------
    frame : DataFrame with change_number and subject, of `subjects_or_titles`
    """
    number = frame["change_number"].astype("Int64").astype("string")
    begins = number + STANDS_FOR_SUBJECT
    pairs = zip(frame["subject"].tolist(), begins.tolist(), strict=True)
    return any(isinstance(text, str) and isinstance(start, str) and text.startswith(start) for text, start in pairs)


def without_numbers(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame of `subjects_or_titles`, in which "Bug: " and its title alone stand for a subject.

    >>> frame = pd.DataFrame({"change_number": [8], "subject": pd.Series(["8, bug: A leak"], dtype="str")})
    >>> without_numbers(frame)["subject"][0]
    'Bug: A leak'
    """
    numbers = frame["change_number"].astype("Int64").astype("string").tolist()
    subjects = [subject_alone(*pair) for pair in zip(frame["subject"].tolist(), numbers, strict=True)]
    return frame.assign(subject=pd.Series(subjects, index=frame.index, dtype=frame["subject"].dtype))


def subject_alone(subject: object, number: object) -> object:
    """The subject; if the number of the change and the title of its bug stand for it, "Bug: " and the title."""
    begin = f"{number}{STANDS_FOR_SUBJECT}"
    return f"Bug: {subject[len(begin) :]}" if isinstance(subject, str) and subject.startswith(begin) else subject


def validate(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """The frame itself, after checking it against the table's contract.

    Checks names and order of columns, dtypes, closed sets of values, and that the key is known, unique and sorted.
    Raises SchemaError with the first column or row that breaks the contract.
    """
    _check_columns(frame, table)
    for name, column in table.columns.items():
        if column.one_of:
            _check_values(frame[name], table, column.one_of)
    _check_key(frame, table)
    return frame


def _check_columns(frame: pd.DataFrame, table: Table) -> None:
    if list(frame.columns) != list(table.columns):
        missing = [name for name in table.columns if name not in frame.columns]
        extra = [name for name in frame.columns if name not in table.columns]
        raise SchemaError(
            expected=f"the columns of {table.name}: {list(table.columns)}",
            found=f"missing {missing}, extra {extra}" if missing or extra else f"another order: {list(frame.columns)}",
            do=f"build the table with schema.{table.name.upper()}.frame(...)",
        )
    for (name, dtype), dtype_here in zip(table.dtypes.items(), frame.dtypes, strict=True):
        if dtype_here != dtype:
            raise SchemaError(
                expected=f"{table.name}.{name} as {dtype}",
                found=f"{dtype_here}",
                do=f"build the table with schema.{table.name.upper()}.frame(...)",
            )


def _check_values(values: pd.Series, table: Table, one_of: tuple[str, ...]) -> None:
    strange = values[values.notna() & ~values.isin(one_of)]
    if len(strange):
        raise SchemaError(
            expected=f"{table.name}.{values.name} among {list(one_of)}",
            found=f"{strange.iloc[0]!r} in row {strange.index[0]}",
            do="map the value where the table is made, or add it to analysis/tables/schema",
        )


def _check_key(frame: pd.DataFrame, table: Table) -> None:
    key = list(table.key)
    if any(frame[name].hasnans for name in key):
        _key_error(frame, table, frame[key].isna().any(axis=1), "a known key")
    steps = _steps(frame, key)
    if (steps <= 0).any():
        repeated = frame.duplicated(key)
        if repeated.any():
            _key_error(frame, table, repeated, "each key once")
        raise SchemaError(
            expected=f"{table.name} in the order of {key}",
            found="another order of rows",
            do=f"return schema.{table.name.upper()}.ordered(frame)",
        )


def _key_error(frame: pd.DataFrame, table: Table, wrong: "pd.Series[bool]", expected: str) -> None:
    raise SchemaError(
        expected=f"{expected} {table.key} in {table.name}",
        found=f"{int(wrong.sum())} rows without, the first: {frame.loc[wrong, list(table.key)].iloc[0].to_dict()}",
        do="look at the record that this row was made from",
    )


def days(span: "pd.Series[pd.Timedelta]") -> "pd.Series[float]":
    """Spans of time in days, with fractions; an unknown span is NaN."""
    return span.dt.total_seconds() / _SECONDS_OF_A_DAY
