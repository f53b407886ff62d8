"""Quota designs put together at random from checks, locks and writes: for rules that were made on other designs."""

import random
from dataclasses import dataclass

from quota_lab.designs.base import Conflict, Design, OverQuota, insert, move, remove
from quota_lab.designs.counting import within
from quota_lab.designs.updating import AddWithinLimit, ReadTally, SwapTally
from quota_lab.statements import BumpGeneration, LockProject, ReadProject, Statement

CHECKS = ("rows", "tally", "guard", "swap", "generation")
RESOURCE = "cores"


@dataclass(frozen=True, slots=True)
class SetTally(Statement):
    """Write the tally as a number that was computed from what was read."""

    sql = "UPDATE tallies SET in_use = ? WHERE project_id = ? AND resource = ? AND slice = 0"
    new: int
    project: int
    resource: str

    def model(self, view):
        """1: the row is always there."""
        key = ("tallies", self.project, self.resource, 0)
        view.touch(key)
        view.write(key, (self.new, view.scan("tallies", current=True)[key][1]))
        return 1


@dataclass(frozen=True, slots=True)
class AddTally(Statement):
    """Change the tally by a difference, whatever the limit."""

    sql = "UPDATE tallies SET in_use = in_use + ? WHERE project_id = ? AND resource = ? AND slice = 0"
    delta: int
    project: int
    resource: str

    def model(self, view):
        """1: the row is always there."""
        key = ("tallies", self.project, self.resource, 0)
        view.touch(key)
        in_use, limit = view.scan("tallies", current=True)[key]
        view.write(key, (in_use + self.delta, limit))
        return 1


class Composed(Design):
    """A create is up to three transactions: what decides, what writes the rows, what looks again."""

    claims_resize = False

    def locked(self, request):
        """The project's row, where this design locks it, with a read before it where it has one."""
        if self.reads_first:
            yield ReadProject(request.project)
        if self.locks:
            yield LockProject(request.project)

    def check(self, request, delta):
        """Decide, and count the request in where there is a tally."""
        pool = request.pools[0]
        if self.checks in ("rows", "generation"):
            if delta > 0:
                yield from within(request)
            return
        if self.checks == "guard":
            if not (yield AddWithinLimit(delta, request.project, RESOURCE)):
                raise OverQuota
            return
        ((in_use, _),) = yield ReadTally(request.project, RESOURCE)
        if in_use + delta > pool.limit(RESOURCE):
            raise OverQuota
        if self.checks == "swap":
            if not (yield SwapTally(in_use + delta, request.project, RESOURCE, in_use)):
                raise Conflict("swap")
        elif self.is_relative:
            yield AddTally(delta, request.project, RESOURCE)
        else:
            yield SetTally(in_use + delta, request.project, RESOURCE)

    def moved(self, request, delta):
        """The decision and the rows, in one transaction or in two, in either order for a delete."""
        rows = insert if delta > 0 else remove

        def decide():
            yield from self.locked(request)
            yield from self.check(request, delta)

        def both():
            yield from decide()
            yield from rows(request)

        if self.checks == "generation" and delta > 0:
            yield from self.retried(lambda: self.generation(request))
        elif self.is_one_transaction:
            yield from self.transaction(both, writes_first=self.locks)
        else:
            steps = [decide, lambda: rows(request)]
            for step in steps if delta > 0 or not self.removes_first else reversed(steps):
                yield from self.transaction(step, writes_first=True)

    def generation(self, request):
        """Read the generation, decide, and write only where it still is the same."""
        ((generation,),) = yield ReadProject(request.project)
        yield from within(request)

        def body():
            if not (yield BumpGeneration(request.project, generation)):
                raise Conflict("swap")
            yield from insert(request)

        yield from self.once(body, writes_first=True)

    def create(self, request):
        """Decide and write, then perhaps look again."""
        yield from self.moved(request, request.amounts[0][1])
        if self.looks_again:
            try:
                yield from self.transaction(lambda: within(request, present=True))
            except OverQuota:
                yield from self.moved(request, -request.amounts[0][1])
                raise

    def delete(self, request):
        """The same with a negative difference."""
        yield from self.moved(request, -request.amounts[0][1])


def composed(seed):
    """One design by its number; the same number gives the same design."""
    chance = random.Random(seed)
    checks = chance.choice(CHECKS)
    settings = {
        "checks": checks, "name": f"Composed{seed}", "source": "invented", "claim": "none",
        "tally": "tallies" if checks in ("tally", "guard", "swap") else "",
        "locks": chance.random() < 0.4, "reads_first": chance.random() < 0.3,
        "is_one_transaction": chance.random() < 0.5, "is_relative": chance.random() < 0.5,
        "looks_again": checks in ("rows", "tally") and chance.random() < 0.4, "removes_first": chance.random() < 0.5,
    }  # fmt: skip
    return type(f"Composed{seed}", (Composed,), settings)


__all__ = ["composed", "move"]
