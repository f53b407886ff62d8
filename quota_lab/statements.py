"""The statements that designs are made of: each is its SQL text and, beside it, its meaning in the explorer's model."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, TypeAlias

Row: TypeAlias = tuple[Any, ...]  # of the model or of a server: numbers, texts and NULL, as the table has them
Key: TypeAlias = Row
Value: TypeAlias = Row
Rows: TypeAlias = list[Row]
Reply: TypeAlias = Any  # the rows of a read, the number of rows of a write; of other steps None


class View(Protocol):
    """One client's window on the model database; `model.Window` implements it."""

    def scan(self, table: str, *, current: bool = False) -> dict[Key, Value]:
        """Rows of a table: of the client's snapshot, or as last committed; own writes are always seen."""

    def lock(self, table: str, project: int, keys: Sequence[Key]) -> None:
        """Lock rows found by SELECT FOR UPDATE and, where the database does that, the gap between them."""

    def lock_rows(self, keys: Sequence[Key]) -> None:
        """Lock rows found by SELECT FOR UPDATE, and nothing between them."""

    def lock_gap(self, table: str, project: int) -> None:
        """Lock the gap alone: others may not insert, but what they have inserted is not waited for."""

    def touch(self, key: Key) -> None:
        """Lock a row that an UPDATE is about to look at and change."""

    def write(self, key: Key, value: Value | None) -> None:
        """Change or (None) delete a row, taking its lock."""

    def insert(self, key: Key, value: Value, project: int) -> None:
        """Add a row, waiting for whoever has locked the gap."""

    def number(self) -> int:
        """The next automatic number; like the servers', it is not given back by a rollback."""


class Statement:
    """One statement; `sql` uses `?` for arguments and `{for_update}` where a locking read says so."""

    sql: ClassVar[str] = ""
    is_read: ClassVar[bool] = False
    is_local: ClassVar[bool] = False  # nobody else can notice it before the commit: the explorer need not stop here
    is_own: ClassVar[bool] = False  # it touches rows of its own request alone, which only a sweeper touches too
    moves_rows: ClassVar[bool] = False  # it makes an instance's rows appear or vanish at the next commit

    def arguments(self) -> tuple[object, ...]:
        """The values for the question marks, in order."""
        return tuple(getattr(self, name) for name in self.__dataclass_fields__)  # type: ignore[attr-defined]

    def model(self, view: View) -> Reply:
        """Do the same to the model and answer the same: rows for a read, the number of rows for a write."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Begin:
    """Open a transaction. `writes_first` says that its first act locks; SQLite then begins IMMEDIATE."""

    writes_first: bool = False
    isolation: str = ""  # empty: the level that the cell asks for


@dataclass(frozen=True, slots=True)
class Commit:
    """End the transaction and keep it."""


@dataclass(frozen=True, slots=True)
class Rollback:
    """End the transaction and drop it; harmless when none is open."""


@dataclass(frozen=True, slots=True)
class Think:
    """Time spent on other work: images, networks, a message to another service."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """Wait before another attempt, longer each time; `reason` is what the attempt lost to."""

    attempt: int
    reason: str


Step = Statement | Begin | Commit | Rollback | Think | Backoff


def total(rows: dict[Key, Value], projects: Sequence[int], resource: str, up_to: int | None = None) -> int:
    """Sum of the allocations of some projects in model rows."""
    return sum(
        amount
        for (_, _, its_resource), (project, amount, number) in rows.items()
        if its_resource == resource and project in projects and (up_to is None or number <= up_to)
    )


@dataclass(frozen=True, slots=True)
class CountAllocations(Statement):
    """What a project uses, counted from the rows themselves, its child projects included."""

    sql = (
        "SELECT COALESCE(SUM(a.amount), 0) FROM allocations a JOIN projects p ON p.project_id = a.project_id"
        " WHERE (p.project_id = ? OR p.parent_id = ?) AND a.resource = ?"
    )
    is_read = True
    project: int
    resource: str
    children: tuple[int, ...] = ()

    def arguments(self) -> tuple[object, ...]:
        """The project twice: as itself and as a parent."""
        return self.project, self.project, self.resource

    def model(self, view: View) -> Rows:
        """One row with the sum."""
        return [(total(view.scan("allocations"), (self.project, *self.children), self.resource),)]


@dataclass(frozen=True, slots=True)
class CountAllocationsUpTo(Statement):
    """What a project uses, counting only rows numbered no later than `number`."""

    sql = "SELECT COALESCE(SUM(amount), 0) FROM allocations WHERE project_id = ? AND resource = ? AND number <= ?"
    is_read = True
    project: int
    resource: str
    number: int

    def model(self, view: View) -> Rows:
        """One row with the sum."""
        return [(total(view.scan("allocations"), (self.project,), self.resource, self.number),)]


@dataclass(frozen=True, slots=True)
class InsertAllocation(Statement):
    """The row that uses quota: an instance's share of one resource."""

    sql = "INSERT INTO allocations (request_id, project_id, resource, amount) VALUES (?, ?, ?, ?)"
    is_local = True
    moves_rows = True
    request: int
    project: int
    resource: str
    amount: int

    def model(self, view: View) -> int:
        """One row more, unnumbered: only the tie-break looks at numbers."""
        view.insert(("allocations", self.request, self.resource), (self.project, self.amount, 0), self.project)
        return 1


