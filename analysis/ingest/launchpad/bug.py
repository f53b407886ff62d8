"""One bug as a record: the bug, its tasks, messages and activity, with as few requests as its history allows."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from analysis.errors import SourceError, WrongBodyError
from analysis.ingest.json_body import excerpt
from analysis.ingest.launchpad.bug_record import Bug, BugRecord, Entry, Task, is_bug
from analysis.ingest.launchpad.client import Client
from analysis.ingest.launchpad.collection import entries
from analysis.ingest.records import Outcome
from analysis.ingest.response import BrokenAnswerError
from analysis.ingest.server_errors import GONE, DownError, RefusedError

PUBLIC = ("Public", "Public Security")
_OWNER = re.compile(r"/(?:\+bug|bugs)/(\d+)(?:/|$)")
# What the activity log says when a bug gets, loses or moves a task: only then are its tasks worth a request.
_TASKS = re.compile(r"task|nominat|affects|^assigned to", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Selection:
    """What to fetch of each bug. `tasks`: ask for them always, or only where the bug's activity shows another one."""

    project: str
    private: bool = False
    tasks: Literal["shown", "always"] = "shown"


def fetch(
    client: Client,
    number: int,
    tasks: Sequence[Task],
    stored_record: BugRecord | None,
    selection: Selection,
    tries: int,
) -> Outcome:
    """The bug as it is now, reusing what is stored of it where nothing can have changed; `tasks` are those of the list.

    A bug that is new costs 3 requests, one that is stored and did not change 1; one more where it has other tasks.
    Where a part of it cannot be had, the record is without that part or holds what was stored of it, and says so in
    its field `incomplete`.
    """
    try:
        bug = client.get(
            f"{client.root}bugs/{number}", lambda entry: _checked(entry, number), tries=tries, is_record=True
        )
    except RefusedError as refusal:
        if refusal.status in GONE:
            return Outcome(number, gone=GONE[refusal.status], is_doubtful=bool(tasks))
        raise
    if _is_private(bug) and not selection.private:
        return Outcome(number, gone="private")
    parts = _Parts(client, bug, stored_record, tries)
    record = parts.record(tasks, selection)
    return Outcome(number, record, is_private=_is_private(bug), changed=record != stored_record, failure=parts.failure)


def guess(
    client: Client,
    number: int,
    tasks: Sequence[Task],
    stored_record: BugRecord | None,
    selection: Selection,
    tries: int,
) -> Outcome:
    """Like `fetch`, for a number that may be another project's, or nobody's: then there is nothing to keep."""
    outcome = fetch(client, number, tasks, stored_record, selection, tries)
    served_tasks = outcome.record.get("tasks") if outcome.record else None
    home = f"{client.root}{selection.project}/"
    is_ours = stored_record is not None or (
        isinstance(served_tasks, list) and any(str(task["self_link"]).startswith(home) for task in served_tasks)
    )
    return outcome if is_ours or outcome.failure else Outcome(number, is_nothing=True)


def _checked(entry: object, number: int) -> Bug:
    if not is_bug(entry):
        raise BrokenAnswerError(f"no bug: {excerpt(str(entry))}")
    if entry.get("id") != number:
        raise WrongBodyError(
            expected=f"bug {number}",
            found=f"the body of bug {excerpt(str(entry.get('id')))}",
            do="run the same command again; nothing of the wrong body was kept",
        )
    return entry


def _is_private(bug: Bug) -> bool:
    # A redacted or missing type says nothing, so the flag decides then.
    return bool(bug.get("private")) or bug.get("information_type", "Public") not in PUBLIC


