"""Pictures of themes: a map, a heat map of theme and failure mode, growth and decline."""

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import PolyCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from analysis.report.figures.html import clean
from analysis.report.figures.html_table import table
from analysis.report.figures.picture import (
    FULL,
    INK,
    LINE,
    PAPER,
    QUIET,
    RULE,
    STYLE,
    TURN_COLOURS,
    WIDE,
    Picture,
    canvas,
)
from analysis.tables import schema

LETTERS = 40
SPAN = schema.CYCLE_DAYS / 365.25  # years
MOST_YEARS = 8  # on the axis of a small picture; of more every second one is named
NO_HISTORY = "The day of none of its bugs is known."
LEAST_LIFT = 1.05  # a lower lift has no colour
LIFTS = (1, 2, 3, 4)  # the lifts of the colours; a higher one has the last colour


def theme_map(
    overview: pd.DataFrame,
    *,
    name: str = "theme_map",
    caption: str = (
        "Circle: the bugs of a theme. Filled: those open without a fix. "
        "Neighbours mostly share words; larger distances mean little."
    ),
) -> Picture:
    """The table of measures.theme_overview as bubbles: the size counts bugs, the filled part bugs without a fix."""
    with matplotlib.rc_context(STYLE):
        figure = canvas(FULL, max(3.4, 0.9 + 0.2 * len(overview)))
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
    words = ", ".join(f"{clean(row.theme)} {row.n_bugs}" for row in overview.head(5).itertuples())
    alt = f"Bubble chart. {caption} " + (f"First: {words}." if words else _empty(overview))
    return Picture(
        name,
        caption,
        alt,
        figure,
        table(
            overview,
            name=name,
            caption=caption,
            beside=[n for n in ("map_x", "map_y") if n in overview],
            empty=_empty(overview),
        ),
        "" if len(overview) else _empty(overview),
    )


def _empty(rows: pd.DataFrame) -> str:
    """The note of the rows on why there is nothing to draw."""
    return rows.attrs.get("note") or "No theme is large enough."


def theme_heat_map(
    cells: pd.DataFrame,
    *,
    name: str = "theme_heat",
    caption: str = "How bugs fail, per theme: counts, coloured by lift",
) -> Picture:
    """The frame of measures.theme_mode_matrix as a grid: the number counts bugs, the colour is the lift."""
    themes, modes = (list(dict.fromkeys(cells[column])) for column in ("theme", "failure_mode"))
    shape = (len(themes), len(modes))
    counts = cells["n_bugs"].to_numpy(dtype=int).reshape(shape)
    lifts = cells["lift"].to_numpy(dtype=float).reshape(shape)
    with matplotlib.rc_context(STYLE):
        figure = canvas(FULL, 1.6 + 0.28 * len(themes))
        axes = figure.subplots()
        # One colour, more or less of it: the page behind shows through, so that numbers are read on dark paper, too.
        shades = [(TURN_COLOURS["approver"], 0.0), (TURN_COLOURS["approver"], 0.5)]
        colours = matplotlib.colors.LinearSegmentedColormap.from_list("lift", shades)
        grid = ScalarMappable(norm=Normalize(*LIFTS[::3]), cmap=colours)
        # Only the cells that have a colour, behind one net of lines: a drawing of every cell would be half of the page.
        rows, columns = np.nonzero(lifts > LEAST_LIFT)
        corners = [[(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1)] for y, x in zip(rows, columns, strict=True)]
        shown_lifts = np.clip(lifts[rows, columns], *LIFTS[::3])
        axes.add_collection(PolyCollection(corners, facecolors=grid.to_rgba(shown_lifts), clip_on=False))
        axes.vlines(range(len(modes) + 1), 0, len(themes), colors=RULE, linewidth=0.5)
        axes.hlines(range(len(themes) + 1), 0, len(modes), colors=RULE, linewidth=0.5)
        axes.set_xlim(0, max(len(modes), 1))
        axes.set_ylim(0, max(len(themes), 1))
        _explain_lifts(figure, axes, grid)
        for row, column in zip(*np.nonzero(counts), strict=True):
            axes.text(
                column + 0.5, row + 0.5, str(counts[row, column]), ha="center", va="center", fontsize=8, color=INK
            )
        axes.set_xticks(np.arange(len(modes)) + 0.5, [mode.replace("_", " ") for mode in modes], rotation=40, ha="left",
                        rotation_mode="anchor")  # fmt: skip
        axes.tick_params(top=True, labeltop=True, bottom=False, labelbottom=False)
        axes.set_yticks(
            np.arange(len(themes)) + 0.5, [clean(theme, most=LETTERS) for theme in themes], parse_math=False
        )
        axes.tick_params(labelsize=9)
        axes.invert_yaxis()
        axes.spines["bottom"].set_visible(False)
    strongest = cells.sort_values("lift", ascending=False, kind="stable").query("n_bugs >= 3").head(3)
    words = ", ".join(
        f"{clean(r.theme)} x {r.failure_mode} {r.n_bugs} (lift {r.lift:.1f})" for r in strongest.itertuples()
    )
    alt = f"Heat map. {caption}. " + (f"Strongest: {words}." if words else _empty(cells))
    return Picture(
        name,
        caption,
        alt,
        figure,
        table(cells, name=name, caption=caption, empty=_empty(cells)),
        "" if len(cells) else _empty(cells),
    )


