"""What `python -m analysis quota-lab` calls: run a matrix, list the runs, show one, explore a design."""

import time
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from analysis.errors import QuotaLabError
from analysis.tables import schema
from quota_lab import databases, designs, explorer, findings, matrix, narrative, race, runs, scenarios
from quota_lab.engines import catalogue, environments, experiment
from quota_lab.engines.catalogue import Engine
from quota_lab.journal import JsonObject
from quota_lab.race_config import RaceConfig

BRIEF = ["run_id", "n_creates", "n_admitted", "n_over", "max_rows_over", "n_false_refusals", "drift_at_rest",
         "is_linearisable", "requests_per_second", "p99_ms"]  # fmt: skip


def run(
    directory: Path,
    *,
    matrix_name: str = "smoke",
    design_names: Iterable[str] | None = None,
    database_names: Iterable[str] | None = None,
    repetitions: int | None = None,
    seed: int = 1,
    is_resumed: bool = False,
    say: Callable[[str], None] = print,
) -> pd.DataFrame:
    """Race a matrix, keep every run under `directory`, and return the verdicts (schema.QUOTA_RUNS).

    Without `database_names` it races on every database that this machine can run, and `say` names the others.
    A missing database that was asked for by name is an error. A run that exists is raced again and replaced; with
    `is_resumed` it is kept, and only missing runs are raced. Without `repetitions` each race of smoke is run once,
    each of full five times. The matrix full also explores every case and replays the faults that it finds.
    """
    chosen = _databases(database_names, say)
    names = None if design_names is None else [designs.named(name).name for name in design_names]
    times = repetitions or matrix.REPETITIONS.get(matrix_name, 1)
    configs = matrix.configs(matrix_name, names=names, on=chosen, repetitions=times, seed=seed)
    if is_resumed:
        configs = _still_to_do(configs, set(runs.names(directory)), say)
    tables: list[pd.DataFrame] = []
    for name in chosen:
        on_database = [config for config in configs if config.database == name]
        explores = matrix_name == "full" and not (is_resumed and findings.are_kept(directory, name, names))
        if not (on_database or explores):
            continue
        with databases.named(name)() as database:
            say(f"{name} {database.version()}")
            for config in on_database:
                tables.append(runs.write(directory, race.run(config, database), matrix=matrix_name))
                say(f"{len(tables):>4} of {len(configs)}  {summary(tables[-1], asdict(config))}")
            if explores:
                findings.write(directory, findings.gather(database, names, say))
    return schema.QUOTA_RUNS.ordered(pd.concat(tables, ignore_index=True)) if tables else schema.QUOTA_RUNS.empty()


def race_engines(
    directory: Path,
    *,
    names: Iterable[str] | None = None,
    database_names: Iterable[str] | None = None,
    repetitions: int = experiment.REPETITIONS,
    seed: int = 1,
    is_installed_only: bool = False,
    say: Callable[[str], None] = print,
) -> None:
    """Install the packages that real engines lack (None: all engines), race them, and say how long that took.

    An interrupted experiment continues where it stopped. Without `database_names` both servers must be installed,
    because the results on one say little about the other.
    """
    begun = time.monotonic()
    chosen = [catalogue.named(name).name for name in names or catalogue.ENGINES]
    environments.install(chosen, say)
    for name in chosen:
        _prove(catalogue.named(name), say)
    if not is_installed_only:
        servers = _databases(database_names or ("postgresql", "mariadb"), say)
        experiment.run(directory, names=chosen, on=servers, repetitions=repetitions, seed=seed, say=say)
        experiment.force(directory, names=chosen, on=servers, say=say)
        experiment.trace(directory, names=chosen, on=servers, say=say)
        say(f"kept in {directory}")
    say(f"{time.monotonic() - begun:.0f} s; environments: {environments.size(environments.folder()) / 2**20:.0f} MB")


def _prove(engine: Engine, say: Callable[[str], None]) -> None:
    if changed := environments.differences(engine):
        raise QuotaLabError(
            expected=f"every file of {engine.name} to be as its wheel brought it",
            found=f"{len(changed)} that are not, such as {changed[0]}",
            do=f"remove {environments.folder() / engine.name}, and run `make quota-engines` again",
        )
    say(f"{engine.name}: every file is as its wheel brought it")
    for place in environments.respelt(engine):
        say(f"{engine.name}: 'async' is spelt 'async_' at its import in {place}")


