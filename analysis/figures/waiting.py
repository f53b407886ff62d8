"""Pictures of waiting: how long, and for whom."""

import matplotlib
import pandas as pd

from analysis.figures.picture import INK, STYLE, TURN_COLOURS, Picture, canvas
from analysis.figures.table import table


def waiting_times(
    counts: pd.DataFrame, *, name: str = "waiting_times", caption: str = "How long the open fixes have waited"
) -> Picture:
    """The frame of measures.waiting_times, drawn: a bar for each span of time, parted by whose turn it is."""
    with matplotlib.rc_context(STYLE):
        figure = canvas(4.7, 3.1)
        axes = figure.subplots()
        left = [0] * len(counts)
        for turn in counts.columns[1:]:
            axes.barh(counts["age"], counts[turn].astype(int), left=left, label=turn.replace("_", " "),
                      color=TURN_COLOURS[turn], height=0.72)  # fmt: skip
            left = [a + b for a, b in zip(left, counts[turn].astype(int), strict=True)]
        for place, total in enumerate(left):
            axes.annotate(str(total) if total else "", (total, place), (4, 0), textcoords="offset points", va="center")
        axes.invert_yaxis()
        axes.spines["bottom"].set_visible(False)
        axes.set_xticks([])
        axes.margins(x=0.1)
        if len(counts.columns) > 1:
            figure.legend(loc="outside upper left", ncols=3, frameon=False, labelcolor=INK, handlelength=0.9,
                          title="whose turn", alignment="left", title_fontproperties={"size": 9})  # fmt: skip
    return Picture(name, caption, _alt(counts, caption), figure, table(counts, name=name, caption=caption))


def _alt(counts: pd.DataFrame, caption: str) -> str:
    totals = counts.iloc[:, 1:].sum(axis=1)
    said = ", ".join(f"{age}: {total}" for age, total in zip(counts["age"], totals, strict=True) if total)
    return f"Bar chart. {caption}. {said or 'There are none'}."
