"""Processes forked from a clean server. Ctrl-C, which a terminal sends to all of them, is for the command alone."""

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import forkserver, get_context, resource_tracker
from multiprocessing.context import ForkServerContext


def forked(preload: Sequence[str]) -> ForkServerContext:
    """What makes processes that have the modules of `preload` imported, and no thread or lock of this process.

    None of them hears of Ctrl-C: each would show a traceback, and the one that waits for them stops them.
    """
    context = get_context("forkserver")
    context.set_forkserver_preload(list(preload))
    with uninterrupted():
        forkserver.ensure_running()
    return context


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let Ctrl-C wait until this is done: half begun, a process would complain, or work on and nobody know of it.

    Only the main thread can be interrupted, so only there is this of use, and allowed.
    """
    resource_tracker.ensure_running()  # whoever begins a process would start it, which unblocks what is blocked now
    told: list[int] = []
    # Blocked for those that are begun now, who inherit that; and noted, because this process has other threads, such
    # as those of NumPy, and the signal then comes by one of them.
    handler = signal.signal(signal.SIGINT, lambda number, frame: told.append(number))
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGINT, handler)
        if told:
            signal.raise_signal(signal.SIGINT)
