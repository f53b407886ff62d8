"""Reads the lists of a project's bug tasks to their end; each listed bug is pending until it is fetched."""

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property

from analysis.ingest.launchpad.bug_order import BugOrder
from analysis.ingest.launchpad.bug_record import PROJECT_KEY, Task, bug_number
from analysis.ingest.launchpad.client import Client
from analysis.ingest.launchpad.listing import OPEN_STATUSES, Listing, Place, pages
from analysis.ingest.launchpad.state import State
from analysis.ingest.pending import has_failed
from analysis.ingest.session import Checkpoint, Summary

MAX_GUESSES = 500  # possible numbers of an unlistable bug; other projects have most numbers in between


class TaskLists:
    """Reads every list that is due, and orders the bugs on it.

    `failed_numbers` are bugs that could not be fetched before: they stay pending, with their current tasks.
    """

    def __init__(
        self, client: Client, project: str, checkpoint: Checkpoint, summary: Summary, state: State, order: BugOrder
    ) -> None:
        self._client, self._project, self._checkpoint = client, project, checkpoint
        self._summary, self._state, self._order = summary, state, order
        self._failed_numbers: Collection[int] = ()

    def read(self, failed_numbers: Collection[int]) -> None:
        """Read every list that is due in the state, from the place in it."""
        self._failed_numbers = failed_numbers
        self._order_pending()
        while self._state["listings"]:
            kind = self._state["listings"][0]
            start = Place.from_json(self._state["place"]) if self._state["place"] else None
            for tasks, place in pages(
                self._client, self._project, self._listing(kind), start=start, on_gap=self._guess
            ):
                tasks_by_bug = by_bug(tasks)
                self._summary.listed += len(tasks_by_bug)
                self._mark_pending(kind, tasks_by_bug)
                self._state["place"] = place.to_json() if place else None
                if place:
                    self._checkpoint.commit(self._state)
            self._state["listings"] = self._state["listings"][1:]
            self._state["place"] = None
            self._checkpoint.commit(self._state)

    def _order_pending(self) -> None:
        """Order the bugs that an interrupted fetch had listed: only now is it known which bugs are needed."""
        for key, item in self._checkpoint.pending().items():
            if not has_failed(item):
                self._order.add(int(key), item)

    def _listing(self, kind: str) -> Listing:
        if kind == "changed":
            return Listing(modified_since=self._state["since"])
        if kind == "open":
            return Listing(statuses=OPEN_STATUSES)
        return Listing(modified_since=self._state["history"]["since"] or None)

    def _mark_pending(self, kind: str, tasks_by_bug: Mapping[int, list[Task]]) -> None:
        # A stored bug is either unchanged since the last window began, or on the list of updates.
        current_numbers = self._stored_numbers if kind != "changed" and self._state["since"] else frozenset()
        pending = self._checkpoint.pending() if self._failed_numbers else {}
        for number, tasks in tasks_by_bug.items():
            if number in self._failed_numbers:
                self._checkpoint.mark_pending(number, {**pending.get(str(number), {}), "tasks": tasks})
            elif number not in current_numbers:
                item = {"tasks": tasks, "is_first": kind != "history" or is_open(tasks)}
                self._checkpoint.mark_pending(number, item)
                self._order.add(number, item)

    @cached_property
    def _stored_numbers(self) -> frozenset[int]:
        """The numbers of the bugs that were stored before this fetch."""
        return frozenset(map(int, self._checkpoint.stored_keys())) - {PROJECT_KEY}

    def _guess(self, after: int | None, before: int | None) -> None:
        """A bug between these two cannot be listed: request each possible number, so that it is fetched or named."""
        numbers = range(after + 1, before) if after and before else range(0)
        place = f"a bug between bug {after or '(the first)'} and bug {before or '(the last)'}"
        if not 0 < len(numbers) <= MAX_GUESSES:
            self._summary.notes.append(f"{place} cannot be listed, and was passed over")
            return
        self._summary.notes.append(f"{place} cannot be listed: each of the {len(numbers)} was asked for by its number")
        for number in numbers:
            if number not in self._failed_numbers:
                item: dict[str, object] = {"tasks": [], "is_first": True, "is_guess": True}
                self._checkpoint.mark_pending(number, item)
                self._order.add(number, item)


def is_open(tasks: Sequence[Task]) -> bool:
    """Whether a bug has a task that is not complete."""
    return any(not task.get("is_complete", False) for task in tasks)


def by_bug(tasks: Sequence[Task]) -> dict[int, list[Task]]:
    """The tasks, by the number of their bug."""
    tasks_by_bug: dict[int, list[Task]] = {}
    for task in tasks:
        tasks_by_bug.setdefault(bug_number(task), []).append(task)
    return tasks_by_bug
