"""Survival curves by Kaplan and Meier: what has not ended counts as lasting longer than it has so far."""

import warnings

import numpy as np
import pandas as pd

POINTS = ("days", "share", "share_low", "share_high")
HALF = 0.5 + 1e-9  # a share is a product of fractions: a half may be computed as a little more


def curve(days: pd.Series, is_over: pd.Series) -> pd.DataFrame:
    """The share that lasts longer than a number of days, at zero and at each observed length, with its 95 % interval.

    Shares fall from 1 to 0. The interval is computed on the log-log scale, which keeps it between 0 and 1; at a share
    of one or zero it has no width, because the formula has no value there.

    Returns
    -------
    DataFrame in the order of days
        days, share, share_low, share_high; no two rows of the same days.
    """
    from scipy import stats  # takes .8 s to import, and a page without a curve does not need it

    lasted, ended = days.to_numpy("float64"), is_over.to_numpy(bool)
    estimate = stats.ecdf(stats.CensoredData(uncensored=lasted[ended], right=lasted[~ended])).sf
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # scipy warns where the formula has no value
        sides = estimate.confidence_interval(method="log-log")
        low, high = (side.probabilities for side in sides)  # type: ignore[attr-defined] # the stubs lack curves
    share = estimate.probabilities
    columns = [estimate.quantiles, share, *(np.where(np.isnan(side), share, side) for side in (low, high))]
    if columns[0][0] > 0:
        columns = [np.insert(column, 0, at_zero) for column, at_zero in zip(columns, (0.0, 1.0, 1.0, 1.0), strict=True)]
    return pd.DataFrame(dict(zip(POINTS, columns, strict=True)))


def median(points: pd.DataFrame) -> list[float | None]:
    """The days after which half is over, with the 95 % interval; None for a value that the curve does not reach."""
    return [_half_life(points["days"], points[share]) for share in ("share", "share_low", "share_high")]


def _half_life(days: pd.Series, share: pd.Series) -> float | None:
    reached = days[share <= HALF]
    return None if reached.empty else float(reached.to_numpy()[0])


def share_after(points: pd.DataFrame, days: float) -> float:
    """The share that lasts longer than a number of days; NaN beyond the longest observation."""
    seen, share = points["days"].to_numpy(), points["share"].to_numpy()
    return float("nan") if days > seen[-1] else float(share[np.searchsorted(seen, days, side="right") - 1])
