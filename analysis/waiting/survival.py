"""How long turns last, with those that still last counted: Kaplan-Meier curves and medians with intervals.

A mean over the turns that are over would leave out the worst: what has waited for a year and still waits.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from analysis import schema

EVERY_AREA = "all"


def curves(turns: pd.DataFrame, area_members: pd.DataFrame) -> pd.DataFrame:
    """Per area and party, the share of turns that last longer than so many days, with its 95 % interval.

    A curve has a point for each length at which a turn ended. See schema.WAITING_CURVES.
    """
    parts = [_curve(fitted, area, party) for area, party, _, fitted in _fitted(turns, area_members)]
    table = schema.WAITING_CURVES.frame(pd.concat(parts, ignore_index=True) if parts else {})
    return schema.validate(schema.WAITING_CURVES.ordered(table), schema.WAITING_CURVES)


def medians(turns: pd.DataFrame, area_members: pd.DataFrame) -> pd.DataFrame:
    """Per area and party, how long half of the turns last, with its 95 % interval. See schema.WAITING_MEDIANS."""
    rows = [_median(fitted, group, area, party) for area, party, group, fitted in _fitted(turns, area_members)]
    table = schema.WAITING_MEDIANS.frame(pd.DataFrame(rows, columns=list(schema.WAITING_MEDIANS.columns)))
    return schema.validate(schema.WAITING_MEDIANS.ordered(table), schema.WAITING_MEDIANS)


def _fitted(turns: pd.DataFrame, area_members: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame, Any]]:
    from lifelines import KaplanMeierFitter  # a second and a half to import, and few commands need it

    for keys, group in _placed(turns, area_members).groupby(["area_id", "waiting_on"], sort=True):
        area, party = str(keys[0]), str(keys[1])
        fitter = KaplanMeierFitter()
        yield area, party, group, fitter.fit(group["days"].to_numpy("float64"), group["is_over"].to_numpy(bool))


def _placed(turns: pd.DataFrame, area_members: pd.DataFrame) -> pd.DataFrame:
    """The turns once for every change, as `all`, and once for each area of the change."""
    declared = area_members[area_members["kind"].eq("change") & ~area_members["is_suggestion"].fillna(False)]
    number = pd.to_numeric(declared["ref"]).astype("Int64")
    areas = pd.DataFrame({"change_number": number, "area_id": declared["area_id"]}).drop_duplicates()
    placed = turns.merge(areas, on="change_number", validate="many_to_many")
    return pd.concat([turns.assign(area_id=EVERY_AREA), placed], ignore_index=True)


def _curve(fitted: Any, area: str, party: str) -> pd.DataFrame:
    interval = fitted.confidence_interval_.to_numpy()
    points = pd.DataFrame(
        {
            "days": fitted.survival_function_.index.to_numpy("float64"),
            "share": fitted.survival_function_.iloc[:, 0].to_numpy(),
            "share_low": interval[:, 0],
            "share_high": interval[:, 1],
        }
    )
    # Steps only: between two of them the curve is level.
    steps = points["share"].ne(points["share"].shift()) | (points.index == len(points) - 1)
    return points[steps].assign(area_id=area, waiting_on=party)


def _median(fitted: Any, group: pd.DataFrame, area: str, party: str) -> tuple[Any, ...]:
    from lifelines.utils import median_survival_times

    bounds = median_survival_times(fitted.confidence_interval_).to_numpy().ravel()
    middle = [None if not np.isfinite(value) else float(value) for value in (fitted.median_survival_time_, *bounds)]
    lasting = int((~group["is_over"]).sum())
    return area, party, middle[0], middle[1], middle[2], len(group), lasting
