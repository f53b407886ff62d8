"""Reviews that fit into an hour: how long each takes by its size, and why it comes first, from what is known."""

import re

import pandas as pd

from analysis.tables import schema
from analysis.tables.completeness import UnknownAnswer

LINES_AN_HOUR = 300  # lines that a person reviews with care in one sitting: studies of code review say 200 to 400
MOST = 3  # things that speak for a fix: the strongest
MINUTES_TO_BEGIN = 5  # minutes to read the bug and the message of any change
_POINTS = re.compile(r"^([+-])[\d.]+ ")


def review_minutes(size_lines: pd.Series) -> "pd.Series[float]":
    """The minutes that a review of so many lines takes: an estimate, not a measurement; NA of an unknown size."""
    minutes: pd.Series[float] = (MINUTES_TO_BEGIN + size_lines * 60 / LINES_AN_HOUR).astype("Float64").round()
    return minutes


def fitting(minutes: pd.Series, budget: float) -> "pd.Series[bool]":
    """Whether each of the reviews is done within the budget: one that does not fit is left out for the next that does.

    >>> fitting(pd.Series([40, 30, 20]), 60).tolist()
    [True, False, True]
    """
    minutes_left, fits_in = budget, []
    for one in minutes:
        fits = bool(pd.notna(one) and one <= minutes_left)
        minutes_left -= one if fits else 0
        fits_in.append(fits)
    return pd.Series(fits_in, minutes.index, dtype=bool)


def review_hour(fixes: pd.DataFrame, *, minutes: float) -> pd.DataFrame:
    """The fixes, in their order, whose reviews fit into the minutes.

    Parameters
    ----------
    fixes : DataFrame of `do_next`, with size_lines

    Returns
    -------
    DataFrame
        the columns of `fixes`, then minutes (never NA: a fix of unknown size is left out) and speaks_for.
    """
    rows = fixes.assign(minutes=review_minutes(fixes["size_lines"]), speaks_for=speaks_for(fixes["reasons"]))
    return rows[fitting(rows["minutes"], minutes)].reset_index(drop=True)


def why_none_fits(fixes: pd.DataFrame, *, minutes: float) -> str:
    """The sentence for an empty list of reviews where some fixes wait.

    Parameters
    ----------
    fixes : DataFrame of `do_next`, with size_lines
    """
    if fixes["size_lines"].isna().all():
        return UnknownAnswer("The size of none of the fixes that wait was fetched", "how long each review takes")
    of_known_size = " of a known size" if fixes["size_lines"].isna().any() else ""
    return f"No fix{of_known_size} fits into {minutes:.0f} minutes."


def speaks_for(reasons: pd.Series) -> "pd.Series[str]":
    """What speaks most for reviewing each fix, in words without points; the reasons of a rank are with them.

    >>> speaks_for(pd.Series([["+60.0 importance High", "-4.6 days silent: 92", "+8.0 at most 50 lines"]]))[0]
    'importance High; at most 50 lines'
    """
    texts = [
        "; ".join([_POINTS.sub("", one) for one in (each if isinstance(each, list) else []) if one[:1] != "-"][:MOST])
        for each in reasons
    ]
    words: pd.Series[str] = pd.Series(texts, reasons.index, dtype=schema.TEXT)
    return words.mask(words.eq(""))
