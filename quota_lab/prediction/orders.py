"""The possible orders of two requests: their statements as a grid, without the moves that locks or snapshots prevent.

A point of the grid is the number of steps that each of the two has made. A lock or a stale snapshot prevents some
moves from a point, so two statements can run in a given order if a path through the grid remains. A request that is
rolled back starts again later, which is another path through the same grid.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from quota_lab.isolation import Rules, rules
from quota_lab.prediction.access import Access
from quota_lab.prediction.sequential_trace import Trace, Transaction

ROW, GAP, INSERT, INSERTED, MEETS, READS, WRITES, WRITER = (
    "row", "gap", "insert", "inserted", "meets", "reads", "writes", "writer",
)  # fmt: skip
EXCLUDES = {  # requested lock -> locks that another request may not hold
    ROW: {ROW}, INSERT: {GAP}, MEETS: {INSERTED}, READS: {WRITES}, WRITES: {READS, WRITES}, WRITER: {WRITER},
}  # fmt: skip
HELD = {ROW, GAP, INSERTED, READS, WRITES, WRITER}


class Lock(NamedTuple):
    """A kind of lock on the rows of an access; WRITER locks everything."""

    kind: str
    access: Access | None


@dataclass(frozen=True, slots=True)
class Point:
    """One access in a request; `step` counts from 1."""

    access: Access
    step: int
    seen_at: int  # the step whose committed state a read sees
    committed_at: int  # the step after which others can see a write
    transaction: int


@dataclass(slots=True)
class Line:
    """One request laid out for a level: its points, the locks that it requests and holds, and its fragile spans.

    `fragile` are (first step, last step, access): if another request commits a write to those rows between the two,
    the last step fails and the transaction starts again.
    """

    points: list[Point] = field(default_factory=list)
    requested: dict[int, list[Lock]] = field(default_factory=dict)
    held: dict[int, list[Lock]] = field(default_factory=dict)  # after that many steps
    fragile: list[tuple[int, int, Access | None]] = field(default_factory=list)
    commits: dict[int, list[Access]] = field(default_factory=dict)  # step -> the writes that are visible afterwards
    n_steps: int = 0


def line(trace: Trace, level: Rules) -> Line:
    """Lay out a trace at a level of a server."""
    laid = Line(held={0: []})
    for number, transaction in enumerate(trace.transactions):
        own_rules = rules(level.database, transaction.isolation) if transaction.isolation else level
        _lay(laid, transaction, number, own_rules)
    _add_swaps(laid)
    return laid


def _lay(laid: Line, transaction: Transaction, number: int, own_rules: Rules) -> None:
    first, holding = laid.n_steps, list[Lock]()
    snapshot: int | None = None
    if transaction.is_open and own_rules.has_one_writer and transaction.writes_first:
        laid.n_steps += 1
        laid.requested[laid.n_steps] = holding = [Lock(WRITER, None)]
        laid.held[laid.n_steps] = list(holding)
        snapshot = laid.n_steps
    if transaction.is_open and own_rules.snapshot_before_waiting:
        laid.n_steps += 1  # the snapshot is taken when the first statement starts, before it waits for a lock
        laid.held[laid.n_steps], snapshot = [], laid.n_steps
    start, last = laid.n_steps, laid.n_steps + len(transaction.accesses)
    end = last + transaction.is_open
    for step, access in enumerate(transaction.accesses, start + 1):
        is_current = access.is_write or access.is_locking
        if (
            snapshot is None
            and own_rules.has_snapshot
            and transaction.is_open
            and (own_rules.has_one_writer or not is_current)
        ):
            snapshot = step
        sees_snapshot = own_rules.has_snapshot and transaction.is_open and snapshot is not None
        if is_current and not (own_rules.fails_when_stale or own_rules.has_one_writer):
            sees_snapshot = False
        seen_at = (snapshot or step) if sees_snapshot else step
        laid.points.append(Point(access, step, seen_at, end if transaction.is_open else step, number))
        wanted = _locks(access, own_rules, is_open=transaction.is_open)
        laid.requested[step] = wanted
        holding = [*holding, *(lock for lock in wanted if lock.kind in HELD)]
        laid.held[step] = holding if transaction.is_open else []
        if snapshot is not None and snapshot < step and own_rules.fails_when_stale and _touches(access, own_rules):
            laid.fragile.append((snapshot, step, None if own_rules.has_one_writer else access))
    laid.n_steps = max(end, first)
    laid.held[laid.n_steps] = []
    laid.commits[laid.n_steps] = [access for access in transaction.accesses if access.is_write]
    if not transaction.is_open:
        laid.commits |= {n: [a] for n, a in enumerate(transaction.accesses, start + 1) if a.is_write}


def _touches(access: Access, own_rules: Rules) -> bool:
    if own_rules.has_one_writer:
        return access.is_write
    return access.act in ("update", "delete") or access.is_locking


def _locks(access: Access, own_rules: Rules, *, is_open: bool) -> list[Lock]:
    """The locks that an access requests."""
    if own_rules.has_one_writer:
        return [Lock(WRITER, None)] if access.is_write else []
    locks = []
    if access.act == "insert":
        locks += [Lock(INSERT, access), Lock(INSERTED, access)]
    elif (access.is_write or access.is_locking) and access.n_rows != 0:
        locks.append(Lock(ROW, access))
    if access.is_locking:
        locks += [Lock(MEETS, access)] * own_rules.meets_inserts + [Lock(GAP, access)] * own_rules.locks_gaps
    if own_rules.locks_reads and is_open and access.act == "read":
        locks.append(Lock(READS, access))
    if own_rules.locks_reads and access.is_write:
        locks.append(Lock(WRITES, access))
    return locks


def _add_swaps(laid: Line) -> None:
    """Add a fragile span for each update that compares with a value that was read before."""
    for point in laid.points:
        if point.access.swapped:
            earlier = [p for p in laid.points if p.step < point.step and _reads(p.access, point.access)]
            if earlier:
                laid.fragile.append((earlier[-1].seen_at, point.step, point.access))


def _reads(read: Access, write: Access) -> bool:
    return read.act == "read" and read.meets(write) and bool(write.swapped & read.columns)


Before = tuple[str, int, int]  # ("a", x, y): step x of the first comes before step y of the second; "b" the reverse


@dataclass(slots=True)
class Grid:
    """Two requests side by side."""

    a: Line
    b: Line
    cannot_a: set[tuple[int, int]] = field(init=False)  # the first cannot take its next step from there
    cannot_b: set[tuple[int, int]] = field(init=False)

    def __post_init__(self) -> None:
        self.cannot_a = _forbidden(self.a, self.b)
        self.cannot_b = {(i, j) for j, i in _forbidden(self.b, self.a)}

    def allows(self, wanted: Iterable[Before]) -> bool:
        """Whether both can run to their ends with all these steps in that order."""
        a_waits: dict[int, int] = {}  # step of the first -> the step that the second must have reached
        b_waits: dict[int, int] = {}
        for who, first, second in wanted:
            waits = b_waits if who == "a" else a_waits
            waits[second] = max(waits.get(second, 0), first)
        end = self.a.n_steps, self.b.n_steps
        reached, queue = {(0, 0)}, [(0, 0)]
        while queue:
            i, j = queue.pop()
            if (i, j) == end:
                return True
            nexts = []
            if i < end[0] and (i, j) not in self.cannot_a and j >= a_waits.get(i + 1, 0):
                nexts.append((i + 1, j))
            if j < end[1] and (i, j) not in self.cannot_b and i >= b_waits.get(j + 1, 0):
                nexts.append((i, j + 1))
            for point in nexts:
                if point not in reached:
                    reached.add(point)
                    queue.append(point)
        return False


def _forbidden(this: Line, other: Line) -> set[tuple[int, int]]:
    """The places (of this request, of the other) at which the next step of this one waits, or makes the other fail."""
    points = set()
    for i in range(this.n_steps):
        requested, commits = this.requested.get(i + 1, []), this.commits.get(i + 1, [])
        for j in range(other.n_steps + 1):
            if any(_excludes(lock, held) for lock in requested for held in other.held.get(j, [])) or _spoils(
                commits, other, j
            ):
                points.add((i, j))
    return points


def _excludes(lock: Lock, held: Lock) -> bool:
    if held.kind not in EXCLUDES.get(lock.kind, ()):
        return False
    return lock.access is None or held.access is None or lock.access.meets(held.access)


def _spoils(writes: list[Access], other: Line, j: int) -> bool:
    """Whether a commit of these writes would make a later step of the other request fail, which has reached step j."""
    return any(
        first <= j < last
        and (access is None or any(write.act != "insert" and _same_row(write, access) for write in writes))
        and bool(writes)
        for first, last, access in other.fragile
    )


def _same_row(write: Access, access: Access) -> bool:
    if not write.meets(access):
        return False
    return not access.swapped or write.act == "delete" or bool(write.columns & access.swapped)
