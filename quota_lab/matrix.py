"""The named matrices: the races to run, in order."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import replace

from analysis.errors import QuotaLabError
from quota_lab import databases
from quota_lab.designs import DESIGNS, raced_in
from quota_lab.race_config import RaceConfig


def configs(
    matrix: str, *, names: Iterable[str] | None, on: Iterable[str], repetitions: int, seed: int
) -> list[RaceConfig]:
    """The settings of the races of a matrix, for some designs (None: all) and databases.

    Races are grouped by database, so that one server runs at a time. Within a database the seed shuffles them, so
    that a slow moment of the machine does not affect all repetitions of one design.
    """
    if matrix not in MATRICES:
        raise QuotaLabError(expected=f"a matrix among {list(MATRICES)}", found=repr(matrix), do="correct the name")
    wanted = set(DESIGNS if names is None else names)
    rounds = []
    for database in on:
        for repetition in range(repetitions):
            some = [c for c in MATRICES[matrix](database) if c.design in wanted]
            rounds.append([replace(c, seed=seed, repetition=repetition) for c in some])
    return _shuffled(rounds, seed)


def _shuffled(rounds: list[list[RaceConfig]], seed: int) -> list[RaceConfig]:
    order = random.Random(seed)
    for configs in rounds:
        order.shuffle(configs)
    return [config for configs in rounds for config in configs]


def smoke(database: str) -> Iterator[RaceConfig]:
    """About a minute: six designs under contention, with a pause between check and write."""
    for design in raced_in("smoke"):
        yield RaceConfig(design.name, database, "think", think_ms=5.0, requests=30, **design.race_options)


def full(database: str) -> Iterator[RaceConfig]:
    """Every design in every scenario that can distinguish it from others; SQLite only in those that show its limits."""
    scenarios = (hot, think, cold) if database == "sqlite" else (
        hot, think, cold, crash, workers, spread, isolations, wide
    )  # fmt: skip
    for scenario in scenarios:
        yield from (
            replace(config, requests=min(config.requests, 300 // config.workers)) for config in scenario(database)
        )


def hot(database: str) -> Iterator[RaceConfig]:
    """Eight workers, one project, no pause."""
    for name, design in DESIGNS.items():
        yield RaceConfig(name, database, "hot", **design.race_options)


def think(database: str) -> Iterator[RaceConfig]:
    """The scenario hot with 5 ms of work between check and write."""
    for name, design in DESIGNS.items():
        yield RaceConfig(name, database, "think", think_ms=5.0, **design.race_options)


def cold(database: str) -> Iterator[RaceConfig]:
    """Fresh projects without a usage row, for which all workers ask at once."""
    for design in raced_in("cold"):
        yield RaceConfig(design.name, database, "cold", is_cold=True, requests=15, projects=15, limit=8, seconds=10.0)


def crash(database: str) -> Iterator[RaceConfig]:
    """Before one statement in a hundred the worker's connection drops, or the worker is killed."""
    for design in raced_in("crash"):
        yield RaceConfig(design.name, database, "crash", crash_rate=0.01, think_ms=2.0, limit=60, **design.race_options)
    for design in raced_in("kill"):
        yield RaceConfig(design.name, database, "kill", crash_rate=0.01, is_kill=True, think_ms=2.0, limit=60)


def workers(database: str) -> Iterator[RaceConfig]:
    """From one worker to sixteen; eight is the scenario hot."""
    for design in raced_in("workers"):
        for n in (1, 2, 4, 16):
            yield RaceConfig(design.name, database, "workers", workers=n, requests=300 // n)


def spread(database: str) -> Iterator[RaceConfig]:
    """Forty projects, to measure the cost of a lock that nobody else wants."""
    for design in raced_in("spread"):
        yield RaceConfig(design.name, database, "spread", projects=40)


def isolations(database: str) -> Iterator[RaceConfig]:
    """The level next to the default, for the designs that a level can break or repair."""
    level = databases.named(database).isolations[1]
    for design in raced_in("isolation"):
        yield RaceConfig(design.name, database, "isolation", isolation=level, think_ms=2.0)


def wide(database: str) -> Iterator[RaceConfig]:
    """Several resources, resizes, nested projects: each for the designs that claim to support it."""
    for design in raced_in("wide"):
        yield RaceConfig(design.name, database, "resources", resources=("instances", "cores", "ram"), think_ms=2.0)
        if design.claims_nesting:
            yield RaceConfig(design.name, database, "nested", is_nested=True, projects=4, think_ms=2.0)
        if design.claims_resize:
            yield RaceConfig(design.name, database, "resize", resize_share=0.2, think_ms=2.0)


MATRICES = {"smoke": smoke, "full": full}
REPETITIONS = {"smoke": 1, "full": 5}
