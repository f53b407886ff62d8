"""Open fixes of bugs that are already closed on their branch: they need no review."""

import pandas as pd

from analysis.judge.fixes.linked_changes import open_linked_changes
from analysis.judge.privacy import is_hidden
from analysis.tables import schema

# If a fix of an open bug is proposed this long after another one merged, the other one was not enough.
AFTERTHOUGHT = pd.Timedelta(days=1)


def superseded_fixes(
    *, linked_changes: pd.DataFrame, bugs: pd.DataFrame, bug_tasks: pd.DataFrame, target: str
) -> pd.DataFrame:
    """The open changes all of whose bugs are closed on their branch, by another change or by their status.

    On the main branch the bug's task in `target` decides; on a stable branch only a task of that series, because bugs
    that are closed on the main branch are the ones to backport. A fix of an open bug that was proposed after the other
    one merged is not superseded, because the other one was not enough. Nor is a partial fix superseded by another
    partial fix.

    Parameters
    ----------
    linked_changes, bugs, bug_tasks : DataFrame, schema tables of these names
    target : name of the project on Launchpad

    Returns
    -------
    DataFrame, schema.SUPERSEDED_FIXES
    """
    changes = linked_changes.assign(line=schema.line_of(linked_changes["branch"]))
    fixes = open_linked_changes(changes)
    fixes = fixes[fixes["counts_as_fix"] & ~fixes["bug_id"].isin(bugs.loc[is_hidden(bugs), "bug_id"])]
    tasks = _tasks_on(fixes, bug_tasks, target)
    fixes = fixes.merge(tasks, on=["bug_id", "line"], how="left", validate="many_to_one")
    fixes = fixes.merge(_closing(fixes, changes), on=["bug_id", "change_number"], how="left", validate="one_to_one")
    is_open = fixes["is_open"].fillna(False).astype(bool)
    is_afterthought = fixes["created_at"].gt(fixes["closed_at"] + AFTERTHOUGHT).fillna(False)
    by_other = fixes["closed_by"].notna() & ~(is_open & is_afterthought)
    by_status = fixes["is_open"].eq(False).fillna(False)
    dead = fixes[by_other | by_status]
    whole = dead.groupby("change_number").size().eq(fixes.groupby("change_number").size())
    dead = dead[dead["change_number"].isin(whole.index[whole.fillna(False)])]
    dead = dead.sort_values(["change_number", "closed_at", "bug_id"], kind="stable").drop_duplicates("change_number")
    table = schema.SUPERSEDED_FIXES.frame(
        {
            **{name: dead[name] for name in ("change_number", "bug_id", "branch", "closed_by", "closed_at")},
            "reason": _reason(dead),
        }
    )
    return schema.validate(schema.SUPERSEDED_FIXES.ordered(table), schema.SUPERSEDED_FIXES)


def _tasks_on(fixes: pd.DataFrame, bug_tasks: pd.DataFrame, target: str) -> pd.DataFrame:
    """For each bug and branch line of the fixes, the task that shows whether the bug is closed there, if any."""
    pairs = fixes[["bug_id", "line"]].drop_duplicates()
    series = (target + "/" + pairs["line"]).mask(pairs["line"].eq(schema.MASTER), target)
    tasks = bug_tasks[["bug_id", "target", "status", "is_open", "closed_at"]]
    tasks = tasks.rename(columns={"status": "task_status", "closed_at": "task_closed_at"})
    merged = pairs.assign(target=series).merge(tasks, on=["bug_id", "target"], how="left", validate="one_to_one")
    return merged.drop(columns="target")


def _closing(fixes: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    """For each fix and bug the first other change or commit that closed the bug on that line: closed_by, closed_at."""
    closed = changes[changes["counts_as_fix"] & changes["relation"].eq("closes") & changes["status"].eq("MERGED")]
    closed = closed.assign(
        closed_by=closed["kind"] + " " + closed["ref"].mask(closed["kind"].eq("commit"), closed["ref"].str.slice(0, 10))
    )
    other = closed[["bug_id", "line", "closed_by", "at", "change_id", "kind"]]
    other = other.rename(columns={"at": "closed_at", "change_id": "other_id", "kind": "other_kind"})
    mine = fixes[["bug_id", "line", "change_number", "change_id"]]
    pairs = mine.merge(other, on=["bug_id", "line"], validate="many_to_many")
    pairs = pairs[pairs["change_id"].ne(pairs["other_id"]).fillna(True)]
    pairs = pairs.sort_values(["change_number", "bug_id", "other_kind", "closed_at", "closed_by"], kind="stable")
    return pairs.drop_duplicates(["change_number", "bug_id"])[["bug_id", "change_number", "closed_by", "closed_at"]]


def _reason(dead: pd.DataFrame) -> "pd.Series[str]":
    """The reason why each fix is superseded, in words; if the bug's status is unknown, when it was closed."""
    bug = "bug " + dead["bug_id"].astype("str")
    by_status = bug + (" is " + dead["task_status"]).fillna(" was closed on " + _day(dead["task_closed_at"]))
    by_other = bug + " was closed by " + dead["closed_by"] + " on " + _day(dead["closed_at"])
    is_closed = dead["is_open"].eq(False).fillna(False)
    both = by_other + (", and is " + dead["task_status"]).where(is_closed, "").fillna("")
    text: pd.Series[str] = both.fillna(by_status)
    return text


def _day(instants: pd.Series) -> "pd.Series[str]":
    day: pd.Series[str] = instants.dt.strftime("%Y-%m-%d").astype("str").fillna("an unknown day")
    return day
