"""A small model of a database, on which every schedule can be tried: rows, transactions, snapshots and locks.

The model allows more schedules than a server: it grants locks in any order. Only clients that visibly wait are served
in the order of their arrival, because their snapshots depend on it.
Comments state what the model leaves out; the replay on real servers checks it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from quota_lab.designs.base import Conflict
from quota_lab.isolation import Rules, rules
from quota_lab.statements import Begin, Commit, Key, Reply, Rollback, Statement, Step, Value

Name = tuple[object, ...]  # of a lock
Items = frozenset[tuple[Key, Value | None]]  # rows in a form that can be compared
EVERY_TABLE = "*"


class Blocked(Exception):
    """The statement must wait for the lock `name`."""

    def __init__(self, name: Name) -> None:
        super().__init__(name)
        self.name = name


@dataclass(slots=True)
class Transaction:
    """An open transaction: its rules, the rows of its snapshot, its changes."""

    rules: Rules
    snapshot: dict[Key, Value] | None = None
    snapshot_items: Items | None = None  # the snapshot in a form that can be compared
    changed: dict[Key, Value | None] = field(default_factory=dict)


class Lock(NamedTuple):
    """The holders of a lock: one exclusively, or several that share it."""

    alone: int | None = None
    together: frozenset[int] = frozenset()


@dataclass(slots=True)
class Model:
    """The committed rows, the open transactions and the locks; make a `copy` before a change.

    Rows, locks and the changes of a transaction are replaced, never changed in place, so that copies can share them.
    """

    rules: Rules
    rows: dict[Key, Value]
    transactions: dict[int, Transaction] = field(default_factory=dict)
    locks: dict[Name, Lock] = field(default_factory=dict)
    numbers: int = 0
    is_swept: bool = False  # a sweeper may touch the rows of another client's request
    row_items: Items = frozenset()  # the rows in a form that can be compared
    queue: tuple[tuple[int, Name], ...] = ()  # visible waits: client and lock, in the order of arrival
    tables_read: set[str] = field(default_factory=set)  # through any snapshot; shared by all copies

    def __post_init__(self) -> None:
        self.row_items = self.row_items or frozenset(self.rows.items())

    def copy(self, client: int) -> "Model":
        """A copy that this client can change without changing the original."""
        transactions = self.transactions.copy()
        if client in transactions:
            transaction = transactions[client]
            transactions[client] = Transaction(
                transaction.rules, transaction.snapshot, transaction.snapshot_items, transaction.changed
            )
        return Model(
            self.rules,
            self.rows,
            transactions,
            self.locks,
            self.numbers,
            self.is_swept,
            self.row_items,
            self.queue,
            self.tables_read,
        )

    def take(self, client: int, step: Step) -> Reply:
        """Carry out one step for one client; raise Blocked if it must wait, Conflict if it fails."""
        match step:
            case Begin():
                self._begin(client, step)
            case Commit():
                self._commit(client)
            case Rollback():
                self.drop(client)
            case Statement():
                return step.model(Window(self, client))
            case _:
                pass
        return None

    def is_local(self, client: int, step: Step) -> bool:
        """Whether no other client can notice if the step happens now or together with the client's next step."""
        if isinstance(step, Statement):
            open_one = self.transactions.get(client)
            rules = open_one.rules if open_one else self.rules
            takes_snapshot = rules.snapshot_before_waiting and open_one is not None and open_one.snapshot is None
            is_unseen = step.is_local or (step.is_own and not (self.is_swept or rules.locks_gaps))
            return is_unseen and not (rules.has_one_writer or rules.locks_reads or takes_snapshot)
        if isinstance(step, Begin):
            return not (self.rules.has_one_writer and step.writes_first)
        if isinstance(step, Commit):
            return not self.transactions[client].changed and not self._holds_lock(client)
        return True

    def takes_snapshot(self, client: int) -> bool:
        """Whether a client's next statement takes its snapshot before it waits."""
        transaction = self.transactions.get(client)
        return transaction is not None and transaction.snapshot is None and transaction.rules.snapshot_before_waiting

    def waiting(self, client: int, name: Name) -> "Model":
        """A copy in which the client has taken its snapshot and waits in the queue for the lock."""
        after = self.copy(client)
        after.take_snapshot(after.transactions[client])
        after.queue = (*self.queue, (client, name))
        return after

    def reason_to_lose(self, client: int) -> str:
        """The reason of a conflict among clients that wait for each other; PostgreSQL's SERIALIZABLE fails instead."""
        rules = self.transactions[client].rules if client in self.transactions else self.rules
        return "serialization" if rules.locks_reads and rules.database == "postgresql" else "deadlock"

    def drop(self, client: int) -> None:
        """Roll back, as the server does after a client has disconnected."""
        self.transactions.pop(client, None)
        self._leave_queue(client)
        self._release(client)

    def snapshot(self, client: int) -> Items | None:
        """The rows of a client's open snapshot, to compare states; None if it has none."""
        return self.transactions[client].snapshot_items if client in self.transactions else None

    def changed(self, client: int) -> Items | None:
        """The changes of a client's open transaction, to compare states; None if there are none."""
        transaction = self.transactions.get(client)
        return frozenset(transaction.changed.items()) if transaction and transaction.changed else None

    def acquire(self, client: int, name: Name, *, alone: bool) -> None:
        """Take a lock, or raise Blocked."""
        lock = self.locks.get(name, Lock())
        others = lock.together - {client}
        if (lock.alone is not None and lock.alone != client) or (alone and others) or self._is_behind(client, name):
            raise Blocked(name)
        self._leave_queue(client)
        if alone and lock.alone is None:
            self.locks = {**self.locks, name: Lock(client, lock.together)}
        elif not alone and client not in lock.together:
            self.locks = {**self.locks, name: Lock(lock.alone, lock.together | {client})}

    def _is_behind(self, client: int, name: Name) -> bool:
        ahead = [waiter for waiter, lock_name in self.queue if lock_name == name]
        return bool(ahead) and client not in ahead[:1] and self.locks.get(name, Lock()).alone != client

    def _leave_queue(self, client: int) -> None:
        if self.queue:
            self.queue = tuple(entry for entry in self.queue if entry[0] != client)

    def take_snapshot(self, transaction: Transaction) -> None:
        """Set a transaction's snapshot to the rows that are committed now."""
        transaction.snapshot, transaction.snapshot_items = self.rows, self.row_items

    def _begin(self, client: int, step: Begin) -> None:
        its_rules = rules(self.rules.database, step.isolation) if step.isolation else self.rules
        if its_rules.has_one_writer and step.writes_first:
            self.acquire(client, ("everything",), alone=True)
        self.transactions[client] = Transaction(its_rules)

    def _commit(self, client: int) -> None:
        changed = self.transactions.pop(client).changed
        if changed:
            rows = {**self.rows, **changed}
            self.rows = {key: value for key, value in rows.items() if value is not None}
            self.row_items = frozenset(self.rows.items())
        self._release(client)

    def _release(self, client: int) -> None:
        kept = {}
        for name, lock in self.locks.items():
            alone, together = None if lock.alone == client else lock.alone, lock.together - {client}
            if alone is not None or together:
                kept[name] = Lock(alone, together)
        self.locks = kept

    def _holds_lock(self, client: int) -> bool:
        return any(lock.alone == client or client in lock.together for lock in self.locks.values())


