"""One race: fresh tables, worker processes behind a barrier, and their journals as tables."""

import json
import tempfile
import time
from collections import defaultdict
from dataclasses import asdict, dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pandas as pd

from analysis.build.engine.forking import forked, process_for, uninterrupted
from analysis.errors import QuotaLabError
from analysis.tables import schema
from quota_lab import designs, sampler, worker
from quota_lab.databases import Database, Session
from quota_lab.journal import JsonObject
from quota_lab.race_config import RaceConfig

Held = dict[str, int]  # resource -> amount
PRELOAD = ("quota_lab.worker", "quota_lab.sampler", "psycopg", "pymysql")
PATIENCE = 120  # seconds after its deadline for which a worker may still wait for a lock


@dataclass(frozen=True)
class Race:
    """The result of one race: its settings and environment, every request, every sample."""

    settings: JsonObject
    requests: pd.DataFrame
    samples: pd.DataFrame


def run(config: RaceConfig, database: Database) -> Race:
    """Run one race on a running database, and return the result."""
    control = database.session()
    prepare(config, database, control)
    before = database.deadlocks()
    with tempfile.TemporaryDirectory(prefix="race-", dir=database.home) as folder:
        started = compete(config, database, Path(folder))
        requests = gathered(Path(folder), "worker")
        samples = gathered(Path(folder), "sampler")
    tally = designs.named(config.design).tally
    rest = sampler.entries(control, config, tally, 1_000_000, is_at_rest=True)
    held = allocated(control)
    control.close()
    settings = described(config, database, before)
    facts = Facts(config, settings["database_version"], settings["reported_isolation"], started)
    return Race(settings, facts.requests(requests, held), facts.samples([*samples, *rest]))


def prepare(config: RaceConfig, database: Database, session: Session) -> None:
    """Empty the tables, then insert the projects of the race and their tallies; a cold start has no usage rows."""
    database.clear(session)
    design = designs.named(config.design)
    for pool in config.all_pools().values():
        parent = next((p.project for p in config.all_pools().values() if pool.project in p.children), None)
        insert(session, "projects (project_id, parent_id, generation)", (pool.project, parent, 0))
        for resource, limit in pool.limits:
            for number, share in enumerate(design.shares(limit)):
                row = (pool.project, resource, number, 0, share)
                insert(session, "tallies (project_id, resource, slice, in_use, hard_limit)", row)
            if not config.is_cold:
                row = (pool.project, resource, 0, 0, config.refresh_every)
                insert(session, "quota_usages (project_id, resource, in_use, reserved, until_refresh)", row)


def insert(session: Session, into: str, row: tuple[object, ...]) -> None:
    """Insert one row, outside any transaction."""
    marks = ", ".join(session.placeholder for _ in row)
    session.run(f"INSERT INTO {into} VALUES ({marks})", row, reads=False)


def compete(config: RaceConfig, database: Database, folder: Path) -> int:
    """Run the worker processes to their end, and return the instant when the barrier opened, in nanoseconds."""
    context = forked(PRELOAD)
    design = designs.named(config.design)
    is_watched, is_swept = bool(design.tally) and not config.is_cold, config.expire_ms > 0
    gate = context.Barrier(config.workers + is_watched + is_swept)
    ended = context.Event()
    workers = [
        process_for(context, worker.work, config, database, n, gate, folder / f"worker-{n:03}")
        for n in range(1, config.workers + 1)
    ]
    others = []
    if is_watched:
        path = folder / "sampler"
        others.append(process_for(context, sampler.watch, config, database, design.tally, gate, ended, path))
    if is_swept:
        others.append(process_for(context, worker.sweep, config, database, gate, ended, folder / "worker-000"))
    started = time.monotonic_ns()
    try:
        with uninterrupted():
            for process in (*workers, *others):
                process.start()
        finish(config, workers)
        ended.set()
        finish(config, others)
    finally:
        # After an interrupt the server stops next, so no worker may be left to complain about that.
        for process in (*workers, *others):
            if process.pid:
                process.kill()
                process.join()
    return started


def finish(config: RaceConfig, running: list[ForkServerProcess]) -> None:
    """Wait for the end of processes; one that hangs or fails is an error, unless the race asks for kills."""
    deadline = time.monotonic() + config.seconds + PATIENCE
    for process in running:
        process.join(max(deadline - time.monotonic(), 0))
    hanging = [process for process in running if process.is_alive()]
    for process in hanging:
        process.kill()
        process.join()
    codes = {process.exitcode for process in running} - ({0, -9} if config.is_kill else {0})
    if hanging or codes:
        raise QuotaLabError(
            expected=f"every worker of {config.run_id} to end by itself",
            found=f"{len(hanging)} hanging, exit codes {sorted(str(code) for code in codes)}",
            do="read the workers' traceback above",
        )


