"""One change as a record: what the list serves, its inline comments, and whether it may be seen."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias, TypeGuard

from analysis.errors import SourceError
from analysis.ingest.gerrit.change_info import (
    OPEN,
    Change,
    check_project,
    have_different_ids,
    is_change,
    same_number_error,
)
from analysis.ingest.gerrit.client import Client
from analysis.ingest.json_body import excerpt
from analysis.ingest.records import Outcome
from analysis.ingest.response import BrokenAnswerError
from analysis.ingest.server_errors import GONE, DownError, RefusedError

# The options that a record needs; every server since 2013 has them. A server refuses a query with an unknown option.
OPTIONS = ("DETAILED_LABELS", "DETAILED_ACCOUNTS", "MESSAGES", "ALL_REVISIONS", "CURRENT_COMMIT", "CURRENT_FILES")
LATER = {"REVIEWER_UPDATES": (2, 14)}
# Only for open changes, because they are expensive: the server evaluates its submit rules for each change.
LATER_OPEN = {"SUBMITTABLE": (2, 14), "SUBMIT_REQUIREMENTS": (3, 5)}
_SAYS_COMMENTS = re.compile(r"\(\d+ (?:inline )?comments?\)")

Comments = Literal["all", "open", "none"]
CommentsByPath: TypeAlias = dict[str, list[object]]


@dataclass(frozen=True, slots=True)
class Selection:
    """The parts of each change to fetch from a server of a version."""

    project: str
    version: tuple[int, int]
    private: bool = False
    comments: Comments = "open"

    def options(self, *, is_open: bool) -> tuple[str, ...]:
        """The options of the list that this server supports."""
        later = LATER | (LATER_OPEN if is_open else {})
        return (*OPTIONS, *(option for option, since in later.items() if self.version >= since))


def complete(client: Client, row: Change, stored_change: Change | None, selection: Selection, tries: int) -> Outcome:
    """The record of a row of the list, with its comments; they are fetched only if there can be new ones.

    If they cannot be fetched, the record has no field for them, which is different from an empty list.
    """
    number = row["_number"]
    if stored_change is not None and have_different_ids(row, stored_change):
        raise same_number_error(row, stored_change)
    if row.get("is_private") and not selection.private:
        return Outcome(number, gone="private")
    record = {name: value for name, value in row.items() if name != "_more_changes"}
    failure = None
    try:
        if _wants_comments(row, stored_change, selection):
            record["_comments"] = _comments(client, row, stored_change, tries)
    except DownError:
        raise
    except SourceError as cause:
        failure = cause
    return Outcome(
        number, record, is_private=bool(row.get("is_private")), changed=record != stored_change, failure=failure
    )


def fetch_by_number(
    client: Client, number: int, stored_change: Change | None, selection: Selection, tries: int
) -> Outcome:
    """One change that was on no list: its current record, or the reason why it cannot be seen."""
    try:
        options = selection.options(is_open=True)
        read = partial(_check_row, number=number, project=selection.project)
        row = client.get_with(f"changes/{number}", (), options, read=read, tries=tries, is_record=True)
    except RefusedError as refusal:
        if refusal.status in GONE:
            return Outcome(number, gone=GONE[refusal.status])
        raise
    return complete(client, row, stored_change, selection, tries)


def _check_row(row: object, number: int, project: str) -> Change:
    if not is_change(row):
        raise BrokenAnswerError(f"not change {number}: {excerpt(str(row))}")
    check_project(row, project)
    if row["_number"] != number:
        raise BrokenAnswerError(f"not change {number}: {excerpt(str(row))}")
    return row


def _wants_comments(row: Change, stored_change: Change | None, selection: Selection) -> bool:
    if selection.comments == "open":
        # A change that was open before has stored comments, and its last comments are worth a request.
        return (
            row.get("status") in OPEN
            or (stored_change is not None and "_comments" in stored_change)
            or not _has_comments(row)
        )
    return selection.comments == "all"


def _comments(client: Client, row: Change, stored_change: Change | None, tries: int) -> CommentsByPath:
    if not _has_comments(row):
        return {}
    if stored_change and "_comments" in stored_change and _token(row) == _token(stored_change):
        return stored_change["_comments"]
    return client.get(f"changes/{row['_number']}/comments", read=_comments_by_path, tries=tries, is_record=True)


def _has_comments(row: Change) -> bool:
    if "total_comment_count" in row:
        return bool(row["total_comment_count"])
    # Older servers do not count comments; a review with comments says so in its message.
    return any(_SAYS_COMMENTS.search(str(message.get("message"))) for message in _messages(row))


def _token(row: Change) -> tuple[object, object, int]:
    """A value that stays the same until there is a new comment: each comes with a review, and so with a message."""
    return row.get("total_comment_count"), row.get("unresolved_comment_count"), len(_messages(row))


def _messages(row: Change) -> list[Mapping[str, object]]:
    # the reader of records checks anything else that a server may put there
    messages = row.get("messages")
    return [message for message in messages if isinstance(message, dict)] if isinstance(messages, list) else []


def _comments_by_path(answer: object) -> CommentsByPath:
    if not _has_comments_by_path(answer):
        raise BrokenAnswerError(f"no comments by path: {excerpt(str(answer))}")
    return answer


def _has_comments_by_path(answer: object) -> TypeGuard[CommentsByPath]:
    return isinstance(answer, dict) and all(isinstance(comments, list) for comments in answer.values())
