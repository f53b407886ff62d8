"""The open tasks of bugs that have several: which project or series of a bug lacks a fix, and which has one."""

import pandas as pd

from analysis import schema
from analysis.measures.bugs import not_fetched
from analysis.measures.fixes import public_fixes
from analysis.measures.progress import MERGED, NO_FIX
from analysis.visible import visible_bugs, visible_changes

IN_REVIEW = "its fix is in review"
UNKNOWN = ""
PLACES = {NO_FIX: 0, UNKNOWN: 1, IN_REVIEW: 2, MERGED: 3}  # in the list; what nobody knows may be lacking too
_LIST = schema.AREAS.dtypes["owners"]


def shared_tasks(
    *, bugs: pd.DataFrame, bug_tasks: pd.DataFrame, changes: pd.DataFrame, commits: pd.DataFrame, links: pd.DataFrame
) -> pd.DataFrame:
    """The open tasks of every public bug that has several, each with what its own project or series has of a fix.

    A fix belongs to the task of its project, if it is for master, or of the series of its branch. `need` is NA of a
    task in whose project or series no change and no commit is in the data: whether it has a fix is unknown there. So it
    is of a series in development, whose fixes are for master. A part of a fix that merged is none.

    Parameters
    ----------
    bugs, bug_tasks, changes, commits, links : DataFrame, schema tables of these names

    Returns
    -------
    DataFrame, what lacks a fix first, then what is unknown, then what has one; the most important first in each
        bug_id, bug_title, target, importance, status, assignee, need: in words; change_number: the change that fixes it
        there, the open one if there is one; n_changes: 1, 0 or NA; other_tasks: the bug's other targets and statuses.
    """
    shown = visible_bugs(bugs)
    shown = shown.loc[shown["duplicate_of"].isna(), ["bug_id", "title"]].rename(columns={"title": "bug_title"})
    tasks = shown.merge(bug_tasks.drop(columns="created_at"), "inner", "bug_id", validate="1:m")
    tasks = tasks[tasks.groupby("bug_id")["target"].transform("size") > 1].sort_values(["bug_id", "target"])
    found = tasks[tasks["is_open"].fillna(False)]
    found = found.assign(other_tasks=_others(found, tasks))
    places = _places(visible_changes(changes, links=links, bugs=bugs), commits)
    fixing = _nearest(public_fixes(links=links, bugs=bugs, changes=changes, commits=commits), places)
    found = found.merge(fixing, "left", ["bug_id", "target"], validate="1:1")
    is_held = found["target"].isin(places["target"])
    found["need"] = found["need"].fillna(UNKNOWN).mask(found["need"].isna() & is_held, NO_FIX)
    found["first"], found["place"] = found["need"].map(PLACES), schema.importance_place(found["importance"])
    found = found.sort_values(["first", "place", "bug_id", "target"], ignore_index=True)
    found["need"] = found["need"].mask(found["need"].eq(UNKNOWN))
    found["n_changes"] = found["change_number"].notna().astype("Int64").mask(found["need"].isna())
    of_task = ["target", "importance", "status", "assignee", "need", "change_number", "n_changes", "other_tasks"]
    return found[["bug_id", "bug_title", *of_task]]


def why_no_shared_tasks(bugs: pd.DataFrame) -> str:
    """What an empty list of open tasks of bugs with several means."""
    if bugs.empty:
        return not_fetched("which have several tasks")
    return "No bug with several tasks has an open one."


def _others(found: pd.DataFrame, tasks: pd.DataFrame) -> pd.Series:
    """Of each row of `found` the bug's other tasks, as "nova/kilo Fix Released"."""
    said = tasks["target"] + " " + tasks["status"].fillna("of unknown status")
    of_bug = {bug_id: rows.to_dict() for bug_id, rows in said.groupby(tasks["bug_id"])}
    rows = [[text for row, text in of_bug[bug_id].items() if row != own] for own, bug_id in found["bug_id"].items()]
    others: pd.Series = pd.Series(rows, index=found.index, dtype=_LIST)
    return others


def _places(changes: pd.DataFrame, commits: pd.DataFrame) -> pd.DataFrame:
    """Which task each public change and each commit is for, as Launchpad names it: kind, ref, target."""
    text = schema.LINKS.dtypes["ref"]
    kinds = {"change": (changes, "change_number"), "commit": (commits, "sha")}
    parts = [
        table[["project", "branch"]].assign(kind=kind, ref=table[key].astype(text))
        for kind, (table, key) in kinds.items()
    ]
    found = pd.concat(parts, ignore_index=True).astype({"kind": text})
    project = found["project"].str.rsplit("/", n=1).str[-1]
    series = "/" + schema.series_of(found["branch"])
    is_main = found["branch"].isin(schema.MAIN_BRANCHES)
    found["target"] = project + series.mask(is_main, "")
    return found.loc[found["target"].notna(), ["kind", "ref", "target"]]


def _nearest(fixing: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """Of each bug and target the newest open fix, or else one that merged and closes the bug."""
    here = fixing.merge(places, "inner", ["kind", "ref"], validate="m:1")
    is_merged = here["status"].eq("MERGED")
    said = pd.Series(IN_REVIEW, here.index, dtype=places["target"].dtype).mask(is_merged, MERGED)
    here = here.assign(need=said, is_merged=is_merged)[~is_merged | here["relation"].eq("closes")]
    here = here.sort_values(["bug_id", "target", "is_merged", "change_number"], ascending=[True, True, True, False])
    return here.drop_duplicates(["bug_id", "target"])[["bug_id", "target", "need", "change_number"]]
