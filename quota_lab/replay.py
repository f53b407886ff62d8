"""The replay: forces a schedule of the explorer step by step on the real server.

Each client has a connection and a thread of its own. After every step the replay waits until the step has an answer, or
until the server's own lock view shows that the connection waits for a lock; it never relies on sleeping.
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from analysis.errors import QuotaLabError
from quota_lab.databases import Database, Session
from quota_lab.designs.base import Conflict, Design, Fault, Request, Steps
from quota_lab.explored_case import Case, faults
from quota_lab.race import insert
from quota_lab.schedule import Ending, Move, flat, spans
from quota_lab.statements import Backoff, Begin, Commit, Key, Reply, Rollback, Row, Statement, Step, Think, Value

PATIENCE = 500  # how often to look at a step without an answer
COLUMNS = {
    "allocations": "request_id, resource, project_id, amount, number",
    "quota_usages": "usage_id, project_id, resource, in_use, reserved, until_refresh",
    "reservations": "request_id, usage_id, delta, project_id",
    "tallies": "project_id, resource, slice, in_use, hard_limit",
}
KEYS = {"allocations": 2, "quota_usages": 1, "reservations": 2, "tallies": 3}


@dataclass(frozen=True, slots=True)
class Replay:
    """The result of a schedule on the server: the outcome of each client, the rows, the waits, and the faults."""

    outcomes: tuple[str, ...]
    faults: frozenset[Fault]
    rows: tuple[Row, ...]
    waits: tuple[tuple[int, str], ...]  # client and step, in order
    conflicts: tuple[tuple[int, str], ...]  # client and reason, in order


@dataclass(slots=True)
class _Client:
    """One client of the replay: its connection, its place in its request, and the step without an answer."""

    design: Design
    request: Request
    session: Session
    thread: ThreadPoolExecutor
    steps: Steps = field(init=False)
    next: Step | None = field(init=False)
    outcome: str = ""
    pending: Future[Reply] | None = None
    conflicts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.steps = self.design.steps(self.request)
        self.next = next(self.steps)

    def send(self) -> None:
        """Pass the next step to the thread."""
        if self.next is None:
            raise QuotaLabError(
                expected="a schedule whose clients are still at work",
                found="a step for a client that has ended",
                do="explore the case again: the design has changed since",
            )
        self.pending = self.thread.submit(take, self.session, self.next)

    def receive(self) -> None:
        """Pass the answer of the pending step to the design."""
        pending, self.pending = self.pending, None
        try:
            try:
                answer = pending.result() if pending else None
            except Conflict as lost:
                self.conflicts.append(lost.reason)
                self.next = self.steps.throw(lost)
            else:
                self.next = self.steps.send(answer)
        except StopIteration as end:
            self.next, self.outcome = None, str(end.value)

    def crash(self) -> None:
        """Drop the connection in the middle of its work; a conflict that it has already lost counts."""
        if self.pending and self.pending.done() and isinstance(lost := self.pending.exception(), Conflict):
            self.conflicts.append(lost.reason)
        self.session.close()
        self.next, self.outcome = None, "crashed"


def take(session: Session, step: Step) -> Reply:
    """Take one step on a real connection; thinking and backing off take no time here."""
    match step:
        case Statement():
            return session.execute(step)
        case Begin() | Commit() | Rollback():
            session.control(step)
        case Think() | Backoff():
            pass
    return None


@dataclass(slots=True)
class _Stage:
    """The clients on their server, and the observed waits and conflicts."""

    case: Case
    database: Database
    observer: Session
    clients: list[_Client]
    played: list[Move] = field(default_factory=list)
    waits: list[tuple[int, str]] = field(default_factory=list)

    def play(self, move: Move) -> None:
        """Play one move of the schedule; a client that still waits for a lock keeps waiting."""
        client = self.clients[move.client]
        self.played.append(move)
        if move.is_crash:
            self.has_answered(move.client)
            client.crash()
            return
        for other, n_steps in move.stuck:
            # The model's clients do not move while they wait; on the server their statements must have been sent.
            self.advance(other, n_steps - 1)
            client = self.clients[other]
            if other != move.client and client.pending is None and client.next is not None:
                client.send()
                self.has_answered(other)
        if not self.advance(move.client, len(move.steps)):
            return
        if move.is_waiting and client.pending is None and client.next is not None:
            # The model takes the snapshot now, so the statement that takes it must have been sent.
            client.send()
            self.has_answered(move.client)

    def advance(self, number: int, n_steps: int) -> bool:
        """Take some steps of one client; False if it waits for a lock before they are done."""
        client = self.clients[number]
        for _ in range(n_steps):
            if client.pending is None and client.next is not None:
                client.send()
            if not self.has_answered(number):
                return False
            client.receive()
        return True

    def finish(self) -> None:
        """Let every client that has begun continue to its end: the server may choose another victim of a deadlock."""
        begun = {move.client for move in self.played}
        for _ in range(PATIENCE):
            running = [n for n in sorted(begun) if self.clients[n].next is not None]
            if not running:
                return
            for number in running:
                self.play(Move(number, ("...",), ()))

    def has_answered(self, number: int) -> bool:
        """Wait until the client's step has an answer, or the server shows that it waits for a lock."""
        client = self.clients[number]
        pending = client.pending
        if pending is None:
            return client.next is not None
        for _ in range(PATIENCE):
            if wait([pending], self.database.look_every).done:
                return True
            if self.database.waiting(client.session.backend(), self.observer):
                waiting = (number, type(client.next).__name__)
                if waiting not in self.waits[-1:]:
                    self.waits.append(waiting)
                return False
        raise QuotaLabError(
            expected="an answer, or a wait that the server's lock view shows",
            found=f"neither, for {type(client.next).__name__} of client {number + 1}",
            do="look at the server's processes; its lock view may have another form in this version",
        )


