"""Git records turned into the tables commits and commit_files."""

import re
from collections.abc import Iterable, Mapping
from typing import NotRequired, TypeAlias, TypedDict

import pandas as pd

from analysis.tables import records, schema

COMMIT_COLUMNS = ("sha", "project", "branch", "authored_at", "committed_at", "author", "message", "is_merge")
# Git writes footers at the start of a line; `git revert` and a quoted message indent them. the text before is matched
# greedily, so that the last line is taken
CHANGE_ID = r"(?ims)\A.*^Change-Id:[ \t]*(?P<match>I[0-9a-f]{40})[ \t]*$"
CHERRY_PICKED = r"(?ims)\A.*^[ \t]*\(cherry[- ]picked from commit (?P<match>[0-9a-f]{7,40})"
# The line may wrap between "commit" and the sha.
REVERTS = r"(?i)\bThis reverts commit\s+(?P<match>[0-9a-f]{7,40})\b"
MergeDates: TypeAlias = Mapping[tuple[str, str], pd.Timestamp]  # when a change merged, by Change-Id and branch


class Commit(TypedDict):
    """The fields of a stored commit that are read here. Times are ISO 8601, in UTC."""

    sha: str
    parents: NotRequired[list[str] | None]
    branch: NotRequired[str | None]
    author: NotRequired[str | None]
    authored_at: NotRequired[str | None]
    committed_at: NotRequired[str | None]
    message: NotRequired[str | None]
    paths: NotRequired[list[str] | None]


def tables(served: Iterable[Commit], *, project: str) -> dict[str, pd.DataFrame]:
    """The tables commits and commit_files of a project's clone.

    A message may have several Change-Ids and cherry-pick lines: Gerrit uses the last Change-Id, and the last
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


def merged_later(
    served: Iterable[Commit], instant: pd.Timestamp, merge_dates: MergeDates | None = None
) -> frozenset[str]:
    """The shas of the commits that were not on their branch at `instant`, even if they were written before it.

    A commit has the time of its writing, often weeks before its merge. It came to the branch with the first commit on
    the branch's own line (first parents) that contains it, which is not older than any commit below it. In a history
    without merge commits that time is only a lower bound. `merge_dates`, which Gerrit or the infra bot know for some
    commits, raise the bound for all commits above, up to one with its own merge date: a history that was sorted by the
    times of writing is not a line of merges. A commit without a time does not count.
    """
    parents: dict[str, tuple[str, ...]] = {}
    times: dict[str, str] = {}
    merged: dict[str, pd.Timestamp] = {}
    for each in served:
        parents[each["sha"]] = tuple(each.get("parents") or ())
        if written_at := each.get("committed_at"):
            times[each["sha"]] = written_at
        if merge_dates and (date := merge_dates.get(_change_on_branch(each))):
            merged[each["sha"]] = date
    when = dict(zip(times, records.instants(list(times.values())), strict=True))
    when |= {sha: max(date, when.get(sha, date)) for sha, date in merged.items()}
    tips = parents.keys() - {parent for of_one in parents.values() for parent in of_one}
    later: set[str] = set()
    there: set[str] = set()
    for tip in sorted(tips):
        line = _first_parents(tip, parents)
        newest = pd.Timestamp.min.tz_localize("UTC")
        for sha in reversed(line):
            newest = when[sha] if sha in merged else max(newest, when.get(sha, newest))
            brought = _not_yet(sha, parents, there)
            there |= brought
            if newest > instant:
                later |= brought
    return frozenset(later)


def _change_on_branch(record: Commit) -> tuple[str, str]:
    """The Change-Id and the branch of a commit, as in MergeDates; "" if it lacks one."""
    change_id = re.search(CHANGE_ID, record.get("message") or "")
    return change_id["match"] if change_id else "", record.get("branch") or ""


def _first_parents(tip: str, parents: Mapping[str, tuple[str, ...]]) -> list[str]:
    """The branch's own line, from its tip down."""
    line = [tip]
    while (above := parents[line[-1]]) and above[0] in parents:
        line.append(above[0])
    return line


def _not_yet(sha: str, parents: Mapping[str, tuple[str, ...]], there: set[str]) -> set[str]:
    """The commit and all commits below it that were not on the branch before."""
    new, ahead = set(), [sha]
    while ahead:
        here = ahead.pop()
        if here in parents and here not in there and here not in new:
            new.add(here)
            ahead.extend(parents[here])
    return new


def as_of(
    tables: dict[str, pd.DataFrame], instant: pd.Timestamp, *, later: frozenset[str] = frozenset()
) -> dict[str, pd.DataFrame]:
    """The tables commits and commit_files of a clone at `instant`.

    Commits with a later or unknown time are left out, and so are those of `later`: see `merged_later`.
    """
    commits, files = tables["commits"], tables["commit_files"]
    was_there = commits["committed_at"].le(instant).fillna(False) & ~commits["sha"].isin(list(later))
    past = commits[was_there].reset_index(drop=True)
    return {"commits": past, "commit_files": files[files["sha"].isin(past["sha"])].reset_index(drop=True)}


def without_open(tables: dict[str, pd.DataFrame], changes: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The tables without commits that were written before Gerrit last showed their change as open: they merged later.

    In a replay it is unknown whether that was before the instant.
    """
    commits, files = tables["commits"], tables["commit_files"]
    key = ["change_id", "project", "line"]
    is_open = changes["status"].isin(schema.OPEN_CHANGE_STATUSES)
    open_lines = changes[is_open].assign(line=schema.line_of(changes["branch"])).dropna(subset=key)
    open_lines = open_lines.groupby(key, as_index=False).agg(shown_open_at=("updated_at", "max"))
    rows = commits[["sha", "change_id", "project"]].assign(line=schema.line_of(commits["branch"]))
    rows = rows.merge(open_lines, on=key, how="left", validate="many_to_one")
    is_later = commits["committed_at"].lt(rows["shown_open_at"].set_axis(commits.index)).fillna(False)
    past = commits[~is_later].reset_index(drop=True)
    return {"commits": past, "commit_files": files[files["sha"].isin(past["sha"])].reset_index(drop=True)}


def _row(each: Commit, project: str) -> tuple[object, ...]:
    return (
        each["sha"], project, each.get("branch"), each.get("authored_at"), each.get("committed_at"),
        each.get("author"), each.get("message"), len(each.get("parents") or ()) > 1,
    )  # fmt: skip


def _read(commits: pd.DataFrame) -> pd.DataFrame:
    message = commits["message"]
    return commits.assign(
        subject=message.str.split("\n", n=1).str[0],
        change_id=_last_match(message, CHANGE_ID, "hange-"),
        cherry_picked_from=cherry_picked_from(message),
        reverts=reverts(message),
    )


def cherry_picked_from(message: "pd.Series[str]") -> "pd.Series[str]":
    """The sha, or its beginning, in the last "(cherry picked from commit ...)" line of each message.

    Each pick adds a line, so the last one names the nearest ancestor.
    """
    return _last_match(message, CHERRY_PICKED, "picked from commit").str.lower()


def reverts(message: "pd.Series[str]") -> "pd.Series[str]":
    """The sha, or its beginning, after "This reverts commit" in each message."""
    return _last_match(message, REVERTS, "reverts commit").str.lower()


def _last_match(message: "pd.Series[str]", pattern: str, holding: str) -> "pd.Series[str]":
    with_text = message[message.notna()]
    return records.groups(with_text, pattern, holding=holding)["match"].reindex(message.index)
