"""The importance of a fix: that of its bug in the change's own target, and the most important of its bugs."""

import pandas as pd

from analysis.judge.fixes.linked_changes import open_linked_changes
from analysis.judge.privacy import is_hidden
from analysis.tables import schema


def targets(changes: pd.DataFrame) -> pd.DataFrame:
    """The task targets for each change: first the series of its branch, then the project."""
    project = changes["project"].str.rsplit("/", n=1).str[-1].astype("str")
    series_target = project + "/" + schema.series_of(changes["branch"])
    return pd.DataFrame({"change_number": changes["change_number"], "target": project, "series_target": series_target})


def importances(pairs: pd.DataFrame, changes: pd.DataFrame, bug_tasks: pd.DataFrame) -> pd.Series:
    """The importance of each pair's bug in the change's own target; NA if the bug has no task there.

    A bug has one task per project and per series, each with its own importance; their order on Launchpad has no
    meaning.
    """
    tasks = bug_tasks[["bug_id", "target", "importance"]]
    wanted = pairs[["change_number", "bug_id"]].merge(targets(changes), on="change_number", validate="many_to_one")
    project = wanted.merge(tasks, on=["bug_id", "target"], how="left", validate="many_to_one")["importance"]
    tasks = tasks.rename(columns={"target": "series_target"})
    series = wanted.merge(tasks, on=["bug_id", "series_target"], how="left", validate="many_to_one")["importance"]
    return pd.Series(series.fillna(project).array, index=pairs.index)


def open_fixes(
    *,
    linked_changes: pd.DataFrame,
    changes: pd.DataFrame,
    links: pd.DataFrame,
    bugs: pd.DataFrame,
    bug_tasks: pd.DataFrame,
) -> pd.DataFrame:
    """One row per open change that counts as a fix: change_number, the most important bug that it fixes, importance.

    Fixes of private bugs, and private changes, are left out: they must not reach a report. `linked_changes` are those
    of these tables.
    """
    fixes = open_linked_changes(linked_changes)
    pairs = fixes.loc[fixes["counts_as_fix"], ["change_number", "bug_id"]].reset_index(drop=True)
    hidden = _is_fix_of_private_bug(links, bugs)
    pairs = pairs[~pairs["change_number"].isin(hidden)].reset_index(drop=True)
    pairs["importance"] = importances(pairs, changes[changes["change_number"].isin(pairs["change_number"])], bug_tasks)
    order = schema.importance_place(pairs["importance"])
    best = pairs.assign(order=order).sort_values(["change_number", "order", "bug_id"], kind="stable")
    return best.drop_duplicates("change_number", ignore_index=True)[["change_number", "bug_id", "importance"]]


def _is_fix_of_private_bug(links: pd.DataFrame, bugs: pd.DataFrame) -> pd.Series:
    private = bugs.loc[is_hidden(bugs), "bug_id"]
    named = links[links["kind"].eq("change") & links["bug_id"].isin(private)]
    return pd.to_numeric(named["ref"]).astype("Int64")
