"""Backports, as the build judged them: a row for each bug that was fixed, a column for each stable branch."""

import pandas as pd

from analysis import schema
from analysis.schema.fixes import BACKPORT_STATES
from analysis.visible import is_hidden, visible_changes

OWED = ("waiting", "missing", "blocked")  # what a branch still is to get
TEXT = schema.AREAS.dtypes["title"]


def backports(
    backports: pd.DataFrame,
    *,
    changes: pd.DataFrame,
    links: pd.DataFrame,
    bugs: pd.DataFrame,
    bug_tasks: pd.DataFrame,
    launchpad_project: str,
) -> pd.DataFrame:
    """The table backports as a matrix: what each branch has of each fixed bug.

    First the bugs whose fix somebody asked for and some branch does not have yet, then the others; the most important
    first in each.

    A cell is the state, with the change's number where the public may see it. It is NA where the table has no row: the
    branch was cut with the fix, or nobody wanted it there. Private bugs are left out. What is asked for a bug that was
    not fetched is not known.

    Returns
    -------
    DataFrame
        bug_id, bug_title, importance, fixed_on_master_at, is_wanted (on any branch), then a column for each branch,
        oldest series first.
    """
    is_stable = backports["branch"].str.startswith(schema.STABLE_BRANCHES).fillna(False)
    shown = backports[is_stable & ~backports["bug_id"].isin(bugs.loc[is_hidden(bugs), "bug_id"])]
    public = visible_changes(changes, links=links, bugs=bugs)["change_number"]
    number = shown["change_number"].where(shown["change_number"].isin(public)).astype(TEXT)
    cells = shown.assign(cell=shown["state"] + (" " + number).fillna(""))
    matrix = cells.set_index(["bug_id", "branch"])["cell"].unstack("branch").rename_axis(columns=None)
    branches: list[str] = sorted(map(str, matrix), key=schema.branch_place)
    matrix = matrix[branches].reset_index()
    per_bug = shown.groupby("bug_id", as_index=False).agg(
        fixed_on_master_at=("fixed_on_master_at", "first"), is_wanted=("is_wanted", "any")
    )
    wanted = per_bug["is_wanted"].astype("boolean")
    per_bug["is_wanted"] = wanted.mask(~wanted & ~per_bug["bug_id"].isin(bugs["bug_id"]))
    titles = bugs[["bug_id", "title"]].rename(columns={"title": "bug_title"})
    tasks = bug_tasks.loc[bug_tasks["target"] == launchpad_project, ["bug_id", "importance"]]
    found = per_bug.merge(titles, "left", "bug_id", validate="1:1").merge(tasks, "left", "bug_id", validate="1:1")
    owed = shown.loc[shown["is_wanted"].fillna(False) & shown["state"].isin(OWED), "bug_id"]
    found = found.assign(is_owed=found["bug_id"].isin(owed), place=schema.importance_place(found["importance"]))
    found = found.sort_values(
        ["is_owed", "place", "fixed_on_master_at", "bug_id"], ascending=[False, True, False, True], ignore_index=True
    )
    facts = found[["bug_id", "bug_title", "importance", "fixed_on_master_at", "is_wanted"]]
    return facts.merge(matrix, "left", "bug_id", validate="1:1")


def why_no_backports(bugs: pd.DataFrame) -> str:
    """What an empty list of backports means."""
    if bugs.empty:
        return "No fix is on a stable branch in the data; what was asked for is unknown: no bug was fetched."
    return "No fixed bug has a backport, and nobody asked for one."


def by_branch(found: pd.DataFrame) -> pd.DataFrame:
    """How many bugs are in each state, one row a branch of the matrix: branch, then a column for each state."""
    branches = [name for name in found if str(name).startswith(schema.STABLE_BRANCHES)]
    states = found[branches].melt(var_name="branch", value_name="state").dropna(subset=["state"])
    states["state"] = states["state"].astype(TEXT).str.replace(r" \d+$", "", regex=True)
    counts = pd.crosstab(states["branch"], states["state"]).reindex(branches, fill_value=0)
    counts = counts.reindex(columns=list(BACKPORT_STATES), fill_value=0).astype("Int64")
    return counts.rename_axis(index="branch", columns=None).reset_index()
