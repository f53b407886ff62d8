"""Limits on waiting, and the fixes that are over one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis import schema
from analysis.errors import ProjectFileError


@dataclass(frozen=True, slots=True)
class Limits:
    """Days that a fix may wait for review: by the importance of its bug, and on a stable branch. None: no limit."""

    importance_days: Mapping[str, float]
    stable_days: float | None = None

    @classmethod
    def from_mapping(cls, section: Mapping[str, Any]) -> "Limits":
        """Section [limits] of a project file. Raises ProjectFileError for a key that it does not know."""
        unknown = sorted(set(section) - {"importance_days", "stable_days"})
        by_importance = section.get("importance_days", {})
        if not isinstance(by_importance, Mapping):
            raise ProjectFileError(
                expected="[limits.importance_days] as a table",
                found=repr(by_importance)[:100],
                do="write importance = days in it",
            )
        strange = sorted(set(by_importance) - set(schema.IMPORTANCES))
        values = [*by_importance.values(), *([section["stable_days"]] if "stable_days" in section else [])]
        wrong = [value for value in values if not schema.is_days(value)]
        if unknown or strange or wrong:
            raise ProjectFileError(
                expected="[limits] with stable_days and importance_days.<importance>, in days",
                found=f"{[*unknown, *strange, *wrong]}",
                do="correct the spelling or the value in the project file",
            )
        return cls(dict(by_importance), section.get("stable_days"))


def breaches(fixes: pd.DataFrame, limits: Limits) -> pd.DataFrame:
    """The fixes that have waited for review longer than a limit allows, most over it first; one row per change.

    Where two limits apply, the shorter one counts. A fix whose waiting time is unknown is no breach: it is unknown.

    Returns
    -------
    DataFrame
        the columns of `fixes` without area and rank, then limit_days, over_days, limit.
    """
    waits = fixes[fixes["waiting_on"].isin(schema.WAITING_FOR_REVIEW)].drop_duplicates("change_number")
    by_importance = waits["importance"].map(dict(limits.importance_days)).astype("Float64")
    is_stable = waits["branch"].str.startswith(schema.STABLE_BRANCHES).fillna(False)
    on_stable = pd.Series(limits.stable_days, index=waits.index, dtype="Float64").where(is_stable)
    limit = pd.concat([by_importance, on_stable], axis=1).min(axis=1)
    is_by_branch = on_stable.eq(limit).fillna(False)
    named = ("importance " + waits["importance"]).mask(is_by_branch, "branch " + waits["branch"])
    found = waits.assign(limit_days=limit, over_days=(waits["waiting_days"] - limit).round(1), limit=named)
    found = found[(found["over_days"] > 0).fillna(False)]
    found = found.sort_values(["over_days", "change_number"], ascending=[False, True], ignore_index=True)
    return found.drop(columns=["area_id", "rank"], errors="ignore")


def why_no_breach(limits: Limits) -> str:
    """What an empty list of breaches means."""
    if not limits.importance_days and limits.stable_days is None:
        return "The project file sets no limits."
    return "No fix is known to wait longer than the project file allows."