def gathered(folder: Path, kind: str) -> list[JsonObject]:
    """All journal entries of one kind of process; for each request the last entry counts."""
    entries: dict[object, JsonObject] = {}
    for path in sorted(folder.glob(f"{kind}*")):
        number = int(path.name.partition("-")[2] or 0)
        for line in path.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            name = entry.get("request_id", (entry.get("sample"), entry.get("project_id"), entry.get("resource")))
            entries[name] = entry | {"worker": number}
    return list(entries.values())


def allocated(session: Session) -> dict[int, Held]:
    """The amount of each resource that every existing instance holds."""
    held: dict[int, Held] = defaultdict(dict)
    for instance, resource, amount in session.run("SELECT request_id, resource, amount FROM allocations"):
        held[instance][resource] = amount
    return held


def granted(entries: list[JsonObject]) -> dict[int, Held]:
    """The amounts that every instance should hold according to the answers."""
    held: dict[int, Held] = defaultdict(dict)
    for entry in entries:
        if entry["outcome"] == "admitted":
            amounts = held[entry["instance_id"]]
            for resource, amount in zip(entry["resources"], entry["amounts"], strict=True):
                amounts[resource] = amounts.get(resource, 0) + amount
    return held


def described(config: RaceConfig, database: Database, deadlocks: int | None) -> JsonObject:
    """The settings of the race and its environment."""
    session = database.session(designs.named(config.design).isolation or config.isolation)
    after = database.deadlocks()
    record = {
        **asdict(config),
        "run_id": config.run_id,
        "database_version": database.version(),
        "reported_isolation": session.reported_isolation(),
        "default_isolation": database.isolations[0],
        "server_settings": database.settings(),
        "n_server_deadlocks": None if after is None or deadlocks is None else after - deadlocks,
    }
    session.close()
    return record


@dataclass(frozen=True)
class Facts:
    """The values that all rows of a race share, and the instant from which its times are counted."""

    config: RaceConfig
    version: str
    isolation: str
    started: int

    def requests(self, entries: list[JsonObject], held: dict[int, Held]) -> pd.DataFrame:
        """schema.QUOTA_REQUESTS from the journals; `held` are the amounts in the database at the end."""
        answered = granted(entries)
        rows = pd.DataFrame(entries).reindex(columns=list(schema.QUOTA_REQUESTS.columns))
        columns = {name: rows[name].tolist() for name in rows.columns}
        columns = {name: [None if _is_unknown(v) else v for v in values] for name, values in columns.items()}
        for name in [name for name in columns if name.endswith("_ns")]:
            columns[name] = [None if at is None else int(at) - self.started for at in columns[name]]
        for name in [name for name in columns if name.startswith("n_")]:
            columns[name] = [int(count or 0) for count in columns[name]]
        columns["has_effect"] = [has_effect(entry, answered, held) for entry in entries]
        columns["latency_ms"] = [
            None if end is None else (end - start) / 1e6
            for start, end in zip(columns["called_ns"], columns["answered_ns"], strict=True)
        ]
        common = {
            "run_id": self.config.run_id, "design": self.config.design, "database": self.config.database,
            "database_version": self.version, "isolation": self.isolation, "seed": self.config.seed,
        }  # fmt: skip
        columns |= {name: [value] * len(entries) for name, value in common.items()}
        return schema.validate(
            schema.QUOTA_REQUESTS.ordered(schema.QUOTA_REQUESTS.frame(columns)), schema.QUOTA_REQUESTS
        )

    def samples(self, entries: list[JsonObject]) -> pd.DataFrame:
        """schema.QUOTA_SAMPLES from the sampler's journal."""
        columns = {name: [entry.get(name) for entry in entries] for name in schema.QUOTA_SAMPLES.columns}
        for name in ("sampled_from_ns", "sampled_by_ns"):
            columns[name] = [entry[name] - self.started for entry in entries]
        columns["run_id"] = [self.config.run_id] * len(entries)
        return schema.validate(schema.QUOTA_SAMPLES.ordered(schema.QUOTA_SAMPLES.frame(columns)), schema.QUOTA_SAMPLES)


def has_effect(entry: JsonObject, answered: dict[int, Held], held: dict[int, Held]) -> bool:
    """Whether a request took effect: by its answer, else by a difference between its instance and earlier answers.

    A worker never touches an instance of unknown state again, so no request came after that one.
    """
    if entry["outcome"] not in ("crashed", "gave_up", "failed"):
        return bool(entry["outcome"] == "admitted")
    expected = {name: amount for name, amount in answered.get(entry["instance_id"], {}).items() if amount}
    return held.get(entry["instance_id"], {}) != expected


def _is_unknown(value: object) -> bool:
    return value is None or (isinstance(value, float) and value != value)
