"""Reserve and commit with a cached tally: Nova from Folsom to Ocata, Cinder today, and variants that go wrong."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from quota_lab.designs.base import Design, Fault, OverQuota, RaceOptions, Request, Steps, Tuning, move, thinking
from quota_lab.designs.usages import (
    AddUsage,
    DeleteReservation,
    InsertReservation,
    InsertUsage,
    LockReservations,
    LockUsages,
    ReadExpired,
    ReadUsages,
    Usage,
    WriteReserved,
    WriteUsage,
)
from quota_lab.statements import CountAllocations, Rows, Statement

BY_CRASH: dict[Fault, str] = {
    "drift": "a crash between the transactions",
    "leak": "a crash between the transactions",
    "false_refusal": "the reservation of a crashed request stays",
}
COLD: dict[Fault, str] = {
    "duplicate_usage": "two first requests (PostgreSQL)",
    "over_admission": "duplicate usage rows (PostgreSQL)",
    "rows_over": "duplicate usage rows (PostgreSQL)",
    "deadlock": "two first requests (MariaDB)",
}
UNLOCKED: dict[Fault, str] = {
    "over_admission": "two racers read the same number",
    "rows_over": "two racers read the same number",
    "duplicate_usage": "two first requests",
}


class ReserveAndCommit(Design):
    """Reserve under a lock, insert the rows, commit the reservation: three transactions for each request."""

    name = "ReserveAndCommit"
    raced_in: ClassVar[tuple[str, ...]] = ("smoke", "cold", "crash", "kill", "spread", "wide")
    depends_on_level = True
    claims_exactness = True
    source = "nova 12.0.0 (Liberty) nova/db/sqlalchemy/api.py quota_reserve, reservation_commit"
    claim = "the lock on the usage rows makes the cached tally exact"
    breaks: ClassVar[Mapping[Fault, str]] = BY_CRASH | COLD
    tally = "quota_usages"
    claims_resize = True
    claims_resources = True
    locks = True
    writes_absolute = True

    def create(self, request: Request) -> Steps:
        """Reserve, think, insert the rows, commit the reservation."""
        if not (yield from self.transaction(lambda: self._reserve(request), writes_first=self.locks)):
            raise OverQuota
        yield from thinking(request)
        yield from self.transaction(lambda: move(request), writes_first=True)
        yield from self.transaction(lambda: self._commit(request), writes_first=self.locks)

    def delete(self, request: Request) -> Steps:
        """Reserve a negative amount, delete the rows, commit: the tally falls only at the end."""
        yield from self.create(request)

    def resize(self, request: Request) -> Steps:
        """Reserve the difference, change the rows, commit."""
        yield from self.create(request)

    def sweep(self, request: Request) -> Steps:
        """Give back the units of expired reservations, without any lock, as upstream's periodic task does."""

        def body() -> Steps:
            expired = yield ReadExpired(request.project, request.now - self.tuning.expire_after)
            rows = yield ReadUsages(request.project)
            for usage in map(Usage._make, rows):
                yield from self._give_back(usage, expired)

        yield from self.transaction(body)

    def _give_back(self, usage: Usage, expired: Rows) -> Steps:
        of_usage = [(request, delta) for request, its_usage, delta in expired if its_usage == usage.usage]
        if of_usage:
            freed = sum(max(delta, 0) for _, delta in of_usage)
            yield WriteReserved(usage.reserved - freed, usage.usage)
        for reservation, _ in of_usage:
            yield DeleteReservation(reservation)

    def _reserve(self, request: Request) -> Steps:
        """Answer whether the request fits; a refusal is committed too, to keep the result of a refresh."""
        rows = yield from self._usages(request)
        changes: list[tuple[Usage, bool, int]] = []
        fits = True
        for resource, amount in request.amounts:
            delta = -amount if request.kind == "delete" else amount
            of_it = [row for row in rows if row.resource == resource]
            # Among duplicate rows only the last is written; the total counts all of them, as before the refresh.
            last = yield from self._last(request, resource, of_it)
            used = max(sum(row.in_use + row.reserved for row in of_it), last.in_use + last.reserved)
            fits = fits and (delta <= 0 or used + delta <= request.pools[0].limit(resource))
            changes.append((last, last not in of_it, delta))
        for last, is_changed, delta in changes:
            if fits:
                yield InsertReservation(request.request, last.usage, request.project, delta, request.now)
            yield from self._reserved(last, max(delta, 0) if fits else 0, is_changed=is_changed)
        return fits

    def _usages(self, request: Request) -> Steps:
        read: Statement = (LockUsages if self.locks else ReadUsages)(request.project)
        rows: Rows = yield read
        return [Usage._make(row) for row in rows]

    def _last(self, request: Request, resource: str, usages: Sequence[Usage]) -> Steps:
        """The row to write to, created if there is none; recounted if it is new, negative, or due for a refresh."""
        if usages and usages[-1].in_use >= 0 and usages[-1].until_refresh != 1:
            return usages[-1]._replace(until_refresh=max(usages[-1].until_refresh - 1, 0))
        refresh_every = self.tuning.refresh_every
        if usages:
            usage = usages[-1]
        else:
            ((number,),) = yield InsertUsage(request.project, resource, refresh_every)
            usage = Usage(number, resource, 0, 0, refresh_every)
        ((counted,),) = yield CountAllocations(request.project, resource)
        return usage._replace(in_use=counted, until_refresh=refresh_every)

    def _reserved(self, usage: Usage, reserved: int, *, is_changed: bool) -> Steps:
        if is_changed:
            yield WriteUsage(usage.in_use, usage.reserved + reserved, usage.until_refresh, usage.usage)
        elif reserved and self.writes_absolute:
            yield WriteReserved(usage.reserved + reserved, usage.usage)
        elif reserved:
            yield AddUsage(0, reserved, usage.usage)

    def _commit(self, request: Request) -> Steps:
        # Usages before reservations: this order fixed nova bug 1026709.
        usages = yield from self._usages(request)
        resource_of = {usage.usage: usage.resource for usage in usages}
        last: dict[str, Usage] = {usage.resource: usage for usage in usages}
        reservations: Sequence[tuple[int, int]] = yield LockReservations(request.request)
        for number, delta in reservations:
            usage, reserved = last[resource_of[number]], -max(delta, 0)
            write: Statement = AddUsage(delta, reserved, usage.usage)
            if self.writes_absolute:
                write = WriteUsage(usage.in_use + delta, usage.reserved + reserved, usage.until_refresh, usage.usage)
            yield write
        yield DeleteReservation(request.request)


