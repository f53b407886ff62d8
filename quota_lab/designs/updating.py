"""Designs that check and change in one UPDATE: conditional, compare and swap, generation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from quota_lab.designs.base import Conflict, Design, Fault, OverQuota, Request, Steps, move, thinking
from quota_lab.designs.counting import within
from quota_lab.statements import BumpGeneration, Key, ReadProject, Rows, Statement, Think, View


def change_tally(view: View, key: Key, change: Callable[[int, int], int | None]) -> int:
    """Run an UPDATE of one tally on the model, and return the number of changed rows.

    `change` maps in_use and hard_limit to the new in_use, or to None if the WHERE does not hold.
    """
    view.touch(key)
    in_use, hard_limit = view.scan("tallies", current=True)[key]
    new = change(in_use, hard_limit)
    if new is None:
        return 0
    view.write(key, (new, hard_limit))
    return 1


@dataclass(frozen=True, slots=True)
class AddWithinLimit(Statement):
    """Add to the tally if the sum stays within the hard limit; the answer is the number of changed rows."""

    sql = (
        "UPDATE tallies SET in_use = in_use + ?"
        " WHERE project_id = ? AND resource = ? AND slice = ? AND in_use + ? <= hard_limit"
    )
    delta: int
    project: int
    resource: str
    slice: int = 0

    def arguments(self) -> tuple[object, ...]:
        """The difference twice: once to add and once to compare."""
        return self.delta, self.project, self.resource, self.slice, self.delta

    def model(self, view: View) -> int:
        """1 if it fitted, else 0."""
        key = ("tallies", self.project, self.resource, self.slice)
        return change_tally(view, key, lambda used, limit: new if (new := used + self.delta) <= limit else None)


@dataclass(frozen=True, slots=True)
class ReadTally(Statement):
    """The tally and its hard limit, read without a lock."""

    sql = "SELECT in_use, hard_limit FROM tallies WHERE project_id = ? AND resource = ? AND slice = 0"
    is_read = True
    project: int
    resource: str

    def model(self, view: View) -> Rows:
        """One row."""
        return [view.scan("tallies")[("tallies", self.project, self.resource, 0)]]


@dataclass(frozen=True, slots=True)
class SwapTally(Statement):
    """Write the tally if it still has the value that was read."""

    sql = "UPDATE tallies SET in_use = ? WHERE project_id = ? AND resource = ? AND slice = 0 AND in_use = ?"
    new: int
    project: int
    resource: str
    expected: int

    def model(self, view: View) -> int:
        """1 if it was still the same, else 0."""
        key = ("tallies", self.project, self.resource, 0)
        return change_tally(view, key, lambda used, _: self.new if used == self.expected else None)


def differences(request: Request) -> list[tuple[int, str, int]]:
    """The change of each tally: (project, resource, difference), the root first, always in this order."""
    sign = -1 if request.kind == "delete" else 1
    return [
        (pool.project, resource, sign * amount)
        for pool in reversed(request.pools)
        for resource, amount in sorted(request.amounts)
    ]


def add_within(request: Request) -> Steps:
    """Add the request to every tally that it counts against, or raise OverQuota."""
    for project, resource, delta in differences(request):
        if not (yield AddWithinLimit(delta, project, resource)):
            raise OverQuota


class ConditionalUpdate(Design):
    """One conditional UPDATE for each tally, in the transaction that inserts the rows."""

    name = "ConditionalUpdate"
    raced_in: ClassVar[tuple[str, ...]] = ("smoke", "cold", "crash", "workers", "spread", "isolation", "wide")
    depends_on_level = True
    claims_exactness = True
    source = "the textbook; the table is Cinder's quota_usages with a unique key"
    claim = "exact, no retries, nothing to leak; holds the tally's row until the commit"
    tally = "tallies"
    claims_resize = True
    claims_resources = True
    claims_nesting = True

    def create(self, request: Request) -> Steps:
        """Add, think, insert, commit."""

        def body() -> Steps:
            yield from add_within(request)
            yield from thinking(request)
            yield from move(request)

        yield from self.transaction(body, writes_first=True)

    def delete(self, request: Request) -> Steps:
        """Subtract, delete, commit."""
        yield from self.create(request)

    def resize(self, request: Request) -> Steps:
        """Add or subtract the difference, change the rows, commit."""
        yield from self.create(request)


class ConditionalUpdateFirst(ConditionalUpdate):
    """The conditional UPDATE in one transaction, the rows in a second one."""

    name = "ConditionalUpdateFirst"
    raced_in: ClassVar[tuple[str, ...]] = ("crash",)
    source = "what is left of ConditionalUpdate when the rows live in another database or service"
    claim = "exact, and holds the tally's row only briefly"
    breaks: ClassVar[Mapping[Fault, str]] = {
        "drift": "a crash between the two transactions",
        "false_refusal": "the same: the tally stays too high",
    }
    claims_resize = False

    def create(self, request: Request) -> Steps:
        """Add and commit; think; insert and commit."""
        yield from self.transaction(lambda: add_within(request), writes_first=True)
        yield Think()
        yield from self.transaction(lambda: move(request), writes_first=True)

    def delete(self, request: Request) -> Steps:
        """Delete and commit, then subtract: after a crash in between, the design refuses too much, not too little."""
        yield from self.transaction(lambda: move(request), writes_first=True)
        yield from self.transaction(lambda: add_within(request), writes_first=True)


class CompareAndSwap(Design):
    """Read the tally, compute, and write it only if nobody has changed it; else start again."""

    name = "CompareAndSwap"
    claims_exactness = True
    source = "nova-specs kilo lock-free-quota-management (approved, never landed)"
    claim = "exact without locks; the price is retries"
    tally = "tallies"
    claims_resources = True
    claims_nesting = True

    def create(self, request: Request) -> Steps:
        """Read, think, then swap and insert in one transaction."""

        def attempt() -> Steps:
            # The read is outside the transaction: in a snapshot, the next attempt would read the same stale number.
            read = yield from self._read(request)
            yield from thinking(request)
            yield from self.once(lambda: self._swap(request, read), writes_first=True)

        yield from self.retried(attempt)

    def delete(self, request: Request) -> Steps:
        """Read, then swap with a negative difference, which always fits."""
        yield from self.create(request)

    def _read(self, request: Request) -> Steps:
        read: list[int] = []
        for project, resource, delta in differences(request):
            ((in_use, hard_limit),) = yield ReadTally(project, resource)
            if delta > 0 and in_use + delta > hard_limit:
                raise OverQuota
            read.append(in_use)
        return read

    def _swap(self, request: Request, read: list[int]) -> Steps:
        for (project, resource, delta), in_use in zip(differences(request), read, strict=True):
            if not (yield SwapTally(in_use + delta, project, resource, in_use)):
                raise Conflict("swap")
        yield from move(request)


class Generation(Design):
    """Read a generation, count the rows, and insert only if the generation has not changed."""

    name = "Generation"
    raced_in: ClassVar[tuple[str, ...]] = ("workers", "spread", "wide")
    claims_exactness = True
    source = "placement's resource provider generations; openstack-dev 2016-April (Pipes)"
    claim = "exact without a tally; the price is retries"
    claims_resources = True
    claims_nesting = True

    def create(self, request: Request) -> Steps:
        """Read, count, think, then raise the generation and insert in one transaction."""

        def attempt() -> Steps:
            read = yield from self._read(request)
            yield from within(request)
            yield Think()
            yield from self.once(lambda: self._insert(request, read), writes_first=True)

        yield from self.retried(attempt)

    def delete(self, request: Request) -> Steps:
        """Lower usage cannot make another admission wrong, so the generation does not change."""
        yield from self.transaction(lambda: move(request), writes_first=True)

    def _read(self, request: Request) -> Steps:
        read: list[int] = []
        for pool in reversed(request.pools):
            ((generation,),) = yield ReadProject(pool.project)
            read.append(generation)
        return read

    def _insert(self, request: Request, read: list[int]) -> Steps:
        for pool, generation in zip(reversed(request.pools), read, strict=True):
            if not (yield BumpGeneration(pool.project, generation)):
                raise Conflict("swap")
        yield from move(request)
