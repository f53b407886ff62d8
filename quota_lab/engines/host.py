"""The host: a process under an engine's own interpreter that creates the schema and forks the workers of each race.

It reads orders from standard input, one JSON object on each line, and answers each with one on standard output; the
engine's own output goes to standard error. Only its forks connect to the database, so that no two processes share a
connection.
"""

import importlib
import json
import logging
import os
import random
import signal
import sys
import time
import traceback
import uuid
import warnings
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier, Event
from pathlib import Path

from quota_lab.designs.base import Request
from quota_lab.engines import forced_clients, keyword_names, trace
from quota_lab.engines.adapters import Adapter
from quota_lab.engines.engine_config import EngineConfig
from quota_lab.journal import Journal, JsonObject
from quota_lab.race_config import Client
from quota_lab.worker import brackets, chances, described, settle

FORKED = get_context("fork")  # forks inherit the imported engine, whose import takes seconds
ROUND = 120  # seconds that a worker waits for the others at a barrier
GAVE_UP = ("DBDeadlock", "RetryRequest", "ConcurrentUpdateDetected", "DBDuplicateEntry", "StaleDataError",
           "QuotaResourceUnavailable", "AllocationUpdateFailed", "RetriesExhausted")  # fmt: skip


def serve(settings: JsonObject) -> None:
    """Import the engine, then carry out orders until the input ends."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")  # old libraries warn about older ones
    if settings["rewrites"]:
        keyword_names.install(settings["rewrites"])
    adapter = load(settings["adapter"])(settings["urls"], settings["options"])
    if adapter.uses_sqlalchemy:
        trace.install()
    print(json.dumps({"ready": True}), file=answers)
    for line in sys.stdin:
        order = json.loads(line)
        try:
            answer = ORDERS[order.pop("do")](adapter, **order)
        except Exception:
            answer = {"error": traceback.format_exc()[-4000:]}
        print(json.dumps(answer), file=answers)


def load(name: str) -> type[Adapter]:
    """The adapter class of `module:class`."""
    where, _, what = name.partition(":")
    adapter: type[Adapter] = getattr(importlib.import_module(where), what)
    return adapter


def in_child(function: Callable[..., None], *arguments: object) -> None:
    """Run a function in a fork, and raise its error here."""
    receiver, sender = FORKED.Pipe(duplex=False)

    def body() -> None:
        try:
            function(*arguments)
        except BaseException:
            sender.send(traceback.format_exc()[-4000:])
            raise SystemExit(1) from None

    child = FORKED.Process(target=body)
    child.start()
    sender.close()
    child.join()
    if child.exitcode:
        raise RuntimeError(receiver.recv() if receiver.poll() else f"a fork ended with {child.exitcode}")


def make_schema(adapter: Adapter) -> JsonObject:
    """The engine's tables."""
    in_child(adapter.make_schema)
    return {"done": True}


def prepare(adapter: Adapter, settings: JsonObject) -> JsonObject:
    """Set the limits; unless the race is cold, create and delete once in every project, so that its rows exist."""
    in_child(_prepare, adapter, EngineConfig.from_json(settings))
    return {"done": True}


def _prepare(adapter: Adapter, config: EngineConfig) -> None:
    adapter.configure(config.options)
    for project, pool in config.all_pools().items():
        adapter.set_limit(project, pool.limit(config.resources[0]))
        if not config.is_cold:
            instance = str(uuid.UUID(int=10**12 + project))
            adapter.create(project, instance, 1, trace.Moves().moving)
            adapter.delete(project, instance, 1, trace.Moves().moving)


def race(adapter: Adapter, settings: JsonObject, folder: str) -> JsonObject:
    """Race, and return the instant when the barrier opened and how the workers ended."""
    config = EngineConfig.from_json(settings)
    gate = FORKED.Barrier(config.workers + (config.expire_ms > 0))
    ended = FORKED.Event()
    workers = [
        FORKED.Process(target=work, args=(adapter, config, n, gate, Path(folder) / f"worker-{n:03}"))
        for n in range(1, config.workers + 1)
    ]
    sweepers = [FORKED.Process(target=sweep, args=(adapter, config, gate, ended))] * (config.expire_ms > 0)
    started = time.monotonic_ns()
    for process in (*workers, *sweepers):
        process.start()
    deadline = time.monotonic() + config.seconds + ROUND
    for process in workers:
        process.join(max(deadline - time.monotonic(), 0))
    hanging = [process for process in workers if process.is_alive()]
    ended.set()
    for process in sweepers:
        process.join(ROUND)
    for process in (*hanging, *(s for s in sweepers if s.is_alive())):
        process.kill()
        process.join()
    return {"started": started, "hanging": len(hanging), "codes": [process.exitcode for process in workers]}


