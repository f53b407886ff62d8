"""Line charts: numbers over time, and the share that still waits after a number of days."""

from collections.abc import Sequence

import matplotlib
import matplotlib.dates
import numpy as np
import pandas as pd

from analysis.report.figures.columns import label_and_unit
from analysis.report.figures.html_table import table
from analysis.report.figures.picture import COLOURS, FULL, INK, STYLE, TURN_COLOURS, Picture, canvas

LEAST_APART = 0.11  # of the highest value of a line chart, between the names of two lines


def line_chart(weeks: pd.DataFrame, *, name: str, caption: str, lines: Sequence[tuple[str, str]]) -> Picture:
    """A line for each of the columns in `lines`, named at its end; an unknown number leaves a gap.

    Parameters
    ----------
    weeks : DataFrame with `at`, in the order of time, and the columns
    lines : pairs of a column and the word for it in the picture
    """
    with matplotlib.rc_context(STYLE):
        figure = canvas(FULL, 2.6)
        axes = figure.subplots()
        at = weeks["at"].dt.tz_localize(None).to_numpy()
        ends: dict[str, float] = {}
        highest = float(weeks[[column for column, _ in lines]].astype("float64").max().max())
        for n, (column, word) in enumerate(lines):
            values = weeks[column].astype("float64").to_numpy()
            axes.plot(at, values, color=COLOURS[n % len(COLOURS)], linewidth=2)
            if len(values) and values[-1] == values[-1]:
                ends[f"{word} {values[-1]:.0f}"] = float(values[-1])
        axes.set_ylim(bottom=0)
        for words, height in _spread_heights(ends, least=highest * LEAST_APART).items():
            axes.annotate(words, (at[-1], height), (6, 0), textcoords="offset points", va="center", color=INK)
        axes.margins(x=0.02)
        axes.yaxis.grid(visible=True)
        axes.locator_params(axis="y", nbins=5, integer=True)
        dates = matplotlib.dates.AutoDateLocator(minticks=3, maxticks=5)  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_locator(dates)
        axes.xaxis.set_major_formatter(matplotlib.dates.ConciseDateFormatter(dates))  # type: ignore[no-untyped-call]
    empty = _too_few(weeks, lines)
    return Picture(name, caption, _alt(weeks, caption, lines), figure, table(weeks, name=name, caption=caption), empty)


def survival_chart(
    shares: pd.DataFrame, *, name: str, caption: str, since: str = "days after the change was created"
) -> Picture:
    """A step line for each column of shares, named at its end: the share that still waits after a number of days.

    Unknown values are not drawn. Known curves are drawn with their 95 % intervals.

    Parameters
    ----------
    shares : DataFrame with `after_days` first, and a column of shares, 0..1, for each line; `attrs["curves"]` may hold
        for a column the lists `days`, `share`, `share_low` and `share_high` of its whole curve
    since : what the days are counted from, as the axis says it
    """
    columns = list(shares.columns[1:])
    curves = shares.attrs.get("curves", {})
    ends = {}
    with matplotlib.rc_context(STYLE):
        figure = canvas(FULL, 3.2)
        axes = figure.subplots()
        # Readers ask about the first days: a root scale gives them room and still fits a year.
        axes.set_xscale("function", functions=(np.sqrt, np.square))
        for column in columns:
            points = pd.DataFrame(curves[column]) if column in curves else _points(shares, column)
            if points.empty:
                continue
            colour = _colour(column)
            axes.plot(points["days"], points["share"] * 100, color=colour, linewidth=2, drawstyle="steps-post")
            if "share_low" in points:
                axes.fill_between(points["days"], points["share_low"] * 100, points["share_high"] * 100, step="post",
                                  color=colour, alpha=0.15, linewidth=0)  # fmt: skip
            ends[column] = (points["days"].iloc[-1], points["share"].iloc[-1] * 100)
        days = shares["after_days"].tolist()
        last = _axis_end(days, [day for day, _ in ends.values()])
        for column, height in _spread_heights({column: share for column, (_, share) in ends.items()}).items():
            day, share = ends[column]
            # A curve that ends early gets a line to its name.
            axes.plot([day, last], [share, height], color=_colour(column), linewidth=0.8, linestyle=(0, (1, 2)))
            for mark, across, colour in (("■", 4, _colour(column)), (_label(column), 14, INK)):
                axes.annotate(mark, (last, height), (across, 0), textcoords="offset points", va="center", color=colour,
                              fontsize=9, annotation_clip=False)  # fmt: skip
        axes.set_xlim(0, last)
        axes.set_xticks([day for day in days if day <= last], [str(day) for day in days if day <= last])
        axes.set_xlabel(since)
        axes.set_ylim(0, 102)
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0f} %")
        axes.yaxis.grid(visible=True)
    in_words = "; ".join(_curve_in_words(shares, column) for column in columns)
    alt = f"Line chart. {caption}. {in_words or 'Nothing is known'}."
    empty = "" if ends else "It is unknown: too little was fetched to draw a curve."
    return Picture(name, caption, alt, figure, table(shares, name=name, caption=caption), empty)


def _too_few(weeks: pd.DataFrame, lines: Sequence[tuple[str, str]]) -> str:
    """A sentence if no line can be drawn, because one week alone makes no line; else empty."""
    drawable = weeks.dropna(subset=[column for column, _ in lines], how="all")
    if drawable.empty:
        return "It is unknown of every week."
    if len(drawable) > 1:
        return ""
    numbers = ", ".join(f"{word} {_number(drawable[column].iloc[0])}" for column, word in lines)
    return f"It is known of one week alone, that of {drawable['at'].iloc[0]:%Y-%m-%d}: {numbers}."


def _axis_end(days: Sequence[int], ends: Sequence[float]) -> float:
    """The end of the axis of days: its first mark after the end of every curve.

    >>> _axis_end([1, 7, 30, 365], [6.5, 20.0])
    30
    """
    longest = max(ends, default=0)
    return next((day for day in sorted(days) if day >= longest), max([1, *days]))


def _points(shares: pd.DataFrame, column: str) -> pd.DataFrame:
    """The known points of a column of shares, beginning with 1, when all wait."""
    rows = shares.dropna(subset=[column])
    points = pd.DataFrame({"days": rows["after_days"].astype(float), "share": rows[column].astype(float)})
    return pd.concat([pd.DataFrame({"days": [0.0], "share": [1.0]}), points]) if len(points) else points


def _spread_heights(heights: dict[str, float], least: float = 8.0) -> dict[str, float]:
    """The heights, moved apart until the names at them do not overlap."""
    positions: dict[str, float] = {}
    low = -least
    for name, height in sorted(heights.items(), key=lambda one: one[1]):
        low = positions[name] = max(height, low + least)
    return positions


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
