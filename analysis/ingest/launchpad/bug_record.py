"""Launchpad's entries: the fields that a fetch reads. Each entry keeps all served fields."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypeAlias, TypedDict, TypeGuard, cast

from analysis.ingest.pending import PendingItem
from analysis.ingest.record_check import LARGEST_NUMBER
from analysis.ingest.session import Key, Record

PROJECT_KEY = 0  # the key of the record about the project itself: bugs are numbered from 1
LINKS = ("bug_tasks_collection_link", "messages_collection_link", "activity_collection_link")  # of a bug


class Entry(TypedDict):
    """An entry of a collection: a bug's task, message or activity, or a project's series or milestone."""

    self_link: str
    bug_link: NotRequired[str]
    date_created: NotRequired[object]
    datechanged: NotRequired[object]
    is_complete: NotRequired[object]
    whatchanged: NotRequired[object]
    message: NotRequired[object]


Task: TypeAlias = Entry  # with the link of its bug, see `is_task`


class Page(TypedDict):
    """One page of a collection."""

    entries: list[Entry]
    next_collection_link: NotRequired[str]


class Bug(TypedDict):
    """The bug itself."""

    id: int
    bug_tasks_collection_link: str
    messages_collection_link: str
    activity_collection_link: str
    private: NotRequired[object]
    information_type: NotRequired[object]
    message_count: NotRequired[object]
    date_last_message: NotRequired[object]
    date_last_updated: NotRequired[object]


class BugRecord(TypedDict):
    """A stored bug; a missing part is unknown. `incomplete` names parts that could not be fetched."""

    bug: Bug
    tasks: NotRequired[list[Task]]
    messages: NotRequired[list[Entry]]
    activity: NotRequired[list[Entry]]
    incomplete: NotRequired[list[str]]


def is_entry(value: object) -> TypeGuard[Entry]:
    """Whether it is an entry with its own address."""
    return isinstance(value, dict) and isinstance(value.get("self_link"), str)


def is_task(value: object) -> TypeGuard[Task]:
    """Whether it is a task with a link to its bug."""
    return is_entry(value) and isinstance(value.get("bug_link"), str) and 0 < bug_number(value) < LARGEST_NUMBER


def is_bug(value: object) -> TypeGuard[Bug]:
    """Whether it is a bug with the links to its parts."""
    return isinstance(value, dict) and all(isinstance(value.get(name), str) for name in LINKS)


def bug_number(task: Task) -> int:
    """The number of a task's bug, from its link: requesting the bug would cost a request. 0 if there is none."""
    number = task["bug_link"].rstrip("/").rpartition("/")[2]
    return int(number) if number.isascii() and number.isdigit() and len(number) < 20 else 0


def stored_bugs(records: Mapping[Key, Record]) -> Mapping[Key, BugRecord]:
    """The stored records of a checkpoint as Launchpad bugs; in records from saved files, entries may have no link."""
    return cast(Mapping[Key, BugRecord], records)


def holds_tasks(record: BugRecord | None, tasks: Sequence[Task]) -> bool:
    """Whether a stored record has each of these tasks as listed."""
    stored_tasks = {task.get("self_link"): task for task in record.get("tasks", ())} if record else {}
    return all(stored_tasks.get(task["self_link"]) == task for task in tasks)


def listed_tasks(item: PendingItem) -> list[Task]:
    """The tasks of a pending bug, from the list."""
    return cast(list[Task], item["tasks"])
