"""What came of one partition."""

from dataclasses import dataclass
from typing import Any

from analysis.errors import IncompleteError

TRIES = 3  # a process that dies is tried so often; one that raises is not, because it would raise again


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one partition, or the error that it ended with."""

    name: str
    result: Any = None
    error: Exception | None = None


def died(name: str, how: str) -> IncompleteError:
    """The error for a partition whose process would not stay alive."""
    return IncompleteError(
        expected=f"{name} to be worked on by a process that lives",
        found=f"{TRIES} of them died, the last {how}",
        do="look for the memory that they needed; fewer --workers leave more for each",
    )
