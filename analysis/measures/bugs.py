"""Bugs without fixes: open bugs that no open or merged change, and no commit, counts as a fix for."""

import pandas as pd

from analysis import schema
from analysis.measures.fixes import NO_AREA, days_between, fix_links, importance_place
from analysis.measures.visible import visible_bugs


def open_bugs(bugs: pd.DataFrame, bug_tasks: pd.DataFrame, *, launchpad_project: str) -> pd.DataFrame:
    """Public bugs whose task in the project itself is open and which are no duplicates, in the order of bug_id.

    Returns
    -------
    DataFrame
        the columns of schema.BUGS, then status, importance, assignee, is_open of that task.
    """
    tasks = bug_tasks.loc[
        bug_tasks["target"] == launchpad_project, ["bug_id", "status", "importance", "assignee", "is_open"]
    ]
    found = visible_bugs(bugs).merge(tasks, "inner", "bug_id", validate="1:1")
    is_open = found["is_open"].fillna(False) & found["duplicate_of"].isna()
    return found[is_open].sort_values("bug_id", ignore_index=True)


def bugs_without_fix(
    *,
    bugs: pd.DataFrame,
    bug_tasks: pd.DataFrame,
    links: pd.DataFrame,
    changes: pd.DataFrame,
    area_members: pd.DataFrame,
    release: str,
    launchpad_project: str,
    as_of: pd.Timestamp,
) -> pd.DataFrame:
    """Open bugs that nothing fixes, most important and then oldest first.

    An abandoned change is no fix. `attempts` says in words what there is instead of one.

    Returns
    -------
    DataFrame
        bug_id, bug_title, importance, status, assignee, age_days, heat, n_users_affected, tags, areas, attempts.
    """
    found = open_bugs(bugs, bug_tasks, launchpad_project=launchpad_project)
    found = found[~found["bug_id"].isin(_fixed(links, changes))].rename(columns={"title": "bug_title"})
    found["age_days"] = days_between(found["created_at"], as_of)
    found["areas"] = _areas_of(found["bug_id"], area_members, release)
    found["attempts"] = _attempts(found["bug_id"], links)
    found["place"] = importance_place(found["importance"])
    found = found.sort_values(["place", "created_at", "bug_id"], ignore_index=True)
    columns = [
        "bug_id",
        "bug_title",
        "importance",
        "status",
        "assignee",
        "age_days",
        "heat",
        "n_users_affected",
        "tags",
    ]
    return found[[*columns, "areas", "attempts"]]


def _fixed(links: pd.DataFrame, changes: pd.DataFrame) -> pd.Series:
    alive = changes.loc[changes["status"] != "ABANDONED", "change_number"]
    by_change = fix_links(links, "change")
    by_change = by_change[by_change["change_number"].isin(alive)]
    fixed: pd.Series = pd.concat([by_change["bug_id"], fix_links(links, "commit")["bug_id"]])
    return fixed


def _areas_of(bug_ids: pd.Series, area_members: pd.DataFrame, release: str) -> pd.Series:
    declared = (area_members["release"] == release) & ~area_members["is_suggestion"].fillna(False)
    members = area_members.loc[declared & (area_members["kind"] == "bug"), ["ref", "area_id"]].drop_duplicates()
    joined = members.sort_values(["ref", "area_id"]).groupby("ref")["area_id"].agg(", ".join)
    named: pd.Series = bug_ids.astype("string").map(joined).astype(schema.AREAS.dtypes["title"]).fillna(NO_AREA)
    return named


def _attempts(bug_ids: pd.Series, links: pd.DataFrame) -> pd.Series:
    found: pd.Series = pd.Series("none", index=bug_ids.index, dtype=schema.AREAS.dtypes["title"])
    found[bug_ids.isin(links["bug_id"])] = "only related"
    found[bug_ids.isin(fix_links(links, "change")["bug_id"])] = "only abandoned"
    return found


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