class ReserveWithoutLock(ReserveAndCommit):
    """ReserveAndCommit without FOR UPDATE: two requests compute from the same number, and the last write wins."""

    name = "ReserveWithoutLock"
    source = "ReserveAndCommit on a cluster that ignores row locks (Galera, openstack-dev 2014-May/035264)"
    claim = "none"
    breaks: ClassVar[Mapping[Fault, str]] = UNLOCKED | {
        "drift": "the last absolute write wins",
        "leak": "the same, for what is reserved",
        "false_refusal": "a tally left too high",
    }
    locks = False


class ReserveRelative(ReserveWithoutLock):
    """ReserveWithoutLock that writes differences instead of absolute numbers."""

    name = "ReserveRelative"
    source = "the usual first repair of ReserveWithoutLock"
    claim = "the tally stays exact"
    breaks: ClassVar[Mapping[Fault, str]] = BY_CRASH | UNLOCKED
    writes_absolute = False


class ReserveWithRefresh(ReserveAndCommit):
    """ReserveAndCommit with a repairing recount every few reservations (`until_refresh`)."""

    name = "ReserveWithRefresh"
    race_options: ClassVar[RaceOptions] = {"refresh_every": 5}
    explored_tuning: ClassVar[Tuning | None] = Tuning(attempts=3, refresh_every=1)
    source = "nova 12.0.0 until_refresh; the recount sees rows whose reservation is not committed yet"
    claim = "a wrong tally repairs itself"
    breaks: ClassVar[Mapping[Fault, str]] = (
        BY_CRASH
        | COLD
        | {
            "drift": "the recount sees rows whose reservation is committed later, and counts them twice",
            "false_refusal": "the same: the tally is too high",
            "over_admission": "the same with a delete, which is subtracted twice: the tally is too low",
            "rows_over": "the same with a delete",
        }
    )


class ReserveWithExpiry(ReserveAndCommit):
    """ReserveAndCommit with a periodic task that gives back the units of old reservations."""

    name = "ReserveWithExpiry"
    raced_in: ClassVar[tuple[str, ...]] = ("crash",)
    race_options: ClassVar[RaceOptions] = {"expire_ms": 20.0}
    explored_tuning: ClassVar[Tuning | None] = Tuning(attempts=3, expire_after=1.0)
    source = "nova 12.0.0 reservation_expire, which locks nothing"
    claim = "the reservation of a crashed request is given back"
    breaks: ClassVar[Mapping[Fault, str]] = (
        BY_CRASH
        | COLD
        | {
            "drift": "a commit after the expiry finds nothing to commit",
            "over_admission": "the same: the tally is too low",
            "rows_over": "the same",
        }
    )
