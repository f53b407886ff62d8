"""Line charts: numbers over time, and the share that still waits after so many days."""

from collections.abc import Sequence

import matplotlib
import matplotlib.dates
import pandas as pd
from matplotlib.axes import Axes

from analysis.report.figures.columns import label_and_unit
from analysis.report.figures.html_table import table
from analysis.report.figures.picture import COLOURS, INK, STYLE, TURN_COLOURS, Picture, canvas


def line_chart(weeks: pd.DataFrame, *, name: str, caption: str, lines: Sequence[tuple[str, str]]) -> Picture:
    """A line for each of the columns in `lines`, named at its end; an unknown number leaves a gap.

    Parameters
    ----------
    weeks : DataFrame with `at`, in the order of time, and the columns
    lines : pairs of a column and the word for it in the picture
    """
    columns = [column for column, _ in lines]
    with matplotlib.rc_context(STYLE):
        figure = canvas(4.7, 2.6)
        axes = figure.subplots()
        at = weeks["at"].dt.tz_localize(None).to_numpy()
        for n, (column, word) in enumerate(lines):
            values = weeks[column].astype("float64").to_numpy()
            axes.plot(at, values, color=COLOURS[n % len(COLOURS)], linewidth=2)
            if len(values) and values[-1] == values[-1]:
                axes.annotate(f"{word} {values[-1]:.0f}", (at[-1], values[-1]), (6, 0), textcoords="offset points",
                              va="center", color=INK)  # fmt: skip
        if weeks[columns].isna().all(axis=None):  # axes without a line name random years
            _say_unknown(axes)
        axes.set_ylim(bottom=0)
        axes.margins(x=0.02)
        axes.yaxis.grid(visible=True)
        axes.locator_params(axis="y", nbins=5, integer=True)
        dates = matplotlib.dates.AutoDateLocator(minticks=3, maxticks=5)  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_locator(dates)
        axes.xaxis.set_major_formatter(matplotlib.dates.ConciseDateFormatter(dates))  # type: ignore[no-untyped-call]
    return Picture(name, caption, _alt(weeks, caption, lines), figure, table(weeks, name=name, caption=caption))


def survival_chart(
    shares: pd.DataFrame, *, name: str, caption: str, since: str = "days after the change was created"
) -> Picture:
    """A line for each column of shares: how many still wait after so many days. What is unknown is not drawn.

    Parameters
    ----------
    shares : DataFrame with `after_days` first, and a column of shares, 0..1, for each line
    since : what the days are counted from, as the axis says it
    """
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
            _say_unknown(axes)
        else:
            axes.legend(frameon=False, labelcolor=INK, handlelength=1.2)
    curves = "; ".join(_curve_in_words(shares, column) for column in shares.columns[1:])
    alt = f"Line chart. {caption}. {curves or 'Nothing is known'}."
    return Picture(name, caption, alt, figure, table(shares, name=name, caption=caption))


def _say_unknown(axes: Axes) -> None:
    axes.text(0.5, 0.5, "unknown", transform=axes.transAxes, ha="center", color=INK)
    axes.set_axis_off()


def _curve_in_words(shares: pd.DataFrame, column: str) -> str:
    points = shares.dropna(subset=[column])
    pairs = zip(points["after_days"], points[column], strict=True)
    words = ", ".join(f"{share:.0%} after {days} days" for days, share in pairs)
    return f"{_label(column)}: {words or 'unknown'}"


def _label(column: str) -> str:
    return label_and_unit(column)[0]


def _colour(column: str) -> str:
    turn = {"fixes": "reviewers", "others": "owner"}.get(column, column.removeprefix("share_"))
    return TURN_COLOURS[turn]


def _alt(weeks: pd.DataFrame, caption: str, lines: Sequence[tuple[str, str]]) -> str:
    if weeks.empty:
        return f"Line chart. {caption}. There are no weeks."
    ends = [
        f"{word} {_number(weeks[column].iloc[0])}, then {_number(weeks[column].iloc[-1])}" for column, word in lines
    ]
    span = f"{weeks['at'].iloc[0]:%Y-%m-%d} to {weeks['at'].iloc[-1]:%Y-%m-%d}"
    return f"Line chart. {caption}, {span}: {'; '.join(ends)}."


def _number(value: object) -> str:
    return "unknown" if value is pd.NA else str(value)
