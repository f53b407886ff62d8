"""Polite requests: the only module that decides how many, how fast, how often again, and when to give up."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from analysis.errors import WrongBodyError
from analysis.ingest.json_body import excerpt
from analysis.ingest.response import Answer, BrokenAnswerError, NoNetworkError
from analysis.ingest.server_errors import down_error, failed_error, offline_error, refused_error

T = TypeVar("T")

NOTED = 1.0  # seconds: a longer wait is shown to the user
CROWDED = frozenset({429, 503})  # the server is overloaded: all workers pause together
OFFLINE_TRIES = 2  # a name that cannot be resolved now may be resolved in a second
SUSPICIOUS = 3  # consecutive records that a server cannot serve: the server itself may be in trouble
HOPELESS = 300  # this many in a row: the server is in trouble, whatever else it answers
# Worth another try; so is 304, since no conditional request is ever sent.
PASSING = frozenset({304, 408, 500, 502, 504}) | CROWDED


@dataclass(frozen=True, slots=True)
class Policy:
    """The limits for a host. Times in seconds; `rate` in requests per second, None for no limit.

    `longest_delay` caps Retry-After too: Launchpad's 900 is by its own source "really just a guess". `patience` is how
    long no request may succeed before the host counts as down. `late` is the total time for retries of failed records
    at the end of a run. `largest` is the size of an answer in bytes, unpacked: an endless one would fill the memory
    before its deadline.
    """

    concurrency: int = 4
    rate: float | None = 5.0
    timeout: float = 30.0
    deadline: float = 300.0
    tries: int = 6
    first_delay: float = 1.0
    longest_delay: float = 120.0
    patience: float = 900.0
    late: float = 120.0
    largest: int = 1 << 28


@dataclass(slots=True)
class Traffic:
    """The numbers of requests and bytes so far, and the server's clock in the first and last answer."""

    requests: int = 0
    retries: int = 0
    bytes: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    first_date: datetime | None = None
    last_date: datetime | None = None


