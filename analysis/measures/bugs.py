"""Bugs without fixes, as the build judged them, with their titles and areas."""

import pandas as pd

from analysis import schema
from analysis.measures.areas import area_page, declared, in_area, with_area_names
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

    Parameters
    ----------
    unfixed_bugs, bugs, area_members, areas : DataFrame, schema tables of these names

    Returns
    -------
    DataFrame
        bug_id, bug_title, importance, status, assignee, age_days, heat, n_users_affected, tags, lack, reason, and
        areas (their titles) and areas_page of `with_area_names`.
    """
    facts = visible_bugs(bugs)[["bug_id", "title", "created_at", "n_users_affected", "tags"]]
    found = unfixed_bugs.merge(facts.rename(columns={"title": "bug_title"}), "inner", "bug_id", validate="1:1")
    found = with_bug_areas(found, area_members, areas, release=release)
    found["place"] = schema.importance_place(found["importance"])
    found = found.sort_values(["place", "created_at", "bug_id"], ignore_index=True)
    of_bug = ["bug_id", "bug_title", "importance", "status", "assignee", "age_days", "heat", "n_users_affected", "tags"]
    return found[[*of_bug, "areas", "areas_page", "lack", "reason"]]


def with_bug_areas(
    frame: pd.DataFrame, area_members: pd.DataFrame, areas: pd.DataFrame, *, release: str
) -> pd.DataFrame:
    """The frame with the areas of each bug, as `with_area_names` tells them: those that a rule put it into.

    Parameters
    ----------
    frame : DataFrame with bug_id
    area_members, areas : DataFrame, schema tables of these names
    """
    members = schema.declared_members(area_members[area_members["release"] == release], "bug")
    return with_area_names(frame, members, areas, release=release, key="bug_id", label="title")


def without_fix_by_area(
    without_fix: pd.DataFrame, *, area_members: pd.DataFrame, areas: pd.DataFrame, release: str
) -> pd.DataFrame:
    """How many bugs without a fix are in each area of the release, in the order of its file.

    A bug in two areas counts in both, so the columns do not add up to the number of bugs.

    Returns
    -------
    DataFrame
        title, n_bugs, a column for each importance that occurs, area_page: where the bugs are listed. Empty where no
        bug lacks a fix.
    """
    rows = declared(areas, release)
    parts = [
        in_area(without_fix, area_members, release=release, area_id=area_id, kind="bug") for area_id in rows["area_id"]
    ]
    importances = [part["importance"].fillna("Unknown").value_counts() for part in parts]
    found = pd.DataFrame({"title": rows["title"], "n_bugs": pd.array([len(part) for part in parts], "Int64")})
    for name in schema.IMPORTANCES:
        found[name] = pd.array([int(counts.get(name, 0)) for counts in importances], "Int64")
    occurs = [name for name in schema.IMPORTANCES if found[name].gt(0).any()]
    pages = [area_page(area_id, part="without_fix") for area_id in rows["area_id"]]
    found = found[["title", "n_bugs", *occurs]].assign(area_page=pages)
    return found if len(without_fix) else found.head(0)


def not_fetched(unknown: str) -> str:
    """What every page says instead of an answer where no bug was fetched; `unknown` is the question.

    >>> not_fetched("which are open")
    'No bug was fetched from Launchpad, so it is unknown which are open.'
    """
    return f"No bug was fetched from Launchpad, so it is unknown {unknown}."


def why_no_bugs(bugs: pd.DataFrame, *, where: str = "") -> str:
    """What an empty table of bugs without a fix means: that there are none, or that none was fetched.

    >>> why_no_bugs(schema.BUGS.empty())
    'No bug was fetched from Launchpad, so it is unknown which bugs have no fix.'
    """
    if bugs.empty:
        return not_fetched("which bugs have no fix")
    return f"Every open bug{where and ' ' + where} has a fix."
