"""Launchpad records turned into the tables bugs, bug_tasks, bug_activity, bug_messages and milestones."""

import re
from collections.abc import Iterable, Mapping
from typing import TypeAlias

import pandas as pd

from analysis.errors import SchemaError
from analysis.tables import records, schema
from analysis.tables.records import last_part

Record: TypeAlias = Mapping[str, object]

BUG_COLUMNS = (
    "bug_id", "title", "description", "tags", "heat", "duplicate_of", "n_duplicates", "information_type",
    "is_private", "created_at", "updated_at", "last_message_at", "n_messages", "n_users_affected", "has_patch",
    "reporter", "has_messages", "has_activity", "has_all_tasks",
)  # fmt: skip
TASK_COLUMNS = (
    "bug_id", "target", "status", "importance", "assignee", "milestone", "created_at", "assigned_at", "confirmed_at",
    "triaged_at", "in_progress_at", "incomplete_at", "fix_committed_at", "fix_released_at", "closed_at",
    "left_closed_at", "is_open",
)  # fmt: skip
TASK_DATES = (
    "date_created", "date_assigned", "date_confirmed", "date_triaged", "date_in_progress", "date_incomplete",
    "date_fix_committed", "date_fix_released",
)  # fmt: skip
ACTIVITY_COLUMNS = ("bug_id", "activity_id", "changed_at", "person", "what", "old_value", "new_value", "message")
MESSAGE_COLUMNS = ("bug_id", "message_number", "sent_at", "person", "subject", "content")
# What follows the version of the API: .../devel/nova/kilo is the target nova/kilo.
TARGET = re.compile(r"/(?:devel|beta|\d+\.\d+)/(.*[^/])/*$")
MILESTONE_COLUMNS = ("launchpad_project", "milestone", "series", "targeted_on", "is_active")


def tables(served: Iterable[Record]) -> dict[str, pd.DataFrame]:
    """The five tables made from Launchpad's records: bugs with their tasks, activity and messages, and milestones.

    Raises SchemaError with the number of a malformed record.
    """
    bugs: records.Rows = []
    tasks: records.Rows = []
    activity: records.Rows = []
    messages: records.Rows = []
    milestones: records.Rows = []
    for each in served:
        try:
            if "bug" in each:
                bug = _part(each, "bug")
                number = bug_number(bug)
                bugs.append((*_bug(bug, number), *_completeness(each)))
                tasks.extend(_task(entry, number) for entry in _parts(each, "tasks"))
                activity.extend(_activity(_parts(each, "activity"), number))
                messages.extend(_messages(_parts(each, "messages"), number))
            else:
                project = _part(each, "project")
                milestones.extend(_milestone(project, entry) for entry in _parts(each, "milestones"))
        except (AttributeError, KeyError, TypeError, ValueError) as cause:
            raise _strange(each, cause) from cause
    return {
        "bugs": records.table(schema.BUGS, BUG_COLUMNS, bugs),
        "bug_tasks": records.table(schema.BUG_TASKS, TASK_COLUMNS, tasks),
        "bug_activity": records.table(schema.BUG_ACTIVITY, ACTIVITY_COLUMNS, activity),
        "bug_messages": records.table(schema.BUG_MESSAGES, MESSAGE_COLUMNS, messages),
        "milestones": records.table(schema.MILESTONES, MILESTONE_COLUMNS, milestones),
    }


def first_of_circles(bugs: pd.DataFrame) -> list[int]:
    """The lowest number of each cycle of bugs that are duplicates of each other, or of themselves, in order.

    Counts leave out duplicates: one bug of a cycle must count, or all of them are lost.

    Parameters
    ----------
    bugs : DataFrame, of schema.BUGS the columns bug_id and duplicate_of; of the whole project
    """
    marked = bugs[bugs["duplicate_of"].notna()]
    points = dict(zip(marked["bug_id"].tolist(), marked["duplicate_of"].tolist(), strict=True))
    lowest: set[int] = set()
    seen: set[int] = set()
    for start in points:
        path: dict[int, None] = {}
        at = start
        while at in points and at not in path and at not in seen:
            path[at] = None
            at = points[at]
        if at in path:
            steps = list(path)
            lowest.add(min(steps[steps.index(at) :]))
        seen.update(path)
    return sorted(lowest)


def _strange(record: Record, cause: Exception) -> SchemaError:
    bug = record.get("bug", {"id": "of the project itself"})
    number = bug.get("id", "without a number") if isinstance(bug, Mapping) else "without a number"
    return SchemaError.of_record(
        f"record {number} to be made as Launchpad makes them", f"{type(cause).__name__}: {cause}"
    )


