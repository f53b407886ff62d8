"""Processes forked from a clean server. They ignore Ctrl-C, which a terminal sends to all: the command handles it.

When the command dies they end too, even if it was killed with -9.
"""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import forkserver, get_context, parent_process, resource_tracker
from multiprocessing.context import ForkServerContext, ForkServerProcess
from threading import Thread


def forked(preload: Sequence[str]) -> ForkServerContext:
    """A context that starts processes with the modules of `preload` imported, without threads or locks of this one.

    They ignore Ctrl-C, because each would print a traceback; the process that waits for them stops them.
    """
    context = get_context("forkserver")
    context.set_forkserver_preload(list(preload))
    with uninterrupted():
        forkserver.ensure_running()
    return context


def process_for(context: ForkServerContext, function: Callable[..., object], *arguments: object) -> ForkServerProcess:
    """A process, not yet started, that calls the function, and is ended when this process dies.

    Otherwise it would wait forever for dead processes, or go on writing beside the next run of the same command.
    """
    return context.Process(target=_tied, args=(function, arguments), daemon=True)


def _tied(function: Callable[..., object], arguments: tuple[object, ...]) -> None:
    Thread(target=_end_with_parent, daemon=True).start()
    function(*arguments)


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Delay Ctrl-C until the block is done: a half-started process would print an error, or work on unnoticed.

    Only the main thread can be interrupted, so only it needs this, and only it may do this.
    """
    resource_tracker.ensure_running()  # starting a process starts the tracker, which would unblock the signal
    signals: list[int] = []
    # Blocked for those that are begun now, who inherit that; and noted, because this process has other threads, such
    # as those of NumPy, and the signal then comes by one of them.
    handler = signal.signal(signal.SIGINT, lambda number, frame: signals.append(number))
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGINT, handler)
        if signals:
            signal.raise_signal(signal.SIGINT)
