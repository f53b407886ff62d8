"""Pictures of themes: a map, a heat map of theme and failure mode, growth and decline."""

from typing import Any

import matplotlib
import numpy as np
import pandas as pd

from analysis.figures.html import clean
from analysis.figures.picture import INK, LINE, PAPER, QUIET, RULE, STYLE, TURN_COLOURS, Picture, canvas
from analysis.figures.table import Table, table

LABELLED = 18
LETTERS = 34


def theme_map(
    overview: pd.DataFrame, *, name: str = "theme_map", caption: str = "Themes: near ones share words"
) -> Picture:
    """The frame of measures.theme_overview as bubbles as large as their bugs, filled as far as these have no fix."""
    with matplotlib.rc_context(STYLE):
        figure = canvas(6.4, 4.6)
        axes = figure.subplots()
        x, y = (overview[axis].astype(float).to_numpy() for axis in ("map_x", "map_y"))
        size = overview["n_bugs"].astype(float).to_numpy()
        bare = overview["n_without_fix"].astype("Float64").fillna(0).to_numpy(dtype=float)
        scale = 900 / max(size.max(), 1) if len(size) else 1
        axes.scatter(x, y, s=size * scale, facecolor="none", edgecolor=LINE, linewidth=1.2)
        axes.scatter(x, y, s=bare * scale, color=TURN_COLOURS["reviewers"], alpha=0.55, linewidth=0)
        for position in np.argsort(-size, kind="stable")[:LABELLED]:
            label = clean(overview["theme"].iloc[position], most=LETTERS)
            # Above its circle, which would strike it through.
            radius = float(np.sqrt(size[position] * scale / np.pi))
            axes.annotate(label, (x[position], y[position]), (0, radius + 2), textcoords="offset points",
                          ha="center", va="bottom", fontsize=8, color=INK, parse_math=False)  # fmt: skip
        axes.set_axis_off()
        axes.margins(0.15)
    said = ", ".join(f"{clean(row.theme)} {row.n_bugs}" for row in overview.head(5).itertuples())
    alt = f"Bubble chart. {caption}. First: {said or 'none'}. Orange: open bugs without a fix."
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
        figure = canvas(7.2, 1.2 + 0.26 * len(themes))
        axes = figure.subplots()
        colours = matplotlib.colors.LinearSegmentedColormap.from_list("lift", [PAPER, TURN_COLOURS["approver"]])
        axes.pcolormesh(np.clip(lifts, 1, 4) if lifts.size else np.ones((1, 1)), cmap=colours, vmin=1, vmax=5,
                        edgecolor=RULE, linewidth=0.5)  # fmt: skip
        for row, column in zip(*np.nonzero(counts), strict=True):
            axes.text(
                column + 0.5, row + 0.5, str(counts[row, column]), ha="center", va="center", fontsize=7, color=INK
            )
        axes.set_xticks(
            np.arange(len(modes)) + 0.5, [mode.replace("_", " ") for mode in modes], rotation=40, ha="right"
        )
        axes.set_yticks(
            np.arange(len(themes)) + 0.5, [clean(theme, most=LETTERS) for theme in themes], parse_math=False
        )
        axes.tick_params(length=0, labelsize=8)
        axes.invert_yaxis()
        axes.spines[:].set_visible(False)
    strongest = cells.sort_values("lift", ascending=False, kind="stable").query("n_bugs >= 3").head(3)
    said = ", ".join(
        f"{clean(r.theme)} x {r.failure_mode} {r.n_bugs} (lift {r.lift:.1f})" for r in strongest.itertuples()
    )
    return Picture(name, caption, f"Heat map. {caption}. Strongest: {said or 'none'}.", figure,
                   table(cells, name=name, caption=caption))  # fmt: skip


def theme_movers(
    movers: pd.DataFrame, *, name: str = "theme_movers", caption: str = "New bugs in a year, against the year before"
) -> Picture:
    """The frame of measures.movers as one line per theme, from the year before to the last year."""
    with matplotlib.rc_context(STYLE):
        figure = canvas(6.0, 0.8 + 0.32 * len(movers))
        axes = figure.subplots()
        rows = np.arange(len(movers))
        before, lately = (movers[column].to_numpy(dtype=float) for column in ("before", "lately"))
        axes.hlines(rows, before, lately, color=QUIET, linewidth=2)
        axes.scatter(before, rows, color=PAPER, edgecolor=QUIET, zorder=3, label="the year before")
        axes.scatter(lately, rows, color=LINE, zorder=3, label="the last year")
        axes.set_yticks(rows, [clean(theme, most=LETTERS) for theme in movers["theme"]], parse_math=False)
        axes.set_xlim(left=0)
        axes.invert_yaxis()
        axes.tick_params(length=0)
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.xaxis.grid(color=RULE, linewidth=0.8)
        axes.set_axisbelow(True)
        if len(movers):
            axes.legend(frameon=False, labelcolor=INK, fontsize=8)
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