class Governor:
    """Lets requests to one host through. Many threads may share it.

    If the server as a whole is in trouble, all workers pause together, and their number is halved; each success
    restores a part of a worker. One record that it cannot serve is no evidence of that: see `_is_in_trouble`.
    """

    def __init__(
        self, policy: Policy, *, note: Callable[[str], None] | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.policy = policy
        self.probe: Callable[[], Answer] | None = None  # a small request that a healthy server answers
        self._say = note
        self.traffic = Traffic()
        self._clock = clock
        self._random = random.Random()
        self._free = threading.Condition()
        self._probing = threading.Lock()
        self._in_flight = 0
        self._limit = float(policy.concurrency)
        self._not_before = self._next_token = clock()
        self._failing_since: float | None = None
        self._n_successes = 0
        self._unserved = self._suspicious = 0  # failures since the last success; since the last good probe too
        self._n_pauses = 0  # of all workers, since the last success
        self._crowded_alone: set[str] = set()  # still 429 after a pause, while others were served
        self._closed = False

    def ask(
        self,
        url: str,
        send: Callable[[], Answer],
        read: Callable[[Answer], T],
        *,
        tries: int | None = None,
        is_record: bool = False,
    ) -> T:
        """The result of `read` for the answer. `send` may raise BrokenAnswerError, `read` also WrongBodyError.

        `is_record`: one record of many, which is requested again after all the others. So it is given up at once if the
        server asks for a pause.

        Raises
        ------
        RefusedError
            A status that another try would not change; its number is in `.status`.
        ServerError
            Every try failed.
        DownError
            No request has succeeded for as long as the policy's patience, or the governor was closed.
        WrongBodyError
            Every try brought the body of another resource.
        """
        tries = min(tries or self.policy.tries, self.policy.tries)
        n_failed = n_pauses = 0
        n_served = self._n_successes
        while True:
            answer: Answer | None = None
            is_offline = False
            wrong: WrongBodyError | None = None
            with self._slot(url):
                try:
                    answer = send()
                    self._note(answer)
                    if answer.status not in PASSING:
                        if not 200 <= answer.status < 300:
                            self._note_answer()
                            raise refused_error(url, answer)
                        value = read(answer)
                        self._note_success()
                        return value
                    failure = f"{answer.status}: {excerpt(answer.body)}"
                except BrokenAnswerError as cause:
                    failure, answer = str(cause), None
                    is_offline = isinstance(cause, NoNetworkError) and not self.traffic.statuses
                except WrongBodyError as cause:
                    failure, answer, wrong = cause.found, None, cause
            delay = self._delay(n_failed + n_pauses)
            if is_offline and n_failed + n_pauses >= OFFLINE_TRIES:
                raise offline_error(url, failure)
            if wrong is None and self._is_in_trouble(url, answer, is_record):
                n_pauses += 1
                self._pause(answer)
                delay = 0.0  # the common pause also covers this request
                if n_pauses > 1 and self._n_successes > n_served:
                    self._crowded_alone.add(url)
                n_served = self._n_successes
            else:
                n_failed += 1
            is_put_off = is_record and n_pauses == 0 and answer is not None and (answer.retry_after or 0.0) > delay
            if self._has_failed_for() > self.policy.patience:
                raise down_error(
                    url, f"nothing for {timedelta(seconds=int(self.policy.patience))}; the last: {failure}"
                )
            if n_failed >= tries or n_failed + n_pauses >= self.policy.tries or is_put_off:
                raise wrong or failed_error(url, failure, n_failed + n_pauses)
            self._note_failure(failure, delay)
            self._count_retry()
            self.sleep(delay)

    def close(self) -> None:
        """Let no more requests through: waiting workers fail at once."""
        with self._free:
            self._closed = True
            self._free.notify_all()

    @contextmanager
    def _slot(self, url: str) -> Iterator[None]:
        with self._free:
            while True:
                if self._closed:
                    raise down_error(url, "the run is ending")
                wait = max(self._not_before, self._next_token) - self._clock()
                if wait <= 0 and self._in_flight < max(1, int(self._limit)):
                    break
                self._free.wait(wait if wait > 0 else None)
            self._in_flight += 1
            self.traffic.requests += 1
            if self.policy.rate:
                self._next_token = max(self._next_token, self._clock() - 1.0) + 1.0 / self.policy.rate
        try:
            yield
        finally:
            with self._free:
                self._in_flight -= 1
                self._free.notify_all()

    def sleep(self, delay: float) -> None:
        """Wait, but end at once if the governor is closed."""
        until = self._clock() + delay
        with self._free:
            while not self._closed and (seconds := until - self._clock()) > 0:
                self._free.wait(seconds)

    def _note_failure(self, failure: str, delay: float) -> None:
        pause = max(delay, self._not_before - self._clock())
        if self._say and pause >= NOTED:
            self._say(f"waiting {pause:.0f} s after {failure[:80]}")

    def _note(self, answer: Answer) -> None:
        date = answer.date
        with self._free:
            self.traffic.bytes += len(answer.body)
            self.traffic.statuses[answer.status] += 1
            if date:
                self.traffic.first_date = self.traffic.first_date or date
                self.traffic.last_date = max(self.traffic.last_date or date, date)

    def _count_retry(self) -> None:
        with self._free:
            self.traffic.retries += 1

    def _note_answer(self) -> None:
        """Record an answer; a refusal is one too: the server is healthy."""
        with self._free:
            self._failing_since = None
            self._unserved = self._suspicious = self._n_pauses = 0

    def _note_success(self) -> None:
        self._note_answer()
        with self._free:
            self._n_successes += 1
            self._limit = min(float(self.policy.concurrency), self._limit + 1.0 / self._limit)
            self._free.notify_all()

    def _has_failed_for(self) -> float:
        now = self._clock()
        with self._free:
            self._failing_since = now if self._failing_since is None else self._failing_since
            return now - self._failing_since

    def _is_in_trouble(self, url: str, answer: Answer | None, is_record: bool) -> bool:
        """Whether a failure concerns the whole server, and so all workers. None: no complete answer came.

        429 always does. Launchpad also answers 503 for one bug that takes too long, and one record may kill a server's
        worker. So after some failures in a row a small request, which a healthy server answers, decides.
        """
        status = answer.status if answer else None
        if status == 429:
            return url not in self._crowded_alone
        if not is_record and status not in (None, 503):
            return False
        with self._free:
            self._unserved += 1
            self._suspicious += 1
            if self._unserved >= HOPELESS:
                self._unserved = 0
                return True
            if is_record and self._suspicious < SUSPICIOUS:
                return False
        return not self._is_well()

    def _is_well(self) -> bool:
        with self._probing:
            if self.probe is None:
                return False
            if not self._suspicious:  # another worker has just checked
                return True
            try:
                with self._slot("the server's health"):
                    answer = self.probe()
            except BrokenAnswerError:
                return False
            self._note(answer)
            is_well = answer.status < 500 and answer.status not in PASSING
            with self._free:
                self._suspicious = 0 if is_well else self._suspicious
            return is_well

    def _pause(self, answer: Answer | None) -> None:
        """Make all workers wait, a little longer than requested, and reduce their number."""
        retry_after = answer.retry_after if answer else None
        with self._free:
            if retry_after is None:
                pause = self._delay(self._n_pauses)
            else:
                pause = min(retry_after, self.policy.longest_delay) * self._random.uniform(1.0, 1.1)
            if self._not_before <= self._clock():  # otherwise other workers noticed it a moment ago
                self._n_pauses += 1
                self._limit = max(1.0, self._limit / 2)
            self._not_before = max(self._not_before, self._clock() + pause)

    def _delay(self, attempt: int) -> float:
        longest = min(self.policy.first_delay * 2.0**attempt, self.policy.longest_delay)
        return longest * self._random.uniform(0.5, 1.0)
