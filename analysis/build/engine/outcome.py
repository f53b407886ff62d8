"""What is done with one partition, and what came of it."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

from threadpoolctl import threadpool_limits

from analysis.errors import IncompleteError

TRIES = 3  # a process that dies is tried so often; one that raises is not, because it would raise again


ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True)
class Outcome(Generic[ResultT]):
    """The result of one partition, or the error that it ended with."""

    name: str
    result: ResultT | None = None
    error: Exception | None = None


def worked(function: Callable[..., ResultT], arguments: tuple[object, ...]) -> ResultT:
    """The function's result, with one thread for linear algebra and the garbage collector seldom called.

    The partitions are what fills the processors: with a thread for each processor in each of them, they spin waiting
    for each other. And a sum whose parts come in any order has other last digits on every machine.
    """
    with threadpool_limits(1), _seldom_collected():
        return function(*arguments)


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Rows come by the million, with no circles among them: to look for some took an eighth of the time."""
    usual = gc.get_threshold()
    gc.set_threshold(200_000, 50, 50)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def died(name: str, how: str) -> IncompleteError:
    """The error for a partition whose process would not stay alive."""
    return IncompleteError(
        expected=f"{name} to be worked on by a process that lives",
        found=f"{TRIES} of them died, the last {how}",
        do="look for the memory that they needed; fewer --workers leave more for each",
    )
