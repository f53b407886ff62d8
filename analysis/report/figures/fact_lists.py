"""The few numbers that open a page."""

from dataclasses import dataclass

import pandas as pd

from analysis.report.figures.html import UNKNOWN, is_unknown, link, safe
from analysis.report.figures.html_table import Table
from analysis.report.output_data import DATA, TableData


@dataclass(frozen=True)
class FactList:
    """What `figures.fact_list` returns."""

    name: str
    frame: pd.DataFrame

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        return {"text/plain": f"{len(self.frame)} facts", "text/html": self.html(), DATA: self.data()}

    def html(self) -> str:
        """A definition list: what it is, its value, and what it counts."""
        rows = self.frame.reindex(columns=["fact", "n", "text", "unit", "note", "fact_page"]).itertuples(index=False)
        return f'<dl class="facts">{"".join(_fact(*row) for row in rows)}</dl>'

    def data(self) -> TableData:
        """The same as plain values."""
        return Table(self.name, "Facts", self.frame).data()


def fact_list(frame: pd.DataFrame, *, name: str = "facts") -> FactList:
    """The rows of a facts table as cards: the text if there is one, else the number, else "unknown"."""
    return FactList(name, frame)


def _fact(fact: str, n: object, text: object, unit: object, note: str, page: object) -> str:
    number = _number(n) if isinstance(n, int | float) and not is_unknown(n) else ""
    value = link(page, (number or UNKNOWN) if is_unknown(text) else safe(text))
    has_unit = is_unknown(text) and number and not is_unknown(unit)
    suffix = f' <span class="unit">{safe(unit)}</span>' if has_unit else ""
    size = "number" if is_unknown(text) else "words"
    return f'<div><dt>{safe(fact)}</dt><dd class="{size}">{value}{suffix}</dd><dd class="note">{safe(note)}</dd></div>'


def _number(n: float) -> str:
    return f"{n:,.0f}" if float(n).is_integer() or n >= 10 else f"{n:.1f}"
