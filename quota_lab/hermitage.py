"""The anomalies that the isolation levels of the servers on this machine really prevent, after Hermitage.

The model of this laboratory depends on the meaning of each level (`isolation`), which differs from its name. Hermitage
(Kleppmann 2014) turned the anomalies of the literature into small schedules, with a table of the levels that allow
them. This module writes the schedules in its own form and runs them on the installed servers, so that the two tables
can be compared.
"""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pandas as pd

from quota_lab.databases import Database, Session
from quota_lab.journal import JsonObject
from quota_lab.statements import Begin, Rollback

PATIENCE = 0.3  # a statement without an answer within these seconds is assumed to wait for a lock
HAPPENS, READ_ONLY, PREVENTED = "happens", "only for reads prevented", "prevented"
Answers = JsonObject  # name of a step -> rows, number of rows, or the error
Rows = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Step:
    """One statement of one session; the check of the anomaly refers to its answer by `name`."""

    session: int
    sql: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Steps in order, and a check whether their answers show the anomaly; its `end` is the table after the last."""

    steps: tuple[Step, ...]
    shows: Callable[[Answers, Rows], bool]


@dataclass(frozen=True, slots=True)
class Anomaly:
    """An anomaly, by its name in the literature: a schedule of reads and, for some, one of a write with a predicate."""

    name: str
    meaning: str
    schedule: Schedule
    writing: Schedule | None = None


def steps(text: str) -> tuple[Step, ...]:
    """Steps, one a line: `session: SQL` or `session name: SQL`.

    >>> steps("1 seen: SELECT 1")
    (Step(session=1, sql='SELECT 1', name='seen'),)
    """
    every = []
    for line in text.strip().splitlines():
        who, _, sql = line.strip().partition(": ")
        session, _, name = who.partition(" ")
        every.append(Step(int(session), sql, name))
    return tuple(every)


def both_commit(answers: Answers, end: Rows) -> bool:
    """The server rolled neither transaction back."""
    return not any(isinstance(answer, Exception) for answer in answers.values())


def _sees(name: str, row: tuple[int, int]) -> Callable[[Answers, Rows], bool]:
    return lambda answers, end: isinstance(answers[name], list) and row in answers[name]


def _dirty_write(answers: Answers, end: Rows) -> bool:
    return end in ([(1, 11), (2, 22)], [(1, 12), (2, 21)])


def _circular(answers: Answers, end: Rows) -> bool:
    return _sees("a", (2, 22))(answers, end) and _sees("b", (1, 11))(answers, end)


def _vanishes(answers: Answers, end: Rows) -> bool:
    return any(isinstance(answers[name], list) and answers[name] == [(1, 12), (2, 19)] for name in ("a", "b"))


def _deletes_another(answers: Answers, end: Rows) -> bool:
    return answers["seen"] == [(2, 20)] and both_commit(answers, end) and answers["deleted"] == 1 and (2, 30) in end


def _deletes_none_of_those_seen(answers: Answers, end: Rows) -> bool:
    return both_commit(answers, end) and answers["deleted"] == 0


ANOMALIES = (
    Anomaly("G0", "dirty write", Schedule(steps("""
        1: UPDATE test SET value = 11 WHERE id = 1
        2: UPDATE test SET value = 12 WHERE id = 1
        1: UPDATE test SET value = 21 WHERE id = 2
        1: COMMIT
        2: UPDATE test SET value = 22 WHERE id = 2
        2: COMMIT"""), _dirty_write)),
    Anomaly("G1a", "a read of what is rolled back", Schedule(steps("""
        1: UPDATE test SET value = 101 WHERE id = 1
        2 a: SELECT id, value FROM test ORDER BY id
        1: ROLLBACK
        2: COMMIT"""), _sees("a", (1, 101)))),
    Anomaly("G1b", "a read of what is overwritten", Schedule(steps("""
        1: UPDATE test SET value = 101 WHERE id = 1
        2 a: SELECT id, value FROM test ORDER BY id
        1: UPDATE test SET value = 11 WHERE id = 1
        1: COMMIT
        2: COMMIT"""), _sees("a", (1, 101)))),
    Anomaly("G1c", "each reads what the other has not committed", Schedule(steps("""
        1: UPDATE test SET value = 11 WHERE id = 1
        2: UPDATE test SET value = 22 WHERE id = 2
        1 a: SELECT id, value FROM test WHERE id = 2
        2 b: SELECT id, value FROM test WHERE id = 1
        1: COMMIT
        2: COMMIT"""), _circular)),
    Anomaly("OTV", "a transaction that was seen vanishes in part", Schedule(steps("""
        1: UPDATE test SET value = 11 WHERE id = 1
        1: UPDATE test SET value = 19 WHERE id = 2
        2: UPDATE test SET value = 12 WHERE id = 1
        1: COMMIT
        3 a: SELECT id, value FROM test ORDER BY id
        2: UPDATE test SET value = 18 WHERE id = 2
        3 b: SELECT id, value FROM test ORDER BY id
        2: COMMIT
        3: COMMIT"""), _vanishes)),
    Anomaly("PMP", "a predicate finds later what it did not find before", Schedule(steps("""
        1: SELECT id, value FROM test WHERE value = 30
        2: INSERT INTO test (id, value) VALUES (3, 30)
        2: COMMIT
        1 a: SELECT id, value FROM test WHERE value % 3 = 0
        1: COMMIT"""), _sees("a", (3, 30))), Schedule(steps("""
        1: UPDATE test SET value = value + 10
        2 seen: SELECT id, value FROM test WHERE value = 20
        2 deleted: DELETE FROM test WHERE value = 20
        1: COMMIT
        2: COMMIT"""), _deletes_another)),
    Anomaly("P4", "lost update", Schedule(steps("""
        1: SELECT id, value FROM test WHERE id = 1
        2: SELECT id, value FROM test WHERE id = 1
        1: UPDATE test SET value = 11 WHERE id = 1
        2: UPDATE test SET value = 11 WHERE id = 1
        1: COMMIT
        2: COMMIT"""), both_commit)),
    Anomaly("G-single", "read skew", Schedule(steps("""
        1: SELECT id, value FROM test WHERE id = 1
        2: UPDATE test SET value = 12 WHERE id = 1
        2: UPDATE test SET value = 18 WHERE id = 2
        2: COMMIT
        1 a: SELECT id, value FROM test WHERE id = 2
        1: COMMIT"""), _sees("a", (2, 18))), Schedule(steps("""
        1: SELECT id, value FROM test WHERE id = 1
        2: UPDATE test SET value = 12 WHERE id = 1
        2: UPDATE test SET value = 18 WHERE id = 2
        2: COMMIT
        1 deleted: DELETE FROM test WHERE value = 20
        1: COMMIT"""), _deletes_none_of_those_seen)),
    Anomaly("G2-item", "write skew", Schedule(steps("""
        1: SELECT id, value FROM test WHERE id IN (1, 2)
        2: SELECT id, value FROM test WHERE id IN (1, 2)
        1: UPDATE test SET value = 11 WHERE id = 1
        2: UPDATE test SET value = 21 WHERE id = 2
        1: COMMIT
        2: COMMIT"""), both_commit)),
    Anomaly("G2", "each inserts what the other's predicate would have found", Schedule(steps("""
        1: SELECT id, value FROM test WHERE value % 3 = 0
        2: SELECT id, value FROM test WHERE value % 3 = 0
        1: INSERT INTO test (id, value) VALUES (3, 30)
        2: INSERT INTO test (id, value) VALUES (4, 42)
        1: COMMIT
        2: COMMIT"""), both_commit)),
)  # fmt: skip
LEVELS = {
    "postgresql": ("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"),
    "mariadb": ("READ UNCOMMITTED", "READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"),
}
# From Hermitage's table, with MySQL's rows for MariaDB: the anomalies that a level allows; READS_ALONE has those that
# it prevents for reads only.
_AFTER_OTV = {"PMP", "P4", "G-single", "G2-item", "G2"}
PUBLISHED = {
    ("postgresql", "READ COMMITTED"): _AFTER_OTV,
    ("postgresql", "REPEATABLE READ"): {"G2-item", "G2"},
    ("postgresql", "SERIALIZABLE"): set[str](),
    ("mariadb", "READ UNCOMMITTED"): {"G1a", "G1b", "G1c", "OTV"} | _AFTER_OTV,
    ("mariadb", "READ COMMITTED"): _AFTER_OTV,
    ("mariadb", "REPEATABLE READ"): {"P4", "G2-item", "G2"},
    ("mariadb", "SERIALIZABLE"): set[str](),
}
READS_ALONE = {("mariadb", "REPEATABLE READ"): {"PMP", "G-single"}}


def published(database: str, level: str, anomaly: str) -> str:
    """The result in Hermitage's table."""
    if anomaly in PUBLISHED[database, level]:
        return HAPPENS
    return READ_ONLY if anomaly in READS_ALONE.get((database, level), ()) else PREVENTED


