"""The predictions from traces of a design's requests, beside the explorer's findings for the same pairs."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pandas as pd

from quota_lab import designs
from quota_lab.designs import DESIGNS
from quota_lab.designs.base import Fault, Request, Tuning
from quota_lab.explored_case import SHORT, Case, create, delete, resize
from quota_lab.isolation import rules
from quota_lab.prediction import pairs
from quota_lab.prediction.pairs import Pair
from quota_lab.prediction.races import predicted_faults
from quota_lab.prediction.sequential_trace import Trace, of_design
from quota_lab.prediction.side import Tables
from quota_lab.scenarios import pool
from quota_lab.statements import Key, Value

TABLES = Tables(
    rows=frozenset({"allocations"}), tallies=frozenset({"quota_usages", "tallies"}),
    reservations=frozenset({"reservations"}),
)  # fmt: skip
LEVELS = (
    ("postgresql", "READ COMMITTED"), ("postgresql", "REPEATABLE READ"), ("postgresql", "SERIALIZABLE"),
    ("mariadb", "REPEATABLE READ"), ("mariadb", "READ COMMITTED"), ("mariadb", "SERIALIZABLE"),
    ("sqlite", "SERIALIZABLE"),
)  # fmt: skip
# If reads lock, these deadlock in so many ways that the explorer takes minutes, so they are left out.
UNTRIED = frozenset({("ReserveWithoutLock", "SERIALIZABLE"), ("ReserveRelative", "SERIALIZABLE")})
ROOM = 9  # the limit during a trace, so that nothing is refused
NUMBER, HELD = 501, 901  # of the request and of an existing instance: larger than any other number in a trace


def traced(design: str, kind: str, *, is_cold: bool = False) -> Trace:
    """The trace of one request of a design that runs alone and fits."""
    tuning: Tuning = designs.named(design).explored_tuning or SHORT
    request = {
        "create": lambda: create(NUMBER, pools=pool(ROOM)),
        "delete": lambda: delete(NUMBER, HELD, pools=pool(ROOM)),
        "resize": lambda: resize(NUMBER, HELD, 1, pools=pool(ROOM)),
        "sweep": lambda: Request("sweep", NUMBER, 0, (), pool(ROOM), 10.0),
    }[kind]()
    held = () if is_cold else ((HELD, 1, 1),)
    case = Case("alone", design, "postgresql", (request,), held=held, is_cold=is_cold, tuning=tuning)
    model = case.model()
    if kind == "sweep":
        model = replace(model, rows=_abandoned(model.rows), row_items=frozenset())
    return of_design(case.design(), model, request)


def _abandoned(rows: dict[Key, Value]) -> dict[Key, Value]:
    """The rows with a reservation that a dead request has left."""
    (key, usage), *_ = ((key, value) for key, value in rows.items() if key[0] == "quota_usages")
    project, resource, in_use, reserved, until_refresh = usage
    return rows | {
        key: (project, resource, in_use, reserved + 1, until_refresh),
        ("reservations", NUMBER + 1, key[1]): (1, project),
    }


def predicted(design: str, pair: Pair, database: str, isolation: str) -> frozenset[Fault]:
    """The predicted faults of one pair; a first request also meets others in the same way as a later one."""
    level, (first, second) = rules(database, isolation), pair.kinds
    faults = predicted_faults(traced(design, first), traced(design, second), TABLES, level)
    if pair.is_cold:
        cold = traced(design, first, is_cold=True)
        faults |= predicted_faults(cold, cold, TABLES, level)
    return faults


COLUMNS = ["design", "database", "isolation", "pair", "fault", "by_trace", "by_explorer"]


def table(names: Iterable[str] = tuple(DESIGNS), levels: Iterable[tuple[str, str]] = LEVELS) -> pd.DataFrame:
    """One row for each design, level, pair and fault that is predicted or found; one with fault NA if there is none.

    Returns COLUMNS: by_trace and by_explorer are boolean, the others text. The levels in UNTRIED are left out.
    """
    rows = [
        row
        for name in names
        for database, isolation in levels
        if database == "sqlite" or (name, isolation) not in UNTRIED
        for row in _compared(name, database, isolation)
    ]
    return pd.DataFrame(rows, columns=COLUMNS).astype(
        dict.fromkeys(COLUMNS[:5], "string") | dict.fromkeys(COLUMNS[5:], "boolean")
    )


def _compared(design: str, database: str, isolation: str) -> Iterator[tuple[object, ...]]:
    for pair in pairs.met(designs.named(design)):
        by_trace = predicted(design, pair, database, isolation)
        by_explorer = pairs.explored(pair, design, database, isolation)
        identity = (design, database, isolation, pair.name)
        for fault in sorted(by_trace | by_explorer):
            yield (*identity, fault, fault in by_trace, fault in by_explorer)
        if not by_trace | by_explorer:
            yield (*identity, None, False, False)
