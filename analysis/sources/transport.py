"""One polite request: the only place that decides how many, how fast, how often again, and when to give up."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from analysis.errors import ServerError, WrongBodyError
from analysis.sources.answer import Answer, BrokenAnswerError
from analysis.sources.served import excerpt

T = TypeVar("T")

NOTED = 1.0  # seconds: who watches is told of a longer wait
CROWDED = frozenset({429, 503})  # the server has too much to do: all workers step back together
# Worth another try; 304 too, since nothing conditional is ever asked.
PASSING = frozenset({304, 408, 500, 502, 504}) | CROWDED

# What became of one record, by the status with which a server refuses it.
GONE = {401: "not visible (401)", 403: "not visible (403)", 404: "not found (404)", 410: "gone (410)"}
REFUSED = {
    401: "check the user and the password, or whether it can be seen without signing in",
    403: "check who is signed in, and whether it can be seen without signing in",
    301: "give the address that it has now",
    302: "give the address that it has now, or sign in",
}


@dataclass(frozen=True, slots=True)
class Policy:
    """How a host is treated. Times in seconds; `rate` in requests a second, None for no limit.

    `longest_delay` caps Retry-After too: Launchpad's 900 is by its own source "really just a guess". `patience` is how
    long nothing at all may succeed before the host counts as down. `largest` is bytes of an answer, unpacked: one
    without end would fill the memory before its deadline.
    """

    concurrency: int = 4
    rate: float | None = 5.0
    timeout: float = 30.0
    deadline: float = 300.0
    tries: int = 6
    first_delay: float = 1.0
    longest_delay: float = 120.0
    patience: float = 900.0
    largest: int = 1 << 28


class RefusedError(ServerError):
    """The server answered, and the answer is no. Another try would not help."""

    status: int = 0


class DownError(ServerError):
    """Nothing succeeds any more, whatever is asked for: the run ends here."""


@dataclass(slots=True)
class Traffic:
    """What was sent and received so far, and the server's clock at both ends."""

    requests: int = 0
    retries: int = 0
    bytes: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    first_date: datetime | None = None
    last_date: datetime | None = None


class Governor:
    """Lets requests to one host through. Any number of threads may share it.

    On 429 and 503 all workers pause together and their number is halved; each success gives a part of a worker back.
    """

    def __init__(
        self, policy: Policy, *, note: Callable[[str], None] | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.policy = policy
        self._say = note
        self.traffic = Traffic()
        self._clock = clock
        self._random = random.Random()
        self._free = threading.Condition()
        self._in_flight = 0
        self._limit = float(policy.concurrency)
        self._not_before = self._next_token = clock()
        self._failing_since: float | None = None
        self._n_successes = 0
        self._closed = False

    def ask(self, url: str, send: Callable[[], Answer], read: Callable[[Answer], T], *, tries: int | None = None) -> T:
        """What `read` makes of the answer. `send` may raise BrokenAnswerError, `read` also WrongBodyError.

        Raises
        ------
        RefusedError
            A status that another try would not change; its number is in `.status`.
        ServerError
            Every try failed.
        DownError
            Nothing at all has succeeded for as long as the policy's patience, or the governor was closed.
        WrongBodyError
            Every try brought the body of another resource.
        """
        failure, others = "", self._n_successes
        tries = min(tries or self.policy.tries, self.policy.tries)
        for attempt in range(tries):
            if attempt:
                self._count_retry()
            with self._slot(url):
                try:
                    answer = send()
                    self._note(answer)
                    if answer.status in PASSING:
                        failure = f"{answer.status}: {excerpt(answer.body)}"
                        delay = self._step_back(answer, attempt, alone=bool(attempt) and self._n_successes > others)
                        others = self._n_successes
                    elif not 200 <= answer.status < 300:
                        raise _refused(url, answer)
                    else:
                        found = read(answer)
                        self._succeeded()
                        return found
                except BrokenAnswerError as cause:
                    failure, delay = str(cause), self._delay(attempt)
                except WrongBodyError as cause:
                    if attempt == tries - 1:
                        raise
                    failure = cause.found
                    delay = self._delay(attempt)
            if self._has_failed_for() > self.policy.patience:
                raise _down(url, f"nothing for {timedelta(seconds=int(self.policy.patience))}; the last: {failure}")
            if attempt < tries - 1:
                self._note_failure(failure, delay)
                self._sleep(delay)
        raise _failed(url, failure, tries)

    def close(self) -> None:
        """Let nothing more through: waiting workers fail at once instead of after their turn."""
        with self._free:
            self._closed = True
            self._free.notify_all()

    @contextmanager
    def _slot(self, url: str) -> Iterator[None]:
        with self._free:
            while True:
                if self._closed:
                    raise _down(url, "the run is ending")
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

    def _sleep(self, delay: float) -> None:
        until = self._clock() + delay
        with self._free:
            while not self._closed and (left := until - self._clock()) > 0:
                self._free.wait(left)

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

    def _succeeded(self) -> None:
        with self._free:
            self._failing_since = None
            self._n_successes += 1
            self._limit = min(float(self.policy.concurrency), self._limit + 1.0 / self._limit)
            self._free.notify_all()

    def _has_failed_for(self) -> float:
        now = self._clock()
        with self._free:
            self._failing_since = now if self._failing_since is None else self._failing_since
            return now - self._failing_since

    def _step_back(self, answer: Answer, attempt: int, *, alone: bool) -> float:
        """How long this request waits by itself; a crowded server makes all wait.

        `alone`: others got through since its last try, so 503 means that this one is too much for the server, not that
        there are too many: Launchpad says so of a bug that takes it too long.
        """
        own = self._delay(attempt)
        if answer.status not in CROWDED or (alone and answer.status == 503):
            return own
        asked = answer.retry_after
        # A little later than asked, and not all at the same instant.
        pause = own if asked is None else min(asked, self.policy.longest_delay) * self._random.uniform(1.0, 1.1)
        with self._free:
            self._limit = max(1.0, self._limit / 2)
            self._not_before = max(self._not_before, self._clock() + pause)
        return 0.0  # the pause of all is this one's too

    def _delay(self, attempt: int) -> float:
        longest = min(self.policy.first_delay * 2.0**attempt, self.policy.longest_delay)
        return longest * self._random.uniform(0.5, 1.0)


def _refused(url: str, answer: Answer) -> RefusedError:
    error = RefusedError(
        expected=f"an answer to GET {url}",
        found=f"{answer.status}: {excerpt(answer.headers.get('location') or answer.body, 200)}",
        do=REFUSED.get(answer.status, "check the address, the project's name, and who may see it"),
    )
    error.status = answer.status
    return error


def _failed(url: str, failure: str, tries: int) -> ServerError:
    return ServerError(
        expected=f"an answer to GET {url}",
        found=f"{failure} (after {tries} tries)",
        do="run the same command again later: what was fetched so far is kept",
    )


def _down(url: str, found: str) -> DownError:
    return DownError(
        expected=f"an answer to GET {url}",
        found=found,
        do="run the same command again when the server is well: what was fetched so far is kept",
    )
