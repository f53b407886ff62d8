"""A table of a report: HTML for readers, and its data for programs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from analysis.report.figures import html
from analysis.report.figures.columns import Look, is_address, label_and_unit, look
from analysis.report.figures.html import UNKNOWN, breakable, is_unknown, link, linked, safe, together
from analysis.report.output_data import DATA, ROWS, ColumnData, RowsData, TableData
from analysis.tables.counts import counted

MOST_ROWS = 1000  # that a reader can page through
MOST_INLINE = 50  # rows in the page itself; its script adds the rest from a file beside it
LEAST_CONSTANT = 10  # a table with so many rows leaves out columns with a single value
NONE = '<span class="none">none</span>'
LINES = ("trend", "history")  # forms of a list of counts that is drawn
MOST_CARD = 3  # columns of a card on a telephone; a wider table of numbers is shown as lines instead


@dataclass(frozen=True)
class Table:
    """The result of `figures.table`; a notebook shows it, and `pages` reads `data()` from its output."""

    name: str
    caption: str
    frame: pd.DataFrame
    none_where: Mapping[str, str] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    empty: str = "Nothing to show."
    n_inline: int = MOST_INLINE

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        return {
            "text/plain": f"{self.caption}: {counted(len(self.frame), 'row')}",
            "text/html": self.html(),
            DATA: self.data(),
            **self.rows_bundle(),
        }

    def rows_bundle(self) -> dict[str, RowsData]:
        """The rows after `n_inline` for the output of a notebook; empty if there are none."""
        rest = self._rows[self.n_inline :]
        return {ROWS: {"name": self.name, "html": "\n".join(rest)}} if rest else {}

    def html(self) -> str:
        """The table as HTML, at most `n_inline` rows of it, every cell escaped."""
        if self.frame.empty:
            return (
                f'<p class="empty" id="{safe(self.name)}"><strong>{safe(self.caption)}.</strong> {safe(self.empty)}</p>'
            )
        columns = self._columns
        head = "".join(_heading(name, column) for name, column in columns.items())
        forms = [column.form for column in columns.values()]
        is_counts = len(forms) > MOST_CARD and set(forms[1:]) == {"number"}
        classes = f"data columns-{len(columns)}" + (" counts" if is_counts else "")
        body = "\n".join(self._rows[: self.n_inline])
        return (
            f'<div class="table" id="{safe(self.name)}"><table class="{classes}" data-rows="{len(self.frame)}">'
            f"<caption>{safe(self.caption)}{self._constant_text()}</caption>"
            f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table>{self._cut()}</div>"
        )

    @cached_property
    def _parts(self) -> tuple[dict[str, Look], dict[str, list[str]]]:
        """The look of each column and its cells as HTML, for the rows that a reader can reach."""
        rows = self.frame.head(MOST_ROWS)
        looks = {
            str(name): look(str(name), is_number=_is_number(rows[name]), is_list=_is_list(rows[name]))
            for name in rows
            if not is_address(str(name)) and name not in self.hidden
        }
        return looks, {name: self._cells(rows, name, column) for name, column in looks.items()}

    @property
    def _constant(self) -> list[str]:
        """Columns with the same value in each of many rows, or with unknown values only.

        Said once, they leave their width to the others.
        """
        looks, cells = self._parts
        is_many = LEAST_CONSTANT <= len(self.frame) <= MOST_ROWS
        same = {name for name in list(looks)[1:] if looks[name].form not in LINES and len(set(cells[name])) == 1}
        is_unknown = {name for name in same if len(self.frame) > 1 and _inner(cells[name][0]) == UNKNOWN}
        return [name for name in looks if name in (same if is_many else is_unknown)]

    @property
    def _columns(self) -> dict[str, Look]:
        """The look of each shown column."""
        return {name: column for name, column in self._parts[0].items() if name not in self._constant}

    @cached_property
    def _rows(self) -> list[str]:
        """Each row that a reader can reach, as HTML."""
        cells = [self._parts[1][name] for name in self._columns]
        return [f"<tr>{''.join(row)}</tr>" for row in zip(*cells, strict=True)]

    def _constant_text(self) -> str:
        looks, cells = self._parts
        constants = [f"{safe(looks[name].label)}: {_inner(cells[name][0])}" for name in self._constant]
        return f' <span class="constant">In every row: {"; ".join(constants)}</span>' if constants else ""

    def cells_frame(self) -> pd.DataFrame:
        """Every row for JupyterLab: plain numbers, so that they sort; text escaped, with links as HTML."""
        cells = {}
        for name in self.frame:
            column = look(str(name), is_number=_is_number(self.frame[name]), is_list=_is_list(self.frame[name]))
            if is_address(str(name)) or name in self.hidden:
                continue
            is_plain = column.form in ("number", "days", "share") and column.address not in self.frame
            label = f"{column.label}, {column.unit}" if column.form == "days" else column.label
            cells[label] = (
                self.frame[name] if is_plain else [_inner(cell) for cell in self._cells(self.frame, str(name), column)]
            )
        frame = pd.DataFrame(cells, index=range(len(self.frame)))
        return frame.astype(object).where(frame.notna(), None)

    def data(self) -> TableData:
        """The table as plain values: every row, with addresses, times in ISO 8601, unknown as null."""
        return {
            "name": self.name,
            "caption": self.caption,
            "columns": [_column_data(str(name)) for name in self.frame],
            "rows": [list(row) for row in zip(*(_plain(self.frame[name]) for name in self.frame), strict=True)],
        }

    def _cut(self) -> str:
        """The number of rows here and in all; the page's script updates it after adding the other rows."""
        if len(self.frame) <= self.n_inline:
            return ""
        return f'<p class="cut">The first {self.n_inline:,} of {len(self.frame):,} rows; the files beside hold all.</p>'

    def _cells(self, frame: pd.DataFrame, name: str, column: Look) -> list[str]:
        values = frame[name].tolist()
        leads = frame[column.address].tolist() if column.address in frame else [pd.NA] * len(values)
        zero = (
            frame[self.none_where[name]].eq(0).fillna(False).tolist()
            if name in self.none_where
            else [False] * len(values)
        )
        order = _order(values, column)
        totals = frame[column.total].tolist() if column.total in frame else [pd.NA] * len(values)
        return [
            _cell(value, column, address=address, is_none=is_none, order=order, total=total)
            for value, address, is_none, total in zip(values, leads, zero, totals, strict=True)
        ]