@dataclass(slots=True)
class Client:
    """A session in a thread of its own, which sends statements in turn and may wait for locks."""

    session: Session
    work: "queue.Queue[Step | None]" = field(default_factory=queue.Queue)
    answers: JsonObject = field(default_factory=dict)
    n_given: int = 0
    n_done: int = 0
    is_lost: bool = False

    def run(self) -> None:
        """Send statements until the end; skip those that follow an error in the same transaction."""
        while (step := self.work.get()) is not None:
            name = step.name or f"{id(self)}/{self.n_done}"
            if not self.is_lost:
                try:
                    self.answers[name] = self._send(step.sql)
                except Exception as error:  # a driver's or a Conflict: either way the transaction is lost
                    self.answers[name] = error
                    self.is_lost = True
            self.n_done += 1

    def give(self, step: Step) -> None:
        """Send one statement, and wait for its answer or until it is assumed to wait for a lock."""
        self.n_given += 1
        self.work.put(step)
        until = time.monotonic() + PATIENCE
        while self.n_done < self.n_given and time.monotonic() < until:
            time.sleep(0.002)

    def _send(self, sql: str) -> object:
        if sql == "ROLLBACK":
            self.session.control(Rollback())
            return None
        reads = sql.startswith("SELECT")
        rows = self.session.run(sql, reads=reads)
        return [(int(a), int(b)) for a, b in rows] if reads else rows


