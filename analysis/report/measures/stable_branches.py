"""Stable branches: their open changes, the backports of each fixed bug, and the tasks of bugs in several series."""

import pandas as pd

from analysis.judge.privacy import is_hidden, visible_bugs, visible_changes
from analysis.report.measures.bugs import MERGED, NO_FIX, not_fetched
from analysis.report.measures.fixes import days_between, public_fixes
from analysis.tables import schema

OWED = ("waiting", "missing", "blocked")  # states of backports that a branch still needs
IN_REVIEW = "its fix is in review"
UNKNOWN = ""
PLACES = {NO_FIX: 0, UNKNOWN: 1, IN_REVIEW: 2, MERGED: 3}  # in the list; an unknown fix may be missing, too


def on_stable_branches(
    reviews: pd.DataFrame, *, queue: pd.DataFrame, changes: pd.DataFrame, as_of: pd.Timestamp
) -> pd.DataFrame:
    """The rows of `open_reviews` whose change is for a stable branch: the most important first, then longest waiting.

    Changes whose waiting is unknown come after the others of their importance, the oldest first.

    Parameters
    ----------
    reviews : DataFrame of `open_reviews`
    queue, changes : DataFrame, schema tables of these names

    Returns
    -------
    DataFrame
        the columns of `reviews`, then importance (of the bug that the change fixes; NA of what fixes none), age_days.
    """
    rows = reviews[reviews["branch"].str.startswith(schema.STABLE_BRANCHES).fillna(False)]
    importance = queue.drop_duplicates("change_number").set_index("change_number")["importance"]
    age_days = days_between(changes.set_index("change_number")["created_at"], as_of)
    rows = rows.assign(
        importance=schema.looked_up(rows["change_number"], importance),
        age_days=schema.looked_up(rows["change_number"], age_days),
    )
    rows = rows.assign(place=schema.importance_place(rows["importance"]))
    order = ["place", "waiting_days", "age_days", "change_number"]
    return rows.sort_values(order, ascending=[True, False, False, True], ignore_index=True).drop(columns="place")


def why_none_on_stable(changes: pd.DataFrame) -> str:
    """The sentence for an empty list of stable branches' changes: none is open, or none of them was served."""
    if not changes["branch"].str.startswith(schema.STABLE_BRANCHES).fillna(False).any():
        return "No change of a stable branch was fetched, so it is unknown which are open."
    return "No change of a stable branch is open."


def backports(
    backports: pd.DataFrame,
    *,
    changes: pd.DataFrame,
    links: pd.DataFrame,
    bugs: pd.DataFrame,
    bug_tasks: pd.DataFrame,
    launchpad_project: str,
) -> pd.DataFrame:
    """The table backports as a matrix: the state of each fixed bug on each branch.

    First the bugs with a requested backport that some branch does not have yet, then the others; the most important
    first in each.

    A cell is the state, with the change's number if the change is public. It is NA if the table has no row (the branch
    was cut with the fix, or nobody requested it there), and if it is unknown whether the branch was cut with the fix.
    Private bugs are left out. Requests are unknown for a bug that was not fetched.

    Returns
    -------
    DataFrame
        bug_id, bug_title, importance, fixed_on_master_at, is_wanted (on any branch), then a column for each branch,
        oldest series first.
    """
    is_stable = backports["branch"].str.startswith(schema.STABLE_BRANCHES).fillna(False)
    visible = backports[is_stable & ~backports["bug_id"].isin(bugs.loc[is_hidden(bugs), "bug_id"])]
    public = visible_changes(changes, links=links, bugs=bugs)["change_number"]
    number = visible["change_number"].where(visible["change_number"].isin(public)).astype(schema.TEXT)
    cells = visible.assign(cell=visible["state"] + (" " + number).fillna(""))
    matrix = cells.set_index(["bug_id", "branch"])["cell"].unstack("branch").rename_axis(columns=None)
    branches: list[str] = sorted(map(str, matrix), key=schema.branch_place)
    matrix = matrix[branches].reset_index()
    per_bug = visible.groupby("bug_id", as_index=False).agg(
        fixed_on_master_at=("fixed_on_master_at", "first"), is_wanted=("is_wanted", "any")
    )
    is_wanted = per_bug["is_wanted"].astype("boolean")
    # A task in a series asks for a fix there; this is unknown for a bug whose tasks were not all served.
    with_all_tasks = bugs.loc[bugs["has_all_tasks"].fillna(True).astype(bool), "bug_id"]
    per_bug["is_wanted"] = is_wanted.mask(~is_wanted & ~per_bug["bug_id"].isin(with_all_tasks))
    titles = bugs[["bug_id", "title"]].rename(columns={"title": "bug_title"})
    tasks = bug_tasks.loc[bug_tasks["target"] == launchpad_project, ["bug_id", "importance"]]
    rows = per_bug.merge(titles, "left", "bug_id", validate="1:1").merge(tasks, "left", "bug_id", validate="1:1")
    # A newer branch must have a fix before an older branch, even without a task: see `owed_by_branch`.
    wanted = per_bug.loc[per_bug["is_wanted"].fillna(False), "bug_id"]
    owed = visible.loc[visible["bug_id"].isin(wanted) & visible["state"].isin(OWED), "bug_id"]
    rows = rows.assign(is_owed=rows["bug_id"].isin(owed), place=schema.importance_place(rows["importance"]))
    rows = rows.sort_values(
        ["is_owed", "place", "fixed_on_master_at", "bug_id"], ascending=[False, True, False, True], ignore_index=True
    )
    facts = rows[["bug_id", "bug_title", "importance", "fixed_on_master_at", "is_wanted"]]
    return facts.merge(matrix, "left", "bug_id", validate="1:1")


