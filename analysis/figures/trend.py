"""Pictures of change over time."""

import matplotlib
import matplotlib.dates
import pandas as pd
from matplotlib.axes import Axes

from analysis.figures.picture import INK, LINE, STYLE, TURN_COLOURS, Picture, canvas
from analysis.figures.table import table

Lines = tuple[tuple[str, str], tuple[str, str]]  # of columns with their names on a picture

BACKLOG: Lines = (("n_open_fixes", "open"), ("n_unreviewed", "unreviewed"))


def trend(
    weeks: pd.DataFrame,
    *,
    name: str = "trend",
    caption: str = "Open and unreviewed fixes, week by week",
    lines: Lines = BACKLOG,
) -> Picture:
    """The frame of measures.backlog, or `lines` of another one with `at`; each is named at its end.

    Unknown weeks leave a gap.
    """
    with matplotlib.rc_context(STYLE):
        figure = canvas(4.7, 2.6)
        axes = figure.subplots()
        at = weeks["at"].dt.tz_localize(None).to_numpy()
        for (column, label), colour in zip(lines, (LINE, TURN_COLOURS["reviewers"]), strict=True):
            values = weeks[column].astype("float64").to_numpy()
            axes.plot(at, values, color=colour, linewidth=2)
            if len(values) and values[-1] == values[-1]:
                axes.annotate(f"{label} {values[-1]:.0f}", (at[-1], values[-1]), (6, 0), textcoords="offset points",
                              va="center", color=INK)  # fmt: skip
        if weeks[[column for column, _ in lines]].isna().all(axis=None):  # axes without a line name random years
            _unknown(axes)
        axes.set_ylim(bottom=0)
        axes.margins(x=0.02)
        axes.yaxis.grid(visible=True)
        axes.locator_params(axis="y", nbins=5, integer=True)
        dates = matplotlib.dates.AutoDateLocator(minticks=3, maxticks=5)  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_locator(dates)
        axes.xaxis.set_major_formatter(matplotlib.dates.ConciseDateFormatter(dates))  # type: ignore[no-untyped-call]
    return Picture(name, caption, _alt(weeks, caption, lines), figure, table(weeks, name=name, caption=caption))


def still_waiting(
    shares: pd.DataFrame, *, name: str, caption: str, since: str = "days after the change was created"
) -> Picture:
    """The frame of measures.still_waiting or turns_lasting, a line for each column; what is unknown is not drawn."""
    with matplotlib.rc_context(STYLE):
        figure = canvas(4.7, 2.6)
        axes = figure.subplots()
        at = range(len(shares))
        for column in shares.columns[1:]:
            values = shares[column].astype("float64") * 100
            axes.plot(at, values, color=_colour(column), linewidth=2, marker="o", markersize=4, label=_label(column))
        axes.set_xticks(list(at), [str(days) for days in shares["after_days"]])
        axes.set_xlabel(since)
        axes.set_ylim(0, 102)
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0f} %")
        axes.yaxis.grid(visible=True)
        if shares[shares.columns[1:]].isna().all(axis=None):  # an empty grid looks like a line that is 0
            _unknown(axes)
        else:
            axes.legend(frameon=False, labelcolor=INK, handlelength=1.2)
    said = "; ".join(_course(shares, column) for column in shares.columns[1:])
    alt = f"Line chart. {caption}. {said or 'Nothing is known'}."
    return Picture(name, caption, alt, figure, table(shares, name=name, caption=caption))


def _unknown(axes: Axes) -> None:
    axes.text(0.5, 0.5, "unknown", transform=axes.transAxes, ha="center", color=INK)
    axes.set_axis_off()


def _course(shares: pd.DataFrame, column: str) -> str:
    known = shares.dropna(subset=[column])
    pairs = zip(known["after_days"], known[column], strict=True)
    said = ", ".join(f"{share:.0%} after {days} days" for days, share in pairs)
    return f"{_label(column).capitalize()}: {said or 'unknown'}"


def _label(column: str) -> str:
    return column.removeprefix("share_").replace("_", " ")


def _colour(column: str) -> str:
    turn = {"fixes": "reviewers", "others": "owner"}.get(column, column.removeprefix("share_"))
    return TURN_COLOURS[turn]


def _alt(weeks: pd.DataFrame, caption: str, lines: Lines) -> str:
    if weeks.empty:
        return f"Line chart. {caption}. There are no weeks."
    said = [f"{word} {_said(weeks[column].iloc[0])}, then {_said(weeks[column].iloc[-1])}" for column, word in lines]
    span = f"{weeks['at'].iloc[0]:%Y-%m-%d} to {weeks['at'].iloc[-1]:%Y-%m-%d}"
    return f"Line chart. {caption}, {span}: {'; '.join(said)}."


def _said(value: object) -> str:
    return "unknown" if value is pd.NA else str(value)
