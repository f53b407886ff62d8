"""Random quota designs, composed of checks, locks and writes, to test rules that were derived from other designs."""

import random
from dataclasses import dataclass

from quota_lab.designs.base import Conflict, Design, OverQuota, insert, remove
from quota_lab.designs.counting import within
from quota_lab.designs.updating import AddWithinLimit, ReadTally, SwapTally, change_tally
from quota_lab.statements import BumpGeneration, LockProject, ReadProject, Statement

CHECKS = ("rows", "tally", "guard", "swap", "generation")
RESOURCE = "cores"


@dataclass(frozen=True, slots=True)
class SetTally(Statement):
    """Write the tally as an absolute number, computed from a value that was read."""

    sql = "UPDATE tallies SET in_use = ? WHERE project_id = ? AND resource = ? AND slice = 0"
    new: int
    project: int
    resource: str

    def model(self, view):
        """1: the row always exists."""
        return change_tally(view, ("tallies", self.project, self.resource, 0), lambda *_: self.new)


@dataclass(frozen=True, slots=True)
class AddTally(Statement):
    """Change the tally by a difference, whatever the limit."""

    sql = "UPDATE tallies SET in_use = in_use + ? WHERE project_id = ? AND resource = ? AND slice = 0"
    delta: int
    project: int
    resource: str

    def model(self, view):
        """1: the row always exists."""
        return change_tally(view, ("tallies", self.project, self.resource, 0), lambda used, _: used + self.delta)


class Composed(Design):
    """A create of up to three transactions: one decides, one writes the rows, one rechecks."""

    claims_resize = False

    def locked(self, request):
        """Lock the project's row if this design does so, perhaps after a read."""
        if self.reads_first:
            yield ReadProject(request.project)
        if self.locks:
            yield LockProject(request.project)

    def check(self, request, delta):
        """Decide, and add the request to the tally if there is one."""
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
        """Decide and write the rows, in one transaction or in two, in either order for a delete."""
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
        """Read the generation, decide, and write only if it has not changed."""
        ((generation,),) = yield ReadProject(request.project)
        yield from within(request)

        def body():
            if not (yield BumpGeneration(request.project, generation)):
                raise Conflict("swap")
            yield from insert(request)

        yield from self.once(body, writes_first=True)

    def create(self, request):
        """Decide and write, then perhaps recheck."""
        yield from self.moved(request, request.amounts[0][1])
        if self.looks_again:
            try:
                yield from self.transaction(lambda: within(request, present=True))
            except OverQuota:
                yield from self.moved(request, -request.amounts[0][1])
                raise

    def delete(self, request):
        """Decide and write with a negative difference."""
        yield from self.moved(request, -request.amounts[0][1])


def composed(seed):
    """A design by its number; the same number gives the same design."""
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
