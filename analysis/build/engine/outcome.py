"""The work on one partition, and its outcome."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

from threadpoolctl import threadpool_limits

from analysis.errors import IncompleteError

TRIES = 3  # tries of a partition whose process dies; one that raises is not tried again, because it would raise again


ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True)
class Outcome(Generic[ResultT]):
    """The result of one partition, or the error that it ended with."""

    name: str
    result: ResultT | None = None
    error: Exception | None = None


def worked(function: Callable[..., ResultT], arguments: tuple[object, ...]) -> ResultT:
    """The function's result, computed with one thread for linear algebra and rare garbage collection.

    The partitions already use every processor: with more threads in each of them they would wait for each other. And a
    sum over several threads has other last digits on every machine.
    """
    with threadpool_limits(1), _seldom_collected():
        return function(*arguments)


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Rows come by the million and hold no reference cycles: searching for cycles took an eighth of the time."""
    usual = gc.get_threshold()
    gc.set_threshold(200_000, 50, 50)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def died(name: str, how: str) -> IncompleteError:
    """The error for a partition whose processes kept dying."""
    return IncompleteError(
        expected=f"the process that works on {name} to finish",
        found=f"{TRIES} of them died, the last {how}",
        do="check whether memory was short; with fewer --workers each has more",
    )
