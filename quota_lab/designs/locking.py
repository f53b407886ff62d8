"""Designs that count the rows under protection: a lock on the project, or the database's SERIALIZABLE."""

from collections.abc import Mapping
from typing import ClassVar

from quota_lab.designs.base import Design, Fault, Request, Steps, move, remove
from quota_lab.designs.counting import within
from quota_lab.statements import LockProject, ReadProject, Think


class ProjectLock(Design):
    """Lock the project's row, count, insert, commit."""

    name = "ProjectLock"
    raced_in: ClassVar[tuple[str, ...]] = ("smoke", "spread", "isolation", "wide")
    depends_on_level = True
    claims_exactness = True
    source = "the textbook; the Liberty code's lock without its tally"
    claim = "exact, one project at a time; on PostgreSQL at READ COMMITTED only, where a wait takes no snapshot"
    claims_resize = True
    claims_resources = True
    claims_nesting = True

    def create(self, request: Request) -> Steps:
        """Lock, count, think, insert."""

        def body() -> Steps:
            yield from self._lock(request)
            yield from within(request)
            yield Think()
            yield from move(request)

        yield from self.transaction(body, writes_first=True)

    def delete(self, request: Request) -> Steps:
        """Deleting needs no lock: lower usage cannot make another admission wrong."""
        yield from self.transaction(lambda: remove(request), writes_first=True)

    def resize(self, request: Request) -> Steps:
        """Growing is a create of the difference; shrinking is a delete of it."""
        if any(delta > 0 for _, delta in request.amounts):
            yield from self.create(request)
        else:
            yield from self.transaction(lambda: move(request), writes_first=True)

    def _lock(self, request: Request) -> Steps:
        # The root comes first, so that every request takes the same locks in the same order.
        for pool in reversed(request.pools):
            yield LockProject(pool.project)


class ReadBeforeLock(ProjectLock):
    """ProjectLock after some other read, for instance of the limits."""

    name = "ReadBeforeLock"
    raced_in: ClassVar[tuple[str, ...]] = ("isolation",)
    depends_on_level = True
    source = "a trap: the read that comes first also takes the snapshot that the count will use"
    claim = "the lock makes it exact"
    breaks: ClassVar[Mapping[Fault, str]] = {
        "over_admission": "the count reads a snapshot older than the lock (REPEATABLE READ)",
        "rows_over": "the same",
    }
    claims_resize = False

    def create(self, request: Request) -> Steps:
        """Read, lock, count, think, insert."""

        def body() -> Steps:
            yield ReadProject(request.project)
            yield from self._lock(request)
            yield from within(request)
            yield Think()
            yield from move(request)

        yield from self.transaction(body)


class Serializable(Design):
    """Count and insert under SERIALIZABLE; the loser of a conflict retries."""

    name = "Serializable"
    raced_in: ClassVar[tuple[str, ...]] = ("spread",)
    claims_exactness = True
    source = "the SQL standard's answer"
    claim = "exact; the price is retries"
    isolation = "SERIALIZABLE"
    breaks: ClassVar[Mapping[Fault, str]] = {
        "deadlock": "the price (MariaDB): two who have counted both want to insert"
    }
    claims_resources = True
    claims_nesting = True

    def create(self, request: Request) -> Steps:
        """Count, think, insert, in one serializable transaction."""

        def body() -> Steps:
            yield from within(request)
            yield Think()
            yield from move(request)

        yield from self.transaction(body)

    def delete(self, request: Request) -> Steps:
        """Delete under SERIALIZABLE too: it protects transactions only from others at the same level."""
        yield from self.transaction(lambda: remove(request))
