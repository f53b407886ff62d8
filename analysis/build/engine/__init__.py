"""One function over many partitions: on this machine's processors, or on a Dask cluster, with the same result."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

from analysis.build.engine.dask import Dask
from analysis.build.engine.local import Local
from analysis.build.engine.outcome import Outcome, ResultT
from analysis.errors import UsageError

__all__ = ["ENGINES", "Dask", "Engine", "Local", "Outcome", "chosen"]

ENGINES = ("local", "dask")


class Engine(Protocol):
    """An engine runs partitions. The function must be importable by name; its arguments and results are small."""

    def run(
        self, function: Callable[..., ResultT], partitions: Mapping[str, tuple[object, ...]]
    ) -> Iterator[Outcome[ResultT]]:
        """Call `function(*arguments)` for each named partition, and yield the outcome of each as soon as it is ready.

        A failure is an outcome like any other. A partition whose process dies is tried again elsewhere.
        """


def chosen(
    name: str, *, workers: int | None = None, scheduler: str | None = None, preload: Sequence[str] = ()
) -> Engine:
    """The engine of that name; `scheduler` is the address of a running Dask cluster."""
    if name == "dask":
        return Dask(workers=workers, scheduler=scheduler)
    if scheduler:
        raise UsageError(
            expected="--scheduler together with --engine dask",
            found=f"--engine {name}",
            do="add --engine dask, or leave the address out",
        )
    return Local(workers=workers, preload=preload)
