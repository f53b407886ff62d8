"""Open fixes: the open changes that answer a bug, with their bug, their area and whose turn they are."""

import pandas as pd

from analysis import fixes, schema
from analysis.visible import visible_bugs, visible_changes

NEEDS = {
    "never_reviewed": "needs a first review", "reviewed_on_older": "needs a review of the new patch set",
    "needs_core": "needs a core's review", "needs_second_core": "needs second +2", "needs_approval": "needs approval",
    "unknown": "may need a review: votes unknown",
}  # fmt: skip


def open_fixes(
    *,
    queue: pd.DataFrame,
    changes: pd.DataFrame,
    review_states: pd.DataFrame,
    links: pd.DataFrame,
    bugs: pd.DataFrame,
    bug_tasks: pd.DataFrame,
    launchpad_project: str,
    as_of: pd.Timestamp,
) -> pd.DataFrame:
    """The public rows of the queue with the facts that a report shows: a fix in two areas has two rows.

    `age_days` runs from the change's creation and is known even where votes are not; `waiting_days` runs from when
    its turn began. `bug_title` and `bug_status` are NA when the bug was not fetched.

    Parameters
    ----------
    queue, changes, review_states, links, bugs, bug_tasks : DataFrame, schema tables of these names

    Returns
    -------
    DataFrame in the order of area_id, rank
        area_id, rank, change_number, subject, branch, bug_id, bug_title, bug_status, importance, state, waiting_on,
        since_at, waiting_days, age_days, is_unreviewed, has_human_vote_ever, reason, score, reasons, size_lines.
    """
    shown = visible_changes(changes, links=links, bugs=bugs)
    facts = shown[["change_number", "subject", "branch"]].assign(
        age_days=days_between(shown["created_at"], as_of), size_lines=shown["insertions"] + shown["deletions"]
    )
    turns = review_states[["change_number", "since_at", "has_human_vote_ever", "reason"]]
    found = queue.merge(facts, "inner", "change_number", validate="m:1")
    found = found.merge(turns, "left", "change_number", validate="m:1")
    found = found.merge(_facts(bugs, bug_tasks, launchpad_project), "left", "bug_id", validate="m:1")
    return found.sort_values(["area_id", "rank", "change_number"], ignore_index=True)


def each_once(fixes: pd.DataFrame) -> pd.DataFrame:
    """The same fixes, one row per change: in no area, for numbers about the whole project."""
    return fixes.drop_duplicates("change_number").drop(columns=["area_id", "rank"]).reset_index(drop=True)


def for_review(fixes: pd.DataFrame) -> pd.DataFrame:
    """The fixes that wait for a review, or for all that is known may: nobody knows whose turn those are.

    `need` says in words what is asked of whoever looks at it, and of a backport on which branch: other people may
    approve it there.
    """
    may_wait = _waits(fixes) | fixes["waiting_on"].isna()
    found = fixes[may_wait].reset_index(drop=True)
    is_backport = found["branch"].str.startswith(schema.STABLE_BRANCHES).fillna(False)
    where = (" on " + found["branch"]).where(is_backport, "")
    return found.assign(need=needs(found["state"]) + where)


def needs(states: pd.Series) -> "pd.Series[str]":
    """What review states ask of whoever looks at the change, in words; a state that asks nothing, as pages call it."""
    said: pd.Series[str] = states.map(NEEDS).astype(states.dtype).fillna(states.str.replace("_", " "))
    return said


def for_others(fixes: pd.DataFrame) -> pd.DataFrame:
    """The fixes that wait for their owner, a CI, another change, or nobody."""
    return fixes[~_waits(fixes) & fixes["waiting_on"].notna()].reset_index(drop=True)


def unreviewed(fixes: pd.DataFrame) -> pd.DataFrame:
    """The fixes that are known to be unreviewed, one row per change: most important first, then longest waiting."""
    found = each_once(fixes[fixes["is_unreviewed"].fillna(False)])
    found["place"] = schema.importance_place(found["importance"])
    ordered = found.sort_values(
        ["place", "waiting_days", "change_number"], ascending=[True, False, True], ignore_index=True
    )
    return ordered.drop(columns="place")


def why_none_unreviewed(fixes: pd.DataFrame) -> str:
    """What an empty list of unreviewed fixes means."""
    if fixes["is_unreviewed"].isna().any():
        return "None is known to be unreviewed, but the votes of some are unknown."
    return "A person has voted on the current patch set of every open fix."


def public_fixes(
    *, links: pd.DataFrame, bugs: pd.DataFrame, changes: pd.DataFrame, commits: pd.DataFrame
) -> pd.DataFrame:
    """The rows of `fixes.answers` that count as a fix, were not given up, and of which nothing is to be kept quiet."""
    found = fixes.living(fixes.answers(links=links, bugs=bugs, changes=changes, commits=commits))
    shown = visible_changes(changes, links=links, bugs=bugs)["change_number"]
    return found[found["kind"].eq("commit") | found["change_number"].isin(shown)].reset_index(drop=True)


def days_between(since: pd.Series, until: pd.Timestamp) -> pd.Series:
    """Days from each instant to the other, to a tenth; NA where the instant is NA."""
    days: pd.Series = ((until - since).dt.total_seconds() / (24 * 3600)).astype("Float64").round(1)
    return days


def _waits(fixes: pd.DataFrame) -> "pd.Series[bool]":
    return fixes["waiting_on"].isin(schema.WAITING_FOR_REVIEW)


def _facts(bugs: pd.DataFrame, bug_tasks: pd.DataFrame, launchpad_project: str) -> pd.DataFrame:
    """Each public bug with its status in the project itself, never in another project or series."""
    tasks = bug_tasks.loc[bug_tasks["target"] == launchpad_project, ["bug_id", "status"]]
    named = visible_bugs(bugs)[["bug_id", "title"]].rename(columns={"title": "bug_title"})
    return named.merge(tasks.rename(columns={"status": "bug_status"}), "left", "bug_id", validate="1:1")