def _bug(bug: Record, number: int) -> tuple[object, ...]:
    return (
        number, bug.get("title"), bug.get("description"), bug.get("tags"), bug.get("heat"),
        _number(_text(bug, "duplicate_of_link")), bug.get("number_of_duplicates"), bug.get("information_type"),
        _is_private(bug), bug.get("date_created"), bug.get("date_last_updated"), bug.get("date_last_message"),
        bug.get("message_count"), _affected(bug), _has_patch(bug), last_part(_text(bug, "owner_link")),
    )  # fmt: skip


def _completeness(record: Record) -> tuple[bool, bool, bool]:
    # A saved file may lack the comments and the history, and have the tasks of one project only: see `tasks_of`.
    has_all_tasks = record.get("tasks") is not None and "tasks_of" not in record
    return record.get("messages") is not None, record.get("activity") is not None, has_all_tasks


def _is_private(bug: Record) -> bool:
    # Two fields say it. A bug that lacks both is treated as private: a report must not show it by mistake.
    kind, private = bug.get("information_type"), bug.get("private")
    if kind is None and private is None:
        return True
    return bool(private) or (kind is not None and not str(kind).startswith("Public"))


def _affected(bug: Record) -> object:
    return bug.get("users_affected_count_with_dupes", bug.get("users_affected_count"))


def _has_patch(bug: Record) -> bool | None:
    return bug["latest_patch_uploaded"] is not None if "latest_patch_uploaded" in bug else None


def _task(task: Record, number: int) -> tuple[object, ...]:
    status = task.get("status")
    is_open = None if status is None else status in schema.OPEN_STATUSES
    # Launchpad keeps the date of an earlier closing on a reopened task; here only a closed task has a date.
    closed_at = None if is_open else task.get("date_closed")
    return (
        number, _target(task), status, task.get("importance"), last_part(_text(task, "assignee_link")),
        last_part(_text(task, "milestone_link")), *(task.get(date) for date in TASK_DATES), closed_at,
        task.get("date_left_closed"), is_open,
    )  # fmt: skip


def _target(task: Record) -> str | None:
    link = _text(task, "target_link")
    if not link or link == records.REDACTED:
        return _text(task, "bug_target_name")
    target = TARGET.search(link)
    return target[1] if target else _text(task, "bug_target_name")


def _activity(entries: Iterable[Record], number: int) -> records.Rows:
    return [
        (
            number, _position(entry, place), entry.get("datechanged"), last_part(_text(entry, "person_link")),
            entry.get("whatchanged"), entry.get("oldvalue"), entry.get("newvalue"), entry.get("message"),
        )
        for place, entry in enumerate(entries)
    ]  # fmt: skip


def _messages(entries: Iterable[Record], number: int) -> records.Rows:
    return [
        (
            number, _position(entry, place), entry.get("date_created"), last_part(_text(entry, "owner_link")),
            entry.get("subject"), entry.get("content"),
        )
        for place, entry in enumerate(entries)
    ]  # fmt: skip


def _position(entry: Record, place: int) -> int:
    # A link changes if the bug's default target does; the number at its end never changes. Without a number the place
    # in the list is used: entries are only ever appended.
    served = _number(_text(entry, "self_link"))
    return place if served is None else served


def _milestone(project: Record, entry: Record) -> tuple[object, ...]:
    day = _text(entry, "date_targeted")
    return (
        project.get("name"), entry.get("name"), last_part(_text(entry, "series_target_link")),
        day if day is None or len(day) > len("2015-04-30") else f"{day}T00:00:00+00:00", entry.get("is_active"),
    )  # fmt: skip


def bug_number(bug: Record) -> int:
    """The bug's number. Raises TypeError or ValueError if the record has none."""
    number = bug["id"]
    if not isinstance(number, int | str):
        raise TypeError(f"id is {type(number).__name__}")
    return int(number)


def _part(record: Record, key: str) -> Record:
    part = record[key]
    if not isinstance(part, Mapping):
        raise TypeError(f"{key} is {type(part).__name__}")
    return part


def _parts(record: Record, key: str) -> list[Record]:
    parts = record.get(key) or []
    if not isinstance(parts, list) or not all(isinstance(part, Mapping) for part in parts):
        raise TypeError(f"{key} is not a list of objects")
    return parts


def _text(record: Record, key: str) -> str | None:
    text = record.get(key)
    if text is None or isinstance(text, str):
        return text
    raise TypeError(f"{key} is {type(text).__name__}")


def _number(link: str | None) -> int | None:
    part = last_part(link)
    return int(part) if part and part.isascii() and part.isdigit() else None
