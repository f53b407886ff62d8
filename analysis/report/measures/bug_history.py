"""The history of one bug: its report, comments and activity log, and the uploads, merges and commits of its fixes."""

from collections.abc import Iterable, Mapping

import pandas as pd

from analysis.report.measures.triage import FIXED
from analysis.tables import schema

MOST_LETTERS = 160  # of a comment
# Dates of the task, for a bug whose activity log is unknown: each column with the event that it dates.
TASK_DATES = {
    "assigned_at": "assigned",
    "confirmed_at": "Confirmed",
    "triaged_at": "Triaged",
    "in_progress_at": "In Progress",
    "incomplete_at": "Incomplete",
    "fix_committed_at": "Fix Committed",
    "fix_released_at": "Fix Released",
    "left_closed_at": "reopened",
    "closed_at": "closed",
}


def bug_history(
    *,
    bug: pd.DataFrame,
    bug_tasks: pd.DataFrame,
    bug_activity: pd.DataFrame,
    bug_messages: pd.DataFrame,
    fixes: pd.DataFrame,
    patch_sets: pd.DataFrame,
    commits: pd.DataFrame,
    change_commits: pd.DataFrame,
    names: Mapping[int, str],
) -> pd.DataFrame:
    """The events of one bug, in order.

    A merged fix has one row: that of its change, or that of its commit if the change was not served. If the activity
    log is unknown, the dates of the tasks are used instead.

    Parameters
    ----------
    bug : DataFrame, its row of schema.BUGS
    bug_tasks, bug_activity, bug_messages : DataFrame, its rows of these tables
    fixes, patch_sets : DataFrame, the changes that fix it, and their patch sets
    commits, change_commits : DataFrame, the commits that fix it, and which change became which commit
    names : what each Gerrit account is called

    Returns
    -------
    DataFrame
        at, what, who, detail.
    """
    is_logged = len(bug_activity) or bug["has_activity"].fillna(False).any()
    events = [
        _events(bug["created_at"], ["reported"] * len(bug), bug["reporter"], bug["title"]),
        _activity(bug_activity) if is_logged else _dates(bug_tasks),
        _comments(bug_messages),
        *_lifecycle(fixes, patch_sets, names),
        _committed(commits, fixes, change_commits),
    ]
    return pd.concat(events, ignore_index=True).sort_values("at", kind="stable", ignore_index=True)


def best_documented_bug(own_bugs: pd.DataFrame, records: Iterable[pd.Series]) -> int:
    """The bug with the most kinds of records; among several a fixed one, then the most important; 0 without bugs.

    Parameters
    ----------
    own_bugs : DataFrame of `of_project`
    records : for each kind of record the bugs that have some
    """
    kinds = sum((own_bugs["bug_id"].isin(bug_ids).astype(int) for bug_ids in records), pd.Series(0, own_bugs.index))
    rows = own_bugs.assign(
        kinds=kinds, is_fixed=own_bugs["status"].isin(FIXED), place=schema.importance_place(own_bugs["importance"])
    )
    order = ["kinds", "is_fixed", "place", "n_messages", "bug_id"]
    rows = rows.sort_values(order, ascending=[False, False, True, False, True])
    return int(rows["bug_id"].iloc[0]) if len(rows) else 0


def _activity(log: pd.DataFrame) -> pd.DataFrame:
    detail = (log["old_value"] + " to " + log["new_value"].fillna("none")).fillna(log["new_value"])
    return _events(log["changed_at"], log["what"], log["person"], detail)


def _dates(tasks: pd.DataFrame) -> pd.DataFrame:
    rows = tasks[["target", "status", *TASK_DATES]].melt(["target", "status"], var_name="date", value_name="at")
    rows = rows.dropna(subset="at")
    words = rows["date"].map(TASK_DATES)
    is_last = rows["date"].eq("closed_at")
    return _events(rows["at"], rows["target"] + ": " + words, [pd.NA] * len(rows), rows["status"].where(is_last))


def _comments(messages: pd.DataFrame) -> pd.DataFrame:
    """The comments but the first, which is the description, each on one line and cut."""
    later = messages[messages["message_number"].gt(0)]
    text = later["content"].str.split().str.join(" ")
    cut = text.str.slice(0, MOST_LETTERS - 1) + "…"
    what = "comment " + later["message_number"].astype("string")
    return _events(later["sent_at"], what, later["person"], text.where(text.str.len() <= MOST_LETTERS, cut))


def _lifecycle(fixes: pd.DataFrame, patch_sets: pd.DataFrame, names: Mapping[int, str]) -> list[pd.DataFrame]:
    """The proposals, later uploads and merges of the changes that fix it."""
    uploads = patch_sets[patch_sets["patch_set_number"].gt(1)]
    merged = fixes[fixes["submitted_at"].notna()]
    number, of_upload, of_merged = (frame["change_number"].astype("string") for frame in (fixes, uploads, merged))
    patch_set = "patch set " + uploads["patch_set_number"].astype("string") + " of change " + of_upload
    no_one = [pd.NA] * len(merged)
    return [
        _events(fixes["created_at"], "change " + number + " proposed", fixes["owner"].map(names), fixes["subject"]),
        _events(uploads["created_at"], patch_set, uploads["uploader"].map(names), [""] * len(uploads)),
        _events(merged["submitted_at"], "change " + of_merged + " merged", no_one, "to " + merged["branch"]),
    ]


def _committed(commits: pd.DataFrame, fixes: pd.DataFrame, change_commits: pd.DataFrame) -> pd.DataFrame:
    """The commits that fix it and whose change is not among its merged ones."""
    merged = fixes.loc[fixes["submitted_at"].notna(), "change_number"]
    of_merged = change_commits.loc[change_commits["change_number"].isin(merged), "sha"]
    rows = commits[~commits["sha"].isin(of_merged)]
    what = "commit " + rows["sha"].str[:9] + " on " + rows["branch"]
    return _events(rows["committed_at"], what, rows["author"], rows["subject"])


def _events(
    at: Iterable[object], what: Iterable[object], who: Iterable[object], detail: Iterable[object]
) -> pd.DataFrame:
    columns = {"at": at, "what": what, "who": who, "detail": detail}
    frame = pd.DataFrame({name: list(values) for name, values in columns.items()})
    return frame.astype({"at": schema.TIME, "what": schema.TEXT, "who": schema.TEXT, "detail": schema.TEXT})
