"""The lines of commit messages that are worth parsing, selected without making a row of every line.

A million messages have twenty million lines, of which one in thirty names a bug. So messages are split and searched as
Arrow arrays, some thousand at a time, and only matching lines become rows.
"""

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analysis.tables.records import arrow
from analysis.tables.schema.table import from_arrow

# Longer lines are logs and tables, never a footer, and a hostile message must not cost minutes.
LONGEST = 400
BATCH = 20_000
# What may come before a footer: blanks, quotation and list marks, and a word in brackets.
START = r"(?i)^[\s>*(-]*(?:\[[^\]]{1,40}\]:?\s*)?"
# A line without one of these words names neither a bug nor a blueprint. Most lines are dropped here, before any form of
# `footers.FORMS` or `blueprints` is tried. A form with another word needs that word here, too.
ABOUT = r"(?i)bug|\blp\b|launchpad|blueprint|\bbp\b|^\s*(?:clos|fix|resolv)[a-z]*\s*:?\s*#?[0-9]"


def candidate_lines(changes_and_commits: pd.DataFrame) -> pd.DataFrame:
    """The lines that may name a bug or a blueprint, in order.

    Parameters
    ----------
    changes_and_commits : DataFrame
        kind, ref, message: changes and commits.

    Returns
    -------
    DataFrame
        kind, ref, line_number (0 is the subject), line, before (the line above; "" above the subject).
    """
    messages = changes_and_commits.loc[changes_and_commits["message"].notna(), ["kind", "ref", "message"]]
    batches = [
        _lines_in_batch(messages.iloc[start : start + BATCH]) for start in range(0, max(len(messages), 1), BATCH)
    ]
    return pd.concat(batches, ignore_index=True)


def _lines_in_batch(messages: pd.DataFrame) -> pd.DataFrame:
    parts = pc.split_pattern(arrow(messages["message"]), "\n")
    every = pc.list_flatten(parts)
    place = pc.indices_nonzero(pc.match_substring_regex(every, ABOUT))
    owner = pc.list_parent_indices(parts).take(place)
    number = pc.subtract(place.cast(pa.int64()), parts.offsets.take(owner))
    above = pc.if_else(pc.equal(number, 0), None, pc.subtract(place.cast(pa.int64()), 1))
    frame = messages[["kind", "ref"]].take(owner.to_numpy()).reset_index(drop=True)
    return frame.assign(
        line_number=number.to_numpy(),
        line=from_arrow("str", pc.utf8_rtrim_whitespace(_cut(every.take(place)))),
        before=from_arrow("str", pc.fill_null(pc.utf8_trim_whitespace(_cut(every.take(above))), "")),
    )


def _cut(lines: pa.Array) -> pa.Array:
    return pc.utf8_slice_codeunits(lines, 0, LONGEST)
