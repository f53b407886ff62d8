"""Bugs without fixes, as the build judged them, with their titles and areas."""

import pandas as pd

from analysis import schema
from analysis.measures.fixes import NO_AREA, importance_place
from analysis.visible import visible_bugs


def of_project(bugs: pd.DataFrame, bug_tasks: pd.DataFrame, *, launchpad_project: str) -> pd.DataFrame:
    """Public bugs with a task in the project itself, in the order of bug_id.

    Returns
    -------
    DataFrame
        the columns of schema.BUGS, then status, importance, assignee, is_open of that task.
    """
    of_task = ["bug_id", "status", "importance", "assignee", "is_open"]
    tasks = bug_tasks.loc[bug_tasks["target"] == launchpad_project, of_task]
    found = visible_bugs(bugs).merge(tasks, "inner", "bug_id", validate="1:1")
    return found.sort_values("bug_id", ignore_index=True)


def open_bugs(bugs: pd.DataFrame, bug_tasks: pd.DataFrame, *, launchpad_project: str) -> pd.DataFrame:
    """The bugs of `of_project` whose task there is open and which are no duplicates."""
    found = of_project(bugs, bug_tasks, launchpad_project=launchpad_project)
    return found[found["is_open"].fillna(False) & found["duplicate_of"].isna()].reset_index(drop=True)


def bugs_without_fix(
    *, unfixed_bugs: pd.DataFrame, bugs: pd.DataFrame, area_members: pd.DataFrame, areas: pd.DataFrame, release: str
) -> pd.DataFrame:
    """The public bugs of `unfixed_bugs`, most important and then oldest first, with their titles and areas.

    `areas` leaves out an area that holds every bug.

    Parameters
    ----------
    unfixed_bugs, bugs, area_members, areas : DataFrame, schema tables of these names

    Returns
    -------
    DataFrame
        bug_id, bug_title, importance, status, assignee, age_days, heat, n_users_affected, tags, areas, lack, reason.
    """
    facts = visible_bugs(bugs)[["bug_id", "title", "created_at", "n_users_affected", "tags"]]
    found = unfixed_bugs.merge(facts.rename(columns={"title": "bug_title"}), "inner", "bug_id", validate="1:1")
    found["areas"] = _areas_of(found["bug_id"], area_members, areas[areas["release"] == release])
    found["place"] = importance_place(found["importance"])
    found = found.sort_values(["place", "created_at", "bug_id"], ignore_index=True)
    of_bug = ["bug_id", "bug_title", "importance", "status", "assignee", "age_days", "heat", "n_users_affected", "tags"]
    return found[[*of_bug, "areas", "lack", "reason"]]


def _areas_of(bug_ids: pd.Series, area_members: pd.DataFrame, areas: pd.DataFrame) -> pd.Series:
    """Ids of the areas of each bug; one that holds every bug is left out, because it says nothing."""
    telling = areas.loc[~areas["is_catch_all"].fillna(False), ["release", "area_id"]]
    members = area_members[(area_members["kind"] == "bug") & ~area_members["is_suggestion"].fillna(False)]
    members = members.merge(telling, "inner", ["release", "area_id"], validate="m:1")
    members = members[["ref", "area_id"]].drop_duplicates().sort_values(["ref", "area_id"])
    joined = members.groupby("ref")["area_id"].agg(", ".join)
    named: pd.Series = schema.looked_up(bug_ids.astype(joined.index.dtype), joined).fillna(NO_AREA)
    return named


def without_fix_by_area(without_fix: pd.DataFrame) -> pd.DataFrame:
    """How many bugs without a fix are in each area, by importance: area_id, then a column for each that occurs.

    A bug in two areas counts in both, so the columns do not add up to the number of bugs.
    """
    each = without_fix.assign(area_id=without_fix["areas"].str.split(", ")).explode("area_id")
    importance = pd.Categorical(each["importance"].fillna("Unknown"), schema.IMPORTANCES)
    counts = pd.crosstab(each["area_id"], importance)
    counts = counts[[name for name in schema.IMPORTANCES if name in counts]].astype("Int64")
    return counts.rename_axis(columns=None).reset_index().sort_values("area_id", ignore_index=True)


def why_no_bugs(bugs: pd.DataFrame) -> str:
    """What an empty table of bugs means: that there are none, or that none was fetched."""
    if bugs.empty:
        return "No bug was fetched from Launchpad, so it is unknown which bugs have no fix."
    return "Every open bug has a fix."