def table(
    frame: pd.DataFrame,
    *,
    name: str,
    caption: str,
    columns: list[str] | None = None,
    none_where: Mapping[str, str] | None = None,
    unless_zero: Sequence[str] = (),
    beside: Sequence[str] = (),
    empty: str = "Nothing to show.",
) -> Table:
    """The frame as a table of a report.

    Unknown values read "unknown". `none_where={"oldest_days": "n_waiting"}` means that if n_waiting is 0, the cell of
    oldest_days reads "none". `columns` selects and orders the columns; their addresses are included. The columns of
    `beside` are in the files but not on the page, and so are those of `unless_zero` if they are 0 in every row. `empty`
    is the sentence for a table without rows.
    """
    none_where = none_where or {}
    every = [name for name in frame if not is_address(str(name)) and name not in beside]
    visible = every if columns is None else columns
    hidden = (frozenset(none_where.values()) | set(beside)) - set(visible)
    hidden |= {name for name in unless_zero if frame[name].eq(0).all()}
    kept_columns = [*visible, *(name for name in frame if is_address(str(name))), *sorted(hidden - set(visible))]
    return Table(name, caption, frame[kept_columns], none_where, hidden, empty)


def _heading(name: str, column: Look) -> str:
    choice = " data-choose" if column.is_choice else ""
    means = f' data-means="{safe(column.meaning)}"' if column.meaning else ""
    return f'<th scope="col" class="{column.form}" data-column="{safe(name)}"{choice}{means}>{safe(column.label)}</th>'


def _cell(
    value: object, column: Look, *, address: object, is_none: bool, order: Callable[[object], str], total: object
) -> str:
    kind = f'class="{column.form}"'
    if isinstance(value, list):
        return (
            html.trend_cell(value, kind, has_change=column.form == "trend")
            if column.form in LINES
            else f"<td {kind}>{_words(value, column, address, total)}</td>"
        )
    if is_unknown(value):
        absent = f'<span class="none">{safe(column.absent)}</span>' if column.absent else NONE if is_none else UNKNOWN
        return f"<td {kind}{order(value)}>{absent}</td>"
    zero = kind.replace("number", "number zero", 1) if column.form == "number" and value == 0 else kind
    if column.form == "sentence" and isinstance(address, list):
        return f"<td {kind}>{html.sentence_cell(str(value), address, most=column.letters)}</td>"
    text = _text(value, column)
    led = linked(text, address) if isinstance(address, list) else link(address, text)
    return f"<td {zero}{order(value)}>{led}</td>"