def why_no_backports(bugs: pd.DataFrame) -> str:
    """The sentence for an empty list of backports."""
    if bugs.empty:
        return "No fix is on a stable branch in the data; what was asked for is unknown: no bug was fetched."
    return "No fixed bug has a backport, and nobody asked for one."


def branch_columns(matrix: pd.DataFrame) -> list[str]:
    """The columns of `backports` that are branches, also where addresses were put beside them.

    >>> branch_columns(pd.DataFrame(columns=["bug_id", "stable/pike", "stable/pike_url"]))
    ['stable/pike']
    """
    names = [str(name) for name in matrix if str(name).startswith(schema.STABLE_BRANCHES)]
    return [name for name in names if name.removesuffix("_url") == name or name.removesuffix("_url") not in names]


def lack_of_each_branch(matrix: pd.DataFrame, facts: list[str]) -> pd.DataFrame:
    """A row for each bug and branch: `facts`, branch, state, on_branch, change_number, age, place (both for sorting).

    `age` grows from the newest branch to the oldest one. NA where a state names no lack or no change.
    """
    branches = branch_columns(matrix)
    rows = matrix[[*facts, *branches]].melt(facts, branches, var_name="branch", value_name="state")
    parts = rows["state"].astype(schema.TEXT).str.extract(r"^(?P<on_branch>[a-z]+)(?: (?P<number>\d+))?$")
    return rows.assign(
        on_branch=parts["on_branch"],
        change_number=pd.to_numeric(parts["number"]).astype("Int64"),
        age=rows["branch"].map({name: -place for place, name in enumerate(branches)}),
        place=schema.importance_place(rows["importance"]),
    )


def owed_by_branch(matrix: pd.DataFrame) -> pd.DataFrame:
    """The requested backports that each branch still needs: the newest branch first, like fixes, then by importance.

    Parameters
    ----------
    matrix : DataFrame of `backports`

    Returns
    -------
    DataFrame
        branch, bug_id, bug_title, importance, on_branch (missing, blocked or waiting), change_number (of what waits,
        else NA), n_changes (0 or 1), fixed_on_master_at.
    """
    facts = ["bug_id", "bug_title", "importance", "fixed_on_master_at"]
    rows = lack_of_each_branch(matrix[matrix["is_wanted"].fillna(False).astype(bool)], facts)
    order = ["age", "place", "fixed_on_master_at", "bug_id"]
    rows = rows[rows["on_branch"].isin(OWED)].sort_values(order, ignore_index=True)
    rows = rows.assign(n_changes=rows["change_number"].notna().astype("Int64")).astype({"branch": schema.TEXT})
    return rows[["branch", *facts[:3], "on_branch", "change_number", "n_changes", "fixed_on_master_at"]]


