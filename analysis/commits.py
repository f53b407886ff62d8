"""Git records turned into the tables commits and commit_files."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from analysis import records, schema

COMMIT_COLUMNS = ("sha", "project", "branch", "authored_at", "committed_at", "author", "message", "is_merge")
# Git writes footers at the start of a line; `git revert` and a quoted message indent them.
# Whatever stands before is taken greedily, so the last one is found.
CHANGE_ID = r"(?ims)\A.*^Change-Id:[ \t]*(?P<found>I[0-9a-f]{40})[ \t]*$"
CHERRY_PICKED = r"(?ims)\A.*^[ \t]*\(cherry[- ]picked from commit (?P<found>[0-9a-f]{7,40})"
# The line may wrap between "commit" and the sha.
REVERTS = r"(?i)\bThis reverts commit\s+(?P<found>[0-9a-f]{7,40})\b"


def tables(served: Iterable[Mapping[str, Any]], *, project: str) -> dict[str, pd.DataFrame]:
    """The tables commits and commit_files of a project's clone.

    A message may hold several Change-Ids and cherry-pick lines: Gerrit goes by the last Change-Id, and the last
    cherry-pick line names the commit that this one was picked from.
    """
    rows: records.Rows = []
    files: records.Rows = []
    for each in served:
        sha = each["sha"]
        rows.append(_row(each, project))
        files.extend((sha, path) for path in each.get("paths") or ())
    commits = records.table(schema.COMMITS, COMMIT_COLUMNS, rows)
    commit_files = records.table(schema.COMMIT_FILES, ("sha", "path"), files)
    return {"commits": schema.COMMITS.frame(_read(commits)), "commit_files": commit_files}


def _row(each: Mapping[str, Any], project: str) -> tuple[Any, ...]:
    return (
        each["sha"], project, each.get("branch"), each.get("authored_at"), each.get("committed_at"),
        each.get("author"), each.get("message"), len(each.get("parents") or ()) > 1,
    )  # fmt: skip


def _read(commits: pd.DataFrame) -> pd.DataFrame:
    message = commits["message"]
    return commits.assign(
        subject=message.str.split("\n", n=1).str[0],
        change_id=_found(message, CHANGE_ID, "hange-"),
        cherry_picked_from=cherry_picked_from(message),
        reverts=reverts(message),
    )


def cherry_picked_from(message: "pd.Series[str]") -> "pd.Series[str]":
    """The sha, or its beginning, in the last "(cherry picked from commit ...)" line of each message.

    Each pick adds a line, so the last one names the nearest ancestor.
    """
    return _found(message, CHERRY_PICKED, "picked from commit").str.lower()


def reverts(message: "pd.Series[str]") -> "pd.Series[str]":
    """The sha, or its beginning, that follows "This reverts commit" in each message."""
    return _found(message, REVERTS, "reverts commit").str.lower()


def _found(message: "pd.Series[str]", pattern: str, holding: str) -> "pd.Series[str]":
    known = message[message.notna()]
    return records.groups(known, pattern, holding=holding)["found"].reindex(message.index)
