"""Reads records one by one, in parallel; records that cannot be read are requested again after all others.

A record that a server cannot serve does not stop the fetch. It stays pending: see `pending`.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, datetime

from analysis.errors import ServerError, SourceError
from analysis.ingest.pending import PendingItem, failed_item, has_failed, is_due
from analysis.ingest.progress import Progress
from analysis.ingest.record_check import RecordError, check_size, within_limit
from analysis.ingest.server_errors import DownError
from analysis.ingest.session import Checkpoint, Record, Summary
from analysis.ingest.transport import Governor

COMMIT_EVERY = 20  # records
FIRST_TRIES = 2  # tries of a record before all others were requested
ROUNDS = 3  # rounds at the end in which the rest is requested again


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome for one record: it is stored, or gone, or (`failure`) stored without the parts that failed.

    `is_doubtful`: the list showed the record a moment ago, but the server now says that it does not exist; it is
    requested once more. `is_nothing`: the record was only a guess.
    """

    key: int
    record: Record | None = None
    gone: str = ""
    is_private: bool = False
    is_doubtful: bool = False
    is_nothing: bool = False
    changed: bool = True
    failure: SourceError | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """One record to read: `read` gets the number of tries; `item` is its pending item."""

    key: int
    item: PendingItem
    read: Callable[[int], Outcome]


class Reader:
    """Reads records with as many workers as the policy allows, in one run of one source."""

    def __init__(
        self,
        checkpoint: Checkpoint,
        governor: Governor,
        summary: Summary,
        progress: Progress,
        *,
        commit: Callable[[], None],
        is_over: Callable[[], bool],
        check: Callable[[Record], None],
    ) -> None:
        self._check = check
        self._checkpoint, self._governor = checkpoint, governor
        self._summary, self._progress = summary, progress
        self._commit, self._is_over = commit, is_over
        self._pool = ThreadPoolExecutor(governor.policy.concurrency, thread_name_prefix=summary.source)
        self._late: dict[int, Request] = {}
        self._seconds_left = governor.policy.late  # seconds for retries of failed records
        self._failed_keys: set[int] = set()  # in this run
        self._doubtful_keys: set[int] = set()
        self._counted_keys: set[int] = set()  # counted by the progress
        self.on_kept: Callable[[Record], None] = lambda record: None

    @property
    def now(self) -> datetime:
        """The server's clock, if it has one."""
        return self._governor.traffic.last_date or datetime.now(UTC)

    def read(self, requests: Iterable[Request]) -> None:
        """Read every record once; requests are prepared while others are in flight. Ends when the time is up."""
        self._read(requests, FIRST_TRIES)
        self._commit()

    @property
    def n_late(self) -> int:
        """The number of postponed records."""
        return len(self._late)

    def count_anew(self) -> None:
        """Let the progress count every record again, for a new stage."""
        self._counted_keys.clear()

    def put_off(self, request: Request) -> None:
        """Postpone a record until after all the others."""
        self._late[request.key] = request

    def put_off_failed(self, requests: Callable[[Mapping[int, PendingItem]], Iterable[Request]]) -> set[int]:
        """Postpone records that failed before until after all others, and skip some runs; returns their numbers.

        `requests` makes the requests for pending items by their numbers.
        """
        items = {int(key): item for key, item in self._checkpoint.pending().items() if key.isdigit()}
        items = {number: item for number, item in items.items() if has_failed(item)}
        due_items = {number: item for number, item in items.items() if is_due(item, self.now)}
        for request in requests(due_items):
            self.put_off(request)
        if len(due_items) < len(items):
            self._summary.notes.append(
                f"{len(items) - len(due_items)} that failed several times were not asked for yet"
            )
        return set(items)

    def read_late(self) -> None:
        """Request failed records again, in some rounds, within the total time that the policy allows."""
        for n in range(ROUNDS):
            delay = min(self._governor.policy.first_delay * 4**n, self._governor.policy.longest_delay)
            if not self._late or delay >= self._seconds_left or self._is_over():
                break
            start = time.monotonic()
            self._governor.sleep(delay)
            requests, self._late = self._late, {}
            self._read(self._requests_in_time(requests, start), 1)
            self._seconds_left -= time.monotonic() - start
        self._late = {}
        self._commit()

    def _requests_in_time(self, requests: Mapping[int, Request], start: float) -> Iterable[Request]:
        for request in requests.values():
            if time.monotonic() - start >= self._seconds_left:
                return
            yield request

    def close(self) -> None:
        """End the workers."""
        self._pool.shutdown(cancel_futures=True)

    def _read(self, requests: Iterable[Request], tries: int) -> None:
        under_way: dict[Future[Outcome], Request] = {}
        for request in requests:
            if self._is_over():
                break
            while len(under_way) >= 2 * self._governor.policy.concurrency:
                self._collect(under_way)
            under_way[self._pool.submit(request.read, tries)] = request
        while under_way:
            self._collect(under_way)

    def _collect(self, under_way: dict[Future[Outcome], Request]) -> None:
        finished, _ = wait(under_way, return_when=FIRST_COMPLETED)
        for task in finished:
            request = under_way.pop(task)
            try:
                self._keep(self._check_outcome(task.result()), request)
            except DownError:
                raise
            except SourceError as failure:
                self._fail(request, failure)
            if request.key not in self._counted_keys:  # a record that is requested again was already counted
                self._counted_keys.add(request.key)
                self._progress.step()

    def _check_outcome(self, outcome: Outcome) -> Outcome:
        """The outcome; without its record if that cannot become rows: then the stored one stays."""
        record = outcome.record
        if record is None or not outcome.changed:
            return outcome
        try:
            check_size(record)
            within_limit("", lambda: self._check(record))
        except RecordError as fault:
            reason = "private" if outcome.is_private else ""  # what names it stays hidden
            return Outcome(outcome.key, gone=reason, failure=_unusable_error(outcome.key, fault))
        return outcome

    def _keep(self, outcome: Outcome, request: Request) -> None:
        if outcome.record is None and outcome.failure is not None:
            if outcome.gone:
                self._checkpoint.mark_gone(outcome.key, outcome.gone)
            self._fail(request, outcome.failure)
            return
        if outcome.record is not None:
            self.on_kept(outcome.record)
        if outcome.is_nothing:
            self._checkpoint.unmark_pending(outcome.key)
        elif outcome.record is None and outcome.is_doubtful and outcome.key not in self._doubtful_keys:
            self._doubtful_keys.add(outcome.key)
            self._late[outcome.key] = request  # stays pending until it is requested again
        elif outcome.record is None:
            self._checkpoint.mark_gone(outcome.key, outcome.gone)
            self._summary.gone += 1
        elif outcome.changed:
            self._checkpoint.put(outcome.record)
            self._summary.changed += outcome.failure is None
        else:
            self._checkpoint.unmark_pending(outcome.key)
            self._summary.unchanged += outcome.failure is None
        if outcome.failure is not None:
            self._fail(request, outcome.failure)
        if (self._summary.changed + self._summary.gone) % COMMIT_EVERY == 0:
            self._commit()

    def _fail(self, request: Request, failure: SourceError) -> None:
        item = failed_item(request.item, failure, self.now, is_new_run=request.key not in self._failed_keys)
        self._failed_keys.add(request.key)
        self._checkpoint.mark_pending(request.key, item)
        self._late[request.key] = Request(request.key, item, request.read)


def _unusable_error(key: int, fault: RecordError) -> ServerError:
    return ServerError(
        expected=f"record {key} as its server makes records",
        found=str(fault),
        do="correct it on the server, where that is possible; it is asked for again, less and less often",
    )
