"""What is done with one partition, and what came of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from threadpoolctl import threadpool_limits

from analysis.errors import IncompleteError

TRIES = 3  # a process that dies is tried so often; one that raises is not, because it would raise again


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one partition, or the error that it ended with."""

    name: str
    result: Any = None
    error: Exception | None = None


def worked(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    """The function's result, with one thread for linear algebra.

    The partitions are what fills the processors: with a thread for each processor in each of them, they spin waiting
    for each other. And a sum whose parts come in any order has other last digits on every machine.
    """
    with threadpool_limits(1):
        return function(*arguments)


def died(name: str, how: str) -> IncompleteError:
    """The error for a partition whose process would not stay alive."""
    return IncompleteError(
        expected=f"{name} to be worked on by a process that lives",
        found=f"{TRIES} of them died, the last {how}",
        do="look for the memory that they needed; fewer --workers leave more for each",
    )