def work(adapter: Adapter, config: EngineConfig, worker: int, gate: Barrier, path: Path) -> None:
    """The body of a worker process: quota_lab.worker.work, but with the engine's own statements."""
    client, journal, chance = Client(config, worker), Journal(path), chances(config, worker)
    adapter.configure(config.options)
    if config.expire_ms:
        adapter.expire_at_once()
    gate.wait(ROUND)
    deadline = time.monotonic() + config.seconds
    for number, request in enumerate(client.requests()):
        if config.is_cold and number < config.requests:
            gate.wait(ROUND)
        elif number >= config.requests or time.monotonic() > deadline:
            break
        settle(client, request, attempt(adapter, config, request, journal, chance))


def attempt(adapter: Adapter, config: EngineConfig, request: Request, journal: Journal, chance: random.Random) -> str:
    """One request from call to answer; the journal has both before this returns."""
    entry = described(request)
    entry["called_ns"] = time.monotonic_ns()
    journal.write(entry)
    moves = trace.Moves()
    with trace.watching(_killer(config, chance)) as seen:
        entry |= outcome(adapter, request, moves)
    entry["answered_ns"] = time.monotonic_ns()
    journal.write(entry | brackets(moves.instants) | seen.lost)
    return str(entry["outcome"])


def outcome(adapter: Adapter, request: Request, moves: trace.Moves) -> JsonObject:
    """The engine's answer, as an entry of a journal."""
    ((_, amount),) = request.amounts
    instance = str(uuid.UUID(int=request.instance))
    try:
        if request.kind == "delete":
            adapter.delete(request.project, instance, amount, moves.moving)
            return {"outcome": "admitted"}
        ask = adapter.resize if request.kind == "resize" else adapter.create
        admitted = ask(request.project, instance, amount, moves.moving)
    except Exception as error:
        name = type(error).__name__
        return {"outcome": "gave_up" if name in GAVE_UP else "failed", "error": f"{name}: {error}"[:200]}
    return {"outcome": "admitted" if admitted else "refused"}


def _killer(config: EngineConfig, chance: random.Random) -> Callable[[str], None] | None:
    if not config.crash_rate:
        return None

    def strike(statement: str) -> None:
        if chance.random() < config.crash_rate:
            os.kill(os.getpid(), signal.SIGKILL)

    return strike


def sweep(adapter: Adapter, config: EngineConfig, gate: Barrier, ended: Event) -> None:
    """The body of the process that expires reservations, as the engine's periodic task does."""
    adapter.configure(config.options)
    gate.wait(ROUND)
    while not ended.wait(config.expire_ms / 1000):
        try:
            adapter.expire()
        except Exception:
            traceback.print_exc(limit=1)


def follow(adapter: Adapter, settings: JsonObject, kinds: list[str]) -> JsonObject:
    """The statements of one client alone, one request after the other: [(kind, [statement])]."""
    return _from_child(_follow, adapter, EngineConfig.from_json(settings), kinds)


def _follow(adapter: Adapter, config: EngineConfig, kinds: list[str]) -> JsonObject:
    adapter.configure(config.options)
    requests = []
    for number, kind in enumerate(kinds, 1):
        statements: list[JsonObject] = []
        with trace.watching(None, statements):
            instance = str(uuid.UUID(int=1 if kind == "delete" else number))
            if kind == "delete":
                adapter.delete(1, instance, 1, trace.Moves().moving)
            else:
                adapter.create(1, instance, 1, trace.Moves().moving)
        requests.append([kind, statements])
    return {"requests": requests}


def schedule(
    adapter: Adapter, settings: JsonObject, requests: list[forced_clients.Asked], moves: list[forced_clients.Move]
) -> JsonObject:
    """Force a schedule on clients that stop at given statements."""
    return forced_clients.run(adapter, EngineConfig.from_json(settings), requests, moves, outcome)


def _from_child(function: Callable[..., JsonObject], *arguments: object) -> JsonObject:
    receiver, sender = FORKED.Pipe(duplex=False)
    got: list[JsonObject] = []

    def body() -> None:
        try:
            sender.send(function(*arguments))
        except BaseException:
            sender.send({"error": traceback.format_exc()[-4000:]})

    child = FORKED.Process(target=body)
    child.start()
    sender.close()
    got.append(receiver.recv())
    child.join()
    return got[0]


ORDERS: dict[str, Callable[..., JsonObject]] = {
    "schema": make_schema, "prepare": prepare, "race": race, "follow": follow, "schedule": schedule,
}  # fmt: skip
