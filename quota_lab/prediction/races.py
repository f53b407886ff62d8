"""Predicts the faults of two requests that meet from the trace of each, without running a schedule.

The method is that of ACIDRain (Warszawski and Bailis 2017): conflicting statements of the two requests are edges, and a
race is a cycle of edges that the isolation level and the locks allow. The tables in a cycle determine its fault:

- over_admission: neither check sees the rows of the other request;
- false_refusal: each request rechecks after others can see its rows, and sees the rows of the other; or a check counts
  one request twice, as a row and as a reservation;
- drift, leak: a tally is computed from a value that the other request has changed since; or from rows that are added to
  the tally a second time or not at all; or the other request deletes a reservation that is still needed;
- duplicate_usage: neither request finds the usage row, and both insert one.
"""

from collections.abc import Iterator
from itertools import product

from quota_lab.designs.base import Fault
from quota_lab.isolation import Rules
from quota_lab.prediction.orders import Before, Grid, Point, line
from quota_lab.prediction.sequential_trace import OWN, Trace
from quota_lab.prediction.side import Side, Tables, is_own

Wanted = tuple[Before, ...]
ADDS = ("create", "resize")


def predicted_faults(first: Trace, second: Trace, tables: Tables, level: Rules) -> frozenset[Fault]:
    """The faults that two requests can show when they meet, from the trace of each.

    Parameters
    ----------
    first, second : traces; with the same trace twice, a request meets another of its kind
    level : the rules of the server's isolation level; a transaction may set another level
    """
    return _Pair(first.for_client("a"), second.for_client("b"), tables, level).faults()


