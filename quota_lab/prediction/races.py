"""Which faults two requests can show, predicted from the trace of each alone: no schedule is run.

In the manner of ACIDRain (Warszawski and Bailis 2017): statements of two requests that meet make edges, and a race is a
cycle of edges that the level and the locks allow. Which fault a cycle is, follows from the tables that it goes through:

- over_admission: neither check sees what the other request takes;
- false_refusal: each looks once more after its own rows can be seen, and sees the other's; or a check counts one
  request twice, as a row and as a reservation;
- drift, leak: a tally is written from what was read before another wrote it; or from rows whose own addition to the
  tally is on the other side of the write; or the reservation that a request wants to finish was taken away;
- duplicate_usage: neither finds the usage row, and both make one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product

from quota_lab.designs.base import Fault
from quota_lab.isolation import Rules
from quota_lab.prediction.access import Access
from quota_lab.prediction.orders import Before, Grid, Line, Point, line
from quota_lab.prediction.sequential_trace import OWN, Trace

Wanted = tuple[Before, ...]
ADDS = ("create", "resize")


@dataclass(frozen=True, slots=True)
class Tables:
    """What an engine's tables are for: rows that use quota, cached tallies, open reservations.

    `in_use` and `reserved` are columns of the tallies; `unique` are tables in which a second row for the same project
    and resource is turned back.
    """

    rows: frozenset[str]
    tallies: frozenset[str] = frozenset()
    reservations: frozenset[str] = frozenset()
    in_use: frozenset[str] = frozenset({"in_use"})
    reserved: frozenset[str] = frozenset({"reserved"})
    unique: frozenset[str] = frozenset()

    @property
    def counted(self) -> frozenset[str]:
        """All that a check can look at."""
        return self.rows | self.tallies | self.reservations


@dataclass(slots=True)
class _Side:
    """One of the two requests, laid out."""

    who: str  # "a" or "b"
    trace: Trace
    laid: Line
    tables: Tables
    admitted_at: int = field(init=False)  # from this step on its rows can be seen

    def __post_init__(self) -> None:
        steps = [p.committed_at for p in self.laid.points if p.access.is_write and p.access.table in self.tables.rows]
        self.admitted_at = max(steps, default=self.laid.n_steps)

    def points(self, tables: Iterable[str], *acts: str) -> list[Point]:
        """The accesses of some kinds to some tables."""
        return [p for p in self.laid.points if p.access.table in tables and p.access.act in acts]

    def writes(self, tables: Iterable[str]) -> list[Point]:
        """Every change of some tables."""
        return self.points(tables, "insert", "update", "delete")

    def guards(self) -> list[Point]:
        """Updates that compare what they change: check and change in one act."""
        return [p for p in self.writes(self.tables.counted) if p.access.compared]

    def late_checks(self) -> list[Point]:
        """Reads after its rows can be seen, of what it changes no more: only to look once more."""
        return [
            p
            for p in self.points(self.tables.counted, "read")
            if p.step > self.admitted_at
            and not _is_own(p.access)
            and not any(write.step > p.step for write in self.writes({p.access.table}))
        ]

    def early_checks(self) -> list[Point]:
        """What decides whether the request goes on to make its rows; what a guard checks again decides nothing."""
        reads = self.points(self.tables.counted, "read")
        return self.guards() or [p for p in reads if p.step < self.admitted_at and not _is_own(p.access)]

    def checks(self) -> list[Point]:
        """What decides whether the request fits: the last look."""
        return self.guards() or self.late_checks() or self.early_checks()


def _is_own(access: Access) -> bool:
    return any(value.startswith(OWN) for _, values in access.keys for value in values)


def predicted_faults(first: Trace, second: Trace, tables: Tables, level: Rules) -> frozenset[Fault]:
    """The faults that two requests can show when they meet, from the trace of each.

    Parameters
    ----------
    first, second : traces; one request may be both, and then meets another like it
    level : what the isolation level of the server means; a transaction that sets its own has that
    """
    return _Pair(first.for_client("a"), second.for_client("b"), tables, level).faults()


class _Pair:
    def __init__(self, first: Trace, second: Trace, tables: Tables, level: Rules) -> None:
        self.tables = tables
        self.sides = tuple(
            _Side(who, trace, line(trace, level), tables) for who, trace in (("a", first), ("b", second))
        )
        self.grid = Grid(self.sides[0].laid, self.sides[1].laid)
        self.always = self._absences()

    def faults(self) -> frozenset[Fault]:
        faults: set[Fault] = set()
        if self._turns_one_back():
            return frozenset()
        both = (self.sides, self.sides[::-1])
        for fault, ways in (
            ("over_admission", self._over_admission()),
            ("false_refusal", self._see_each_other()),
            *(("false_refusal", self._counted_twice(mine, other)) for mine, other in both),
            *(("drift", self._lost(mine, other, self.tables.in_use)) for mine, other in both),
            *(("leak", self._lost(mine, other, self.tables.reserved)) for mine, other in both),
            *(("drift", self._derived(mine, other)) for mine, other in both),
            *(("drift", self._taken_away(mine, other)) for mine, other in both),
            *((fault, self._duplicates(fault)) for fault in ("duplicate_usage", "leak")),
        ):
            if fault not in faults and any(self.grid.allows((*way, *self.always)) for way in ways):
                faults.add(fault)  # type: ignore[arg-type]
        return frozenset(faults)

    def _absences(self) -> Wanted:
        """A request that makes a usage row has not found the other's: otherwise its trace would be another."""
        a, b = self.sides
        misses: list[Before] = []
        for mine, other in ((a, b), (b, a)):
            for read in self.points_without_row(mine):
                misses += [
                    (mine.who, read.seen_at, w.committed_at)
                    for w in other.points(self.tables.tallies, "insert")
                    if read.access.meets(w.access)
                ]
        return tuple(misses)

    def _turns_one_back(self) -> bool:
        """Whether both make the row that neither has found, and a unique key lets only one of them have it."""
        inserts = [p for side in self.sides for p in side.points(self.tables.unique, "insert")]
        return bool(inserts) and all(self.points_without_row(side) for side in self.sides)

    def points_without_row(self, side: _Side) -> list[Point]:
        """Reads that found no usage row, before the request made one."""
        inserts = [p.step for p in side.points(self.tables.tallies, "insert")]
        reads = side.points(self.tables.tallies, "read")
        return [p for p in reads if p.access.n_rows == 0 and inserts and p.step < max(inserts)]

    def _over_admission(self) -> Iterator[Wanted]:
        """Both add, and no check of either sees what the other takes."""
        yield from self._both_miss([side.checks() for side in self.sides])

    def _both_miss(self, checks: list[list[Point]]) -> Iterator[Wanted]:
        a, b = self.sides
        if not (a.trace.kind in ADDS and b.trace.kind in ADDS):
            return
        misses: list[list[Wanted]] = []
        for mine, other, its in ((a, b, checks[0]), (b, a, checks[1])):
            ways = [
                list(self._misses(mine, check, other, write))
                for check in its
                for write in other.writes(self.tables.counted)
                if check.access.conflicts(write.access)
            ]
            if its and not ways:
                return  # its checks look at what the other never changes
            misses += ways
        yield from (sum(way, ()) for way in product(*misses))

    def _misses(self, mine: _Side, read: Point, other: _Side, write: Point) -> Iterator[Wanted]:
        """The ways in which a read does not see a write."""
        yield ((mine.who, read.seen_at, write.committed_at),)
        if own := self._own_number(mine, read):
            yield ((mine.who, own, write.step),)  # it looks only at numbers up to its own, and that was the lower

    def _sees(self, mine: _Side, read: Point, other: _Side, write: Point) -> Wanted:
        wanted: Wanted = ((other.who, write.committed_at, read.seen_at),)
        own = self._own_number(mine, read)
        return (*wanted, (other.who, write.step, own)) if own else wanted

    @staticmethod
    def _own_number(mine: _Side, read: Point) -> int:
        """The step that gave the number up to which a read looks; 0 where it looks at all."""
        if not any(value.startswith(OWN) for _, value in read.access.bounded):
            return 0
        return max((p.step for p in mine.points({read.access.table}, "insert") if p.step < read.step), default=0)

    def _see_each_other(self) -> Iterator[Wanted]:
        """Both pass where one fits, then each sees the other's rows and takes its own back."""
        a, b = self.sides
        passes = list(self._both_miss([side.early_checks() for side in self.sides]))
        for one, two in product(a.late_checks(), b.late_checks()):
            for write, other in product(b.writes(self.tables.rows), a.writes(self.tables.rows)):
                if one.access.conflicts(write.access) and two.access.conflicts(other.access):
                    views = (*self._sees(a, one, b, write), *self._sees(b, two, a, other))
                    yield from ((*way, *views) for way in passes)

    def _counted_twice(self, mine: _Side, other: _Side) -> Iterator[Wanted]:
        """A check sees the other's row, and what was reserved for it as well."""
        if not (mine.trace.kind in ADDS and other.trace.kind in ADDS):
            return
        early = [p for p in mine.points(self.tables.counted, "read") if p.step < mine.admitted_at]
        reserving = [p for p in other.writes(self.tables.counted - self.tables.rows) if p.step < other.admitted_at]
        ending = [p for p in other.writes(self.tables.counted - self.tables.rows) if p.step > other.admitted_at]
        for counting, tallying in product(early, early):
            if counting.access.table not in self.tables.rows or tallying.access.table in self.tables.rows:
                continue
            for row, added, ended in product(other.writes(self.tables.rows), reserving, ending):
                if (
                    counting.access.conflicts(row.access)
                    and tallying.access.conflicts(added.access)
                    and tallying.access.conflicts(ended.access)
                ):
                    yield (
                        *self._sees(mine, counting, other, row),
                        *self._sees(mine, tallying, other, added),
                        (mine.who, tallying.seen_at, ended.committed_at),
                    )

    def _lost(self, mine: _Side, other: _Side, columns: frozenset[str]) -> Iterator[Wanted]:
        """A column is written from what was read before another's write of it."""
        for write in mine.points(self.tables.tallies, "update"):
            fixed = (write.access.columns & columns) - write.access.relative - write.access.compared
            if not fixed:
                continue
            reads = [p for p in mine.points(self.tables.tallies, "read") if p.step < write.step]
            for theirs in other.points(self.tables.tallies, "update"):
                changed = theirs.access.columns - theirs.access.unchanged
                if changed & fixed and theirs.access.meets(write.access) and reads:
                    yield (
                        (mine.who, reads[-1].seen_at, theirs.committed_at),
                        (other.who, theirs.committed_at, write.step),
                    )

    def _derived(self, mine: _Side, other: _Side) -> Iterator[Wanted]:
        """A tally is set to what was counted, and a counted row's own addition to the tally is on the other side."""
        for count, tally in self._recounts(mine):
            for row in other.writes(self.tables.rows):
                if not count.access.conflicts(row.access):
                    continue
                for theirs in other.points(self.tables.tallies, "update"):
                    if theirs.access.columns & self.tables.in_use and theirs.access.meets(tally.access):
                        yield (
                            *self._sees(mine, count, other, row),
                            (mine.who, tally.committed_at, theirs.step),
                        )
                        if tally.access.act != "insert" and tally.access.n_rows != 0:  # it is the other's row as well
                            yield (
                                (mine.who, count.seen_at, row.committed_at),
                                (other.who, theirs.committed_at, count.step),
                            )

    def _recounts(self, side: _Side) -> Iterator[tuple[Point, Point]]:
        """Counts of rows in a transaction that locks or writes the tally: where they differ, the tally is set.

        Run alone, a request finds the tally right and need not write it, so a trace need not show the write.
        """
        for count in side.points(self.tables.rows, "read"):
            for tally in side.points(self.tables.tallies, "read", "insert", "update"):
                is_held = tally.access.is_locking or tally.access.is_write
                if is_held and tally.transaction == count.transaction and not _is_own(count.access):
                    yield count, tally

    def _taken_away(self, mine: _Side, other: _Side) -> Iterator[Wanted]:
        """What a request has put down for itself is removed by another before it comes back for it."""
        for put, back in product(
            mine.points(self.tables.reservations, "insert"), mine.points(self.tables.reservations, "read")
        ):
            if put.committed_at >= back.step or not _is_own(back.access):
                continue
            for removal in other.points(self.tables.reservations, "delete", "update"):
                if removal.access.conflicts(back.access) and not _is_own(removal.access):
                    yield (
                        (mine.who, put.committed_at, removal.step),
                        (other.who, removal.committed_at, back.seen_at),
                    )

    def _duplicates(self, fault: str) -> Iterator[Wanted]:
        """Two usage rows; whoever later asks for the project's row may take back from the other what it reserved."""
        a, b = self.sides
        if not (self.points_without_row(a) and self.points_without_row(b)):
            return
        if fault == "duplicate_usage":
            yield ()
        for side in self.sides:
            steps = [p.committed_at for p in side.points(self.tables.tallies, "insert")]
            again = [p for p in side.points(self.tables.tallies, "read") if p.step > max(steps)]
            if fault != "duplicate_usage" and any(not _is_own(p.access) for p in again):
                yield ()
