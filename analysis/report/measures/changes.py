"""Open changes: their review states, stacks, changes that compete for a bug, and changes worth taking over."""

import pandas as pd

from analysis.judge.privacy import visible_bugs, visible_changes
from analysis.tables import schema

_STATE = ["change_number", "state", "waiting_on", "since_at", "waiting_days", "reason", "has_human_vote_ever"]


def open_reviews(
    *,
    changes: pd.DataFrame,
    review_states: pd.DataFrame,
    queue: pd.DataFrame,
    links: pd.DataFrame,
    bugs: pd.DataFrame,
    change_commits: pd.DataFrame,
) -> pd.DataFrame:
    """Every public open change with its state, longest waiting first; 'unknown' without a state.

    A change whose commit is in a clone was merged after the fetch from Gerrit, and is left out.

    Returns
    -------
    DataFrame
        change_number, subject (the bug's title where it was not served), branch, bug_id (the most important that it
        fixes, as in `queue`; NA of what fixes none),
        n_bugs (0 or 1), state, waiting_on, waiting_days, since_at, is_unreviewed, has_human_vote_ever, is_fix, reason.
    """
    visible = visible_changes(changes, links=links, bugs=bugs)
    is_open = visible["status"].isin(schema.OPEN_CHANGE_STATUSES)
    is_open &= ~visible["change_number"].isin(change_commits["change_number"])
    reviews = visible.loc[is_open, ["change_number", "subject", "branch"]]
    states = review_states[_STATE].assign(is_unreviewed=~review_states["has_human_vote_on_current"])
    reviews = reviews.merge(states, "left", "change_number", validate="1:1")
    reviews["state"] = reviews["state"].fillna("unknown")
    reviews["is_fix"] = (
        reviews["change_number"].isin(schema.fix_links(links, "change")["change_number"]).astype("boolean")
    )
    fixed = queue.drop_duplicates("change_number").set_index("change_number")["bug_id"]
    reviews["bug_id"] = schema.looked_up(reviews["change_number"], fixed)
    titles = visible_bugs(bugs).set_index("bug_id")["title"]
    reviews["subject"] = schema.subjects_or_titles(reviews, schema.looked_up(reviews["bug_id"], titles))
    reviews["n_bugs"] = reviews["bug_id"].notna().astype("Int64")
    return reviews.sort_values(["waiting_days", "change_number"], ascending=[False, True], ignore_index=True)


def stacks(stacks: pd.DataFrame, *, changes: pd.DataFrame, links: pd.DataFrame, bugs: pd.DataFrame) -> pd.DataFrame:
    """The public changes of `stacks`, the longest stack first and each from its bottom.

    Returns
    -------
    DataFrame
        stack_id, position, n_changes, change_number, subject, branch, is_outdated.
    """
    facts = visible_changes(changes, links=links, bugs=bugs)[["change_number", "subject", "branch"]]
    rows = stacks.merge(facts, "inner", "change_number", validate="1:1")
    rows = rows.sort_values(
        ["n_changes", "stack_id", "position", "change_number"], ascending=[False, True, True, True], ignore_index=True
    )
    return rows[["stack_id", "position", "n_changes", "change_number", "subject", "branch", "is_outdated"]]


def competing_fixes(
    competing_fixes: pd.DataFrame, *, changes: pd.DataFrame, links: pd.DataFrame, bugs: pd.DataFrame
) -> pd.DataFrame:
    """The public changes of `competing_fixes`, one row each, by bug and branch and the oldest first.

    Returns
    -------
    DataFrame
        bug_id, bug_title (NA when the bug was not fetched), branch, change_number, subject, n_owners.
    """
    each = competing_fixes.explode("change_numbers").rename(columns={"change_numbers": "change_number"})
    each = each.astype({"change_number": "Int64"})
    facts = visible_changes(changes, links=links, bugs=bugs)[["change_number", "subject"]]
    rows = _with_titles(each.merge(facts, "inner", "change_number", validate="m:1"), bugs)
    return rows[["bug_id", "bug_title", "branch", "change_number", "subject", "n_owners"]]


def superseded_fixes(
    superseded_fixes: pd.DataFrame, *, changes: pd.DataFrame, links: pd.DataFrame, bugs: pd.DataFrame
) -> pd.DataFrame:
    """The public changes of `superseded_fixes`, those whose bug was closed last first.

    Returns
    -------
    DataFrame
        change_number, subject (the bug's title where the subject was not served), branch, bug_id, bug_title, reason,
        closed_at.
    """
    facts = visible_changes(changes, links=links, bugs=bugs)[["change_number", "subject"]]
    rows = _with_titles(superseded_fixes.merge(facts, "inner", "change_number", validate="1:1"), bugs)
    rows = rows.assign(subject=schema.subjects_or_titles(rows, rows["bug_title"]))
    rows = rows.sort_values(["closed_at", "change_number"], ascending=[False, True], ignore_index=True)
    return rows[["change_number", "subject", "branch", "bug_id", "bug_title", "reason", "closed_at"]]


def rescues(rescues: pd.DataFrame, *, changes: pd.DataFrame, links: pd.DataFrame, bugs: pd.DataFrame) -> pd.DataFrame:
    """The public changes of `rescues`, those with the most positive votes first, then the oldest.

    Returns
    -------
    DataFrame
        change_number, subject, branch, bug_id, bug_title, why, since_at, n_liked, reason.
    """
    facts = visible_changes(changes, links=links, bugs=bugs)[["change_number", "subject", "branch"]]
    rows = _with_titles(rescues.merge(facts, "inner", "change_number", validate="m:1"), bugs)
    rows = rows.sort_values(
        ["n_liked", "since_at", "change_number", "bug_id"], ascending=[False, True, True, True], ignore_index=True
    )
    return rows[["change_number", "subject", "branch", "bug_id", "bug_title", "why", "since_at", "n_liked", "reason"]]


def why_no_stacks(changes: pd.DataFrame) -> str:
    """The sentence for an empty list of stacks: there are none, or no change was served with its parent.

    >>> from analysis.tables import schema
    >>> why_no_stacks(schema.CHANGES.empty())
    'The parents of changes were not fetched, so stacks are unknown.'
    """
    if changes["parent_sha"].isna().all():
        return "The parents of changes were not fetched, so stacks are unknown."
    return "No open change depends on another, as far as the data go."


def why_no_rescues(changes: pd.DataFrame) -> str:
    """The sentence for an empty list of changes worth taking over: there are none, or no votes were served."""
    has_votes = changes["has_labels"].fillna(False) | changes["has_messages"].fillna(False)
    if not has_votes.any():
        return "The votes were not fetched, so it is unknown which abandoned changes have positive ones."
    return "No change with positive votes, whose bug is open, was abandoned or has gone silent."


def _with_titles(rows: pd.DataFrame, bugs: pd.DataFrame) -> pd.DataFrame:
    titles = visible_bugs(bugs)[["bug_id", "title"]].rename(columns={"title": "bug_title"})
    return rows.merge(titles, "left", "bug_id", validate="m:1")