def _order(values: Sequence[object], column: Look) -> Callable[[object], str]:
    """The attribute by which a cell of the column sorts; empty if its text is enough, as for small numbers and dates.

    Either all cells of a column have it or none: the script that sorts looks at the first one.
    """
    if column.order:
        return lambda value: f' data-order="{column.order.get(str(value), len(column.order))}"'
    is_plain = column.form == "number" and all(_text(value, column) == str(value) for value in values)
    if column.form not in ("number", "days", "share") or is_plain:
        return lambda value: ""
    return lambda value: f' data-order="{-1 if is_unknown(value) else safe(value)}"'


def _column_data(name: str) -> ColumnData:
    label, unit = label_and_unit(name)
    return {"name": name, "label": label, "unit": unit}


def _inner(cell: str) -> str:
    """The content of a cell, without the cell element."""
    return cell[cell.index(">") + 1 : -len("</td>")]


def _is_number(values: pd.Series) -> bool:
    return is_numeric_dtype(values) and not is_bool_dtype(values)


def _is_list(values: pd.Series) -> bool:
    return any(isinstance(value, list) for value in values.tolist())


def _words(values: list[object], column: Look, addresses: object, total: object) -> str:
    if column.form == "list" and column.address.endswith("_urls") and isinstance(addresses, list):
        return linked(safe(", ".join(map(str, values))), addresses) or NONE
    if column.form == "list" and isinstance(addresses, list):
        return together(", ".join(link(to, safe(value)) for value, to in zip(values, addresses, strict=True))) or NONE
    if column.form == "list":
        return safe(", ".join(map(str, values))) if values else NONE
    parts = [f"<span>{safe(value)}</span>" for value in values]
    if not parts:
        return NONE
    return _folded(parts, total) if column.form == "folded" else "".join(parts)


def _folded(parts: list[str], total: object) -> str:
    """The sum and the first part, with the others in an element that the browser unfolds without a script."""
    first = parts[0]
    if isinstance(total, int | float) and not is_unknown(total):
        first = f'<span class="total">{counted(total, "point")}:</span> {first}'
    if len(parts) == 1:
        return first
    more = f'<span class="more">and {len(parts) - 1} more</span>'
    return f"<details><summary>{first} {more}</summary>{''.join(parts[1:])}</details>"


def _text(value: object, column: Look) -> str:
    match column.form:
        case "days" if isinstance(value, int | float):
            return f"{value:,.0f} d" if value >= 10 else f"{value:.1f} d"
        case "share" if isinstance(value, int | float):
            return f"{value:.0%}"
        case "time" if isinstance(value, date):
            return f"{value:%Y-%m-%d}"
        case "instant" if isinstance(value, datetime):
            return f"{value:%Y-%m-%d %H:%M}"
        case "word":
            return safe(_in_words(str(value), column.words)).replace("_", " ")
        case _ if isinstance(value, bool):
            return "yes" if value else "no"
        case "number" if isinstance(value, int | float) and not column.is_identifier:
            return f"{value:,}" if isinstance(value, int) else f"{value:,.{column.digits}f}"
        case "text":
            return breakable(safe(value, most=column.letters))
        case _:
            return safe(value, most=column.letters)


def _in_words(value: str, words: Mapping[str, str]) -> str:
    """The value in the words of the column; the number of a change may stand behind the value.

    >>> _in_words("waiting 7", {"waiting": "in review"})
    'in review 7'
    """
    name, blank, number = value.partition(" ")
    return words.get(name, name) + blank + number if not number or number.isdecimal() else words.get(value, value)


def _plain(values: pd.Series) -> list[object]:
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        return [None if pd.isna(value) else value.isoformat() for value in values]
    return [value if isinstance(value, list) else None if pd.isna(value) else value for value in values.tolist()]
