"""Designs that count the rows and lock nothing: Nova since Pike, with and without its recheck."""

from collections.abc import Mapping
from typing import ClassVar

from quota_lab.designs.base import Design, Fault, OverQuota, Request, Steps, insert, move, remove
from quota_lab.statements import CountAllocations, CountAllocationsUpTo, InsertNumbered, ReadNumber, Statement, Think


def within(request: Request, *, present: bool = False) -> Steps:
    """Raise OverQuota unless the counted rows leave room; with `present` the request's own rows are among them."""
    for pool in request.pools:
        for resource, amount in request.amounts:
            ((used,),) = yield CountAllocations(pool.project, resource, pool.children)
            if used + (0 if present else amount) > pool.limit(resource):
                raise OverQuota


class CountOnly(Design):
    """Count, and insert in a second transaction: Nova with `recheck_quota` off."""

    name = "CountOnly"
    raced_in: ClassVar[tuple[str, ...]] = ("smoke", "cold", "workers")
    source = "nova 16.0.0, [quota]recheck_quota=False"
    claim = "a burst may exceed the limit"
    breaks: ClassVar[Mapping[Fault, str]] = {"over_admission": "any two racers", "rows_over": "any two racers"}
    claims_resize = True
    claims_resources = True
    claims_nesting = True

    def create(self, request: Request) -> Steps:
        """Count, think, write."""
        yield from self.transaction(lambda: within(request))
        yield Think()
        yield from self.transaction(lambda: move(request), writes_first=True)

    def resize(self, request: Request) -> Steps:
        """Growing is counted like a create; shrinking is not counted."""
        if any(delta > 0 for _, delta in request.amounts):
            # Not self.create: upstream rechecks after a create only.
            yield from CountOnly.create(self, request)
        else:
            yield from self.transaction(lambda: move(request), writes_first=True)

    def delete(self, request: Request) -> Steps:
        """Delete the rows; there is nothing else to change."""
        yield from self.transaction(lambda: remove(request), writes_first=True)


class CountInTransaction(CountOnly):
    """Count and insert in one transaction, at the default isolation level."""

    name = "CountInTransaction"
    source = "the usual first repair of CountOnly"
    claim = "one transaction keeps others from coming between check and insert"
    claims_resize = False

    def create(self, request: Request) -> Steps:
        """Count, think, insert, commit."""

        def body() -> Steps:
            yield from within(request)
            yield Think()
            yield from insert(request)

        yield from self.transaction(body)


class CountAndRecheck(CountOnly):
    """Count, insert, count again, withdraw when over: Nova's default since Pike."""

    name = "CountAndRecheck"
    raced_in: ClassVar[tuple[str, ...]] = ("smoke", "cold", "crash", "workers", "wide")
    source = "nova eab1d4b5cc and 5c90b25e49 (Pike), [quota]recheck_quota=True"
    claim = "going over is impossible; a request may be refused although it fits"
    breaks: ClassVar[Mapping[Fault, str]] = {
        "false_refusal": "two racers see each other and both withdraw",
        "over_admission": "a resize, which is not counted again",
        "rows_over": "the same, or a crash between insert and recheck",
    }

    def create(self, request: Request) -> Steps:
        """CountOnly's create, then the recheck."""
        yield from super().create(request)
        try:
            yield from self.transaction(lambda: within(request, present=True))
        except OverQuota:
            yield from self.transaction(lambda: remove(request), writes_first=True)
            raise


class RecheckWithTieBreak(CountOnly):
    """The recheck counts only rows with numbers up to its own, so that only the later of two racers withdraws."""

    name = "RecheckWithTieBreak"
    raced_in: ClassVar[tuple[str, ...]] = ("cold",)
    source = "an obvious repair of CountAndRecheck; not upstream"
    claim = "of two racers at most one is refused, and going over is impossible"
    # A row gets its number at the insert but is visible after the commit: a lower number may appear after a recheck.
    breaks: ClassVar[Mapping[Fault, str]] = {
        "over_admission": "the lower number commits after the recheck of the higher one",
        "rows_over": "the same, or a crash between insert and recheck",
        "false_refusal": "a larger request with a lower number withdraws later",
    }
    claims_resize = False
    claims_nesting = False

    def create(self, request: Request) -> Steps:
        """Count, think, insert with numbers, recheck up to the own number."""
        yield from self.transaction(lambda: within(request))
        yield Think()
        yield from self.transaction(lambda: self._numbered(request), writes_first=True)
        try:
            yield from self.transaction(lambda: self._first_come(request))
        except OverQuota:
            yield from self.transaction(lambda: remove(request), writes_first=True)
            raise

    def _numbered(self, request: Request) -> Steps:
        for resource, amount in request.amounts:
            row: Statement = InsertNumbered(request.instance, request.project, resource, amount)
            yield row

    def _first_come(self, request: Request) -> Steps:
        for resource, _ in request.amounts:
            ((number,),) = yield ReadNumber(request.instance, resource)
            ((used,),) = yield CountAllocationsUpTo(request.project, resource, number)
            if used > request.pools[0].limit(resource):
                raise OverQuota
