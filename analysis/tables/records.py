"""Turns records as served into columns, and texts into their parts; every reader of records uses it.

Records are hostile: NUL bytes, half of a surrogate pair, links that say "redacted". They are repaired once, here,
before they enter a table. Nothing is escaped here: the code that shows a text does that.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pandas.api.extensions import ExtensionArray

from analysis.errors import SchemaError
from analysis.tables.schema.table import ARROW, Table, Values, from_arrow

Rows: TypeAlias = list[tuple[object, ...]]
TableRow: TypeAlias = Mapping[Hashable, Any]  # a row of a table, as from `to_dict("records")`

# Gerrit serves nine digits of a second and Python reads six: the first 26 characters
MICROSECONDS = len("2013-02-01 09:59:32.126000")
REDACTED = "tag:launchpad.net:2008:redacted"


def table(contract: Table, columns: Sequence[str], rows: Rows) -> pd.DataFrame:
    """The rows as a frame of the contract, sorted by its key; `columns` names the parts of each row.

    Text loses its NUL characters, and half a surrogate pair becomes U+FFFD: neither Parquet nor a database holds them.
    Raises SchemaError with the column if a value has the wrong type, such as a number as a title.
    """
    values = zip(*rows, strict=True) if rows else (() for _ in columns)
    by_name = {name: _column(contract, name, part) for name, part in zip(columns, values, strict=True)}
    return contract.ordered(contract.frame(by_name))


def _column(contract: Table, name: str, values: Sequence[object]) -> Values:
    kind = contract.columns[name].kind
    try:
        if kind == "str":
            return texts(values)
        if kind == "time":
            return instants(values)
        if kind == "strs":
            return [_word_list(words) for words in values]
        return from_arrow(kind, pa.array(values, ARROW[kind]))
    except (AttributeError, TypeError, ValueError, OverflowError, pa.ArrowInvalid, pa.ArrowTypeError) as cause:
        raise SchemaError.of_record(f"{contract.name}.{name} to be served as {kind}", str(cause)) from cause


def _word_list(words: object) -> list[str] | None:
    if words is None:
        return None
    if not isinstance(words, Iterable):
        raise TypeError(f"{type(words).__name__} is no list of words")
    return [text(word) for word in words]


def texts(values: Sequence[object]) -> ExtensionArray:
    """The texts as an array of the schema's text dtype, without NUL and without half surrogate pairs."""
    try:
        array = pa.array(values, pa.string())
    except UnicodeEncodeError:
        array = pa.array([text(value) if isinstance(value, str) else value for value in values], pa.string())
    if _holds_nul(array):
        array = pc.replace_substring(array, "\0", "")
    return from_arrow("str", array)


def _holds_nul(array: pa.StringArray | pa.ChunkedArray) -> bool:
    # Arrow's own search takes twenty times as long for long texts. Above 2 GB of text Arrow makes several pieces.
    return any(map(_piece_holds_nul, array.chunks if isinstance(array, pa.ChunkedArray) else (array,)))


def _piece_holds_nul(array: pa.StringArray) -> bool:
    _, offsets, data = array.buffers()
    if not len(array) or data is None:
        return False
    places = np.frombuffer(offsets, "int32", count=array.offset + len(array) + 1)
    return not np.frombuffer(data, "uint8", count=places[-1])[places[array.offset] :].all()


def text(value: str) -> str:
    """One text without NUL and without half surrogate pairs.

    >>> text("a\\0b")
    'ab'
    """
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "")


def instants(values: Sequence[object]) -> ExtensionArray:
    """The instants in UTC, from ISO 8601 with an offset, or from Gerrit's form, which is UTC without an offset.

    An old Launchpad sometimes leaves out the offset: that is UTC too.
    """
    array = pa.array(values, pa.string())
    offset = pc.match_substring_regex(array, r"(Z|[+-]\d\d:?\d\d)$")
    if not pc.any(offset).as_py():
        array = pc.utf8_slice_codeunits(array, 0, MICROSECONDS).cast(pa.timestamp("us"))
    elif not pc.all(offset).as_py():
        array = pc.if_else(offset, array, pc.binary_join_element_wise(array, "Z", ""))
    return from_arrow("time", array.cast(pa.timestamp("us", "UTC")))


def last_part(link: str | None) -> str | None:
    """The last part of a Launchpad link; None without a link and for a redacted one.

    >>> last_part("https://api.launchpad.net/devel/~casey-example")
    'casey-example'
    """
    if not link or link == REDACTED:
        return None
    return link.rstrip("/").rpartition("/")[2].removeprefix("~") or None


def groups(texts: "pd.Series[str]", pattern: str, *, holding: str = "") -> pd.DataFrame:
    """The named groups of the pattern's first match in each text that matches, under the texts' index; RE2 syntax.

    `holding` is a plain text that every match contains: texts without it are not searched, which is many times faster.
    """
    if holding:
        texts = texts[texts.str.contains(holding, regex=False)]
    read = arrow(texts)
    hit = pc.match_substring_regex(read, pattern)  # extracting the groups from a text costs more than searching it
    parts = pc.extract_regex(read.filter(hit), pattern)
    columns = {
        parts.type.field(place).name: from_arrow("str", pc.struct_field(parts, place))
        for place in range(parts.type.num_fields)
    }
    return pd.DataFrame(columns, index=texts.index[hit.to_numpy(zero_copy_only=False).astype(bool)])


def holds(texts: "pd.Series[str]", pattern: str) -> "pd.Series[bool]":
    """Whether each text holds a match of the pattern, in RE2 syntax; False where the text is NA.

    pandas hands a pattern with flags or `\\s` to Python's `re`, which takes ten times as long.
    """
    pieces = pa.chunked_array(pa.array(texts))  # as they are: one array would be a copy of all texts
    hit = pc.fill_null(pc.match_substring_regex(pieces, pattern), False)
    return pd.Series(hit.to_numpy(zero_copy_only=False).astype(bool), index=texts.index)


def arrow(column: "pd.Series[str]") -> pa.Array:
    """A text column as one Arrow array."""
    return pa.chunked_array(pa.array(column)).combine_chunks()