class _Pair:
    def __init__(self, first: Trace, second: Trace, tables: Tables, level: Rules) -> None:
        self.tables = tables
        self.sides = tuple(Side(who, trace, line(trace, level), tables) for who, trace in (("a", first), ("b", second)))
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
            *(("false_refusal", self._counted_twice(this, other)) for this, other in both),
            *(("drift", self._lost(this, other, self.tables.in_use)) for this, other in both),
            *(("leak", self._lost(this, other, self.tables.reserved)) for this, other in both),
            *(("drift", self._derived(this, other)) for this, other in both),
            *(("drift", self._taken_away(this, other)) for this, other in both),
            *((fault, self._duplicates(fault)) for fault in ("duplicate_usage", "leak")),
        ):
            if fault not in faults and any(self.grid.allows((*way, *self.always)) for way in ways):
                faults.add(fault)  # type: ignore[arg-type]
        return frozenset(faults)

    def _absences(self) -> Wanted:
        """The orders in which a request that inserts a usage row has not found that of the other, as its trace says."""
        a, b = self.sides
        misses: list[Before] = []
        for this, other in ((a, b), (b, a)):
            for read in self.points_without_row(this):
                misses += [
                    (this.who, read.seen_at, w.committed_at)
                    for w in other.points(self.tables.tallies, "insert")
                    if read.access.meets(w.access)
                ]
        return tuple(misses)

    def _turns_one_back(self) -> bool:
        """Whether both insert the usage row that neither has found, and a unique key refuses the second one."""
        refusing = self.tables.unique & self.tables.tallies
        inserts = [p for side in self.sides for p in side.points(refusing, "insert")]
        return bool(inserts) and all(self.points_without_row(side) for side in self.sides)

    def points_without_row(self, side: Side) -> list[Point]:
        """Reads that found no usage row, before the request inserted one."""
        inserts = [p.step for p in side.points(self.tables.tallies, "insert")]
        reads = side.points(self.tables.tallies, "read")
        return [p for p in reads if p.access.n_rows == 0 and inserts and p.step < max(inserts)]

    def _over_admission(self) -> Iterator[Wanted]:
        """Both add, and neither checks after the other has added."""
        yield from self._both_miss([side.checks() for side in self.sides])

    def _both_miss(self, checks: list[list[Point]]) -> Iterator[Wanted]:
        a, b = self.sides
        if not (a.trace.kind in ADDS and b.trace.kind in ADDS):
            return
        misses: list[list[Wanted]] = []
        for this, other, own_checks in ((a, b, checks[0]), (b, a, checks[1])):
            ways = [
                list(self._misses(this, check, other, write))
                for check in own_checks
                for write in other.writes(self.tables.counted)
                if check.access.conflicts(write.access)
            ]
            if own_checks and not ways:
                return  # its checks read only tables that the other never changes
            misses += ways
        yield from (sum(way, ()) for way in product(*misses))

    def _misses(self, this: Side, read: Point, other: Side, write: Point) -> Iterator[Wanted]:
        """The ways in which a read does not see a write."""
        yield ((this.who, read.seen_at, write.committed_at),)
        if own := self._own_number(this, read):
            yield ((this.who, own, write.step),)  # it reads only numbers up to its own, which is the lower one

    def _sees(self, this: Side, read: Point, other: Side, write: Point) -> Wanted:
        wanted: Wanted = ((other.who, write.committed_at, read.seen_at),)
        own = self._own_number(this, read)
        return (*wanted, (other.who, write.step, own)) if own else wanted

    @staticmethod
    def _own_number(this: Side, read: Point) -> int:
        """The step that assigned the number up to which a read counts; 0 if it counts all rows."""
        if not any(value.startswith(OWN) for _, value in read.access.bounded):
            return 0
        return max((p.step for p in this.points({read.access.table}, "insert") if p.step < read.step), default=0)

    def _see_each_other(self) -> Iterator[Wanted]:
        """Both pass although only one fits, then each sees the other's rows and withdraws its own."""
        a, b = self.sides
        passes = list(self._both_miss([side.early_checks() for side in self.sides]))
        for one, two in product(a.late_checks(), b.late_checks()):
            for write, other in product(b.writes(self.tables.rows), a.writes(self.tables.rows)):
                if one.access.conflicts(write.access) and two.access.conflicts(other.access):
                    views = (*self._sees(a, one, b, write), *self._sees(b, two, a, other))
                    yield from ((*way, *views) for way in passes)

    def _counted_twice(self, this: Side, other: Side) -> Iterator[Wanted]:
        """A check counts the other's row and also its reservation."""
        if not (this.trace.kind in ADDS and other.trace.kind in ADDS):
            return
        early = [p for p in this.points(self.tables.counted, "read") if p.step < this.admitted_at]
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
                        *self._sees(this, counting, other, row),
                        *self._sees(this, tallying, other, added),
                        (this.who, tallying.seen_at, ended.committed_at),
                    )

    def _lost(self, this: Side, other: Side, columns: frozenset[str]) -> Iterator[Wanted]:
        """A column is computed from a value that was read before the other request wrote it."""
        for write in this.points(self.tables.tallies, "update"):
            fixed = (write.access.columns & columns) - write.access.relative - write.access.compared
            if not fixed:
                continue
            reads = [p for p in this.points(self.tables.tallies, "read") if p.step < write.step]
            for update in other.points(self.tables.tallies, "update"):
                changed = update.access.columns - update.access.unchanged
                if changed & fixed and update.access.meets(write.access) and reads:
                    yield (
                        (this.who, reads[-1].seen_at, update.committed_at),
                        (other.who, update.committed_at, write.step),
                    )

    def _derived(self, this: Side, other: Side) -> Iterator[Wanted]:
        """A tally is set to a count of rows: a counted row is added again later, or a missed one was added before."""
        for count, tally in self._recounts(this):
            for row in other.writes(self.tables.rows):
                if not count.access.conflicts(row.access):
                    continue
                for update in other.points(self.tables.tallies, "update"):
                    if update.access.columns & self.tables.in_use and update.access.meets(tally.access):
                        yield (
                            *self._sees(this, count, other, row),
                            (this.who, tally.committed_at, update.step),
                        )
                        if tally.access.act != "insert" and tally.access.n_rows != 0:  # the row of both
                            yield (
                                (this.who, count.seen_at, row.committed_at),
                                (other.who, update.committed_at, count.step),
                            )

    def _recounts(self, side: Side) -> Iterator[tuple[Point, Point]]:
        """Counts of rows in a transaction that locks or writes the tally: if they differ, it sets the tally.

        A request that runs alone finds the tally right, so its trace need not contain the write.
        """
        for count in side.points(self.tables.rows, "read"):
            for tally in side.points(self.tables.tallies, "read", "insert", "update"):
                is_held = tally.access.is_locking or tally.access.is_write
                if is_held and tally.transaction == count.transaction and not is_own(count.access):
                    yield count, tally

    def _taken_away(self, this: Side, other: Side) -> Iterator[Wanted]:
        """The other request removes a row that a request has inserted and reads later."""
        for put, back in product(
            this.points(self.tables.reservations, "insert"), this.points(self.tables.reservations, "read")
        ):
            if put.committed_at >= back.step or not is_own(back.access):
                continue
            for removal in other.points(self.tables.reservations, "delete", "update"):
                if removal.access.conflicts(back.access) and not is_own(removal.access):
                    yield (
                        (this.who, put.committed_at, removal.step),
                        (other.who, removal.committed_at, back.seen_at),
                    )

    def _duplicates(self, fault: str) -> Iterator[Wanted]:
        """There are two usage rows, so a later commit may subtract from one the units reserved in the other."""
        a, b = self.sides
        if not (self.points_without_row(a) and self.points_without_row(b)):
            return
        if fault == "duplicate_usage":
            yield ()
        for side in self.sides:
            steps = [p.committed_at for p in side.points(self.tables.tallies, "insert")]
            again = [p for p in side.points(self.tables.tallies, "read") if p.step > max(steps)]
            if fault != "duplicate_usage" and any(not is_own(p.access) for p in again):
                yield ()
