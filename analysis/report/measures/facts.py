"""The facts at the top of a page, as a table."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass

import pandas as pd

from analysis.tables import schema

# The definition of a bug without a fix, for the note of each figure that counts them.
WITHOUT_FIX = (
    "no open change is known to fix them, other than by a person's comment, and no merged one closes them for good, "
    "or somebody says that it still fails"
)


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact and the meaning of its number; its value is `text` if there is one, else `n` in `unit`, NA if unknown."""

    fact: str
    note: str
    n: object = pd.NA
    text: object = pd.NA
    unit: object = pd.NA


def facts_frame(facts: Sequence[Fact], *, pages: Mapping[str, str] | None = None) -> pd.DataFrame:
    """One row per fact: `fact`, `n` (NA = unknown), `text`, `unit`, `note`, `fact_page`.

    `pages` maps a fact to the page, or the part of one, on which it is a list.
    """
    frame = pd.DataFrame([astuple(each) for each in facts], columns=list(Fact.__dataclass_fields__))
    frame["fact_page"] = frame["fact"].map(dict(pages or {}))
    frame = frame[["fact", "n", "text", "unit", "note", "fact_page"]]
    return frame.astype(dict.fromkeys(frame, schema.TEXT) | {"n": "Float64"})
