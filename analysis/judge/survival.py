"""How long something lasts, by Kaplan and Meier: what still lasts counts as longer than it has lasted yet."""

import warnings

import numpy as np
import pandas as pd

POINTS = ("days", "share", "share_low", "share_high")
HALF = 0.5 + 1e-9  # a share is a product of fractions: a half may come out a little above a half


def curve(days: pd.Series, is_over: pd.Series) -> pd.DataFrame:
    """The share that lasts longer than so many days: at zero and at each length seen, with its 95 % interval.

    Shares run from 1 to 0. The interval is taken on the log-log scale, which keeps it between them; at a share of one
    or of zero it has no width, because there the formula has none to give.

    Returns
    -------
    DataFrame in the order of days
        days, share, share_low, share_high; no two rows of the same days.
    """
    from scipy import stats  # .8 s, which a page that draws no curve need not wait for

    lasted, ended = days.to_numpy("float64"), is_over.to_numpy(bool)
    estimate = stats.ecdf(stats.CensoredData(uncensored=lasted[ended], right=lasted[~ended])).sf
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # scipy warns wherever the formula gives none
        sides = estimate.confidence_interval(method="log-log")
        low, high = (side.probabilities for side in sides)  # type: ignore[attr-defined]  # curves, of which stubs know not
    share = estimate.probabilities
    columns = [estimate.quantiles, share, *(np.where(np.isnan(side), share, side) for side in (low, high))]
    if columns[0][0] > 0:
        columns = [np.insert(column, 0, at_zero) for column, at_zero in zip(columns, (0.0, 1.0, 1.0, 1.0), strict=True)]
    return pd.DataFrame(dict(zip(POINTS, columns, strict=True)))


def median(points: pd.DataFrame) -> list[float | None]:
    """The days by which half is over, and the 95 % interval of that; None for what the curve does not come down to."""
    return [_half(points["days"], points[share]) for share in ("share", "share_low", "share_high")]


def _half(days: pd.Series, share: pd.Series) -> float | None:
    reached = days[share <= HALF]
    return None if reached.empty else float(reached.to_numpy()[0])


def share_after(points: pd.DataFrame, days: float) -> float:
    """The share that lasts longer than so many days; NaN beyond the longest that anything was watched."""
    seen, share = points["days"].to_numpy(), points["share"].to_numpy()
    return float("nan") if days > seen[-1] else float(share[np.searchsorted(seen, days, side="right") - 1])
