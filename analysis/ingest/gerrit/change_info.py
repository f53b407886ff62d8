"""A change as Gerrit serves it (ChangeInfo): the fields that a fetch reads, and the identity of a change."""

from collections.abc import Mapping
from datetime import MAXYEAR, datetime
from typing import TypedDict, TypeGuard, cast

from analysis.errors import ServerError, WrongBodyError
from analysis.ingest.change_check import unique_number
from analysis.ingest.json_body import excerpt
from analysis.ingest.record_check import LARGEST_NUMBER
from analysis.ingest.response import BrokenAnswerError
from analysis.ingest.session import Key, Record

OPEN = ("NEW", "DRAFT", "SUBMITTED")


class Change(TypedDict, total=False):
    """The fields of a change that are read here; it keeps all served fields, in their order.

    `_comments` are inline comments by path, which Gerrit serves separately. `_more_changes` is on the last of a list.
    """

    _number: int
    imported_number: object
    change_id: object
    project: object
    status: object
    updated: object
    is_private: object
    messages: object
    meta_rev_id: object
    total_comment_count: object
    unresolved_comment_count: object
    _comments: dict[str, list[object]]
    _more_changes: object


def stored_changes(records: Mapping[Key, Record]) -> Mapping[Key, Change]:
    """The stored records of a checkpoint as Gerrit changes; each was checked when it was stored."""
    return cast(Mapping[Key, Change], records)


def is_change(row: object) -> TypeGuard[Change]:
    """Whether it is a JSON object, as a change is; `check_project` and others check its fields."""
    return isinstance(row, dict)


def is_change_list(rows: object) -> TypeGuard[list[Change]]:
    """Whether it is a list of JSON objects, as Gerrit answers a query."""
    return isinstance(rows, list) and all(map(is_change, rows))


def check_project(row: Change, project: str) -> None:
    """Raise an error unless the row is a change of the project; give it the number that is unique on the server."""
    if (unique := unique_number(row)) is not None:
        row["imported_number"] = row.get("_number")
        row["_number"] = unique
    number = row.get("_number")
    if type(number) is not int or not 0 < number < LARGEST_NUMBER:
        raise BrokenAnswerError(f"no change: {excerpt(str(row))}")
    if row.get("project") != project:
        raise WrongBodyError(
            expected=f"a change of {project}",
            found=f"change {row['_number']} of {excerpt(str(row.get('project')))}",
            do="run the same command again; nothing of the wrong body was kept",
        )


def identity(row: Change) -> str:
    """The identity of a change. Two changes may have the same number if one was imported from another server."""
    return f"{row['_number']} {row.get('change_id')}"


def have_different_ids(change: Change, other: Change) -> bool:
    """Whether two changes of one number are different ones: a change keeps its Change-Id."""
    change_ids = change.get("change_id"), other.get("change_id")
    return all(isinstance(change_id, str) for change_id in change_ids) and change_ids[0] != change_ids[1]


def same_number_error(change: Change, other: Change) -> ServerError:
    """The error for a change whose number another one has: only one can be stored under it."""
    return ServerError(
        expected=f"one change with the number {change['_number']}",
        found=f"another one, {excerpt(str(change.get('change_id')))}, besides {excerpt(str(other.get('change_id')))}",
        do="ask the server's administrators: one of them was imported, and the server gave it no number of its own",
    )


def differs(row: Change, stored_change: Change | None) -> bool:
    """Whether a brief row of the list differs from the stored change."""
    # meta_rev_id changes with every write; `updated` alone misses a second write in the same second.
    names = ("meta_rev_id",) if "meta_rev_id" in row else ("updated", "status", "total_comment_count")
    return stored_change is None or any(row.get(name) != stored_change.get(name) for name in names)


def update_instant(row: Change) -> datetime | None:
    """The time of the last update, UTC without a zone; None if the change has none."""
    updated = row.get("updated")
    if not isinstance(updated, str):
        return None
    try:
        instant = datetime.fromisoformat(updated[:26])  # Python reads six of the nine digits
    except ValueError:
        return None
    # Gerrit writes no zone, and Python cannot compare times with and without a zone; the last year has no next second.
    return instant if instant.tzinfo is None and instant.year < MAXYEAR else None
