"""The base of all cards, which shows their facts."""

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from analysis.dataset.display import as_table, with_caption
from analysis.dataset.name_lookup import resolve_name
from analysis.errors import UsageError
from analysis.report import measures
from analysis.report.figures.html import is_unknown
from analysis.tables.counts import unit_of

if TYPE_CHECKING:
    from analysis.dataset.dataset import Dataset
    from analysis.report.figures import Table

MOST_ON_PAGE = 200  # rows of a table, so that a small page stays small


class Card:
    """The base of all cards: `table` has the facts; a notebook shows a card as that table."""

    title: str

    def __init__(self, nova: "Dataset") -> None:
        self.nova = nova

    @cached_property
    def table(self) -> pd.DataFrame:
        """The facts: fact, value."""
        rows = [(name, _text(value)) for name, value in self._facts().items()]
        return with_caption(pd.DataFrame(rows, columns=["fact", "value"], dtype="string"), "card", self.title)

    def _facts(self) -> dict[str, object]:
        raise NotImplementedError

    def _corrections(self, **ids: int) -> dict[str, object]:
        """The fact of what people corrected here; none where nobody did."""
        sentences = measures.corrected_because(self.nova.tables.corrections, **ids)
        return {"corrections": sentences} if sentences else {}

    def __repr__(self) -> str:
        wide = self.table["fact"].str.len().max()
        lines = [f"  {fact:<{wide}}  {value}" for fact, value in self.table.itertuples(index=False)]
        return "\n".join([self.title, *lines])

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        return {**as_table(self.table)._repr_mimebundle_(), "text/plain": repr(self)}


def fact_values(facts: pd.DataFrame) -> dict[str, object]:
    """The rows of a table of facts as name -> value: the text if there is one, else the number and its unit."""
    rows = facts[["fact", "n", "text", "unit"]].itertuples(index=False)
    return {
        fact: text if pd.notna(text) else pd.NA if pd.isna(n) else _with_unit(f"{n:,.0f}", unit)
        for fact, n, text, unit in rows
    }


def _with_unit(number: str, unit: object) -> str:
    return number if is_unknown(unit) else f"{number} {unit_of(number, str(unit))}"


def matching_number(typed: object, numbers: pd.Series, *, what: str) -> int:
    """The number that was typed, if it is one of these. Raises UsageError with similar ones."""
    text = str(typed).strip().lstrip("#")
    if text.isdecimal() and numbers.eq(int(text)).any():
        return int(text)
    try:
        resolve_name(text, numbers.astype("string").tolist(), what=what)
    except UsageError as cause:
        raise UsageError(expected=what, found=repr(typed)[:80], do=cause.do) from None
    raise UsageError(expected=what, found=repr(typed)[:80], do="give its number")


def _text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    if is_unknown(value):
        return "unknown"
    return f"{value:.1f}" if isinstance(value, float) else str(value)


def table_of_page(table: pd.DataFrame, *, most: int = MOST_ON_PAGE) -> "Table":
    """The first rows of a table, all of them in the page itself, because a small page has no files beside it."""
    first = table.head(most)
    first.attrs = dict(table.attrs)
    if len(table) > most:
        caption = table.attrs["caption"]
        more = f"{caption['caption']} (the first {most} of {len(table):,})"
        first.attrs = {"caption": {**caption, "caption": more}}
    return replace(as_table(first), n_inline=most)