def listing(directory: Path) -> pd.DataFrame:
    """Every run with the main points of its verdict, in the order of the names."""
    return runs.verdicts(directory)[BRIEF].round({"requests_per_second": 1, "p99_ms": 2})


def show(directory: Path, run_id: str) -> str:
    """One run in words: which promises held and which broke, every figure of the verdict, then the settings."""
    settings = runs.settings(directory, run_id)
    verdicts = runs.verdicts(directory)
    verdict = verdicts[verdicts["run_id"] == run_id]
    figures = (f"{name:<24} {_value_text(value)}" for name, value in verdict.iloc[0].items())
    how = (f"{name:<24} {value}" for name, value in sorted(settings.items()))
    return "\n".join([summary(verdict, settings), "", *figures, "", *how])


def explore(design_name: str, *, database_name: str = "postgresql", say: Callable[[str], None] = print) -> None:
    """Try every interleaving of a few clients of one design, on the model of a database: no server is needed.

    `say` gets a line for each scenario, then the shortest schedule that leads to each fault, then what differs from
    the faults that the design declares in `breaks`.
    """
    design = designs.named(design_name)
    isolation = databases.named(database_name).isolations[0]
    explorations = []
    for case in scenarios.every(database_name, isolation):
        if case.design_name == design.name:
            explorations.append(explored := explorer.explore(case))
            say(f"{case.name:<32} {explored.n_states:>7,} states  {_outcome(explored)}")
    for example in findings.shortest(explorations).values():
        say("\n" + narrative.describe(example))
    faults = frozenset[str]().union(*(explored.faults for explored in explorations))
    undeclared, absent = sorted(faults - set(design.breaks)), sorted(set(design.breaks) - faults)
    say(f"\nfound, and not declared in `breaks`: {', '.join(undeclared) or 'none'}")
    say(f"declared in `breaks`, and not found on this database: {', '.join(absent) or 'none'}")


def _outcome(explored: explorer.Exploration) -> str:
    faults = ", ".join(sorted(explored.faults)) or "no fault"
    return faults if explored.is_complete else f"{faults}; cut off, not every schedule was tried"


def _value_text(value: float | str | bool | None) -> str:
    if pd.isna(value):
        return "unknown"
    return f"{value:,.2f}" if isinstance(value, float) else str(value)


def summary(verdict: pd.DataFrame, settings: JsonObject) -> str:
    """One run in one line, which also says whether the race ended before all requests were made."""
    row = verdict.iloc[0]
    drift = "" if pd.isna(row["drift_at_rest"]) else f", drift {row['drift_at_rest']}"
    asked = settings["workers"] * settings["requests"]
    cut = f", cut: {row['n_requests']} of {asked} requests made" if row["n_requests"] < asked else ""
    return (
        f"{row['run_id']}: {row['n_admitted']} admitted, {row['n_over']} over, "
        f"{row['n_false_refusals']} of {row['n_refused']} refusals certainly false{drift}, "
        f"{row['requests_per_second']:.0f}/s{cut}"
    )


def _still_to_do(configs: list[RaceConfig], kept: set[str], say: Callable[[str], None]) -> list[RaceConfig]:
    missing = [config for config in configs if config.run_id not in kept]
    say(f"{len(configs) - len(missing)} of {len(configs)} runs are kept already")
    return missing


def _databases(asked: Iterable[str] | None, say: Callable[[str], None]) -> list[str]:
    lacking = databases.missing()
    if asked is None:
        for name, what in lacking.items():
            say(f"{name} is left out: {what} is missing")
        return [name for name in databases.DATABASES if name not in lacking]
    chosen = [databases.named(name).name for name in asked]
    absent = [lacking[name] for name in chosen if name in lacking]
    if absent:
        raise QuotaLabError(expected="every database asked for to be installed", found=f"{absent[0]} is missing",
                            do="install it, or leave it out with --database")  # fmt: skip
    return chosen