def shows_anomaly(schedule: Schedule, database: Database, level: str) -> bool:
    """Whether a schedule shows its anomaly on a server at a level."""
    control = database.session()
    control.run("DELETE FROM test", reads=False)
    control.run("INSERT INTO test (id, value) VALUES (1, 10), (2, 20)", reads=False)
    clients = {number: Client(database.session(level)) for number in sorted({s.session for s in schedule.steps})}
    threads = [threading.Thread(target=client.run, daemon=True) for client in clients.values()]
    for client, thread in zip(clients.values(), threads, strict=True):
        client.session.begin(Begin())
        thread.start()
    for step in schedule.steps:
        clients[step.session].give(step)
    for client, thread in zip(clients.values(), threads, strict=True):
        client.work.put(None)
        thread.join(60)
        client.session.close()
    answers = {name: answer for client in clients.values() for name, answer in client.answers.items()}
    for step in schedule.steps:  # a step that was never sent has no answer
        answers.setdefault(step.name, None)
    end = [(int(a), int(b)) for a, b in control.run("SELECT id, value FROM test ORDER BY id")]
    control.close()
    return schedule.shows(answers, end)


def results(database: Database) -> Iterator[dict[str, str]]:
    """Every level and anomaly of one server: database, version, isolation, anomaly, meaning, found, published."""
    control = database.session()
    control.run("CREATE TABLE test (id INT PRIMARY KEY, value INT)", reads=False)
    control.close()
    for level in LEVELS[database.name]:
        for anomaly in ANOMALIES:
            if shows_anomaly(anomaly.schedule, database, level):
                outcome = HAPPENS
            elif anomaly.writing is not None and shows_anomaly(anomaly.writing, database, level):
                outcome = READ_ONLY
            else:
                outcome = PREVENTED
            yield {
                "database": database.name, "version": database.version(), "isolation": level,
                "anomaly": anomaly.name, "meaning": anomaly.meaning, "found": outcome,
                "published": published(database.name, level, anomaly.name),
            }  # fmt: skip


def table(databases: list[Database]) -> pd.DataFrame:
    """The results of running servers as a table."""
    return pd.DataFrame([result for database in databases for result in results(database)])
