"""One race of a real engine: the engine's own interpreter between the laboratory's server and judge."""

import json
import subprocess
import tempfile
import time
import uuid
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Self

from analysis.errors import QuotaLabError
from quota_lab.databases import Database, Session
from quota_lab.engines import bootstrap, environments
from quota_lab.engines.adapters import Adapter
from quota_lab.engines.catalogue import Engine
from quota_lab.engines.engine_config import EngineConfig
from quota_lab.engines.host import load
from quota_lab.journal import JsonObject
from quota_lab.prediction import engine_races
from quota_lab.race import Facts, Held, Race, gathered

Look = dict[tuple[int, str], JsonObject]
UNIQUE = "SELECT table_name FROM information_schema.table_constraints WHERE constraint_type = 'UNIQUE'"
OF_A_TALLY = ("tallied", "reserved", "open_reservations", "n_usage_rows")


class Host:
    """An engine's process on one server, with its schema; its races run one after the other."""

    def __init__(
        self, engine: Engine, database: Database, *, interpreter: environments.Interpreter | None = None
    ) -> None:
        self.engine = engine
        self.database = database
        self.adapter: type[Adapter] = load(engine.adapter)
        self.catalogs = {name: database.catalog(f"engine_{name}") for name in self.adapter.catalogs}
        self.main = self.catalogs[self.adapter.catalogs[0]]
        self.log = (database.home / f"{engine.name}.log").open("ab")
        self.process = self._begin(interpreter or environments.interpreter(engine))

    def __enter__(self) -> Self:
        try:
            self.await_answer()
            self.ask("schema")
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the process and its children."""
        self.process.kill()
        with suppress(subprocess.TimeoutExpired):
            self.process.communicate(timeout=20)
        self.log.close()

    def ask(self, do: str, **order: object) -> JsonObject:
        """Send one order and return its answer. Raises QuotaLabError with the engine's traceback."""
        assert self.process.stdin is not None
        print(json.dumps({"do": do, **order}), file=self.process.stdin, flush=True)
        return self.await_answer(do)

    def await_answer(self, what: str = "import") -> JsonObject:
        """The next answer of the host."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        answer: JsonObject = json.loads(line) if line else {"error": self._last_words()}
        if "error" in answer:
            raise QuotaLabError(
                expected=f"{self.engine.name} to do {what} on {self.database.name}",
                found=answer["error"].strip()[-2000:],
                do="make its environment anew with `make quota-engines`, or leave the engine out with --engine",
            )
        return answer

    def clear(self) -> None:
        """Empty the engine's tables, over a connection of the laboratory's own."""
        session = self.main.session()
        if self.database.name == "postgresql":
            session.run(f"TRUNCATE {', '.join(self.adapter.tables)} CASCADE", reads=False)
        else:
            session.run("SET FOREIGN_KEY_CHECKS = 0", reads=False)
            for table in self.adapter.tables:
                session.run(f"TRUNCATE {table}", reads=False)
        session.close()

    def set_isolation(self, level: str) -> None:
        """Set the isolation level of the engine's future connections, without its knowledge."""
        for catalog in self.catalogs.values():
            catalog.set_isolation(level)

    def _begin(self, interpreter: environments.Interpreter) -> "subprocess.Popen[str]":
        settings = {
            "adapter": self.engine.adapter, "rewrites": list(self.engine.rewrites), "options": {},
            "urls": {name: catalog.address() for name, catalog in self.catalogs.items()},
        }  # fmt: skip
        root = Path(bootstrap.__file__).parents[2]
        # A process group of its own: Ctrl-C at the terminal ends the command, which then closes the host.
        arguments = ["-I", bootstrap.__file__, str(root), str(interpreter.packages), json.dumps(settings)]
        return subprocess.Popen(
            [str(interpreter.python), *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True, process_group=0,
            cwd=self.database.home,
        )  # fmt: skip

    def _last_words(self) -> str:
        self.process.wait(timeout=20)
        return Path(self.log.name).read_text(errors="replace")


def run(config: EngineConfig, host: Host) -> Race:
    """Run one race of an engine and return it, as quota_lab.race.run does for a design."""
    host.set_isolation("")
    host.clear()
    host.ask("prepare", settings=asdict(config))
    host.set_isolation(config.isolation)
    before = host.database.deadlocks()
    try:
        with tempfile.TemporaryDirectory(prefix="race-", dir=host.database.home) as folder:
            ended = host.ask("race", settings=asdict(config), folder=folder)
            requests = gathered(Path(folder), "worker")
        _check(config, ended)
        settings = described(config, host, before)
    finally:
        host.set_isolation("")
    session = host.main.session()
    samples, held = at_rest(session, config, host.adapter), allocated(session, host.adapter)
    session.close()
    facts = Facts(config, settings["database_version"], settings["reported_isolation"], ended["started"])
    return Race(settings, facts.requests(requests, held), facts.samples(samples))


def follow(title: str, host: Host) -> engine_races.KeptTrace:
    """The statements of `engine_races.KINDS`, run in turn from an empty project, and the tables with a unique key."""
    config = EngineConfig(
        title, host.database.name, "alone", workers=1, limit=9, resources=(host.adapter.resource,), sizes=(1,),
        is_cold=True,
    )  # fmt: skip
    host.clear()
    host.ask("prepare", settings=asdict(config))
    requests = host.ask("follow", settings=asdict(config), kinds=list(engine_races.KINDS))["requests"]
    session = host.main.session()
    unique = {str(table) for (table,) in session.run(UNIQUE)}
    session.close()
    return {
        "title": title, "database": host.database.name, "unique": sorted(unique & set(host.adapter.tables)),
        "requests": [statements for _, statements in requests],
    }  # fmt: skip


def _check(config: EngineConfig, ended: JsonObject) -> None:
    codes = set(ended["codes"]) - ({0, -9} if config.crash_rate else {0})
    if ended["hanging"] or codes:
        raise QuotaLabError(
            expected=f"every worker of {config.run_id} to end by itself",
            found=f"{ended['hanging']} hanging, exit codes {sorted(str(code) for code in codes)}",
            do="read the traceback in the engine's log above",
        )


def described(config: EngineConfig, host: Host, deadlocks: int | None) -> JsonObject:
    """The settings of the race and the environment of its race."""
    after = host.database.deadlocks()
    session = host.main.session()
    level = session.default_isolation()
    session.close()
    return {
        **asdict(config),
        "run_id": config.run_id,
        "engine": config.engine.name,
        "options": dict(config.options),
        "packages": list(config.engine.packages),
        "database_version": host.database.version(),
        "reported_isolation": level,
        "default_isolation": host.database.isolations[0],
        "server_settings": host.database.settings(),
        "limits": [[p, r, limit] for p, pool in config.all_pools().items() for r, limit in pool.limits],
        "n_server_deadlocks": None if after is None or deadlocks is None else after - deadlocks,
    }


def allocated(session: Session, adapter: type[Adapter]) -> dict[int, Held]:
    """The amounts that every existing instance holds."""
    return {
        uuid.UUID(str(instance)).int: {adapter.resource: int(amount)}
        for instance, amount in session.run(adapter.instance_query)
    }  # fmt: skip


def at_rest(session: Session, config: EngineConfig, adapter: type[Adapter]) -> list[JsonObject]:
    """One sample of every project after the end of all requests: rows of quota_samples without the run's name."""
    before = time.monotonic_ns()
    rows = session.run(adapter.counter_query)
    at = {"sample": 1_000_000, "sampled_from_ns": before, "sampled_by_ns": time.monotonic_ns(), "is_at_rest": True}
    places: dict[int, JsonObject] = {
        project: {"counted": 0} | (dict.fromkeys(OF_A_TALLY, 0) if adapter.has_tally else {})
        for project in config.all_pools()
    }
    for what, project, a, b, n in rows:
        place = places[int(project)]
        if what == "rows":
            place["counted"] = int(a or 0)
        elif what == "usages":
            place |= {"tallied": int(a), "reserved": int(b), "n_usage_rows": int(n)}
        else:
            place["open_reservations"] = int(a)
    return [at | {"project_id": p, "resource": adapter.resource} | place for p, place in sorted(places.items())]
