"""Processes forked from a clean server. Ctrl-C, which a terminal sends to all of them, is for the command alone.

When the command dies they end, too, also by kill -9, of which it can tell nobody.
"""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import forkserver, get_context, parent_process, resource_tracker
from multiprocessing.context import ForkServerContext, ForkServerProcess
from threading import Thread


def forked(preload: Sequence[str]) -> ForkServerContext:
    """What makes processes that have the modules of `preload` imported, and no thread or lock of this process.

    None of them hears of Ctrl-C: each would show a traceback, and the one that waits for them stops them.
    """
    context = get_context("forkserver")
    context.set_forkserver_preload(list(preload))
    with uninterrupted():
        forkserver.ensure_running()
    return context


def process_for(context: ForkServerContext, function: Callable[..., object], *arguments: object) -> ForkServerProcess:
    """A process, not yet started, that calls the function, and ends in the midst of it when this process dies.

    Else it would wait for ever for others that died, or write on beside the next run of the same command.
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
    """Let Ctrl-C wait until this is done: half begun, a process would complain, or work on and nobody know of it.

    Only the main thread can be interrupted, so only there is this of use, and allowed.
    """
    resource_tracker.ensure_running()  # whoever begins a process would start it, which unblocks what is blocked now
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
