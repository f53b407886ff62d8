"""The few numbers that open a page."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.figures.html import UNKNOWN, link, safe
from analysis.figures.table import DATA, Table


@dataclass(frozen=True)
class Facts:
    """What `figures.facts` returns."""

    name: str
    frame: pd.DataFrame

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        return {"text/plain": f"{len(self.frame)} facts", "text/html": self.html(), DATA: self.data()}

    def html(self) -> str:
        """A definition list: what it is, its value, and what it counts."""
        rows = self.frame.reindex(columns=["fact", "n", "text", "unit", "note", "fact_page"]).itertuples(index=False)
        return f'<dl class="facts">{"".join(_fact(*row) for row in rows)}</dl>'

    def data(self) -> dict[str, Any]:
        """The same as plain values."""
        return Table(self.name, "Facts", self.frame).data()


def facts(frame: pd.DataFrame, *, name: str = "facts") -> Facts:
    """The rows of a facts table as cards: the text if there is one, else the number, else "unknown"."""
    return Facts(name, frame)


def _fact(fact: Any, n: Any, text: Any, unit: Any, note: Any, page: Any) -> str:
    value = safe(text) if pd.notna(text) else UNKNOWN if pd.isna(n) else _number(n)
    suffix = f' <span class="unit">{safe(unit)}</span>' if pd.isna(text) and pd.notna(n) and pd.notna(unit) else ""
    size = "words" if pd.notna(text) else "number"
    value = link(page, value)
    return f'<div><dt>{safe(fact)}</dt><dd class="{size}">{value}{suffix}</dd><dd class="note">{safe(note)}</dd></div>'


def _number(n: float) -> str:
    return f"{n:,.0f}" if float(n).is_integer() or n >= 10 else f"{n:.1f}"
