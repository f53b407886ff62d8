"""The display of a DataFrame of the dataset: as a page's table, or in JupyterLab with links, filters and sorting.

The DataFrame stays a plain one. Its caption is in `frame.attrs["caption"]`, which a formatter of IPython reads;
`analysis.open` installs the formatter. Without IPython this module does nothing.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from analysis.tables import schema
from analysis.tables.completeness import NO_SUBJECTS

if TYPE_CHECKING:
    from analysis.report.figures import Table

CAPTION, NOTE = "caption", "note"
LINK = "color: var(--jp-content-link-color, #1a5fb4); text-decoration: underline"
NOTEBOOK = "JPY_SESSION_NAME"  # Jupyter's server sets it for the kernels of people; papermill does not


def with_caption(
    frame: pd.DataFrame,
    name: str,
    caption: str,
    columns: Sequence[str] = (),
    *,
    empty: str = "Nothing to show.",
    none_where: Mapping[str, str] | None = None,
    beside: Sequence[str] = (),
    unless_zero: Sequence[str] = (),
    note: str = "",
) -> pd.DataFrame:
    """The frame with its caption; the arguments are those of `figures.table`.

    `frame.attrs["note"]` adds to the rows: why there are none, or the `note`, such as what is unknown about them.
    """
    shown_frame = frame.copy(deep=False)
    shown_frame.attrs = {
        CAPTION: {
            "name": name,
            "caption": caption,
            "columns": list(columns) or None,
            "empty": empty,
            "none_where": dict(none_where or {}),
            "beside": list(beside),
            "unless_zero": list(unless_zero),
        }
    }
    if {"change_number", "subject"} <= set(columns) and schema.lacks_subjects(frame):
        note = f"{note} {NO_SUBJECTS}".strip()
    note = note if len(frame) else empty
    shown_frame.attrs |= {NOTE: note} if note else {}
    return shown_frame


def as_table(frame: pd.DataFrame) -> "Table":
    """The frame as a table of a page. A frame that was changed after it left the dataset shows the columns it has."""
    from analysis.report import figures

    caption = dict(frame.attrs.get(CAPTION) or {"name": "table", "caption": f"{len(frame):,} rows"})
    if len(frame) and frame.attrs.get(NOTE):
        caption["caption"] = f"{caption['caption']}. {frame.attrs[NOTE]}"
    here = set(map(str, frame.columns))
    if caption.get("columns"):
        caption["columns"] = [name for name in caption["columns"] if name in here] or None
    caption["none_where"] = {k: v for k, v in caption.get("none_where", {}).items() if {k, v} <= here}
    for names in ("beside", "unless_zero"):
        caption[names] = [name for name in caption.get(names, ()) if name in here]
    plain = frame if isinstance(frame.index, pd.RangeIndex) else frame.reset_index()
    plain = plain.rename(columns=str)
    columns = caption.get("columns") or list(plain)
    if {"change_number", "subject"} <= set(columns):  # the number stands in its own column
        plain = schema.without_numbers(plain)
    return figures.table(plain, **caption)


def is_interactive() -> bool:
    """Whether a person is looking: in a notebook of a Jupyter server, not on a page that papermill makes."""
    return NOTEBOOK in os.environ


def install(roots: Mapping[str, str]) -> None:
    """Let IPython show DataFrames with links to these addresses; does nothing outside IPython."""
    if "IPython" not in sys.modules:
        return
    from IPython import get_ipython

    shell = get_ipython()
    if shell is not None:
        formatter = shell.display_formatter.mimebundle_formatter
        formatter.for_type(pd.DataFrame, lambda frame, **_: bundle(frame, roots))


def bundle(frame: pd.DataFrame, roots: Mapping[str, str]) -> object:
    """The notebook display of a DataFrame; None for a frame from elsewhere, which pandas then displays."""
    numbers = {"change_number", "bug_id"} & set(map(str, frame.columns))
    if CAPTION not in frame.attrs and not (is_interactive() and numbers):
        return None
    if CAPTION not in frame.attrs:
        from analysis.report import measures

        frame = measures.with_addresses(frame, **roots)
    table = as_table(frame)
    shows_widget = is_interactive() and len(frame)
    return interactive(table) if shows_widget else table._repr_mimebundle_()


def interactive(table: "Table") -> object:
    """The bundle of a table that the reader can filter and sort; numbers are links, all text is escaped."""
    from itables.widget import ITable

    cells = table.cells_frame().map(_widget_cell)
    widget = ITable(
        cells,
        caption=table.caption,
        allow_html=True,
        classes="display compact",
        style="width: 100%; max-width: none; caption-side: top",
        maxBytes=0,
    )
    return widget._repr_mimebundle_()


def _widget_cell(cell: object) -> object:
    """The content of a cell, without links to the pages of a report, which a notebook cannot reach.

    The other links get a style of their own: JupyterLab removes colour and underline from links in a widget.
    """
    from analysis.report.figures.html import links_to_pages

    if not isinstance(cell, str):
        return cell
    return links_to_pages(cell, ()).replace("<a href=", f'<a style="{LINK}" href=')
