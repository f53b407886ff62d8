"""A worker process: makes one request after the other, and writes each result to its journal before the next."""

import os
import random
import signal
import time
from multiprocessing.synchronize import Barrier, Event
from pathlib import Path

from quota_lab import designs
from quota_lab.databases import Database, Session
from quota_lab.designs.base import Conflict, Design, Request
from quota_lab.journal import Journal, JsonObject
from quota_lab.race_config import Client, RaceConfig
from quota_lab.statements import Backoff, Begin, Commit, Reply, Rollback, Statement, Step, Think

COUNTERS = {
    "deadlock": "n_deadlocks",
    "serialization": "n_serialization",
    "busy": "n_busy",
    "timeout": "n_timeouts",
    "swap": "n_swaps",
}


class Crash(Exception):
    """A simulated crash: the worker forgets the request and drops its connection."""

    def __init__(self, before: str) -> None:
        super().__init__(before)
        self.before = before


class Performer:
    """Performs requests on one session: it thinks, backs off, crashes, and notes when rows appear."""

    def __init__(self, config: RaceConfig, session: Session, chance: random.Random) -> None:
        self.config = config
        self.session = session
        self.chance = chance
        self.moved = False
        self.moves: list[tuple[int, int]] = []
        self.lost: dict[str, int] = {}

    def perform(self, design: Design, request: Request) -> str:
        """Carry out one request and return its answer; raises Crash."""
        self.moved, self.moves, self.lost = False, [], {}
        steps = design.steps(request)
        try:
            step = next(steps)
            while True:
                self._maybe_crash(type(step).__name__)
                try:
                    answer = self.take(step)
                except Conflict as lost:
                    step = steps.throw(lost)
                else:
                    step = steps.send(answer)
        except StopIteration as end:
            self._maybe_crash("answer")
            return str(end.value)

    def take(self, step: Step) -> Reply:
        """Take one step: return a statement's answer, or None."""
        match step:
            case Think():
                self._sleep(self.config.think_ms / 1000)
            case Backoff():
                counter = COUNTERS[step.reason]
                self.lost[counter] = self.lost.get(counter, 0) + 1
                self._sleep(0.001 * 2 ** min(step.attempt, 5))
            case Begin() | Rollback():
                self.moved = False
                self.session.control(step)
            case Commit():
                self._commit(step)
            case _:
                return self._execute(step)
        return None

    def _execute(self, statement: Statement) -> Reply:
        self.moved = self.moved or statement.moves_rows
        return self.session.execute(statement)

    def _commit(self, step: Commit) -> None:
        before = time.monotonic_ns()
        self.session.control(step)
        if self.moved:
            self.moves.append((before, time.monotonic_ns()))

    def _sleep(self, mean: float) -> None:
        if mean:
            time.sleep(self.chance.expovariate(1 / mean))

    def _maybe_crash(self, before: str) -> None:
        if self.config.crash_rate and self.chance.random() < self.config.crash_rate:
            if self.config.is_kill:
                os.kill(os.getpid(), signal.SIGKILL)
            raise Crash(before)


def work(config: RaceConfig, database: Database, worker: int, barrier: Barrier, path: Path) -> None:
    """The body of a worker process."""
    client = Client(config, worker)
    design = designs.named(config.design)(config.tuning())
    journal = Journal(path)
    performer = Performer(config, database.session(config.isolation), chances(config, worker))
    barrier.wait()
    deadline = time.monotonic() + config.seconds
    for number, request in enumerate(client.requests()):
        if config.is_cold and number < config.requests:
            barrier.wait()
        elif number >= config.requests or time.monotonic() > deadline:
            break
        entry = attempt(performer, design, request, journal)
        settle(client, request, entry["outcome"])
        if entry["outcome"] == "crashed":
            performer.session.close()
            performer.session = database.session(config.isolation)


def chances(config: RaceConfig, worker: int) -> random.Random:
    """The generator that decides when a worker crashes and how long it thinks; it differs in every repetition."""
    return random.Random(f"chance/{config.seed}/{config.repetition}/{worker}")


def attempt(performer: Performer, design: Design, request: Request, journal: Journal) -> JsonObject:
    """One request from call to answer; the journal has both before this returns."""
    entry = described(request)
    entry["called_ns"] = time.monotonic_ns()
    request = Request(request.kind, request.request, request.instance, request.amounts, request.pools,
                      entry["called_ns"] / 1e9)  # fmt: skip
    journal.write(entry)
    try:
        entry["outcome"] = performer.perform(design, request)
        entry["answered_ns"] = time.monotonic_ns()
    except Crash as crash:
        entry |= {"outcome": "crashed", "crashed_before": crash.before}
    except performer.session.driver_errors() as error:
        entry |= {"outcome": "failed", "error": str(error)[:200], "answered_ns": time.monotonic_ns()}
        performer.session.roll_back()
    journal.write(entry | brackets(performer.moves) | performer.lost)
    return entry


def settle(client: Client, request: Request, outcome: str) -> None:
    """Update the worker's knowledge after an answer."""
    if outcome == "admitted":
        client.granted(request)
    elif outcome in ("crashed", "failed", "gave_up"):
        client.forget(request)


def described(request: Request) -> JsonObject:
    """The journal's first entry of a request; it counts if no second one follows."""
    sign = -1 if request.kind == "delete" else 1
    return {
        "request_id": request.request,
        "kind": request.kind,
        "project_id": request.project,
        "parent_id": request.pools[1].project if len(request.pools) > 1 else None,
        "instance_id": request.instance,
        "resources": [resource for resource, _ in request.amounts],
        "amounts": [sign * amount for _, amount in request.amounts],
        "outcome": "crashed",
    }


def brackets(moves: list[tuple[int, int]]) -> dict[str, int]:
    """Instants before and after the commit that made the change, and the commit that withdrew it."""
    names = (("appeared_from_ns", "appeared_by_ns"), ("withdrawn_from_ns", "withdrawn_by_ns"))
    return {name: at for pair, move in zip(names, moves, strict=False) for name, at in zip(pair, move, strict=True)}


def sweep(config: RaceConfig, database: Database, barrier: Barrier, ended: Event, path: Path) -> None:
    """The body of the process that expires reservations."""
    design = designs.named(config.design)(config.tuning())
    journal = Journal(path)
    performer = Performer(config, database.session(config.isolation), chances(config, 0))
    request_id = 0
    barrier.wait()
    while not ended.wait(config.expire_ms / 2000):
        for project in range(1, config.projects + 1):
            request_id += 1
            attempt(performer, design, Request("sweep", request_id, 0, (), config.pools(project)), journal)
