"""A bar chart: a bar for each row of a table, in one piece or in parts."""

from collections.abc import Mapping

import matplotlib
import pandas as pd

from analysis.report.figures.html import clean
from analysis.report.figures.html_table import table
from analysis.report.figures.picture import COLOURS, FULL, INK, STYLE, TURN_COLOURS, Picture, canvas
from analysis.tables import schema

LETTERS = 40  # of the name of a bar
BESIDE = 2.6  # times the longest bar: its parts are named beside it


def bar_chart(counts: pd.DataFrame, *, name: str, caption: str, legend: str = "") -> Picture:
    """A horizontal bar for each row, the first row on top, with its number at the end, and the number of each part.

    A part that is named after a turn, such as `owner`, has the colour of that turn on every page.

    Parameters
    ----------
    counts : DataFrame
        The first column names the bars; each other column has the numbers of one part of them, 0 if unknown. Without
        rows or other columns, the picture and its table show the sentence in `counts.attrs["note"]`, which a question
        of `dataset` puts there: `with_caption(..., empty=...)`.
    name : of the picture, and of the files with its numbers
    legend : what the parts are, in a word or two; empty: a chart of one part needs no legend
    """
    bars, parts, words = counts.columns[0], list(counts.columns[1:]), schema.TURN_LABELS
    colours = dict(zip(parts, (TURN_COLOURS.get(part, COLOURS[n % len(COLOURS)]) for n, part in enumerate(parts)),
                       strict=True))  # fmt: skip
    empty = counts.attrs.get("note") or "There are none."
    is_empty = not parts or counts.empty
    numbers = counts[parts].astype("Float64").fillna(0).astype("float64")
    ends = numbers.cumsum(axis=1)
    with matplotlib.rc_context(STYLE):
        figure = canvas(FULL, max(1.2, 0.9 + 0.245 * len(counts)))
        axes = figure.subplots()
        for part in parts:
            axes.barh(range(len(counts)), numbers[part], left=ends[part] - numbers[part],
                      label=words.get(part, part.replace("_", " ")), color=colours[part], height=0.72)  # fmt: skip
        totals = numbers.sum(axis=1)
        for row, total in enumerate(totals):
            text = _in_parts(numbers.iloc[row], words) if total else ""
            axes.annotate(text, (total, row), (4, 0), textcoords="offset points", va="center")
        # The words behind the longest bar have room, too.
        axes.set_xlim(0, max(1.0, float(totals.max())) * (BESIDE if len(parts) > 1 else 1.1) if parts else None)
        labels = [clean(bar, most=LETTERS) for bar in counts[bars]]
        axes.set_yticks(range(len(counts)), labels, parse_math=False)  # a dollar sign is one
        axes.invert_yaxis()
        axes.spines["bottom"].set_visible(False)
        axes.set_xticks([])
        if legend and parts:
            figure.legend(loc="outside upper left", ncols=len(parts), frameon=False, labelcolor=INK, handlelength=0.9,
                          title=legend, alignment="left", title_fontproperties={"size": 9})  # fmt: skip
    sentence = f"{caption}. {empty}" if is_empty else caption
    return Picture(name, caption, _alt(counts[bars], numbers.sum(axis=1), sentence.rstrip(".")), figure,
                   table(counts, name=name, caption=caption, empty=empty), empty if is_empty else "")  # fmt: skip


def _alt(bars: pd.Series, totals: pd.Series, caption: str) -> str:
    each = ", ".join(f"{bar}: {_number(total)}" for bar, total in zip(bars, totals, strict=True) if total)
    return f"Bar chart. {caption}." + (f" {each}." if each else "")


def _in_parts(numbers: pd.Series, words: Mapping[str, str]) -> str:
    """The sum, and if several parts are not 0, the number of each."""
    counts = {str(part): n for part, n in numbers.items() if n}
    parts = [f"{words.get(part, part.replace('_', ' '))} {_number(n)}" for part, n in counts.items()]
    return _number(numbers.sum()) + (f": {', '.join(parts)}" if len(numbers) > 1 else "")


def _number(total: float) -> str:
    return f"{total:.0f}" if float(total).is_integer() else f"{total:.1f}"
