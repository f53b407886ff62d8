"""The number of open changes that will merge: the expected number, its 90 % interval, and past checks.

The chances of single changes do not give the error of their sum, because changes do not merge independently: a release
freezes, a core is away. So the errors of past forecasts set the width.
"""

import numpy as np
import pandas as pd

from analysis.tables import schema

SHARE = 0.9  # of the numbers that should lie in their interval
RELATIVE = 0.2  # of the expected number: so much it is off beside the chance of each change, as a rule
# Standard deviations on both sides before any check, those of a normal error; they count as three checks.
FIRST_WIDTH, FIRST_CHECKS = 1.645, 3


def sums(chances: pd.DataFrame, is_newcomer: "pd.Series[bool]") -> pd.DataFrame:
    """Per group of owners and number of weeks: n_open, expected_merges and the variance of chance alone.

    Parameters
    ----------
    chances : DataFrame, a column for each number of weeks, NaN where it is unknown
    """
    rows = []
    for owners, mine in zip(schema.OWNER_GROUPS, (is_newcomer | True, is_newcomer, ~is_newcomer), strict=True):
        for weeks in chances:
            p = chances[weeks][mine].dropna()
            rows.append((owners, weeks, len(p), p.sum(), (p * (1 - p)).sum()))
    return pd.DataFrame(rows, columns=["owners", "weeks", "n_open", "expected_merges", "variance"])


def width(checks: pd.DataFrame) -> float:
    """The standard deviations that held SHARE of the errors of past forecasts, from `sums` with `n_merged`.

    A rank of past errors assumes no distribution (conformal prediction). RELATIVE and FIRST_CHECKS were chosen on
    Cinder and Nova 2011-12; benchmarks/queue counts how many numbers lie in their intervals.
    """
    past = checks[checks["expected_merges"].gt(0)]
    if past.empty:
        return FIRST_WIDTH
    errors = (past["n_merged"] - past["expected_merges"]).abs() / _deviation(past)
    n = len(errors)
    rank = min(int(np.ceil((n + 1) * SHARE)), n)
    held = float(np.sort(errors.to_numpy("float64"))[rank - 1])
    return (n * held + FIRST_CHECKS * FIRST_WIDTH) / (n + FIRST_CHECKS)


def with_interval(totals: pd.DataFrame, deviations: float) -> pd.DataFrame:
    """The rows of `sums` with n_low and n_high, so many deviations away: 90 of 100 numbers should lie there."""
    half = deviations * _deviation(totals)
    low = np.ceil((totals["expected_merges"] - half).clip(lower=0))  # the whole numbers between the ends
    high = np.floor((totals["expected_merges"] + half).clip(upper=totals["n_open"])).clip(lower=low)
    is_known = totals["n_open"].gt(0)
    return totals.assign(
        expected_merges=totals["expected_merges"].where(is_known),
        n_low=low.where(is_known),
        n_high=high.where(is_known),
    ).astype({"n_low": "Int64", "n_high": "Int64"})


def _deviation(totals: pd.DataFrame) -> "pd.Series[float]":
    return pd.Series(np.sqrt(totals["variance"] + (RELATIVE * totals["expected_merges"]) ** 2))


def table(contract: schema.Table, rows: pd.DataFrame) -> pd.DataFrame:
    """The columns of the contract, in its order, checked."""
    return schema.validate(contract.ordered(contract.frame(rows[list(contract.columns)])), contract)