def shared_tasks(
    *,
    bugs: pd.DataFrame,
    bug_tasks: pd.DataFrame,
    changes: pd.DataFrame,
    commits: pd.DataFrame,
    links: pd.DataFrame,
    may_have_fix: bool = False,
) -> pd.DataFrame:
    """The open tasks of every public bug with several tasks, each with the state of the fix in its project or series.

    A fix belongs to the task of its project, if it is for master, or of the series of its branch. `need` is NA of a
    task in whose project or series no change and no commit is in the data, because it is unknown whether it has a fix
    there; and of a task in a series in development, whose fixes are for master. A merged partial fix does not count.

    Parameters
    ----------
    bugs, bug_tasks, changes, commits, links : DataFrame, schema tables of these names
    may_have_fix : whether all changes, or all merged ones, are missing in the data: then it is unknown what lacks a fix

    Returns
    -------
    DataFrame, what lacks a fix first, then what is unknown, then what has one; the most important first in each
        bug_id, bug_title, target, importance, status, assignee, need: in words; change_number: the change that fixes it
        there, the open one if there is one; n_changes: 1, 0 or NA; other_tasks: the bug's other targets and statuses.
    """
    visible = visible_bugs(bugs)
    visible = visible.loc[visible["duplicate_of"].isna(), ["bug_id", "title"]].rename(columns={"title": "bug_title"})
    tasks = visible.merge(bug_tasks.drop(columns="created_at"), "inner", "bug_id", validate="1:m")
    tasks = tasks[tasks.groupby("bug_id")["target"].transform("size") > 1].sort_values(["bug_id", "target"])
    open_tasks = tasks[tasks["is_open"].fillna(False)]
    open_tasks = open_tasks.assign(other_tasks=_others(open_tasks, tasks))
    places = _places(visible_changes(changes, links=links, bugs=bugs), commits)
    fixing = _nearest(public_fixes(links=links, bugs=bugs, changes=changes, commits=commits), places)
    open_tasks = open_tasks.merge(fixing, "left", ["bug_id", "target"], validate="1:1")
    is_held = open_tasks["target"].isin(places["target"]) & (not may_have_fix)
    open_tasks["need"] = open_tasks["need"].fillna(UNKNOWN).mask(open_tasks["need"].isna() & is_held, NO_FIX)
    open_tasks["first"], open_tasks["place"] = (
        open_tasks["need"].map(PLACES),
        schema.importance_place(open_tasks["importance"]),
    )
    open_tasks = open_tasks.sort_values(["first", "place", "bug_id", "target"], ignore_index=True)
    open_tasks["need"] = open_tasks["need"].mask(open_tasks["need"].eq(UNKNOWN))
    open_tasks["n_changes"] = open_tasks["change_number"].notna().astype("Int64").mask(open_tasks["need"].isna())
    of_task = ["target", "importance", "status", "assignee", "need", "change_number", "n_changes", "other_tasks"]
    return open_tasks[["bug_id", "bug_title", *of_task]]


def why_no_shared_tasks(bugs: pd.DataFrame) -> str:
    """The sentence for an empty list of open tasks of bugs with several."""
    if bugs.empty:
        return not_fetched("which have several tasks")
    return "No bug with several tasks has an open one."


def _others(open_tasks: pd.DataFrame, tasks: pd.DataFrame) -> pd.Series:
    """For each row of `open_tasks` the bug's other tasks, such as "nova/kilo Fix Released"."""
    in_words = tasks["target"] + " " + tasks["status"].fillna("of unknown status")
    of_bug = {bug_id: rows.to_dict() for bug_id, rows in in_words.groupby(tasks["bug_id"])}
    rows = [
        [text for row, text in of_bug[bug_id].items() if row != own] for own, bug_id in open_tasks["bug_id"].items()
    ]
    others: pd.Series = pd.Series(rows, index=open_tasks.index, dtype=schema.TEXTS)
    return others


def _places(changes: pd.DataFrame, commits: pd.DataFrame) -> pd.DataFrame:
    """The task of each public change and each commit, by Launchpad's name: kind, ref, target."""
    kinds = {"change": (changes, "change_number"), "commit": (commits, "sha")}
    parts = [
        table[["project", "branch"]].assign(kind=kind, ref=table[key].astype(schema.TEXT))
        for kind, (table, key) in kinds.items()
    ]
    places = pd.concat(parts, ignore_index=True).astype({"kind": schema.TEXT})
    project = places["project"].str.rsplit("/", n=1).str[-1].astype("str")
    series = "/" + schema.series_of(places["branch"])
    is_main = places["branch"].isin(schema.MAIN_BRANCHES)
    places["target"] = project + series.mask(is_main, "")
    return places.loc[places["target"].notna(), ["kind", "ref", "target"]]


def _nearest(fixing: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """For each bug and target the newest open fix, or else a merged one that closes the bug."""
    candidates = fixing.merge(places, "inner", ["kind", "ref"], validate="m:1")
    is_merged = candidates["status"].eq("MERGED")
    need = pd.Series(IN_REVIEW, candidates.index, dtype=places["target"].dtype).mask(is_merged, MERGED)
    candidates = candidates.assign(need=need, is_merged=is_merged)[~is_merged | candidates["relation"].eq("closes")]
    candidates = candidates.sort_values(
        ["bug_id", "target", "is_merged", "change_number"], ascending=[True, True, True, False]
    )
    return candidates.drop_duplicates(["bug_id", "target"])[["bug_id", "target", "need", "change_number"]]
