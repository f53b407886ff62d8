"""The number of open changes that will merge: the expected number, its 90 % interval, and past checks.

The chances of single changes do not tell the error of their sum, because changes do not merge independently: a release
freezes, a core is away. So the errors of past forecasts set the width.
"""

import numpy as np
import pandas as pd

from analysis.tables import schema

NINETY = 1.6449  # standard deviations on both sides that hold 90 %
# Before any check: a relative error of .45, which counts as one check. It is wide, so that little data promises little.
PRIOR, PRIOR_CHECKS = 0.2, 1


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


def spread(checks: pd.DataFrame) -> float:
    """The square of the relative error of past forecasts beyond chance, from `sums` with `n_merged`.

    Newcomers and insiders count, but not their sum in addition.
    """
    apart = checks[checks["owners"].ne("all") & checks["expected_merges"].gt(0)]
    square = apart["expected_merges"] ** 2
    beyond = ((apart["n_merged"] - apart["expected_merges"]) ** 2 - apart["variance"]).clip(lower=0)
    prior = PRIOR_CHECKS * (square.mean() if len(apart) else 1.0)
    return float((beyond.sum() + PRIOR * prior) / (square.sum() + prior))


def with_interval(totals: pd.DataFrame, relative: float) -> pd.DataFrame:
    """The rows of `sums` with n_low and n_high, between which 90 of 100 numbers should lie."""
    width = NINETY * np.sqrt(totals["variance"] + relative * totals["expected_merges"] ** 2)
    low = np.ceil((totals["expected_merges"] - width).clip(lower=0))  # the whole numbers between the ends
    high = np.floor((totals["expected_merges"] + width).clip(upper=totals["n_open"])).clip(lower=low)
    is_known = totals["n_open"].gt(0)
    return totals.assign(
        expected_merges=totals["expected_merges"].where(is_known),
        n_low=low.where(is_known),
        n_high=high.where(is_known),
    ).astype({"n_low": "Int64", "n_high": "Int64"})


def table(contract: schema.Table, rows: pd.DataFrame) -> pd.DataFrame:
    """The columns of the contract, in its order, checked."""
    return schema.validate(contract.ordered(contract.frame(rows[list(contract.columns)])), contract)
