"""The few facts that open a page, as a table."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass

import pandas as pd

from analysis import schema


@dataclass(frozen=True, slots=True)
class Fact:
    """What is said, and what it counts; its value is `text` if there is one, else `n` in `unit`, NA if unknown."""

    fact: str
    note: str
    n: object = pd.NA
    text: object = pd.NA
    unit: object = pd.NA


def facts_frame(facts: Sequence[Fact], *, pages: Mapping[str, str] | None = None) -> pd.DataFrame:
    """One row per fact: `fact`, `n` (NA = unknown), `text`, `unit`, `note`, `fact_page`.

    `pages` maps a fact to the page, or the part of one, on which it is a list.
    """
    text = schema.AREAS.dtypes["title"]
    found = pd.DataFrame([astuple(each) for each in facts], columns=list(Fact.__dataclass_fields__))
    found["fact_page"] = found["fact"].map(dict(pages or {}))
    found = found[["fact", "n", "text", "unit", "note", "fact_page"]]
    return found.astype({"fact": text, "n": "Float64", "text": text, "unit": text, "note": text, "fact_page": text})