class _Parts:
    """The parts of one bug, each as it is now, or as it is stored where it cannot be had."""

    def __init__(self, client: Client, bug: Bug, stored_record: BugRecord | None, tries: int) -> None:
        self._client, self._bug, self._tries = client, bug, tries
        self._stored_record: BugRecord | None = stored_record
        self._check = partial(_check_part, bug["id"])
        self._missing_parts: list[str] = []
        self.failure: SourceError | None = None

    def record(self, tasks: Sequence[Task], selection: Selection) -> BugRecord:
        stored_bug = self._stored_record["bug"] if self._stored_record else None
        is_same = _is_same(self._bug, stored_bug, "date_last_updated")
        has_same_messages = is_same or _is_same(self._bug, stored_bug, "message_count", "date_last_message")
        activity = self._list("activity", self._bug["activity_collection_link"], is_same)
        all_tasks = self._tasks(tasks, activity, selection)
        messages = self._list("messages", self._bug["messages_collection_link"], has_same_messages)
        record: BugRecord = {"bug": self._bug}
        if all_tasks is not None:
            record["tasks"] = all_tasks
        if messages is not None:
            record["messages"] = messages
        if activity is not None:
            record["activity"] = activity
        if self._missing_parts:
            record["incomplete"] = sorted(self._missing_parts)
        return record

    def _list(self, name: Literal["messages", "activity"], url: str, is_same: bool) -> list[Entry] | None:
        stored_entries = self._stored_record.get(name) if self._stored_record else None
        incomplete = self._stored_record.get("incomplete", ()) if self._stored_record else ()
        if is_same and stored_entries is not None and name not in incomplete:
            return stored_entries
        return self._read_or_stored(name, lambda: self._tail(url, stored_entries or []), stored_entries)

    def _tasks(
        self, tasks: Sequence[Task], activity: Sequence[Entry] | None, selection: Selection
    ) -> list[Task] | None:
        stored_tasks = self._stored_record.get("tasks", []) if self._stored_record else []
        links = [task["self_link"] for task in tasks]
        is_clear = tasks and selection.tasks != "always" and activity is not None
        if is_clear and not _has_others(activity or (), stored_tasks, links, selection.project):
            return list(tasks)
        url = self._bug["bug_tasks_collection_link"]
        return self._read_or_stored("tasks", lambda: self._entries(url), list(tasks) or stored_tasks or None)

    def _read_or_stored(
        self, name: str, read: Callable[[], list[Entry]], stored_entries: list[Entry] | None
    ) -> list[Entry] | None:
        """What `read` gives; where that cannot be had, what is stored, and the part's name is noted."""
        try:
            return read()
        except DownError:
            raise
        except SourceError as failure:
            self._missing_parts.append(name)
            self.failure = self.failure or failure
            return stored_entries

    def _tail(self, url: str, stored_entries: list[Entry]) -> list[Entry]:
        """The whole list, given what is stored: both only ever grow, so the last stored one must head what is new."""
        if stored_entries:
            try:
                new = self._entries(url, start=len(stored_entries) - 1)
            except RefusedError:
                new = []  # a server that will not start there; whether the bug is gone, the whole list tells
            if new and _identity(new[0]) == _identity(stored_entries[-1]):
                return stored_entries[:-1] + new
        return self._entries(url)

    def _entries(self, url: str, *, start: int = 0) -> list[Entry]:
        """Every entry of a collection, each checked to belong to the bug, in the server's order."""
        read = partial(entries, self._client, url, start=start, check=self._check, tries=self._tries, is_record=True)
        try:
            return read()
        except RefusedError:  # a next link that has expired, perhaps: once more from the beginning
            return read()


def _is_same(bug: Bug, stored_bug: Bug | None, *names: str) -> bool:
    """Whether these fields are as they are stored; one that the server does not tell may have changed."""
    return stored_bug is not None and all(
        bug.get(name) is not None and bug.get(name) == stored_bug.get(name) for name in names
    )


def _has_others(activity: Sequence[Entry], stored_tasks: Sequence[Task], links: list[str], project: str) -> bool:
    """Whether the bug may have tasks that the project's list does not show.

    Launchpad logs each task that is added, removed or moved, and each change of one under its target's name
    ("cinder: status"); a bug whose log has none of that has the one task that it was reported with.
    """
    if any(task.get("self_link") not in links for task in stored_tasks):
        return True
    for entry in activity:
        field, message = str(entry.get("whatchanged")), str(entry.get("message") or "")
        target, colon, _ = field.partition(": ")
        if _TASKS.search(field) or _TASKS.match(message) or (colon and target != project):
            return True
    return False


def _identity(entry: Entry) -> tuple[str, object, object]:
    # Not the whole link: a message's names the bug's default task, and changes with it. Saved ones may have none.
    return str(entry.get("self_link")).rpartition("/")[2], entry.get("date_created"), entry.get("datechanged")


def _check_part(number: int, entry: Entry) -> None:
    link = str(entry.get("bug_link") or entry["self_link"])
    owner = _OWNER.search(link)
    if not owner or int(owner[1]) != number:
        raise WrongBodyError(
            expected=f"a part of bug {number}",
            found=f"an entry at {excerpt(link, 200)}",
            do="run the same command again; nothing of the wrong body was kept",
        )
