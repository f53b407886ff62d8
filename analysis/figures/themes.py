"""Pictures of themes: a map, a heat map of theme and failure mode, growth and decline."""

from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from analysis.figures.html import clean
from analysis.figures.picture import INK, LINE, PAPER, QUIET, RULE, STYLE, TURN_COLOURS, Picture, canvas
from analysis.figures.table import Table, table

LETTERS = 40
LIFTS = (1, 2, 3, 4)  # what the colours of the heat map stand for; more is drawn as the last


def theme_map(
    overview: pd.DataFrame,
    *,
    name: str = "theme_map",
    caption: str = "Circle: the bugs of a theme. Filled: those open without a fix. Near themes share words.",
) -> Picture:
    """The frame of measures.theme_overview as bubbles as large as their bugs, filled as far as these have no fix."""
    with matplotlib.rc_context(STYLE):
        figure = canvas(9.0, max(3.4, 0.9 + 0.2 * len(overview)))
        axes = figure.subplots()
        x, y = (overview[axis].astype(float).to_numpy() for axis in ("map_x", "map_y"))
        size = overview["n_bugs"].astype(float).to_numpy()
        bare = overview["n_without_fix"].astype("Float64").fillna(0).to_numpy(dtype=float)
        scale = 1100 / max(size.max(), 1) if len(size) else 1
        axes.scatter(x, y, s=size * scale, facecolor="none", edgecolor=LINE, linewidth=1.2)
        axes.scatter(x, y, s=bare * scale, color=TURN_COLOURS["reviewers"], alpha=0.55, linewidth=0)
        # Each theme has a row of the map to itself, so that names beside the circles never meet.
        for theme, across, up, radius in zip(overview["theme"], x, y, np.sqrt(size * scale) / 2, strict=True):
            is_left = across > 0.5
            axes.annotate(
                clean(theme, most=LETTERS), (across, up), xytext=((radius + 3) * (-1 if is_left else 1), 0),
                textcoords="offset points", ha="right" if is_left else "left", va="center", fontsize=9, color=INK,
                parse_math=False,
            )  # fmt: skip
        axes.set_axis_off()
        axes.margins(0.08)
    said = ", ".join(f"{clean(row.theme)} {row.n_bugs}" for row in overview.head(5).itertuples())
    alt = f"Bubble chart. {caption} First: {said or 'none'}."
    return Picture(name, caption, alt, figure, table(overview, name=name, caption=caption))


def theme_heat(
    cells: pd.DataFrame,
    *,
    name: str = "theme_heat",
    caption: str = "How bugs fail, per theme: counts, coloured by lift",
) -> Picture:
    """The frame of measures.heat as a grid: the number is the bugs, the colour how many more than by chance."""
    themes, modes = (list(dict.fromkeys(cells[column])) for column in ("theme", "failure_mode"))
    shape = (len(themes), len(modes))
    counts = cells["n_bugs"].to_numpy(dtype=int).reshape(shape)
    lifts = cells["lift"].to_numpy(dtype=float).reshape(shape)
    with matplotlib.rc_context(STYLE):
        figure = canvas(9.0, 1.6 + 0.28 * len(themes))
        axes = figure.subplots()
        colours = matplotlib.colors.LinearSegmentedColormap.from_list("lift", [PAPER, TURN_COLOURS["approver"]])
        drawn = np.clip(lifts, *LIFTS[::3]) if lifts.size else np.ones((1, 1))
        # Up to a darkness on which the numbers can still be read.
        grid = axes.pcolormesh(drawn, cmap=colours, vmin=1, vmax=5, edgecolor=RULE, linewidth=0.5)
        _explain_lifts(figure, axes, grid)
        for row, column in zip(*np.nonzero(counts), strict=True):
            axes.text(
                column + 0.5, row + 0.5, str(counts[row, column]), ha="center", va="center", fontsize=8, color=INK
            )
        axes.set_xticks(
            np.arange(len(modes)) + 0.5, [mode.replace("_", " ") for mode in modes], rotation=40, ha="right"
        )
        axes.set_yticks(
            np.arange(len(themes)) + 0.5, [clean(theme, most=LETTERS) for theme in themes], parse_math=False
        )
        axes.tick_params(labelsize=9)
        axes.invert_yaxis()
        axes.spines["bottom"].set_visible(False)
    strongest = cells.sort_values("lift", ascending=False, kind="stable").query("n_bugs >= 3").head(3)
    said = ", ".join(
        f"{clean(r.theme)} x {r.failure_mode} {r.n_bugs} (lift {r.lift:.1f})" for r in strongest.itertuples()
    )
    return Picture(name, caption, f"Heat map. {caption}. Strongest: {said or 'none'}.", figure,
                   table(cells, name=name, caption=caption))  # fmt: skip


def _explain_lifts(figure: Figure, axes: Any, grid: Any) -> None:
    """Say above the grid what its colours stand for."""
    key = figure.colorbar(grid, ax=axes, orientation="horizontal", boundaries=np.linspace(1, 4, 31), ticks=LIFTS,
                          shrink=0.3, aspect=18, location="top", anchor=(0, 0))  # fmt: skip
    key.ax.set_xticklabels(["1 or less", "2", "3", "4 or more times what chance would put there"], ha="left")
    key.ax.tick_params(labelsize=8)
    key.outline.set_visible(False)


def theme_movers(
    movers: pd.DataFrame, *, name: str = "theme_movers", caption: str = "New bugs in a year, against the year before"
) -> Picture:
    """The frame of measures.movers as one line per theme, from the year before to the last year."""
    with matplotlib.rc_context(STYLE):
        figure = canvas(7.0, 1.1 + 0.32 * len(movers))
        axes = figure.subplots()
        rows = np.arange(len(movers))
        before, lately = (movers[column].to_numpy(dtype=float) for column in ("before", "lately"))
        axes.hlines(rows, before, lately, color=QUIET, linewidth=2)
        axes.scatter(before, rows, color=PAPER, edgecolor=QUIET, zorder=3, label="the year before", clip_on=False)
        axes.scatter(lately, rows, color=LINE, zorder=3, label="the last year", clip_on=False)
        axes.set_yticks(rows, [clean(theme, most=LETTERS) for theme in movers["theme"]], parse_math=False)
        axes.set_xlim(left=0)
        axes.invert_yaxis()
        axes.xaxis.grid(visible=True)
        if len(movers):
            axes.legend(
                frameon=False, labelcolor=INK, fontsize=9, loc="lower left", bbox_to_anchor=(0, 1), ncols=2
            )  # fmt: skip
    said = ", ".join(f"{clean(r.theme)} {r.before} then {r.lately}" for r in movers.head(3).itertuples())
    return Picture(name, caption, f"Dot chart. {caption}. {said or 'No theme is large enough'}.", figure,
                   table(movers, name=name, caption=caption))  # fmt: skip


def filterable(shown: Table, *, interactive: bool) -> Any:
    """The table as it is, or in JupyterLab as one that the reader can filter, sort and page through."""
    if not interactive or shown.frame.empty:
        return shown
    from itables.widget import ITable

    plain = shown.frame.map(lambda value: ", ".join(map(clean, value)) if isinstance(value, list) else value)
    texts = plain.select_dtypes(["string", "object"]).columns
    plain = plain.assign(**{column: plain[column].map(clean, na_action="ignore") for column in texts})
    return ITable(plain.astype(object).where(plain.notna(), None), caption=shown.caption, allow_html=False)
