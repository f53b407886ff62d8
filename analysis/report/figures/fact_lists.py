"""The list of facts at the top of a page."""

from dataclasses import dataclass

import pandas as pd

from analysis.report.figures.html import UNKNOWN, is_unknown, link, safe
from analysis.report.figures.html_table import Table
from analysis.report.output_data import DATA, TableData

# The columns of a number's earlier values, and how long ago each is.
PAST = {"week_ago": "week", "month_ago": "4 weeks", "quarter_ago": "13 weeks"}
MINUS = "\u2212"
NOT_WORSE = '<span class="good" title="not worse than then">✓<span class="hidden"> not worse</span></span>'


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
        past = [self._past(place) for place in range(len(self.frame))]
        cards = (_fact(*row, past=words) for row, words in zip(rows, past, strict=True))
        return f'<dl class="facts">{"".join(cards)}</dl>'

    def _past(self, place: int) -> str:
        """The change of the number over each span of PAST, with a mark if it is not worse; empty without a past."""
        row = self.frame.iloc[place]
        if "better" not in self.frame or is_unknown(row["better"]):
            return ""
        if all(is_unknown(row[name]) for name in PAST):
            return f"before: {UNKNOWN}"
        return " · ".join(_change(row["n"], row[name], words, row["better"]) for name, words in PAST.items())

    def data(self) -> TableData:
        """The same as plain values."""
        return Table(self.name, "Facts", self.frame).data()


def fact_list(frame: pd.DataFrame, *, name: str = "facts") -> FactList:
    """The rows of a table of facts as cards: the text if there is one, else the number, else "unknown"."""
    return FactList(name, frame)


def _fact(fact: str, n: object, text: object, unit: object, note: str, page: object, *, past: str = "") -> str:
    number = _number(n) if isinstance(n, int | float) and not is_unknown(n) else ""
    value = link(page, (number or UNKNOWN) if is_unknown(text) else safe(text))
    has_unit = is_unknown(text) and number and not is_unknown(unit)
    suffix = f' <span class="unit">{safe(unit)}</span>' if has_unit else ""
    size = "number" if is_unknown(text) else "words"
    before = f'<dd class="past">{past}</dd>' if past else ""
    note = f'<dd class="note">{safe(note)}</dd>'
    return f'<div><dt>{safe(fact)}</dt><dd class="{size}">{value}{suffix}</dd>{before}{note}</div>'


def _change(now: object, then: object, span: str, better: str) -> str:
    if is_unknown(now) or is_unknown(then) or not isinstance(now, int | float) or not isinstance(then, int | float):
        return f'<span>{span} <span class="unknown">unknown</span></span>'
    change = now - then
    words = f"{change:+,.0f}".replace("-", MINUS) if change else "±0"
    is_worse = change > 0 if better == "lower" else change < 0
    return f"<span>{span} {words}{'' if is_worse or not better else NOT_WORSE}</span>"


def _number(n: float) -> str:
    return f"{n:,.0f}" if float(n).is_integer() or n >= 10 else f"{n:.1f}"
