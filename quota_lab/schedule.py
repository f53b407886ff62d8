"""A schedule: the order of the clients' moves in a case, and its end."""

from collections.abc import Mapping
from dataclasses import dataclass

from quota_lab.designs.base import Fault
from quota_lab.explored_case import Case
from quota_lab.statements import Key, Row, Value


@dataclass(frozen=True, slots=True)
class Move:
    """One client's uninterrupted steps: one that others can notice, and those around it that they cannot."""

    client: int
    steps: tuple[str, ...]
    answers: tuple[str, ...]
    is_crash: bool = False
    is_waiting: bool = False  # its next statement was sent: it has taken its snapshot and waits for a lock
    stuck: tuple[tuple[int, int], ...] = ()  # the deadlock that this breaks: clients and their steps to the lock
    ended: str = ""  # the answer to the client, when the move ends its request


@dataclass(frozen=True, slots=True)
class Ending:
    """A schedule of a case, the outcome of every client (empty: never began), and the rows at the end."""

    case: Case
    moves: tuple[Move, ...]
    outcomes: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class CounterExample(Ending):
    """The shortest schedule that ends in a fault."""

    fault: Fault


def spans(moves: tuple[Move, ...], n_clients: int) -> list[tuple[int, int]]:
    """For each client the numbers of its first and last move; (-1, -1) if it never moved."""
    borders = [(-1, -1)] * n_clients
    for number, move in enumerate(moves):
        first = borders[move.client][0]
        borders[move.client] = (number if first < 0 else first, number)
    return borders


def flat(rows: Mapping[Key, Value]) -> tuple[Row, ...]:
    """Rows in a fixed order, so that they can be compared."""
    return tuple(sorted((*key, *value) for key, value in rows.items()))
