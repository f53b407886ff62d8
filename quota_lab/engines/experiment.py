"""The experiment: which races of which engines, in which order, and how they are kept."""

import json
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd

from quota_lab import databases, hermitage, runs
from quota_lab.engines import catalogue, engine_race, environments, forced_schedules, killed_steps
from quota_lab.engines.catalogue import Engine
from quota_lab.engines.engine_config import EngineConfig
from quota_lab.engines.host import load
from quota_lab.journal import JsonObject
from quota_lab.prediction import engine_races

MATRIX = "engines"
REPETITIONS = 5
SECONDS_A_RACE = 9  # the mean of 410 races on two busy processors, with the work before and after each
LEVELS = {"postgresql": "REPEATABLE READ", "mariadb": "READ COMMITTED"}  # next to the default, set on the server
HOT: JsonObject = {"scenario": "hot", "limit": 10, "requests": 8, "seconds": 30.0}
COLD: JsonObject = {"scenario": "cold", "is_cold": True, "limit": 3, "sizes": (1,), "requests": 6, "projects": 6,
                        "seconds": 60.0}  # fmt: skip


def scenarios(engine: Engine, database: str) -> Iterator[EngineConfig]:
    """The races of one engine on one database: every variant hot, and cold the variants that differ there."""
    adapter, level = load(engine.adapter), LEVELS[database]
    common: JsonObject = {"database": database, "resources": (adapter.resource,), "sizes": engine.sizes}
    first = engine.titles[0]
    for title in engine.titles:
        yield EngineConfig(title, **common | HOT)
    for title in [first] if adapter.has_tally else engine.titles:  # a missing usage row has nothing to refresh
        yield EngineConfig(title, **common | COLD)
    others: dict[str, JsonObject] = {
        "resize": HOT | {"scenario": "resize", "resize_share": 0.45, "delete_share": 0.25, "limit": 16, "requests": 12},
        "isolation": HOT | {"scenario": "isolation", "isolation": level},
        "cold isolation": COLD | {"isolation": level},
        "serializable": HOT | {"scenario": "serializable", "isolation": "SERIALIZABLE"},
        "kill": HOT | {"scenario": "kill", "limit": 40, "crash_rate": 0.004, "is_kill": True},
        "expiry": HOT | {"scenario": "expiry", "expire_ms": 20.0},
    }
    for name, settings in others.items():
        if name in engine.scenarios:
            yield EngineConfig(first, **common | settings)


def configs(engine: Engine, database: str, *, repetitions: int, seed: int) -> list[EngineConfig]:
    """The settings of every race of one engine on one database, by repetition; the seed shuffles the order in each."""
    order, every = random.Random(seed), []
    for repetition in range(repetitions):
        of_repetition = [replace(config, seed=seed, repetition=repetition) for config in scenarios(engine, database)]
        order.shuffle(of_repetition)
        every += of_repetition
    return every


def time_left(
    names: Iterable[str], on: Iterable[str], *, kept: Iterable[str], repetitions: int = REPETITIONS, seed: int = 1
) -> str:
    """A sentence: how many races are left, and about how long they take."""
    every = {
        config.run_id
        for name in names
        for database_name in on
        if database_name in catalogue.named(name).databases
        for config in configs(catalogue.named(name), database_name, repetitions=repetitions, seed=seed)
    }
    n_left = len(every - set(kept))
    if not n_left:
        return f"all {len(every)} races are kept already"
    return f"{n_left} of {len(every)} races are left: about {max(n_left * SECONDS_A_RACE / 60, 1):.0f} minutes"


def run(
    directory: Path,
    *,
    names: Iterable[str],
    on: Iterable[str],
    repetitions: int = REPETITIONS,
    seed: int = 1,
    say: Callable[[str], None],
) -> pd.DataFrame:
    """Race engines, keep every run under `directory`, and return their verdicts (schema.QUOTA_RUNS).

    A run that exists is kept, so an interrupted experiment continues. An engine without its environment is an error,
    raised before the first race.
    """
    engines = [catalogue.named(name) for name in names]
    for engine in engines:
        environments.interpreter(engine)
    kept, servers = set(runs.names(directory)), list(on)
    say(time_left(names, servers, kept=kept, repetitions=repetitions, seed=seed))
    for database_name in servers:
        with databases.named(database_name)() as database:
            say(f"{database_name} {database.version()}")
            for engine in (engine for engine in engines if database_name in engine.databases):
                todo = configs(engine, database_name, repetitions=repetitions, seed=seed)
                left = [config for config in todo if config.run_id not in kept]
                say(f"{engine.name}: {len(todo) - len(left)} of {len(todo)} races are kept already")
                if left:
                    with engine_race.Host(engine, database) as host:
                        for number, config in enumerate(left, 1):
                            verdict = runs.write(directory, engine_race.run(config, host), matrix=MATRIX)
                            say(f"{number:>4} of {len(left)}  {summary(config, verdict)}")
    table = runs.verdicts(directory)
    return table[table["matrix"] == MATRIX]


def force(directory: Path, *, names: Iterable[str], on: Iterable[str], say: Callable[[str], None]) -> None:
    """Force every schedule, kill a create of every engine at each step, and test which anomalies the levels forbid.

    Writes `forced-`, `killed-` and `levels-`, each with the database's name.
    """
    engines = [catalogue.named(name) for name in names]
    for database_name in on:
        with databases.named(database_name)() as database:
            hermitage.table([database]).to_csv(directory / f"levels-{database_name}.csv", index=False)
            rows, killed = list[JsonObject](), list[JsonObject]()
            for engine in (engine for engine in engines if database_name in engine.databases):
                with engine_race.Host(engine, database) as host:
                    rows += forced_schedules.every(host)
                    killed += killed_steps.every(host)
            for what, kept in (("forced", rows), ("killed", killed)):
                path = directory / f"{what}-{database_name}.json"
                path.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
            say(f"{sum(row['happens'] for row in rows)} of {len(rows)} schedules show their fault on {database_name}")
            say(f"creates were killed at {len(killed)} steps on {database_name}")


def trace(directory: Path, *, names: Iterable[str], on: Iterable[str], say: Callable[[str], None]) -> None:
    """Trace one request of each kind of every engine, run alone, and write the statements to files."""
    engines = [catalogue.named(name) for name in names]
    for database_name in on:
        with databases.named(database_name)() as database:
            traces: list[engine_races.KeptTrace] = []
            for engine in (engine for engine in engines if database_name in engine.databases):
                with engine_race.Host(engine, database) as host:
                    traces += [
                        engine_race.follow(title, host)
                        for title in engine.titles
                        if not title.endswith(catalogue.SOMETIMES)
                    ]
            (directory / f"traces-{database_name}.json").write_text(
                json.dumps(traces, indent=1) + "\n", encoding="utf-8"
            )
            say(f"{len(traces)} engines and variants were followed alone on {database_name}")


def summary(config: EngineConfig, verdict: pd.DataFrame) -> str:
    """One race in one line."""
    row = verdict.iloc[0]
    asked = config.workers * config.requests
    cut = f", cut: {row['n_requests']} of {asked} requests made" if row["n_requests"] < asked else ""
    return (
        f"{row['run_id']}: {row['n_admitted']} of {row['n_creates']} admitted, {row['n_over']} over, "
        f"{row['n_false_refusals']} of {row['n_refused']} refusals certainly false, {row['n_failed']} failed, "
        f"{row['n_crashed']} killed{cut}"
    )
