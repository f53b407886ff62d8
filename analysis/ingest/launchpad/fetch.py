"""A fetch from Launchpad: lists the bugs, reads open ones first, and keeps unreadable ones as pending."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import islice
from typing import Literal

from analysis.ingest.bug_check import check_bug
from analysis.ingest.launchpad import bug as bugs
from analysis.ingest.launchpad.bug import Selection
from analysis.ingest.launchpad.bug_order import BugOrder
from analysis.ingest.launchpad.bug_record import PROJECT_KEY, holds_tasks, listed_tasks, stored_bugs
from analysis.ingest.launchpad.client import Client
from analysis.ingest.launchpad.listing import PAGE, Listing, pages, total
from analysis.ingest.launchpad.project import project_record
from analysis.ingest.launchpad.state import first_state
from analysis.ingest.launchpad.task_lists import TaskLists, by_bug, is_open
from analysis.ingest.pending import PendingItem, has_failed
from analysis.ingest.progress import Progress
from analysis.ingest.record_check import RecordError
from analysis.ingest.records import Reader, Request
from analysis.ingest.session import (
    INTERRUPT,
    RESUMED,
    Checkpoint,
    Record,
    Schedule,
    Summary,
    carry_out,
    cost,
    previous_cursor,
    seal,
)
from analysis.ingest.transport import Governor, Policy
from analysis.ingest.window import EVERYTHING, Extent, Start, Window, later, window_start

PROJECT_EVERY = timedelta(days=1)
PER_BUG = 3  # requests: the bug, its messages, its activity


@dataclass(frozen=True, slots=True)
class Options:
    """The options of a fetch. `verify` lists every bug, to find updates that Launchpad's modified_since misses.

    `needed_numbers` are the numbers of bugs that are needed now, such as those that open changes name: they come first,
    like open ones.
    """

    private: bool = False
    tasks: Literal["shown", "always"] = "shown"
    verify: bool = False
    signed_in: bool = False
    contact: str = ""
    extent: Extent = EVERYTHING
    needed_numbers: Collection[int] = ()


def fetch(
    root: str,
    project: str,
    checkpoint: Checkpoint,
    *,
    policy: Policy | None = None,
    options: Options | None = None,
    progress: Progress | None = None,
) -> Summary:
    """Bring the checkpoint up to date with a Launchpad project, and seal it; returns a summary.

    Updated and open bugs come first; then closed bugs that were never fetched, newest first, sealed piece by piece.
    Bugs that could not be fetched are in the summary's `pending`; the next fetch tries them again. If this is
    interrupted at any instant, the same call goes on from there.

    Raises
    ------
    ServerError
        The list itself could not be read, or the server is down. The records fetched so far are kept and sealed.
    """
    begin = partial(_Fetch, root, project, checkpoint, options or Options())
    progress = progress or Progress(f"launchpad {project}", unit="bugs")
    return carry_out(begin, checkpoint, policy=policy or Policy(), progress=progress)


class _Fetch:
    def __init__(
        self,
        root: str,
        project: str,
        checkpoint: Checkpoint,
        options: Options,
        governor: Governor,
        progress: Progress,
    ) -> None:
        self._project, self._checkpoint, self._governor = project, checkpoint, governor
        self._options, self._progress = options, progress
        self._schedule = Schedule(options.extent)
        self._client = Client(root, governor, contact=options.contact, signed_in=options.signed_in)
        self._client.watch_health(project)
        self._selection = Selection(project, options.private, options.tasks)
        self._summary = Summary("launchpad", project, traffic=governor.traffic)
        start = Start(previous_cursor(checkpoint), checkpoint.state, governor.traffic.first_date, options.extent)
        self._state, is_resumed = first_state(start, private=options.private, tasks=options.tasks)
        self._summary.notes += [RESUMED] if is_resumed else []
        self._order = BugOrder(options.needed_numbers)
        self._reader = Reader(
            checkpoint,
            governor,
            self._summary,
            progress,
            commit=self._commit,
            is_over=self._schedule.is_over,
            check=check_bug,
        )
        self._reader.on_kept = self._note_update

    def close(self) -> None:
        self._reader.close()
        self._client.close()

    def run(self) -> Summary:
        self._put_project()
        failed_numbers = self._reader.put_off_failed(self._requests)
        lists = TaskLists(self._client, self._project, self._checkpoint, self._summary, self._state, self._order)
        lists.read(failed_numbers)
        self._announce()
        self._get(self._order.first)
        if not self._schedule.is_over():
            self._end_window()
            self._get_history()
        self._reader.read_late()
        if self._options.verify and self._options.extent.history and not self._schedule.is_over():
            self._sweep()
            self._reader.read_late()
        return self._end()

    def _commit(self) -> None:
        self._checkpoint.commit(self._state)

    def _put_project(self) -> None:
        """Store the project itself, requested once a day: its milestones change rarely, and cost as much as a bug."""
        now = self._governor.traffic.last_date
        asked_at = self._state["project_at"]
        if asked_at and (now is None or asked_at > (now - PROJECT_EVERY).isoformat()):
            return
        record = project_record(self._client, self._project)
        try:
            check_bug(record)
            if self._checkpoint.stored_records([PROJECT_KEY]).get(PROJECT_KEY) != record:
                self._checkpoint.put(record)
        except RecordError as fault:  # its bugs are useful without its milestones
            self._summary.notes.append(f"the project's own record was not kept: {fault}")
        now = self._governor.traffic.last_date
        self._state["project_at"] = now.isoformat() if now else None

    def _announce(self) -> None:
        """Print the cost before the first bug is requested."""
        first = len(self._order.first)
        rest = len(self._order.history) if self._options.extent.history else 0
        if rest:
            self._progress.say(
                f"{first:,} bugs that are open or changed come first: {self._cost(first)}; then {rest:,} closed ones, "
                f"newest first: {self._cost(rest)}. {INTERRUPT}"
            )
        self._progress.expect(first + rest + self._reader.n_late)

    def _cost(self, n_bugs: int) -> str:
        return cost(PER_BUG * n_bugs, self._governor.policy.rate)

    def _get(self, numbers: Iterable[int]) -> None:
        for batch in _batches(numbers):
            pending = self._checkpoint.pending_of(batch)
            self._reader.read(self._requests({number: pending[number] for number in batch if number in pending}))
            if self._schedule.is_over():
                return
            if self._schedule.is_piece_due():
                self._seal(goes_on=True)

    def _requests(self, items: Mapping[int, PendingItem]) -> Iterator[Request]:
        stored_record_by_number = stored_bugs(self._checkpoint.stored_records(list(items)))
        for number, item in items.items():
            fetch_bug = bugs.guess if item.get("is_guess") else bugs.fetch
            stored_record = stored_record_by_number.get(number)
            read = partial(fetch_bug, self._client, number, listed_tasks(item), stored_record, self._selection)
            yield Request(number, item, read)

    def _note_update(self, record: Record) -> None:
        bug = record["bug"]
        if self._state["is_window_open"] and isinstance(bug, dict):
            self._state["newest"] = later(self._state["newest"], bug.get("date_last_updated"))

    def _end_window(self) -> None:
        """End the window: all open and updated records are here; later updates belong to the next window."""
        self._state["since"] = self._next_since()
        self._state["is_window_open"] = False
        self._order.first.clear()
        self._commit()
        if self._order.history and self._schedule.is_piece_due():
            self._seal(goes_on=True)

    def _next_since(self) -> str | None:
        newest = self._state["newest"]
        if newest is None and self._checkpoint.pending():  # nothing could be read, but everything is pending
            newest = self._state["next"]
        since = self._state["since"]
        next_since = window_start(Window(since, self._state["next"]), newest)
        return max(since, next_since) if since and next_since else next_since  # a needed bug may be old

    def _get_history(self) -> None:
        if self._options.extent.history and self._order.history:
            self._get(self._order.newest_first())

    def _sweep(self) -> None:
        """List every bug again: read those whose task differs from the stored one, and ask for those not listed."""
        unlisted = set(map(int, self._checkpoint.stored_keys())) - {PROJECT_KEY}
        stored_numbers = frozenset(unlisted)
        self._progress.stage(f"launchpad {self._project}, listing every bug again")
        self._reader.count_anew()
        if self._progress.on_terminal:
            self._progress.expect(total(self._client, self._project, Listing()))
        for tasks, _ in pages(self._client, self._project, Listing()):
            tasks_by_bug = by_bug(tasks)
            unlisted.difference_update(tasks_by_bug)
            stored_record_by_number = stored_bugs(self._checkpoint.stored_records(list(tasks_by_bug)))
            pending = self._checkpoint.pending_of(list(tasks_by_bug))
            items_to_read = {
                number: {"tasks": listed}
                for number, listed in tasks_by_bug.items()
                if number not in pending
                and not holds_tasks(stored_record_by_number.get(number), listed)
                and (number in stored_numbers or is_open(listed) or not self._state["history"]["since"])
            }
            self._progress.step(len(tasks_by_bug) - len(items_to_read))
            self._reader.read(self._requests(items_to_read))
        pending_keys = self._checkpoint.pending().keys()
        for batch in _batches(number for number in sorted(unlisted) if str(number) not in pending_keys):
            self._reader.read(self._requests({number: {"tasks": []} for number in batch}))
        self._summary.notes.append(f"listed again to verify: {self._progress.done:,} bugs")

    def seal_so_far(self) -> None:
        self._commit()
        if self._checkpoint.n_records > 1:  # one of them is the project itself, which says nothing about its bugs
            self._seal(goes_on=True)

    def _end(self) -> Summary:
        is_complete = not (self._dates_left() or self._has_first_left())
        self._seal(goes_on=not is_complete)
        return self._summary

    def _dates_left(self) -> list[str]:
        """The dates of closed bugs that were not requested yet."""
        pending = self._checkpoint.pending()
        return self._order.dates_of(int(key) for key, item in pending.items() if not has_failed(item))

    def _has_first_left(self) -> bool:
        pending = self._checkpoint.pending_of(list(self._order.first))
        return any(not has_failed(item) for item in pending.values())

    def _seal(self, *, goes_on: bool) -> None:
        pending = self._checkpoint.pending()
        failed_items = {key: item for key, item in pending.items() if has_failed(item)}
        dates_left = self._dates_left()
        dates = [date for date in self._order.history.values() if date]
        newest_left = max(dates_left, default="")  # newest first: all bugs newer than the newest remaining one are here
        history = self._state["history"]
        self._state["history"] = {
            **history,
            "left": len(dates_left) if not self._state["listings"] else None,
            "back_to": newest_left if dates_left else min(dates, default=history.get("back_to", "")),
        }
        self._commit()
        self._summary.n_left = self._state["history"]["left"]
        seal(
            self._checkpoint,
            self._summary,
            unit="bug",
            pending=failed_items,
            cursor={
                "settings": self._state["settings"],
                "since": self._since_so_far(),
                "project_at": self._state["project_at"],
                "history": self._state["history"],
                "is_current": not self._state["is_window_open"],
            },
            goes_on=goes_on,
        )
        self._schedule.begin_piece()

    def _since_so_far(self) -> str | None:
        """The instant from which the next fetch lists updates: after an unfinished first fetch, the time it began."""
        since, end = self._state["since"], self._state["next"]
        return since or end if self._state["is_window_open"] else since


def _batches(numbers: Iterable[int]) -> Iterator[list[int]]:
    """Groups of at most a page of bugs, whose pending items are in memory."""
    rest = iter(numbers)
    while batch := list(islice(rest, PAGE)):
        yield batch
