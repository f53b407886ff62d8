"""A schedule: who moves when in a case, and how it ends."""

from collections.abc import Mapping
from dataclasses import dataclass

from quota_lab.designs.base import Fault
from quota_lab.explored_case import Case
from quota_lab.statements import Key, Row, Value


@dataclass(frozen=True, slots=True)
class Move:
    """What one client does at once: one step that others can notice, and those around it that they cannot."""

    client: int
    steps: tuple[str, ...]
    answers: tuple[str, ...]
    is_crash: bool = False
    is_waiting: bool = False  # its next statement is under way: it waits for a lock and has taken its snapshot
    stuck: tuple[tuple[int, int], ...] = ()  # who is in the deadlock that this breaks, each some steps from its lock
    ended: str = ""  # the answer to the client, when the move ends its request


@dataclass(frozen=True, slots=True)
class Ending:
    """A schedule of a case, how every client ended (empty: never began), and the rows that were left."""

    case: Case
    moves: tuple[Move, ...]
    outcomes: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class CounterExample(Ending):
    """The shortest schedule that ends in a fault."""

    fault: Fault


def spans(moves: tuple[Move, ...], n_clients: int) -> list[tuple[int, int]]:
    """For each client the numbers of its first and of its last move; (-1, -1) when it never moved."""
    borders = [(-1, -1)] * n_clients
    for number, move in enumerate(moves):
        first = borders[move.client][0]
        borders[move.client] = (number if first < 0 else first, number)
    return borders


def flat(rows: Mapping[Key, Value]) -> tuple[Row, ...]:
    """Rows in a stated order, for comparing."""
    return tuple(sorted((*key, *value) for key, value in rows.items()))
