"""One request of a pair that may race: its accesses to tables with a role in quota, and which of them are checks."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from quota_lab.prediction.access import Access
from quota_lab.prediction.orders import Line, Point
from quota_lab.prediction.sequential_trace import OWN, Trace


@dataclass(frozen=True, slots=True)
class Tables:
    """The roles of an engine's tables: rows that use quota, cached tallies, open reservations.

    `in_use` and `reserved` are columns of the tallies; `unique` are tables with a unique key, which refuse a second row
    for the same project and resource.
    """

    rows: frozenset[str]
    tallies: frozenset[str] = frozenset()
    reservations: frozenset[str] = frozenset()
    in_use: frozenset[str] = frozenset({"in_use"})
    reserved: frozenset[str] = frozenset({"reserved"})
    unique: frozenset[str] = frozenset()

    @property
    def counted(self) -> frozenset[str]:
        """The tables that a check can read."""
        return self.rows | self.tallies | self.reservations


@dataclass(slots=True)
class Side:
    """One of two requests that meet, laid out."""

    who: str  # "a" or "b"
    trace: Trace
    laid: Line
    tables: Tables
    admitted_at: int = field(init=False)  # the step after which others can see its rows

    def __post_init__(self) -> None:
        steps = [p.committed_at for p in self.laid.points if p.access.is_write and p.access.table in self.tables.rows]
        self.admitted_at = max(steps, default=self.laid.n_steps)

    def points(self, tables: Iterable[str], *acts: str) -> list[Point]:
        """Accesses of the given kinds to the given tables."""
        return [p for p in self.laid.points if p.access.table in tables and p.access.act in acts]

    def writes(self, tables: Iterable[str]) -> list[Point]:
        """Every change of the given tables."""
        return self.points(tables, "insert", "update", "delete")

    def guards(self) -> list[Point]:
        """Updates that check a column and change it in one statement."""
        return [p for p in self.writes(self.tables.counted) if p.access.compared]

    def late_checks(self) -> list[Point]:
        """Reads after others can see its rows, of tables that it does not change afterwards: rechecks."""
        return [
            p
            for p in self.points(self.tables.counted, "read")
            if p.step > self.admitted_at
            and not is_own(p.access)
            and not any(write.step > p.step for write in self.writes({p.access.table}))
        ]

    def early_checks(self) -> list[Point]:
        """The accesses that decide whether the request inserts its rows; if there are guards, only they decide."""
        reads = self.points(self.tables.counted, "read")
        return self.guards() or [p for p in reads if p.step < self.admitted_at and not is_own(p.access)]

    def checks(self) -> list[Point]:
        """The accesses that finally decide whether the request fits."""
        return self.guards() or self.late_checks() or self.early_checks()


def is_own(access: Access) -> bool:
    """Whether an access is limited to values that only its own request has."""
    return any(value.startswith(OWN) for _, values in access.keys for value in values)
