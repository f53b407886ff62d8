"""How long turns last, including those that still last: Kaplan-Meier curves and medians with intervals.

A mean over finished turns would leave out the worst ones: changes that have waited for a year and still wait.
"""

import pandas as pd

from analysis.judge import survival
from analysis.tables import schema

KEYS = ["area_id", "waiting_on"]


def durations(turns: pd.DataFrame, area_members: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two tables for each area and party: the curve of how long turns last, and the median.

    The first has the share of turns that last longer than a number of days, with its 95 % interval; a curve has a point
    for each length at which a turn ended. See schema.WAITING_CURVES and schema.WAITING_MEDIANS.
    """
    curves, medians = [schema.WAITING_CURVES.empty()], []
    for keys, group in _turns_by_area(turns, area_members).groupby(KEYS, sort=True):
        area, party = map(str, keys)
        points = survival.curve(group["days"], group["is_over"])
        curves.append(_steps(points).assign(area_id=area, waiting_on=party))
        medians.append((area, party, *survival.median(points), len(group), int((~group["is_over"]).sum())))
    return (
        _table(schema.WAITING_CURVES, pd.concat(curves, ignore_index=True)),
        _table(schema.WAITING_MEDIANS, pd.DataFrame(medians, columns=list(schema.WAITING_MEDIANS.columns))),
    )


def _turns_by_area(turns: pd.DataFrame, area_members: pd.DataFrame) -> pd.DataFrame:
    """The turns with an area: once as `all`, and once for each area of the change."""
    areas = schema.declared_members(area_members, "change")[["change_number", "area_id"]].drop_duplicates()
    by_area = turns.merge(areas, on="change_number", validate="many_to_many")
    return pd.concat([turns.assign(area_id=schema.EVERY_AREA), by_area], ignore_index=True)


def _steps(points: pd.DataFrame) -> pd.DataFrame:
    """The steps of the curve and its end: between two steps it is level."""
    falls = points["share"].ne(points["share"].shift())
    return points[falls | (points.index == len(points) - 1)]


def _table(contract: schema.Table, columns: pd.DataFrame) -> pd.DataFrame:
    return schema.validate(contract.ordered(contract.frame(columns)), contract)
