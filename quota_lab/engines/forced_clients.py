"""Clients of an engine that stop before a statement until they are told to continue, to force a schedule.

Only the host imports it. Each client is a fork with a pipe. The engine is not changed: SQLAlchemy reports each
statement before it is sent.
"""

import os
import signal
import traceback
import uuid
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection

from quota_lab.designs.base import Pool, Request
from quota_lab.engines import trace
from quota_lab.engines.adapters import Adapter
from quota_lab.engines.engine_config import EngineConfig
from quota_lab.journal import JsonObject

PATIENCE = 6.0  # a client that neither stops nor ends within these seconds is assumed to wait for a lock
END, KILL = "end", "kill"
FORKED = get_context("fork")

AskEngine = Callable[..., JsonObject]
Asked = tuple[str, int, int]  # kind, instance, amount
Move = tuple[int, str, int]  # client, until, times


def run(
    adapter: Adapter, config: EngineConfig, requests: list[Asked], moves: list[Move], outcome: AskEngine
) -> JsonObject:
    """Follow the moves, then let every client end; return the result of each move and the outcome of each client.

    A request is [kind, instance, amount]. A move is [client, until, times]: run that client until it is about to send
    the statement that contains `until` for the given number of times, or to its end, or kill it at its place.
    A kill after the client's end changes nothing.
    `outcome` sends one request to the engine and returns its outcome.
    """
    pairs = [FORKED.Pipe() for _ in requests]
    clients = [
        FORKED.Process(target=_client, args=(adapter, config, request, far, outcome))
        for request, (_, far) in zip(requests, pairs, strict=True)
    ]
    for client in clients:
        client.start()
    for _, far in pairs:
        far.close()
    ends = [near for near, _ in pairs]
    followed, outcomes = [], dict.fromkeys(range(len(clients)), "unknown")
    for number, until, times in moves:
        if until == KILL:
            if outcomes[number] == "unknown":  # who has ended has answered
                os.kill(clients[number].pid or 0, signal.SIGKILL)
                clients[number].join()
                outcomes[number] = "killed"
            followed.append([number, until, outcomes[number]])
            continue
        ends[number].send([until, times])
        followed.append([number, until, _next_message(ends[number], number, outcomes, PATIENCE)])
    for number, end in enumerate(ends):
        while outcomes[number] == "unknown":
            if _next_message(end, number, outcomes, 90.0) in ("waits", "gone"):
                break
            if outcomes[number] == "unknown":
                end.send([END, 1])
    for client in clients:
        client.kill()
        client.join()
    return {"moves": followed, "outcomes": [outcomes[number] for number in range(len(clients))]}


def _next_message(end: Connection, number: int, outcomes: dict[int, str], patience: float) -> str:
    """A client's next message: the statement that it is about to send, or its outcome; empty while it waits."""
    if not end.poll(patience):
        return "waits"
    try:
        kind, text = end.recv()
    except EOFError:
        return "gone"
    if kind == "ended":
        outcomes[number] = text
    return str(text)


def _client(adapter: Adapter, config: EngineConfig, request: Asked, end: Connection, outcome: AskEngine) -> None:
    adapter.configure(config.options)
    if config.expire_ms:
        adapter.expire_at_once()
    kind, instance, amount = request
    until, times = end.recv()
    left = [until, times]

    def stop(statement: str) -> None:
        if left[0] != END and left[0] in statement:
            left[1] -= 1
            if left[1] == 0:
                end.send(["at", " ".join(statement.split())[:160]])
                left[:] = end.recv()

    try:
        with trace.watching(stop):
            text = _answer_text(adapter, config, kind, instance, amount, outcome)
    except BaseException:
        text = traceback.format_exc()[-500:]
    end.send(["ended", text])


def _answer_text(
    adapter: Adapter, config: EngineConfig, kind: str, instance: int, amount: int, outcome: AskEngine
) -> str:
    if kind == "expire":
        adapter.expire()
        return "expired"
    pools = (Pool(1, ((config.resources[0], config.limit),)),)
    request = Request(kind, instance, instance, ((config.resources[0], amount),), pools)  # type: ignore[arg-type]
    answer = outcome(adapter, request, trace.Moves())
    return f"{answer['outcome']} {answer.get('error', '')}".strip()


def instance_id(number: int) -> str:
    """The identity of an instance, as every engine knows it."""
    return str(uuid.UUID(int=number))
