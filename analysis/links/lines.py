"""The lines of commit messages that are worth parsing, found without making a row of every line.

A million messages are twenty million lines, and one in thirty names a bug: so messages are split and searched as Arrow
arrays, some thousand at a time, and only the lines that are found become rows.
"""

from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analysis.schema.table import PANDAS

# Longer lines are logs and tables; no footer is one, and a hostile message must not cost minutes.
LONGEST = 400
BATCH = 20_000
COLUMNS = ["kind", "ref", "line_number", "line", "before"]


def search(deeds: pd.DataFrame, pattern: str) -> pd.DataFrame:
    """The lines that match, in order.

    Parameters
    ----------
    deeds : DataFrame
        kind, ref, message: changes and commits.
    pattern : str
        RE2 syntax, searched in each line.

    Returns
    -------
    DataFrame
        kind, ref, line_number (0 is the subject), line, before (the line above; "" above the subject).
    """
    known = deeds.loc[deeds["message"].notna(), ["kind", "ref", "message"]]
    batches = [_searched(known.iloc[start : start + BATCH], pattern) for start in range(0, max(len(known), 1), BATCH)]
    return pd.concat(batches, ignore_index=True)


def groups(texts: "pd.Series[str]", pattern: str) -> pd.DataFrame:
    """The named groups of the pattern's first match in each text that matches, under the texts' index; RE2 syntax."""
    found = pc.extract_regex(arrow(texts), pattern)
    hit = pc.is_valid(found)
    parts = found.filter(hit)
    columns = {
        parts.type.field(place).name: PANDAS["str"].__from_arrow__(pc.struct_field(parts, place))
        for place in range(parts.type.num_fields)
    }
    return pd.DataFrame(columns, index=texts.index[hit.to_numpy(zero_copy_only=False)])


def arrow(column: "pd.Series[str]") -> Any:
    """A text column as one Arrow array."""
    return pa.chunked_array(pa.array(column)).combine_chunks()


def _searched(known: pd.DataFrame, pattern: str) -> pd.DataFrame:
    parts = pc.split_pattern(arrow(known["message"]), "\n")
    every = pc.utf8_slice_codeunits(pc.list_flatten(parts), 0, LONGEST)
    place = pc.indices_nonzero(pc.match_substring_regex(every, pattern))
    owner = pc.list_parent_indices(parts).take(place)
    number = pc.subtract(place.cast(pa.int64()), parts.offsets.take(owner))
    above = pc.if_else(pc.equal(number, 0), None, pc.subtract(place.cast(pa.int64()), 1))
    return (
        known[["kind", "ref"]]
        .take(owner.to_numpy())
        .reset_index(drop=True)
        .assign(
            line_number=number.to_numpy(),
            line=PANDAS["str"].__from_arrow__(pc.utf8_rtrim_whitespace(every.take(place))),
            before=PANDAS["str"].__from_arrow__(pc.fill_null(pc.utf8_trim_whitespace(every.take(above)), "")),
        )
    )
