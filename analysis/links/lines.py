"""The lines of commit messages that name a bug: everything the footer parsers look at, and nothing else."""

from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analysis.schema.table import PANDAS

# A line without one of these words cannot be about a Launchpad bug; most lines end here, so it is a cheap search.
ABOUT_A_BUG = r"(?i)bug|\blp\b|launchpad"
NUMBER_OR_FOOTER = r"(?i)[0-9]|^\s*[a-z]+-+bugs?\s*:"
# Longer lines are logs and tables; no footer is one, and a hostile message must not cost minutes.
LONGEST = 400


def named(deeds: pd.DataFrame) -> pd.DataFrame:
    """The lines that speak of a bug and hold a number, or look like a footer without one, in order.

    Parameters
    ----------
    deeds : DataFrame
        kind, ref, message: changes and commits.

    Returns
    -------
    DataFrame
        kind, ref, line_number (from 0: the subject), line, before (the line above; "" above the subject).
    """
    lines = split(deeds)
    line = arrow(lines["line"])
    about = pc.match_substring_regex(line, ABOUT_A_BUG).to_numpy(zero_copy_only=False)
    lines = lines[about]
    wanted = pc.match_substring_regex(arrow(lines["line"]), NUMBER_OR_FOOTER)
    return pd.DataFrame(lines[wanted.to_numpy(zero_copy_only=False)]).reset_index(drop=True)


def split(deeds: pd.DataFrame) -> pd.DataFrame:
    """Every line of the known messages: kind, ref, line_number, line and the line before it."""
    known = deeds.loc[deeds["message"].notna(), ["kind", "ref", "message"]]
    parts = pc.split_pattern(arrow(known["message"]), "\n")
    owner = pc.list_parent_indices(parts).to_numpy()
    line = pc.utf8_slice_codeunits(pc.utf8_rtrim_whitespace(pc.list_flatten(parts)), 0, LONGEST)
    frame = known[["kind", "ref"]].take(owner).reset_index(drop=True)
    frame = frame.assign(line=PANDAS["str"].__from_arrow__(line), owner=owner)
    number = frame.groupby("owner").cumcount()
    before = frame["line"].shift(fill_value="").mask(number == 0, "")
    return frame.assign(line_number=number, before=before).drop(columns="owner")


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
