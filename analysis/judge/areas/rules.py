"""Matches one rule against one column, looking at each distinct value once, without a loop over rows."""

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

Places = npt.NDArray[np.int64]


def matches(values: pd.Series, patterns: Sequence[str]) -> tuple[Places, Places]:
    """The pairs of patterns and values that match: positions of the patterns, and rows of the values.

    Both count from 0. NA never matches. Equal values are matched once: a million file paths have some thousand distinct
    ones.
    """
    if values.empty:  # PyArrow 21 cannot combine the chunks of a dictionary that has none
        return np.empty(0, "int64"), np.empty(0, "int64")
    encoded = pa.array(values).dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    hits = [pc.indices_nonzero(pc.match_substring_regex(encoded.dictionary, one)).to_numpy() for one in patterns]
    sizes = [len(hit) for hit in hits]
    code_matches = pd.DataFrame(
        {
            "position": np.repeat(np.arange(len(hits)), sizes),
            "code": np.concatenate([np.empty(0, "int64"), *hits]).astype("int64"),
        }
    )
    rows = pd.DataFrame({"code": encoded.indices.fill_null(-1).to_numpy(), "row": np.arange(len(values))})
    # most values match no pattern: they are removed before the join
    rows = rows[rows["code"].isin(code_matches["code"])].astype({"code": "int64"})
    joined = code_matches.merge(rows, on="code", validate="many_to_many")
    return joined["position"].to_numpy("int64"), joined["row"].to_numpy("int64")


def glob(pattern: str) -> str:
    """A glob as a regular expression for whole paths: `**` crosses folders, `*` and `?` do not.

    >>> glob("nova/scheduler/**")
    '^nova/scheduler/.*$'
    """
    body = "".join(_GLOB.get(part, re.escape(part)) for part in re.split(r"(\*\*|\*|\?)", pattern))
    return f"^{body}$"


_GLOB = {"**": ".*", "*": "[^/]*", "?": "[^/]"}


def wildcard(pattern: str) -> str:
    """A name with `*` for anything, as a regular expression; letter case does not matter.

    >>> wildcard("bp/*quota*")
    '(?i)^bp/.*quota.*$'
    """
    return f"(?i)^{'.*'.join(re.escape(part) for part in pattern.split('*'))}$"


def word(phrase: str) -> str:
    """A word or phrase as a regular expression: whole words, any case, any blanks; a final `*` matches any ending.

    >>> word("over quota")
    '(?i)(?:^|[^0-9A-Za-z])over[^0-9A-Za-z]+quota(?:[^0-9A-Za-z]|$)'
    """
    opened = phrase.endswith("*")
    body = "[^0-9A-Za-z]+".join(re.escape(part) for part in re.split(r"[\s_-]+", phrase.rstrip("*").strip()))
    return f"(?i)(?:^|[^0-9A-Za-z]){body}{'' if opened else '(?:[^0-9A-Za-z]|$)'}"
