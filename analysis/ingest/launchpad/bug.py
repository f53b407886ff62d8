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
# Entries of the activity log for a new, removed or moved task: only then are a bug's tasks worth a request.
_TASKS = re.compile(r"task|nominat|affects|^assigned to", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Selection:
    """The parts of each bug to fetch. `tasks`: request them always, or only if the activity shows further tasks."""

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
    """The current record of a bug, reusing stored parts that cannot have changed; `tasks` are those of the list.

    A new bug costs 3 requests, an unchanged stored one costs 1; further tasks cost one more. If a part cannot be
    fetched, the record lacks that part or has the stored one, and names it in its field `incomplete`.
    """
    try:
        bug = client.get(
            f"{client.root}bugs/{number}", lambda entry: _check_bug(entry, number), tries=tries, is_record=True
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
    """Like `fetch`, for a number that may belong to another project or to no bug: then nothing is stored."""
    outcome = fetch(client, number, tasks, stored_record, selection, tries)
    served_tasks = outcome.record.get("tasks") if outcome.record else None
    home = f"{client.root}{selection.project}/"
    is_ours = stored_record is not None or (
        isinstance(served_tasks, list) and any(str(task["self_link"]).startswith(home) for task in served_tasks)
    )
    return outcome if is_ours or outcome.failure else Outcome(number, is_nothing=True)


def _check_bug(entry: object, number: int) -> Bug:
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
    # If the type is redacted or missing, the flag decides.
    return bool(bug.get("private")) or bug.get("information_type", "Public") not in PUBLIC


class _Parts:
    """The parts of one bug, each as served now, or the stored one if it cannot be fetched."""

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
        """The result of `read`; if that fails, the stored part, and the part's name is recorded."""
        try:
            return read()
        except DownError:
            raise
        except SourceError as failure:
            self._missing_parts.append(name)
            self.failure = self.failure or failure
            return stored_entries

    def _tail(self, url: str, stored_entries: list[Entry]) -> list[Entry]:
        """The whole list, given the stored one: lists only grow, so a new part must begin with the last stored one."""
        if stored_entries:
            try:
                new = self._entries(url, start=len(stored_entries) - 1)
            except RefusedError:
                new = []  # the server refuses to start there; the whole list shows whether the bug is gone
            if new and _identity(new[0]) == _identity(stored_entries[-1]):
                return stored_entries[:-1] + new
        return self._entries(url)

    def _entries(self, url: str, *, start: int = 0) -> list[Entry]:
        """Every entry of a collection, each checked to belong to the bug, in the server's order."""
        read = partial(entries, self._client, url, start=start, check=self._check, tries=self._tries, is_record=True)
        try:
            return read()
        except RefusedError:  # perhaps an expired next link: start again
            return read()


def _is_same(bug: Bug, stored_bug: Bug | None, *names: str) -> bool:
    """Whether these fields equal the stored ones; a field that the server leaves out may have changed."""
    return stored_bug is not None and all(
        bug.get(name) is not None and bug.get(name) == stored_bug.get(name) for name in names
    )


def _has_others(activity: Sequence[Entry], stored_tasks: Sequence[Task], links: list[str], project: str) -> bool:
    """Whether the bug may have tasks that are not on the project's list.

    Launchpad logs each added, removed or moved task, and each change of a task under its target's name ("cinder:
    status"); a bug without such entries has only the task that it was reported with.
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
    # Not the whole link: that of a message contains the bug's default task, and changes with it. Saved ones may lack
    # it.
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
