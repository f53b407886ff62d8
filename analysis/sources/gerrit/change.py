"""One change as a record: what the list serves, its inline comments, and whether it may be seen."""

import re
from dataclasses import dataclass
from typing import Any, Literal

from analysis.sources.answer import BrokenAnswerError
from analysis.sources.gerrit.client import Client
from analysis.sources.gerrit.listing import Change, check
from analysis.sources.served import excerpt
from analysis.sources.transport import GONE, RefusedError

OPEN = ("NEW", "DRAFT", "SUBMITTED")

# What a record needs, on every server since 2013; a server refuses the whole query for one option that it lacks.
OPTIONS = ("DETAILED_LABELS", "DETAILED_ACCOUNTS", "MESSAGES", "ALL_REVISIONS", "CURRENT_COMMIT", "CURRENT_FILES")
LATER = {"REVIEWER_UPDATES": (2, 14)}
# Only worth their price for open changes: the server evaluates its submit rules for each.
LATER_OPEN = {"SUBMITTABLE": (2, 14), "SUBMIT_REQUIREMENTS": (3, 5)}
_SAYS_COMMENTS = re.compile(r"\(\d+ (?:inline )?comments?\)")

Comments = Literal["all", "open", "none"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to fetch of each change, from a server of a version."""

    project: str
    version: tuple[int, int]
    private: bool = False
    comments: Comments = "all"

    def options(self, *, is_open: bool) -> tuple[str, ...]:
        """The list's options that this server knows."""
        later = LATER | (LATER_OPEN if is_open else {})
        return (*OPTIONS, *(option for option, since in later.items() if self.version >= since))


@dataclass(frozen=True, slots=True)
class Found:
    """What became of one change: a record to keep, the reason why there is none to see, or what it lacks still."""

    number: int
    record: Change | None = None
    gone: str = ""
    changed: bool = True


def complete(client: Client, row: Change, known: Change | None, wanted: Wanted) -> Found:
    """The record of a row of the list: with its comments, which are asked for only where there can be new ones."""
    number = row["_number"]
    if row.get("is_private") and not wanted.private:
        return Found(number, gone="private")
    record = {name: value for name, value in row.items() if name != "_more_changes"}
    if wanted.comments == "all" or (wanted.comments == "open" and row.get("status") in OPEN):
        record["_comments"] = _comments(client, row, known)
    return Found(number, record, changed=record != known)


def alone(client: Client, number: int, known: Change | None, wanted: Wanted) -> Found:
    """One change that no list showed: as it is now, or why it cannot be seen."""
    try:
        options = wanted.options(is_open=True)
        row = client.get_with(
            f"changes/{number}", (), options, read=lambda found: _is_change(found, number, wanted.project)
        )
    except RefusedError as refusal:
        if refusal.status in GONE:
            return Found(number, gone=GONE[refusal.status])
        raise
    return complete(client, row, known, wanted)


def _is_change(row: Any, number: int, project: str) -> Change:
    if not isinstance(row, dict) or row.get("_number") != number:
        raise BrokenAnswerError(f"not change {number}: {excerpt(str(row))}")
    check(row, project)
    return row


def _comments(client: Client, row: Change, known: Change | None) -> dict[str, list[Any]]:
    if not _has_comments(row):
        return {}
    if known and "_comments" in known and _token(row) == _token(known):
        kept: dict[str, list[Any]] = known["_comments"]
        return kept
    return client.get(f"changes/{row['_number']}/comments", read=_by_path)


def _has_comments(row: Change) -> bool:
    if "total_comment_count" in row:
        return bool(row["total_comment_count"])
    # Older servers do not count; a review with comments says so in its message.
    return any(_SAYS_COMMENTS.search(str(message.get("message"))) for message in _messages(row))


def _token(row: Change) -> tuple[Any, ...]:
    """What is the same as long as there is no new comment: each comes with a review, and so with a message."""
    return row.get("total_comment_count"), row.get("unresolved_comment_count"), len(_messages(row))


def _messages(row: Change) -> list[Change]:
    # What else a server may put there is for the reader of records to judge.
    served = row.get("messages")
    return [message for message in served if isinstance(message, dict)] if isinstance(served, list) else []


def _by_path(found: Any) -> dict[str, list[Any]]:
    if not isinstance(found, dict) or not all(isinstance(comments, list) for comments in found.values()):
        raise BrokenAnswerError(f"no comments by path: {excerpt(str(found))}")
    return found
