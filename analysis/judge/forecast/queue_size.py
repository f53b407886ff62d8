"""How many changes will be open in some weeks, by the pace of the last ones: a number with an interval, and checks.

The changes that were opened and closed in each of the last weeks give the pace and its spread. The forecast continues
with HALF of the pace: on Nova 2011-12 and 2016-17 and Cinder that was nearer to the outcome than all of it (chosen on
the same data). Weeks are not independent (a release freezes, a core is away), so the interval is as wide as it had to
be at earlier instants of the same data.
"""

from collections.abc import Collection

import numpy as np
import pandas as pd

from analysis.judge.forecast.event_index import Floats

PACE_WEEKS = 13  # whose mean is the pace
AHEAD = (4, 12)
HALF = 0.5
SHARE = 0.9  # of the numbers that should lie in their interval
FIRST_WIDTH = 1.645  # standard deviations on both sides before much is known: those of a normal error
# Of the time ahead: so much past must be known before its errors alone say how wide the interval is. Chosen on Cinder
# and Nova 2011-12; on Swift, held back, 89 % of the numbers then lay in their interval.
LENGTHS = 2


def queue_sizes(flows: pd.DataFrame, *, ahead: Collection[int] = AHEAD) -> pd.DataFrame:
    """For the end of each week the number that will be open some weeks later, from what was known by then.

    Parameters
    ----------
    flows : DataFrame, one row per week, oldest first
        ends_at; n_open at the end; n_opened, n_merged, n_abandoned in the week.

    Returns
    -------
    DataFrame, the newest instant first, then by weeks
        instant_at, weeks; n_then: open at the instant; expected_open, n_low, n_high: open after the weeks; n_came: the
        number that was open then, NA while it is still ahead. A week without PACE_WEEKS known weeks before it has no
        row.
    """
    net = (flows["n_opened"] - flows["n_merged"] - flows["n_abandoned"]).to_numpy("float64")
    flow = (flows["n_opened"] + flows["n_merged"] + flows["n_abandoned"]).to_numpy("float64")
    size = flows["n_open"].to_numpy("float64")
    rows: list[tuple[object, ...]] = []
    for weeks in ahead:
        errors: list[tuple[int, float]] = []  # the week in which an error was known; in standard deviations
        for at in range(PACE_WEEKS - 1, len(flows)):
            lately = slice(at - PACE_WEEKS + 1, at + 1)
            spread = _spread(net[lately], flow[lately], weeks)
            expected = max(size[at] + HALF * weeks * net[lately].mean(), 0.0)
            width = spread * _width(np.array([error for week, error in errors if week <= at]), weeks)
            came = at + weeks
            actual = size[came] if came < len(flows) else np.nan
            if came < len(flows):
                errors.append((came, abs(actual - expected) / spread))
            low, high = max(np.floor(expected - width), 0.0), np.ceil(expected + width)
            rows.append((flows["ends_at"].iloc[at], weeks, size[at], round(expected, 1), low, high, actual))
    columns = ["instant_at", "weeks", "n_then", "expected_open", "n_low", "n_high", "n_came"]
    whole = dict.fromkeys(["weeks", "n_then", "n_low", "n_high", "n_came"], "Int64")
    sizes = pd.DataFrame(rows, columns=columns).astype({**whole, "expected_open": "Float64"})
    return sizes.sort_values(["instant_at", "weeks"], ascending=[False, True], ignore_index=True)


def _spread(net: Floats, flow: Floats, weeks: int) -> float:
    """The standard deviation of the sum of some weeks to come; the pace itself is only an estimate."""
    of_week = max(float(net.var(ddof=1)), float(flow.mean()), 1.0)  # what comes and goes one by one varies so much
    return float(np.sqrt(of_week * weeks * (1 + weeks / len(net))))


def _width(errors: Floats, weeks: int) -> float:
    """The standard deviations that held SHARE of the errors so far."""
    if not len(errors):
        return FIRST_WIDTH
    rank = min(int(np.ceil((len(errors) + 1) * SHARE)), len(errors))
    least = FIRST_WIDTH if len(errors) < LENGTHS * weeks else 0.0
    return max(float(np.sort(errors)[rank - 1]), least)