@dataclass(frozen=True, slots=True)
class InsertNumbered(InsertAllocation):
    """The same insert where the order of the automatic numbers matters."""

    is_local = False

    def model(self, view: View) -> int:
        """One row more; its number is taken now, though it is seen only after the commit."""
        key, value = ("allocations", self.request, self.resource), (self.project, self.amount, view.number())
        view.insert(key, value, self.project)
        return 1


@dataclass(frozen=True, slots=True)
class ReadNumber(Statement):
    """The automatic number that the request's own row was given."""

    sql = "SELECT number FROM allocations WHERE request_id = ? AND resource = ?"
    is_read = True
    is_own = True
    request: int
    resource: str

    def model(self, view: View) -> Rows:
        """One row with the number."""
        return [(view.scan("allocations")[("allocations", self.request, self.resource)][2],)]


@dataclass(frozen=True, slots=True)
class DeleteAllocations(Statement):
    """Give back everything that one instance uses."""

    sql = "DELETE FROM allocations WHERE request_id = ?"
    moves_rows = True
    request: int

    def model(self, view: View) -> int:
        """The number of rows removed."""
        keys = [key for key in view.scan("allocations", current=True) if key[1] == self.request]
        for key in keys:
            view.write(key, None)
        return len(keys)


@dataclass(frozen=True, slots=True)
class ChangeAllocation(Statement):
    """Resize: change what one instance uses of one resource."""

    sql = "UPDATE allocations SET amount = amount + ? WHERE request_id = ? AND resource = ?"
    moves_rows = True
    delta: int
    request: int
    resource: str

    def model(self, view: View) -> int:
        """1, or 0 when the instance has gone."""
        key = ("allocations", self.request, self.resource)
        row = view.scan("allocations", current=True).get(key)
        if row is None:
            return 0
        view.write(key, (row[0], row[1] + self.delta, row[2]))
        return 1


@dataclass(frozen=True, slots=True)
class LockProject(Statement):
    """Lock the project's row; SQLite has no row locks, its BEGIN IMMEDIATE locks everything instead."""

    sql = "SELECT generation FROM projects WHERE project_id = ? {for_update}"
    is_read = True
    project: int

    def model(self, view: View) -> Rows:
        """One row with the generation."""
        key = ("projects", self.project)
        view.lock("projects", self.project, [key])
        return [view.scan("projects", current=True)[key]]


@dataclass(frozen=True, slots=True)
class ReadProject(Statement):
    """Read the project's generation without locking anything."""

    sql = "SELECT generation FROM projects WHERE project_id = ?"
    is_read = True
    project: int

    def model(self, view: View) -> Rows:
        """One row with the generation; under snapshot isolation this is where the snapshot is taken."""
        return [view.scan("projects")[("projects", self.project)]]


@dataclass(frozen=True, slots=True)
class BumpGeneration(Statement):
    """Raise the project's generation if it still is the one that was read."""

    sql = "UPDATE projects SET generation = generation + 1 WHERE project_id = ? AND generation = ?"
    project: int
    expected: int

    def model(self, view: View) -> int:
        """1 if it was still the same, else 0."""
        key = ("projects", self.project)
        view.touch(key)
        if view.scan("projects", current=True)[key] != (self.expected,):
            return 0
        view.write(key, (self.expected + 1,))
        return 1
