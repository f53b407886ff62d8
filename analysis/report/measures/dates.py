"""Days to come: when fixes reach their limit, milestones, and the ends of a release's cycle."""

import pandas as pd

from analysis.report.measures.fixes import Limits, each_once, with_limits
from analysis.tables import schema

COLUMNS = ("due_on", "uid", "summary", "url")


def due_dates(fixes: pd.DataFrame, limits: Limits, *, as_of: pd.Timestamp) -> pd.DataFrame:
    """The fixes that wait for a review and reach their limit after `as_of`, one row each, the soonest first.

    Returns
    -------
    DataFrame
        the columns of measures.each_once and `with_limits`, then due_on: the instant at which the limit is reached.
    """
    waits = fixes[fixes["waiting_on"].isin(schema.WAITING_FOR_REVIEW).fillna(False)]
    dated = with_limits(each_once(waits), limits)
    days = pd.to_timedelta(dated["limit_days"].astype("float64"), unit="D").dt.as_unit("us")
    dated = dated.assign(due_on=dated["since_at"] + days)
    later = dated[(dated["due_on"] > as_of).fillna(False)]
    return later.sort_values(["due_on", "change_number"], ignore_index=True)


def calendar_dates(
    due: pd.DataFrame,
    milestones: pd.DataFrame,
    *,
    project: str,
    release: str,
    starts: str,
    ends: str,
    as_of: pd.Timestamp,
) -> pd.DataFrame:
    """The days of a calendar that are still to come at `as_of`, the soonest first.

    Parameters
    ----------
    due : DataFrame of due_dates, with change_url
    milestones : DataFrame, schema.MILESTONES
    starts, ends : first and last day of the cycle, ISO 8601; empty where unknown

    Returns
    -------
    DataFrame
        due_on (time), uid (the same for the same thing in every calendar), summary (hostile text), url (NA: none).
    """
    limits = pd.DataFrame(
        {
            "due_on": due["due_on"],
            "uid": "change-" + due["change_number"].astype(schema.TEXT) + "-limit@bugfix-analysis",
            "summary": "Limit (" + due["limit"] + "): " + due["subject"].fillna("unknown subject"),
            "url": due["change_url"],
        }
    )
    own = milestones[milestones["launchpad_project"].eq(project).fillna(False)].dropna(subset=["targeted_on"])
    named = pd.DataFrame(
        {
            "due_on": own["targeted_on"],
            "uid": "milestone-" + own["milestone"] + f"-{project}@bugfix-analysis",
            "summary": f"Milestone of {project}: " + own["milestone"],
            "url": pd.NA,
        }
    )
    ends_of_cycle = [
        (
            pd.Timestamp(day, tz="UTC"),
            f"{release}-{word}-{project}@bugfix-analysis",
            f"{project} {release} {word}",
            pd.NA,
        )
        for day, word in ((starts, "begins"), (ends, "ends"))
        if day
    ]
    cycle = pd.DataFrame(ends_of_cycle, columns=list(COLUMNS))
    parts = [part.astype({"due_on": "datetime64[us, UTC]"}) for part in (limits, named, cycle) if len(part)]
    if not parts:
        return limits.iloc[:0]
    dates = pd.concat(parts, ignore_index=True)
    return dates[dates["due_on"] >= as_of.normalize()].sort_values(["due_on", "uid"], ignore_index=True)