def _explain_lifts(figure: Figure, axes: Axes, grid: ScalarMappable) -> None:
    """Draw the legend of the colours below the grid, whose modes are named above it."""
    key = figure.colorbar(grid, ax=axes, orientation="horizontal", boundaries=np.linspace(1, 4, 31), ticks=LIFTS,
                          shrink=0.3, aspect=18, location="bottom", anchor=(0, 1), pad=0.01)  # fmt: skip
    key.ax.set_xticklabels(["1 or less", "2", "3", "4 or more times what chance would put there"], ha="left")
    key.ax.tick_params(labelsize=8)
    key.outline.set_visible(False)


def growth_chart(
    growth: pd.DataFrame,
    *,
    name: str = "theme_movers",
    caption: str = "Themes that changed most: new bugs in a year, against the year before",
) -> Picture:
    """The frame of measures.theme_growth as one line per theme, from the year before to the last year."""
    with matplotlib.rc_context(STYLE):
        figure = canvas(FULL, 1.1 + 0.32 * len(growth))
        axes = figure.subplots()
        rows = np.arange(len(growth))
        before, lately = (growth[column].to_numpy(dtype=float) for column in ("before", "lately"))
        axes.hlines(rows, before, lately, color=QUIET, linewidth=2)
        axes.scatter(before, rows, color=PAPER, edgecolor=QUIET, zorder=3, label="the year before", clip_on=False)
        axes.scatter(lately, rows, color=LINE, zorder=3, label="the last year", clip_on=False)
        axes.set_yticks(rows, [clean(theme, most=LETTERS) for theme in growth["theme"]], parse_math=False)
        for row, (was, now) in enumerate(zip(before, lately, strict=True)):
            axes.annotate(f"{was:.0f} then {now:.0f}", (max(was, now), row), (8, 0), textcoords="offset points",
                          va="center", fontsize=9, color=INK)  # fmt: skip
        axes.set_xlim(left=0)
        axes.margins(x=0.1)
        axes.invert_yaxis()
        axes.xaxis.grid(visible=True)
        if len(growth):
            axes.legend(
                frameon=False, labelcolor=INK, fontsize=9, loc="lower left", bbox_to_anchor=(0, 1), ncols=2
            )  # fmt: skip
    words = ", ".join(f"{clean(r.theme)} {r.before} then {r.lately}" for r in growth.head(3).itertuples())
    alt = f"Dot chart. {caption}. " + (f"{words}." if words else _empty(growth))
    return Picture(
        name,
        caption,
        alt,
        figure,
        table(growth, name=name, caption=caption, empty=_empty(growth)),
        "" if len(growth) else _empty(growth),
    )


# state of a bug -> its colour and its words in `history_chart`, from the axis up
HISTORY = {
    "without_fix": (TURN_COLOURS["reviewers"], "open, without a fix"),
    "fix_known": (LINE, "open, with a fix"),
    "closed": (TURN_COLOURS["parent"], "closed or unknown"),
}


def history_chart(
    history: pd.DataFrame,
    *,
    name: str = "theme_history",
    caption: str = "Bugs by the half year in which they were reported, and what became of them",
) -> Picture:
    """The rows of one theme of measures.opened_by_half_year as columns, one for each half year."""
    with matplotlib.rc_context(STYLE):
        figure = canvas(WIDE, 2.1)
        axes = figure.subplots()
        years = history["span_began_at"].dt.year + (history["span_began_at"].dt.day_of_year - 1) / 365.25
        edges = [*years, *(years.tail(1) + SPAN)]
        below = np.zeros(len(history))
        for state, (colour, _) in HISTORY.items():
            heights = history[state].to_numpy(dtype=float)
            # One shape for each state: a bar for each half year would be most of a small page.
            if heights.any():
                first, last = np.flatnonzero(heights)[[0, -1]]
                drawn = slice(first, last + 1)
                axes.stairs(below[drawn] + heights[drawn], edges[first : last + 2], baseline=below[drawn], fill=True,
                            color=colour)  # fmt: skip
            below = below + heights
        axes.spines["bottom"].set_color(RULE)
        oldest, newest = (int(years.min()), int(years.max()) + 1) if len(years) else (0, 1)
        ticks = range(newest, oldest - 1, -2 if newest - oldest > MOST_YEARS else -1)
        axes.set_xticks(list(ticks), [str(year) for year in ticks])
        axes.locator_params(axis="y", nbins=4, integer=True)
        axes.yaxis.grid(visible=True)
        axes.tick_params(labelsize=9)
        figure.legend(handles=[Patch(color=colour, label=words) for colour, words in HISTORY.values()], fontsize=9,
                      loc="outside upper left", ncols=3, frameon=False, labelcolor=INK, handlelength=0.8)  # fmt: skip
    numbers = table(history.drop(columns="theme_id", errors="ignore"), name=name, caption=caption, empty=NO_HISTORY)
    return Picture(name, caption, f"Column chart. {caption}. {_history_in_words(history)}", figure, numbers,
                   "" if len(history) else NO_HISTORY)  # fmt: skip


def _history_in_words(history: pd.DataFrame) -> str:
    """The columns for whoever does not see them: the sums, the highest one, and the newest two."""
    if history.empty:
        return NO_HISTORY
    totals = history[list(HISTORY)].sum(axis=1)
    sums = ", ".join(f"{words} {history[state].sum():,}" for state, (_, words) in HISTORY.items())
    highest = int(totals.to_numpy(dtype=int).argmax())
    newest = " and ".join(str(n) for n in totals.tail(2))
    return (
        f"In all {totals.sum():,}: {sums}. Most in the half year from "
        f"{history['span_began_at'].iloc[highest]:%Y-%m-%d}: {totals.iloc[highest]}. In the last two: {newest}."
    )
