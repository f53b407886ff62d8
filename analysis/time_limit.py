"""A limit of processor time for work on what strangers write: a pattern or parser that is slow must cost one record."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

RECORD_SECONDS = 10.0  # of the processor, for one record: a thousand times what a long one takes
SHORTEST = 0.01  # seconds until the clock is looked at again
AGAIN = 1.0


class TooSlowError(Exception):
    """The work took longer than it may."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TooSlowError once this thread has worked for so long in the block, in the midst of a pattern too.

    Time that it waits, or that other threads use, does not count. Python hands signals to the main thread alone: in any
    other one nothing is limited, and the bounds on size must do.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    until = time.thread_time() + seconds

    def stop(number: int, frame: object) -> None:
        left = until - time.thread_time()
        if left <= 0:
            signal.setitimer(signal.ITIMER_VIRTUAL, AGAIN)  # whoever catches every error is told once more
            raise TooSlowError(f"more than {seconds:g} s of the processor")
        signal.setitimer(signal.ITIMER_VIRTUAL, max(left, SHORTEST))  # other threads used the rest

    handler = signal.signal(signal.SIGVTALRM, stop)
    outer = signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, *outer)
        signal.signal(signal.SIGVTALRM, handler)
