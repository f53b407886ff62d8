"""Work for the tests of the engines: functions that worker processes import, and an engine without such processes."""

import os
import signal
import time
from pathlib import Path

import numpy as np  # noqa: F401 - brings the linear algebra whose threads are counted
from threadpoolctl import threadpool_info

from analysis.build.engine.outcome import Outcome, worked
from analysis.errors import StoreError


def doubled(number: int) -> int:
    if number == 13:
        raise StoreError(expected="a lucky number", found="13", do="choose another")
    return 2 * number


def process_number(_: int) -> int:
    return os.getpid()


def hears_ctrl_c(_: int) -> bool:
    return signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def working_for_ever(mark: Path) -> None:
    mark.touch()
    while True:
        time.sleep(1)


def dying_once(mark: Path, number: int) -> int:
    """Kill the own process by SIGKILL at the first call."""
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return 2 * number


def dying(number: int) -> int:
    if number == 13:
        os.kill(os.getpid(), signal.SIGKILL)
    return 2 * number


def n_threads(_: int) -> int:
    """The largest number of threads that a library of linear algebra may start here."""
    return max(library["num_threads"] for library in threadpool_info())


def n_threads_of_clusters(_: int) -> int:
    """The same once scikit-learn's clusters are loaded."""
    import sklearn.cluster  # noqa: F401 - brings OpenMP

    return n_threads(1)


def in_this_process(_, function, partitions):
    """Replace `Local.run` without starting a process, so that partitions see the patches of a test."""
    return (Outcome(name, worked(function, arguments)) for name, arguments in partitions.items())
