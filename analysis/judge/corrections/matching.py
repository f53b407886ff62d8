"""The links, accounts and changes that a correction of the file names."""

from datetime import date

import pandas as pd

from analysis.judge.corrections.file import NotAFix, WaitsFor
from analysis.judge.fixes.linked_changes import masters
from analysis.tables import schema


def wrong_links(
    fix: NotAFix, links: pd.DataFrame, bugs: pd.DataFrame, changes: pd.DataFrame, commits: pd.DataFrame
) -> "pd.Series[bool]":
    """Whether a link joins the bug, or a duplicate of it, to the change or commit, or to another with its Change-Id."""
    sha = fix.commit or "-"  # no sha begins with this
    own = changes["change_number"].eq(fix.change) if fix.change else changes["current_sha"].str.startswith(sha)
    own = own.fillna(False).astype(bool)
    is_commit = commits["sha"].str.startswith(sha).fillna(False).astype(bool)
    ids = pd.concat([changes.loc[own, "change_id"], commits.loc[is_commit, "change_id"]]).dropna()
    refs = {
        "change": changes.loc[own | changes["change_id"].isin(ids), "change_number"].astype("str").tolist(),
        "commit": commits.loc[is_commit | commits["change_id"].isin(ids), "sha"].tolist(),
    }
    if fix.change:
        refs["change"].append(str(fix.change))  # comments may name a change that was not fetched
    is_ref = links["kind"].eq("change") & links["ref"].isin(refs["change"])
    is_ref |= links["kind"].eq("commit") & links["ref"].isin(refs["commit"])
    is_ref |= links["kind"].eq("commit") & links["ref"].str.startswith(sha)
    master = masters(bugs)
    same_bug = master.index[master.eq(fix.bug).fillna(False)]
    wrong: pd.Series[bool] = is_ref & (links["bug_id"].eq(fix.bug) | links["bug_id"].isin(same_bug))
    return wrong.fillna(False).astype(bool)


def accounts_named(typed: str, accounts: pd.DataFrame) -> list[int]:
    """The account with this username, name or number; empty if several have it."""
    for column in ("username", "name", "account"):
        numbers = accounts.loc[accounts[column].astype("string").str.casefold().eq(typed.casefold()), "account"]
        if len(numbers):
            return [int(number) for number in numbers] if len(numbers) == 1 else []
    return []


def turn_outcome(turn: WaitsFor, every: tuple[WaitsFor, ...], changes: pd.DataFrame, day: date) -> str:
    """The outcome of a correction of a turn."""
    if any(other.change == turn.change and turn.on < other.on <= day for other in every):
        return "outdated"
    change = changes[changes["change_number"].eq(turn.change)]
    if change.empty:
        return "matches nothing"
    is_open = change["status"].isin(schema.OPEN_CHANGE_STATUSES)
    uploaded_at = change["current_patch_set_at"].fillna(change["created_at"])
    is_newer = uploaded_at.ge(pd.Timestamp(turn.on, tz="UTC") + pd.Timedelta(days=1)).fillna(False)
    return "applied" if bool((is_open & ~is_newer).any()) else "outdated"
