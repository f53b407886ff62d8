"""The statements of the designs: each has its SQL text and its effect on the explorer's model."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, TypeAlias

Row: TypeAlias = tuple[Any, ...]  # of the model or of a server: numbers, texts and NULL
Key: TypeAlias = Row
Value: TypeAlias = Row
Rows: TypeAlias = list[Row]
Reply: TypeAlias = Any  # the rows of a read, the number of rows of a write; None for other steps


class View(Protocol):
    """One client's view of the model database; `model.Window` implements it."""

    def scan(self, table: str, *, current: bool = False) -> dict[Key, Value]:
        """Rows of a table, in the client's snapshot or as last committed, with the client's own writes."""

    def lock(self, table: str, project: int, keys: Sequence[Key]) -> None:
        """Lock the rows of a SELECT FOR UPDATE and, if the database does so, the gap between them."""

    def lock_rows(self, keys: Sequence[Key]) -> None:
        """Lock the rows of a SELECT FOR UPDATE, and nothing between them."""

    def lock_gap(self, table: str, project: int) -> None:
        """Lock the gap only: others cannot insert, but this does not wait for rows that they have inserted."""

    def touch(self, key: Key) -> None:
        """Lock a row that an UPDATE is about to check and change."""

    def write(self, key: Key, value: Value | None) -> None:
        """Lock a row, and change it or (None) delete it."""

    def insert(self, key: Key, value: Value, project: int) -> None:
        """Insert a row; wait for clients that have locked the gap."""

    def number(self) -> int:
        """The next automatic number; a rollback does not give it back, as on the servers."""


class Statement:
    """One statement; `sql` uses `?` for arguments and `{for_update}` for the clause of a locking read."""

    sql: ClassVar[str] = ""
    is_read: ClassVar[bool] = False
    is_local: ClassVar[bool] = False  # nobody can notice it before the commit, so the explorer need not stop here
    is_own: ClassVar[bool] = False  # it touches only rows of its own request, which nobody but a sweeper touches
    moves_rows: ClassVar[bool] = False  # an instance's rows appear or vanish at the next commit

    def arguments(self) -> tuple[object, ...]:
        """The values for the question marks, in order."""
        return tuple(getattr(self, name) for name in self.__dataclass_fields__)  # type: ignore[attr-defined]

    def model(self, view: View) -> Reply:
        """Apply the statement to the model, and return the same answer: rows of a read, number of rows of a write."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Begin:
    """Open a transaction. `writes_first` says that its first statement locks; SQLite then begins IMMEDIATE."""

    writes_first: bool = False
    isolation: str = ""  # empty: the level in the settings of the race


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
    """Wait before another attempt, longer each time; `reason` says how the last attempt lost."""

    attempt: int
    reason: str


Step = Statement | Begin | Commit | Rollback | Think | Backoff


def total(rows: dict[Key, Value], projects: Sequence[int], resource: str, up_to: int | None = None) -> int:
    """The sum of the allocations of some projects in the model's rows."""
    return sum(
        amount
        for (_, _, its_resource), (project, amount, number) in rows.items()
        if its_resource == resource and project in projects and (up_to is None or number <= up_to)
    )


@dataclass(frozen=True, slots=True)
class CountAllocations(Statement):
    """The usage of a project and its child projects, counted from the rows."""

    sql = (
        "SELECT COALESCE(SUM(a.amount), 0) FROM allocations a JOIN projects p ON p.project_id = a.project_id"
        " WHERE (p.project_id = ? OR p.parent_id = ?) AND a.resource = ?"
    )
    is_read = True
    project: int
    resource: str
    children: tuple[int, ...] = ()

    def arguments(self) -> tuple[object, ...]:
        """The project twice: once as itself and once as a parent."""
        return self.project, self.project, self.resource

    def model(self, view: View) -> Rows:
        """One row with the sum."""
        return [(total(view.scan("allocations"), (self.project, *self.children), self.resource),)]


@dataclass(frozen=True, slots=True)
class CountAllocationsUpTo(Statement):
    """The usage of a project, counted from rows with numbers up to `number`."""

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
    """Insert the row that uses quota: an instance's amount of one resource."""

    sql = "INSERT INTO allocations (request_id, project_id, resource, amount) VALUES (?, ?, ?, ?)"
    is_local = True
    moves_rows = True
    request: int
    project: int
    resource: str
    amount: int

    def model(self, view: View) -> int:
        """Insert one row without a number: only the tie-break reads numbers."""
        view.insert(("allocations", self.request, self.resource), (self.project, self.amount, 0), self.project)
        return 1


@dataclass(frozen=True, slots=True)
class InsertNumbered(InsertAllocation):
    """InsertAllocation for a design that reads the automatic numbers."""

    is_local = False

    def model(self, view: View) -> int:
        """Insert one row; it gets its number now, although others see it only after the commit."""
        key, value = ("allocations", self.request, self.resource), (self.project, self.amount, view.number())
        view.insert(key, value, self.project)
        return 1


@dataclass(frozen=True, slots=True)
class ReadNumber(Statement):
    """The automatic number of the request's own row."""

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
    """Delete all rows of one instance."""

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
        """1, or 0 if the instance no longer exists."""
        key = ("allocations", self.request, self.resource)
        row = view.scan("allocations", current=True).get(key)
        if row is None:
            return 0
        view.write(key, (row[0], row[1] + self.delta, row[2]))
        return 1


@dataclass(frozen=True, slots=True)
class LockProject(Statement):
    """Lock the project's row; SQLite has no row locks, so its BEGIN IMMEDIATE locks everything instead."""

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
    """Read the project's generation without a lock."""

    sql = "SELECT generation FROM projects WHERE project_id = ?"
    is_read = True
    project: int

    def model(self, view: View) -> Rows:
        """One row with the generation; under snapshot isolation this read takes the snapshot."""
        return [view.scan("projects")[("projects", self.project)]]


@dataclass(frozen=True, slots=True)
class BumpGeneration(Statement):
    """Raise the project's generation if it has not changed since it was read."""

    sql = "UPDATE projects SET generation = generation + 1 WHERE project_id = ? AND generation = ?"
    project: int
    expected: int

    def model(self, view: View) -> int:
        """1 if it had not changed, else 0."""
        key = ("projects", self.project)
        view.touch(key)
        if view.scan("projects", current=True)[key] != (self.expected,):
            return 0
        view.write(key, (self.expected + 1,))
        return 1