def replay(example: Ending, database: Database) -> Replay:
    """Force a schedule on a running server of the kind for which it was found."""
    case = example.case
    observer = database.session()
    prepare(case, database, observer)
    clients = list(_clients(case, database))
    stage = _Stage(case, database, observer, clients)
    try:
        for move in example.moves:
            stage.play(move)
        stage.finish()
        return _result(stage)
    finally:
        _dismiss(stage)


def _clients(case: Case, database: Database) -> Iterator[_Client]:
    for request in case.requests:
        yield _Client(case.design(), request, database.session(case.level), ThreadPoolExecutor(1))


def _dismiss(stage: _Stage) -> None:
    for client in stage.clients:
        if client.outcome != "crashed":
            client.session.close()
        client.thread.shutdown()
    stage.observer.close()


def _result(stage: _Stage) -> Replay:
    rows = read(stage.observer)
    begun = {move.client for move in stage.played}
    outcomes = tuple(client.outcome if n in begun else "" for n, client in enumerate(stage.clients))
    conflicts = tuple((n, reason) for n, client in enumerate(stage.clients) for reason in client.conflicts)
    n_deadlocks = sum(reason == "deadlock" for _, reason in conflicts)
    timed = spans(tuple(stage.played), len(stage.clients))
    faults_shown = frozenset(faults(stage.case, rows, outcomes, timed, n_deadlocks=n_deadlocks))
    return Replay(outcomes, faults_shown, flat(rows), tuple(stage.waits), conflicts)


def prepare(case: Case, database: Database, session: Session) -> None:
    """Insert the initial rows of the case on the real server."""
    database.clear(session)
    parents = {child: pool.project for pool in case.pools().values() for child in pool.children}
    for key, value in case.model().rows.items():
        if key[0] == "projects":
            insert(session, "projects (project_id, parent_id, generation)", (key[1], parents.get(key[1]), *value))
        elif key[0] == "allocations":
            insert(session, "allocations (request_id, resource, project_id, amount)", (*key[1:], *value[:2]))
        else:
            insert(session, f"{key[0]} ({COLUMNS[key[0]]})", (*key[1:], *value))


def read(session: Session) -> dict[Key, Value]:
    """The rows in the form of the model."""
    rows: dict[Key, Value] = {}
    for table, columns in COLUMNS.items():
        for row in session.run(f"SELECT {columns} FROM {table}"):
            rows[(table, *row[: KEYS[table]])] = tuple(row[KEYS[table] :])
    return rows
