"""The named matrices: which cells are raced, in which order."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from analysis.errors import QuotaLabError
from analysis.quota_lab import databases
from analysis.quota_lab.cell import Cell
from analysis.quota_lab.designs import DESIGNS

PLAIN = tuple(name for name in DESIGNS if name not in ("ReserveWithRefresh", "ReserveWithExpiry"))
TUNED: dict[str, dict[str, Any]] = {
    "ReserveWithRefresh": {"refresh_every": 5},
    "ReserveWithExpiry": {"expire_ms": 20.0},
}
SERVERS = ("postgresql", "mariadb")
WIDE = ("ReserveAndCommit", "CountAndRecheck", "ProjectLock", "Serializable", "ConditionalUpdate", "CompareAndSwap",
        "Generation", "AdmitLast", "SlicedTally")  # fmt: skip
SMOKE = ("ReserveAndCommit", "CountOnly", "CountAndRecheck", "ProjectLock", "ConditionalUpdate", "AdmitLast")


def cells(matrix: str, *, names: Iterable[str] | None, on: Iterable[str], repetitions: int, seed: int) -> list[Cell]:
    """The cells of a matrix for some designs (None: all) and databases.

    Databases come one after the other, so that one server runs at a time; within a database the order is shuffled by
    the seed, so that a slow moment of the machine does not fall on all repetitions of one design.
    """
    if matrix not in MATRICES:
        raise QuotaLabError(expected=f"a matrix among {list(MATRICES)}", found=repr(matrix), do="correct the name")
    wanted = set(DESIGNS if names is None else names)
    found = []
    for database in on:
        for repetition in range(repetitions):
            some = [c for c in MATRICES[matrix](database) if c.design in wanted]
            found.append([replace(c, seed=seed, repetition=repetition) for c in some])
    return _shuffled(found, seed)


def _shuffled(rounds: list[list[Cell]], seed: int) -> list[Cell]:
    order = random.Random(seed)
    for cells_of_one in rounds:
        order.shuffle(cells_of_one)
    return [cell for cells_of_one in rounds for cell in cells_of_one]


def smoke(database: str) -> Iterator[Cell]:
    """A minute's worth: six designs under contention, with a pause between check and write."""
    for name in SMOKE:
        yield Cell(name, database, "think", think_ms=5.0, requests=30, **TUNED.get(name, {}))


def full(database: str) -> Iterator[Cell]:
    """Every design in every scenario that can tell it from another."""
    for name in DESIGNS:
        tuned = TUNED.get(name, {})
        yield Cell(name, database, "hot", **tuned)
        yield Cell(name, database, "think", think_ms=5.0, **tuned)
    for scenario in (cold, crash, workers, spread, isolations, wide):
        yield from scenario(database)


def cold(database: str) -> Iterator[Cell]:
    """Fresh projects: all workers ask at once, and no usage row exists."""
    for name in ("ReserveAndCommit", "CountOnly", "CountAndRecheck", "RecheckWithTieBreak", "ConditionalUpdate"):
        yield Cell(name, database, "cold", is_cold=True, requests=20, projects=20, limit=8, seconds=10.0)


def crash(database: str) -> Iterator[Cell]:
    """One statement in a hundred is a worker's last: its connection drops, or it is killed."""
    names = ("ReserveAndCommit", "ReserveWithExpiry", "CountAndRecheck", "ProjectLock", "ConditionalUpdate",
             "ConditionalUpdateFirst", "Generation", "AdmitLast", "SlicedTally")  # fmt: skip
    for name in names:
        yield Cell(name, database, "crash", crash_rate=0.01, think_ms=2.0, limit=60, **TUNED.get(name, {}))
    for name in ("ReserveAndCommit", "ConditionalUpdate", "AdmitLast"):
        yield Cell(name, database, "kill", crash_rate=0.01, is_kill=True, think_ms=2.0, limit=60)


def workers(database: str) -> Iterator[Cell]:
    """From one worker to sixteen; eight is the scenario hot."""
    for name in ("CountOnly", "CountAndRecheck", "ProjectLock", "ConditionalUpdate", "Generation", "SlicedTally"):
        for n in (1, 2, 4, 16):
            yield Cell(name, database, "workers", workers=n, requests=320 // n)


def spread(database: str) -> Iterator[Cell]:
    """Forty projects: who pays for a lock that nobody else wants?"""
    for name in ("ReserveAndCommit", "ProjectLock", "Serializable", "ConditionalUpdate", "CompareAndSwap",
                 "Generation", "AdmitLast", "SlicedTally"):  # fmt: skip
        yield Cell(name, database, "spread", projects=40)


def isolations(database: str) -> Iterator[Cell]:
    """The levels that are not the default, for the designs that a level can break or cure."""
    for level in databases.named(database).isolations[1:2]:
        for name in ("ReserveAndCommit", "ProjectLock", "ReadBeforeLock", "ConditionalUpdate", "AdmitLast"):
            yield Cell(name, database, "isolation", isolation=level, think_ms=2.0)


def wide(database: str) -> Iterator[Cell]:
    """Several resources, resizes, nested projects: each for the designs that claim it."""
    for name, design in DESIGNS.items():
        if name not in WIDE:
            continue
        if design.claims_resources:
            resources = ("instances", "cores", "ram")
            yield Cell(name, database, "resources", resources=resources, think_ms=2.0)
        if design.claims_resize:
            yield Cell(name, database, "resize", resize_share=0.2, think_ms=2.0)
        if design.claims_nesting:
            yield Cell(name, database, "nested", is_nested=True, projects=4, think_ms=2.0)


MATRICES = {"smoke": smoke, "full": full}
