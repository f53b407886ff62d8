"""Changes in stacks, changes that compete for a bug, and changes worth taking over, as the build found them."""

import pandas as pd

from analysis.visible import visible_bugs, visible_changes


def stacks(stacks: pd.DataFrame, *, changes: pd.DataFrame, links: pd.DataFrame, bugs: pd.DataFrame) -> pd.DataFrame:
    """The public changes of `stacks`, the longest stack first and each from its bottom.

    Returns
    -------
    DataFrame
        stack_id, position, n_changes, change_number, subject, branch, is_outdated.
    """
    facts = visible_changes(changes, links=links, bugs=bugs)[["change_number", "subject", "branch"]]
    found = stacks.merge(facts, "inner", "change_number", validate="1:1")
    found = found.sort_values(
        ["n_changes", "stack_id", "position", "change_number"], ascending=[False, True, True, True], ignore_index=True
    )
    return found[["stack_id", "position", "n_changes", "change_number", "subject", "branch", "is_outdated"]]


def competing(
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
    found = _with_titles(each.merge(facts, "inner", "change_number", validate="m:1"), bugs)
    return found[["bug_id", "bug_title", "branch", "change_number", "subject", "n_owners"]]


def rescues(rescues: pd.DataFrame, *, changes: pd.DataFrame, links: pd.DataFrame, bugs: pd.DataFrame) -> pd.DataFrame:
    """The public changes of `rescues`, first those that most people liked, then those that lie longest.

    Returns
    -------
    DataFrame
        change_number, subject, branch, bug_id, bug_title, why, since_at, n_liked, reason.
    """
    facts = visible_changes(changes, links=links, bugs=bugs)[["change_number", "subject", "branch"]]
    found = _with_titles(rescues.merge(facts, "inner", "change_number", validate="m:1"), bugs)
    found = found.sort_values(
        ["n_liked", "since_at", "change_number", "bug_id"], ascending=[False, True, True, True], ignore_index=True
    )
    return found[["change_number", "subject", "branch", "bug_id", "bug_title", "why", "since_at", "n_liked", "reason"]]


def _with_titles(found: pd.DataFrame, bugs: pd.DataFrame) -> pd.DataFrame:
    titles = visible_bugs(bugs)[["bug_id", "title"]].rename(columns={"title": "bug_title"})
    return found.merge(titles, "left", "bug_id", validate="m:1")
