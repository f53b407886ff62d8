"""A limit of processor time for work on text from strangers: a slow pattern or parser must cost one record only."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

RECORD_SECONDS = 10.0  # of processor time, for one record: a thousand times what a long record takes
SHORTEST = 0.01  # seconds between two looks at the clock
AGAIN = 1.0


class TooSlowError(Exception):
    """The work took longer than its limit."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TooSlowError once this thread has used so much processor time in the block, even inside a pattern.

    Time spent waiting, or used by other threads, does not count. Python delivers signals to the main thread only: in
    any other thread there is no limit, and the bounds on size must be enough.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    until = time.thread_time() + seconds

    def stop(number: int, frame: object) -> None:
        left = until - time.thread_time()
        if left <= 0:
            signal.setitimer(signal.ITIMER_VIRTUAL, AGAIN)  # raise again, in case the block catches every error
            raise TooSlowError(f"more than {seconds:g} s of the processor")
        signal.setitimer(signal.ITIMER_VIRTUAL, max(left, SHORTEST))  # other threads used the rest

    handler = signal.signal(signal.SIGVTALRM, stop)
    outer = signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, *outer)
        signal.signal(signal.SIGVTALRM, handler)
