"""One bug as a record: the bug, its tasks, messages and activity, with as few requests as its history allows."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from analysis.errors import WrongBodyError
from analysis.sources.answer import BrokenAnswerError
from analysis.sources.launchpad.client import Client
from analysis.sources.launchpad.collection import Entry, entries
from analysis.sources.launchpad.listing import Task
from analysis.sources.served import excerpt
from analysis.sources.transport import GONE, RefusedError

Record = dict[str, Any]

PUBLIC = ("Public", "Public Security")
LINKS = ("bug_tasks_collection_link", "messages_collection_link", "activity_collection_link")
_OWNER = re.compile(r"/(?:\+bug|bugs)/(\d+)(?:/|$)")
# What the activity log says when a bug gets, loses or moves a task: only then are its tasks worth a request.
_TASKS = re.compile(r"task|nominat|affects|^assigned to", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Found:
    """What became of one bug: a record to keep, or the reason why there is none (`status`: where a refusal is it)."""

    number: int
    record: Record | None = None
    gone: str = ""
    status: int = 0
    changed: bool = True


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to fetch of each bug. `tasks`: ask for them always, or only where the bug's activity shows another one."""

    project: str
    private: bool = False
    tasks: Literal["shown", "always"] = "shown"


def fetch(client: Client, number: int, listed: Sequence[Task], known: Record | None, wanted: Wanted) -> Found:
    """The bug as it is now, reusing what is known of it where nothing can have changed.

    A bug that is new costs 3 requests, one that is known and did not change 1; one more where it has other tasks.
    """
    try:
        bug = client.get(f"{client.root}bugs/{number}", lambda entry: _is_bug(entry, number))
    except RefusedError as refusal:
        if refusal.status in GONE:
            return Found(number, gone=GONE[refusal.status], status=refusal.status)
        raise
    if _is_private(bug) and not wanted.private:
        return Found(number, gone="private")
    record = _record(client, bug, listed, known, wanted)
    return Found(number, record, changed=record != known)


def _is_bug(entry: Any, number: int) -> Entry:
    if not isinstance(entry, dict) or not all(isinstance(entry.get(name), str) for name in LINKS):
        raise BrokenAnswerError(f"no bug: {excerpt(str(entry))}")
    if entry.get("id") != number:
        raise WrongBodyError(
            expected=f"bug {number}",
            found=f"the body of bug {excerpt(str(entry.get('id')))}",
            do="run the same command again; nothing of the wrong body was kept",
        )
    return entry


def _is_private(bug: Entry) -> bool:
    # A redacted or missing type says nothing, so the flag decides then.
    return bool(bug.get("private")) or bug.get("information_type", "Public") not in PUBLIC


def _record(client: Client, bug: Entry, listed: Sequence[Task], known: Record | None, wanted: Wanted) -> Record:
    kept: Mapping[str, Any] = known or {"bug": {}, "tasks": [], "messages": [], "activity": []}
    if _same(bug, kept["bug"], "date_last_updated"):
        messages, activity = kept["messages"], kept["activity"]
    else:
        activity = _tail(client, bug, "activity", kept["activity"])
        unmoved = _same(bug, kept["bug"], "message_count", "date_last_message")
        messages = kept["messages"] if unmoved else _tail(client, bug, "messages", kept["messages"])
    return {
        "bug": bug,
        "tasks": _tasks(client, bug, listed, kept, activity, wanted),
        "messages": messages,
        "activity": activity,
    }


def _same(bug: Entry, known: Entry, *names: str) -> bool:
    return all(bug.get(name) is not None and bug.get(name) == known.get(name) for name in names)


def _tasks(
    client: Client,
    bug: Entry,
    listed: Sequence[Task],
    kept: Mapping[str, Any],
    activity: Sequence[Entry],
    wanted: Wanted,
) -> list[Task]:
    here = [task["self_link"] for task in listed]
    if not listed or wanted.tasks == "always" or _has_others(activity, kept, here, wanted.project):
        return _collection(client, bug, bug["bug_tasks_collection_link"])
    return list(listed)


def _has_others(activity: Sequence[Entry], kept: Mapping[str, Any], here: list[str], project: str) -> bool:
    """Whether the bug may have tasks that the project's list does not show.

    Launchpad logs each task that is added, removed or moved, and each change of one under its target's name
    ("cinder: status"); a bug whose log has none of that has the one task that it was reported with.
    """
    if any(task["self_link"] not in here for task in kept["tasks"]):
        return True
    for entry in activity:
        what, message = str(entry.get("whatchanged")), str(entry.get("message") or "")
        target, colon, _ = what.partition(": ")
        if _TASKS.search(what) or _TASKS.match(message) or (colon and target != project):
            return True
    return False


def _tail(client: Client, bug: Entry, name: str, kept: list[Entry]) -> list[Entry]:
    """The whole list, given what was kept: both only ever grow, so the last kept one must head what is new."""
    url = bug[f"{name}_collection_link"]
    if kept:
        try:
            new = _collection(client, bug, url, start=len(kept) - 1)
        except RefusedError:
            new = []  # a server that will not start there; whether the bug is gone, the whole list tells
        if new and _identity(new[0]) == _identity(kept[-1]):
            return kept[:-1] + new
    return _collection(client, bug, url)


def _identity(entry: Entry) -> tuple[Any, ...]:
    # Not the whole link: a message's names the bug's default task, and changes with it.
    return entry["self_link"].rpartition("/")[2], entry.get("date_created"), entry.get("datechanged")


def _collection(client: Client, bug: Entry, url: str, *, start: int = 0) -> list[Entry]:
    """Every entry of a collection, each checked to belong to the bug, in the server's order."""
    check = partial(_check_part, int(bug["id"]))
    try:
        return entries(client, url, start=start, check=check)
    except RefusedError:  # a next link that has expired, perhaps: once more from the beginning
        return entries(client, url, start=start, check=check)


def _check_part(number: int, entry: Entry) -> None:
    link = str(entry.get("bug_link") or entry["self_link"])
    owner = _OWNER.search(link)
    if not owner or int(owner[1]) != number:
        raise WrongBodyError(
            expected=f"a part of bug {number}",
            found=f"an entry at {excerpt(link, 200)}",
            do="run the same command again; nothing of the wrong body was kept",
        )
