"""The list of facts at the top of a page."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import pandas as pd

from analysis.report.figures.html import MINUS, UNKNOWN, is_unknown, link, safe
from analysis.report.figures.html_table import Table
from analysis.report.output_data import DATA, TableData
from analysis.tables.counts import unit_of

# The columns with earlier values of a number, and how long ago they were.
PAST = {"week_ago": "week", "month_ago": "4 weeks", "quarter_ago": "13 weeks", "year_ago": "year"}
KEY = "Below a figure: its change since 1, 4, 13 and 52 weeks before. ✓: not worse than then."
NO_PAST = "What these figures were before is unknown."
NOT_WORSE = '<span class="good" title="not worse than then">✓<span class="hidden"> not worse</span></span>'


@dataclass(frozen=True)
class FactList:
    """What `figures.fact_list` returns."""

    name: str
    frame: pd.DataFrame
    has_key: bool = True

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        return {"text/plain": f"{len(self.frame)} facts", "text/html": self.html(), DATA: self.data()}

    def html(self) -> str:
        """A definition list: what it is, its value, and what it counts."""
        rows = self.frame.reindex(columns=["fact", "n", "text", "unit", "note", "fact_page"]).itertuples(index=False)
        past = [self._past(place) for place in range(len(self.frame))]
        cards = (_fact(*row, past=words) for row, words in zip(rows, past, strict=True))
        return f'<dl class="facts">{"".join(cards)}</dl>{self._key()}'

    def _key(self) -> str:
        """The caption of the earlier values, once for all figures; empty if no figure has any."""
        if not any(self._has_past(place) for place in range(len(self.frame))):
            return ""
        words = NO_PAST if not self._knows_past else KEY if self.has_key else ""
        return f'<p class="key">{words}</p>' if words else ""

    def _has_past(self, place: int) -> bool:
        return "better" in self.frame and not is_unknown(self.frame.iloc[place]["better"])

    @property
    def _knows_past(self) -> bool:
        """Whether any figure has a known earlier value."""
        return "better" in self.frame and bool(self.frame[list(PAST)].notna().any(axis=None))

    def _past(self, place: int) -> str:
        """The change of the number over each span of PAST, with a mark if it is not worse; empty without a past."""
        if not self._has_past(place) or not self._knows_past:
            return ""
        row = self.frame.iloc[place]
        changes = {words: change(row["n"], row[name]) for name, words in PAST.items()}
        of_spans = [_span(words, by, row["better"]) for words, by in changes.items() if by is not None]
        unknown = [words for words, by in changes.items() if by is None]
        if unknown:
            spans = ", ".join(unknown) if of_spans else "before"
            of_spans.append(f'<span class="unknown">{spans}: unknown</span>')
        return " · ".join(of_spans)

    def data(self) -> TableData:
        """The list as plain values."""
        return Table(self.name, "Facts", self.frame).data()


def fact_list(frame: pd.DataFrame, *, name: str = "facts", has_key: bool = True) -> FactList:
    """The rows of a facts table as cards: the text if there is one, else the number, else "unknown".

    `has_key=False` leaves out what the changes below the figures are, where the page says it.
    """
    return FactList(name, frame, has_key)


def _fact(fact: str, n: object, text: object, unit: object, note: str, page: object, *, past: str = "") -> str:
    number = _number(n) if isinstance(n, int | float) and not is_unknown(n) else ""
    value = link(page, (number or UNKNOWN) if is_unknown(text) else safe(text))
    has_unit = is_unknown(text) and number and not is_unknown(unit)
    suffix = f' <span class="unit">{safe(unit_of(number, str(unit)))}</span>' if has_unit else ""
    size = "number" if is_unknown(text) else "words"
    before = f'<dd class="past">{past}</dd>' if past else ""
    note = f'<dd class="note">{safe(note)}</dd>'
    return f'<div><dt>{safe(fact)}</dt><dd class="{size}">{value}{suffix}</dd>{before}{note}</div>'


def change(now: object, then: object) -> float | None:
    """By how much a number changed; None where one of the two is unknown.

    >>> change(7, 9), change(7, None)
    (-2, None)
    """
    if is_unknown(now) or is_unknown(then) or not isinstance(now, int | float) or not isinstance(then, int | float):
        return None
    return now - then


def is_worse(by: float, better: str) -> bool:
    """Whether a change is for the worse; `better` is lower, higher, or empty if neither is.

    >>> is_worse(2, "lower"), is_worse(-2, "lower"), is_worse(2, "")
    (True, False, False)
    """
    return by > 0 if better == "lower" else by < 0 if better == "higher" else False


def in_words(by: float, *, minus: str = MINUS) -> str:
    """A change with its sign.

    >>> in_words(3), in_words(-3, minus="-"), in_words(0)
    ('+3', '-3', '±0')
    """
    return f"{by:+,.0f}".replace("-", minus) if by else "±0"


def changes_in_words(row: Mapping[Hashable, object], *, mark: str) -> list[str]:
    """A fact's number compared with each of PAST, as plain text: `mark` after what is not worse, ? if unknown.

    >>> changes_in_words({"n": 7, "week_ago": 9, "month_ago": 5, "better": "lower"}, mark="*")
    ['-2*', '+2', '?', '?']
    """
    better = row.get("better")
    changes = [change(row["n"], row.get(name)) for name in PAST]
    return [
        "?" if by is None else in_words(by, minus="-") + (mark if better and not is_worse(by, str(better)) else "")
        for by in changes
    ]


def _span(words: str, by: float, better: str) -> str:
    mark = NOT_WORSE if better and not is_worse(by, better) else ""
    return f"<span>{words} {in_words(by)}{mark}</span>"


def _number(n: float) -> str:
    return f"{n:,.0f}" if float(n).is_integer() or n >= 10 else f"{n:.1f}"
