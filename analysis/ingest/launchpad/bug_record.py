"""What is read of Launchpad's entries: the fields that a fetch looks at. Each holds all that the server said."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypeAlias, TypedDict, TypeGuard, cast

from analysis.ingest.pending import PendingItem
from analysis.ingest.record_check import LARGEST_NUMBER
from analysis.ingest.session import Key, Record

PROJECT_KEY = 0  # of the record of the project itself: bugs are numbered from 1
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
    """A bug as it is stored; a part that is not there is unknown. `incomplete` names parts that could not be had."""

    bug: Bug
    tasks: NotRequired[list[Task]]
    messages: NotRequired[list[Entry]]
    activity: NotRequired[list[Entry]]
    incomplete: NotRequired[list[str]]


def is_entry(value: object) -> TypeGuard[Entry]:
    """Whether it is an entry with an address of its own."""
    return isinstance(value, dict) and isinstance(value.get("self_link"), str)


def is_task(value: object) -> TypeGuard[Task]:
    """Whether it is a task that says of which bug it is."""
    return is_entry(value) and isinstance(value.get("bug_link"), str) and 0 < bug_number(value) < LARGEST_NUMBER


def is_bug(value: object) -> TypeGuard[Bug]:
    """Whether it is a bug with the links to its parts."""
    return isinstance(value, dict) and all(isinstance(value.get(name), str) for name in LINKS)


def bug_number(task: Task) -> int:
    """The number of a task's bug, from its link: asking for the bug would cost a request. 0 where there is none."""
    number = task["bug_link"].rstrip("/").rpartition("/")[2]
    return int(number) if number.isascii() and number.isdigit() and len(number) < 20 else 0


def stored_bugs(records: Mapping[Key, Record]) -> Mapping[Key, BugRecord]:
    """Records that a checkpoint keeps for Launchpad; of one that was saved by others, entries may have no link."""
    return cast(Mapping[Key, BugRecord], records)


def holds_tasks(record: BugRecord | None, tasks: Sequence[Task]) -> bool:
    """Whether a stored record has each of these tasks as it was listed."""
    stored_tasks = {task.get("self_link"): task for task in record.get("tasks", ())} if record else {}
    return all(stored_tasks.get(task["self_link"]) == task for task in tasks)


def listed_tasks(item: PendingItem) -> list[Task]:
    """The tasks with which a pending bug was listed."""
    return cast(list[Task], item["tasks"])