class Window:
    """One client's view of the model; it implements statements.View."""

    def __init__(self, model: Model, client: int) -> None:
        self.model = model
        self.client = client
        self.transaction = model.transactions.get(client) or Transaction(model.rules)
        self.is_open = client in model.transactions
        if self.is_open and self.transaction.rules.snapshot_before_waiting:
            self._snapshot()

    def scan(self, table: str, *, current: bool = False) -> dict[Key, Value]:
        """The rows that the client sees."""
        rules = self.transaction.rules
        if rules.locks_reads and self.is_open:
            self.model.acquire(self.client, ("all of", table), alone=False)
        rows = self.model.rows
        if rules.has_snapshot and self.is_open and (not current or rules.has_one_writer):
            self.model.tables_read.add(table)
            rows = self._snapshot()
        seen = {key: value for key, value in rows.items() if key[0] == table}
        for key, changed in self.transaction.changed.items():
            if key[0] == table:
                seen.pop(key, None)
                if changed is not None:
                    seen[key] = changed
        return seen

    def lock(self, table: str, project: int, keys: Sequence[Key]) -> None:
        """SELECT FOR UPDATE of all rows of a project in a table."""
        if self.transaction.rules.meets_inserts:
            self._wait_for(("inserted", table, project))
        self.lock_rows(keys)
        self.lock_gap(table, project)

    def lock_rows(self, keys: Sequence[Key]) -> None:
        """SELECT FOR UPDATE of existing rows; SQLite has no such lock."""
        if not self.transaction.rules.has_one_writer:
            for key in keys:
                self.touch(key)

    def lock_gap(self, table: str, project: int) -> None:
        """Prevent inserts by others, if the level does so."""
        if self.transaction.rules.locks_gaps:
            self.model.acquire(self.client, ("gap", table, project), alone=False)

    def touch(self, key: Key) -> None:
        """Lock one row exclusively; raise Conflict if the row has changed since the snapshot."""
        if self.transaction.rules.has_one_writer:
            self._become_the_writer()
            return
        self.model.acquire(self.client, ("row", key), alone=True)
        snapshot = self.transaction.snapshot
        if self.transaction.rules.fails_when_stale and snapshot is not None:
            self.model.tables_read.add(key[0])
            if snapshot.get(key) != self.model.rows.get(key):
                raise Conflict("serialization")

    def write(self, key: Key, value: Value | None) -> None:
        """Change or delete a row."""
        self.touch(key)
        if self.transaction.rules.locks_reads:
            self.model.acquire(self.client, ("all of", key[0]), alone=True)
        self.transaction.changed = {**self.transaction.changed, key: value}

    def insert(self, key: Key, value: Value, project: int) -> None:
        """Insert a row; wait for clients that have locked the gap."""
        if self.transaction.rules.has_one_writer:
            self._become_the_writer()
        self._wait_for(("gap", key[0], project))
        if self.transaction.rules.locks_reads:
            self.model.acquire(self.client, ("all of", key[0]), alone=True)
        if self.transaction.rules.meets_inserts:
            self.model.acquire(self.client, ("inserted", key[0], project), alone=False)
        self.transaction.changed = {**self.transaction.changed, key: value}

    def number(self) -> int:
        """The next automatic number."""
        self.model.numbers += 1
        return self.model.numbers

    def _wait_for(self, name: Name) -> None:
        if self.model.locks.get(name, Lock()).together - {self.client}:
            raise Blocked(name)

    def _snapshot(self) -> dict[Key, Value]:
        if self.transaction.snapshot is None:
            self.model.take_snapshot(self.transaction)
        return self.transaction.snapshot or {}

    def _become_the_writer(self) -> None:
        self.model.acquire(self.client, ("everything",), alone=True)
        self.model.tables_read.add(EVERY_TABLE)
        if self.transaction.snapshot is not None and self.transaction.snapshot != self.model.rows:
            raise Conflict("busy")
