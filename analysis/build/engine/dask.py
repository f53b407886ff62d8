"""The engine of many machines: the same function on the workers of a Dask cluster.

The machines of the cluster share the data directory, so that each reads what the others write.
"""

import logging
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from types import ModuleType
from typing import TYPE_CHECKING

from analysis.build.engine.forking import uninterrupted
from analysis.build.engine.outcome import TRIES, Outcome, ResultT, died, worked
from analysis.errors import IncompleteError, UsageError

if TYPE_CHECKING:
    from distributed import Client, Future, LocalCluster


class Dask:
    """A running cluster, given by the address of its scheduler; or one on this machine, started for the run."""

    def __init__(self, *, workers: int | None = None, scheduler: str | None = None) -> None:
        self.workers = workers or len(os.sched_getaffinity(0))
        self.scheduler = scheduler

    def run(
        self, function: Callable[..., ResultT], partitions: Mapping[str, tuple[object, ...]]
    ) -> Iterator[Outcome[ResultT]]:
        """See Engine."""
        if not partitions:
            return
        library = _library()
        with self._client(library) as client:
            futures = {
                client.submit(worked, function, arguments, key=name, pure=False, priority=-place): name
                for place, (name, arguments) in enumerate(partitions.items())
            }
            for future in library.as_completed(futures, raise_errors=False):
                yield _outcome(library, futures[future], future)

    @contextmanager
    def _client(self, library: ModuleType) -> Iterator["Client"]:
        with ExitStack() as stack:
            if self.scheduler:
                client = _connect(library, self.scheduler)
            else:
                client = library.Client(self._own_cluster(library, stack))
            yield stack.enter_context(client)

    def _own_cluster(self, library: ModuleType, stack: ExitStack) -> "LocalCluster":
        scratch = stack.enter_context(tempfile.TemporaryDirectory())
        with uninterrupted():
            cluster: LocalCluster = stack.enter_context(
                library.LocalCluster(
                    n_workers=self.workers,
                    threads_per_worker=1,
                    dashboard_address="127.0.0.1:0",
                    local_directory=scratch,
                    host="127.0.0.1",
                    silence_logs=logging.ERROR,  # else each worker that Ctrl-C stops logs a warning
                )
            )
        return cluster


def _connect(library: ModuleType, scheduler: str) -> "Client":
    try:
        client: Client = library.Client(scheduler)
    except (OSError, ValueError) as cause:  # no server there, another kind of server, or not an address
        raise UsageError(
            expected=f"a Dask scheduler at {scheduler}",
            found=str(cause)[:200],
            do="start one with `dask scheduler`, correct the address (tcp://HOST:8786), or leave --scheduler out: "
            "then a cluster is made for the run",
        ) from cause
    return client


def _outcome(library: ModuleType, name: str, future: "Future[ResultT]") -> Outcome[ResultT]:
    if future.cancelled():  # type: ignore[no-untyped-call]  # nobody here cancels: the scheduler is gone
        return Outcome(name, error=_lost_error(name))
    error = future.exception()  # type: ignore[no-untyped-call]
    if error is None:
        return Outcome(name, future.result())
    # The scheduler itself moves a dead worker's partitions to another one, and gives up after some tries.
    return Outcome(name, error=died(name, "with its worker") if isinstance(error, library.KilledWorker) else error)


def _lost_error(name: str) -> IncompleteError:
    return IncompleteError(
        expected=f"the work on {name} to finish",
        found="the connection to the scheduler was lost",
        do="start the scheduler again, then run the same command again: what was made before is kept",
    )


def _library() -> ModuleType:
    try:
        import dask
        import distributed
    except ImportError as cause:
        raise UsageError(
            expected="the packages of the extra 'dask' for --engine dask",
            found=str(cause),
            do="install them with: pip install -e '.[dask]'",
        ) from cause
    dask.config.set({"distributed.scheduler.allowed-failures": TRIES - 1})
    return distributed
