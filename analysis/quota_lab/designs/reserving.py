"""Reserve and commit with a cached tally: Nova from Folsom to Ocata, Cinder today, and its ways to go wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from analysis.quota_lab.designs.base import Design, Fault, OverQuota, Request, Steps, insert, remove
from analysis.quota_lab.statements import CountAllocations, Rows, Statement, Think, View


class Usage(NamedTuple):
    """One cached tally row."""

    usage: int
    resource: str
    in_use: int
    reserved: int
    until_refresh: int


@dataclass(frozen=True, slots=True)
class ReadUsages(Statement):
    """All usage rows of a project in the order of their ids (nova bug 1485408), not locked."""

    sql = (
        "SELECT usage_id, resource, in_use, reserved, until_refresh FROM quota_usages"
        " WHERE project_id = ? ORDER BY usage_id"
    )
    is_read = True
    project: int

    def model(self, view: View) -> Rows:
        """The rows found in the client's snapshot."""
        return _usages(self, view, current=False)


@dataclass(frozen=True, slots=True)
class LockUsages(ReadUsages):
    """The same rows, locked. A row that is not there cannot be locked; MariaDB locks the gap instead."""

    sql = ReadUsages.sql + " {for_update}"

    def model(self, view: View) -> Rows:
        """The rows as last committed, locked from now on."""
        rows = _usages(self, view, current=True)
        view.lock("quota_usages", self.project, [("quota_usages", row[0]) for row in rows])
        return rows


def _usages(statement: ReadUsages, view: View, *, current: bool) -> Rows:
    rows = sorted(view.scan("quota_usages", current=current).items())
    return [(key[1], *value[1:]) for key, value in rows if value[0] == statement.project]


@dataclass(frozen=True, slots=True)
class InsertUsage(Statement):
    """A first request creates the project's usage row; nothing forbids a second one."""

    sql = "INSERT INTO quota_usages (project_id, resource, in_use, reserved, until_refresh) VALUES (?, ?, 0, 0, ?)"
    project: int
    resource: str
    until_refresh: int

    def model(self, view: View) -> int:
        """One row more, all zero."""
        key = ("quota_usages", 1000 + view.number())
        view.insert(key, (self.project, self.resource, 0, 0, self.until_refresh), self.project)
        return 1


@dataclass(frozen=True, slots=True)
class WriteUsage(Statement):
    """Write the tally back as absolute numbers computed from what was read, as an ORM does."""

    sql = "UPDATE quota_usages SET in_use = ?, reserved = ?, until_refresh = ? WHERE usage_id = ?"
    in_use: int
    reserved: int
    until_refresh: int
    usage: int

    def model(self, view: View) -> int:
        """1: usage rows are never deleted."""
        key = ("quota_usages", self.usage)
        view.touch(key)
        row = view.scan("quota_usages", current=True)[key]
        view.write(key, (*row[:2], self.in_use, self.reserved, self.until_refresh))
        return 1


@dataclass(frozen=True, slots=True)
class AddUsage(Statement):
    """Change the tally by differences, which the database adds up itself."""

    sql = "UPDATE quota_usages SET in_use = in_use + ?, reserved = reserved + ? WHERE usage_id = ?"
    in_use: int
    reserved: int
    usage: int

    def model(self, view: View) -> int:
        """1: usage rows are never deleted."""
        key = ("quota_usages", self.usage)
        view.touch(key)
        row = view.scan("quota_usages", current=True)[key]
        view.write(key, (*row[:2], row[2] + self.in_use, row[3] + self.reserved, row[4]))
        return 1


@dataclass(frozen=True, slots=True)
class InsertReservation(Statement):
    """What a request has reserved and not yet committed."""

    sql = "INSERT INTO reservations (request_id, usage_id, project_id, delta, made_at) VALUES (?, ?, ?, ?, ?)"
    is_local = True
    request: int
    usage: int
    project: int
    delta: int
    made_at: float

    def model(self, view: View) -> int:
        """One row more."""
        key = ("reservations", self.request, self.usage)
        view.insert(key, (self.delta, self.project), self.project)
        return 1


@dataclass(frozen=True, slots=True)
class LockReservations(Statement):
    """The open reservations of one request: usage id and delta, locked."""

    sql = "SELECT usage_id, delta FROM reservations WHERE request_id = ? ORDER BY usage_id {for_update}"
    is_read = True
    request: int

    def model(self, view: View) -> Rows:
        """The rows as last committed, locked from now on."""
        keys = [key for key in sorted(view.scan("reservations", current=True)) if key[1] == self.request]
        view.lock("reservations", 0, keys)
        rows = view.scan("reservations", current=True)
        return [(key[2], rows[key][0]) for key in keys]


@dataclass(frozen=True, slots=True)
class DeleteReservation(Statement):
    """Close the reservations of one request."""

    sql = "DELETE FROM reservations WHERE request_id = ?"
    request: int

    def model(self, view: View) -> int:
        """The number of rows removed."""
        keys = [key for key in view.scan("reservations", current=True) if key[1] == self.request]
        for key in keys:
            view.write(key, None)
        return len(keys)


@dataclass(frozen=True, slots=True)
class ReadExpired(Statement):
    """Reservations made before an instant: request, usage id, delta. The upstream sweeper locks nothing."""

    sql = (
        "SELECT request_id, usage_id, delta FROM reservations WHERE project_id = ? AND made_at < ? ORDER BY request_id"
    )
    is_read = True
    project: int
    before: float

    def model(self, view: View) -> Rows:
        """Every open reservation: the model's clock is always past the expiry."""
        rows = view.scan("reservations")
        return [(key[1], key[2], rows[key][0]) for key in sorted(rows) if rows[key][1] == self.project]


BY_CRASH: dict[Fault, str] = {
    "drift": "a crash between the transactions",
    "leak": "a crash between the transactions",
    "false_refusal": "what a dead request reserved stays reserved",
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
    """Reserve under a lock, insert the rows, commit the reservation: three transactions a request."""

    name = "ReserveAndCommit"
    source = "nova 12.0.0 (Liberty) nova/db/sqlalchemy/api.py quota_reserve, reservation_commit"
    claim = "the lock on the usage rows makes the cached tally exact"
    breaks: ClassVar[Mapping[Fault, str]] = BY_CRASH | COLD
    tally = "quota_usages"
    claims_resources = True
    locks = True
    writes_absolute = True

    def create(self, request: Request) -> Steps:
        """Reserve, think, insert, commit the reservation."""
        yield from self.transaction(lambda: self._reserve(request), writes_first=self.locks)
        yield Think()
        yield from self.transaction(lambda: insert(request), writes_first=True)
        yield from self.transaction(lambda: self._commit(request), writes_first=self.locks)

    def delete(self, request: Request) -> Steps:
        """Reserve a negative amount, destroy, commit: the tally falls only at the end."""
        yield from self.transaction(lambda: self._reserve(request), writes_first=self.locks)
        yield from self.transaction(lambda: remove(request), writes_first=True)
        yield from self.transaction(lambda: self._commit(request), writes_first=self.locks)

    def sweep(self, request: Request) -> Steps:
        """Give back what expired reservations hold, without any lock, as upstream's periodic task does."""

        def body() -> Steps:
            expired = yield ReadExpired(request.project, request.now - self.tuning.expire_after)
            rows = yield ReadUsages(request.project)
            for usage in map(Usage._make, rows):
                yield from self._give_back(usage, expired)

        yield from self.transaction(body)

    def _give_back(self, usage: Usage, expired: Rows) -> Steps:
        mine = [(request, delta) for request, its_usage, delta in expired if its_usage == usage.usage]
        if mine:
            freed = sum(max(delta, 0) for _, delta in mine)
            yield WriteUsage(usage.in_use, usage.reserved - freed, usage.until_refresh, usage.usage)
        for reservation, _ in mine:
            yield DeleteReservation(reservation)

    def _reserve(self, request: Request) -> Steps:
        rows = yield from self._usages(request)
        chosen: list[tuple[Usage, Usage, int]] = []
        for resource, amount in request.amounts:
            delta = -amount if request.kind == "delete" else amount
            of_it = [row for row in rows if row.resource == resource]
            # Duplicates: the project's total counts them all, but the last one is written to, as upstream does.
            last = yield from self._refreshed(request, resource, of_it[-1])
            used = sum(row.in_use + row.reserved for row in (*of_it[:-1], last))
            if delta > 0 and used + delta > request.pools[0].limit(resource):
                raise OverQuota
            chosen.append((of_it[-1], last, delta))
        for read, last, delta in chosen:
            yield InsertReservation(request.request, last.usage, request.project, delta, request.now)
            yield from self._change(last, in_use=0, reserved=max(delta, 0), rewrite=last != read)

    def _usages(self, request: Request) -> Steps:
        read: Statement = (LockUsages if self.locks else ReadUsages)(request.project)
        rows = [Usage._make(row) for row in (yield read)]
        missing = [resource for resource, _ in request.amounts if resource not in {row.resource for row in rows}]
        for resource in missing:
            yield InsertUsage(request.project, resource, self.tuning.refresh_every)
        if missing:
            rows = [Usage._make(row) for row in (yield read)]
        return rows

    def _refreshed(self, request: Request, resource: str, usage: Usage) -> Steps:
        if not self.tuning.refresh_every:
            return usage
        if usage.until_refresh > 1:
            return usage._replace(until_refresh=usage.until_refresh - 1)
        ((counted,),) = yield CountAllocations(request.project, resource)
        return usage._replace(in_use=counted, until_refresh=self.tuning.refresh_every)

    def _commit(self, request: Request) -> Steps:
        # Usages before reservations: the order that cured nova bug 1026709.
        read: Statement = (LockUsages if self.locks else ReadUsages)(request.project)
        usages = {row[0]: Usage._make(row) for row in (yield read)}
        reservations: Sequence[tuple[int, int]] = yield LockReservations(request.request)
        for usage, delta in reservations:
            yield from self._change(usages[usage], in_use=delta, reserved=-max(delta, 0))
        yield DeleteReservation(request.request)

    def _change(self, usage: Usage, *, in_use: int, reserved: int, rewrite: bool = False) -> Steps:
        write: Any = AddUsage(in_use, reserved, usage.usage)
        if self.writes_absolute or rewrite:
            write = WriteUsage(usage.in_use + in_use, usage.reserved + reserved, usage.until_refresh, usage.usage)
        yield write


class ReserveWithoutLock(ReserveAndCommit):
    """The same without FOR UPDATE: two requests compute from the same number, and the last write wins."""

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
    """Without FOR UPDATE, but with differences instead of absolute numbers."""

    name = "ReserveRelative"
    source = "the usual first repair of ReserveWithoutLock"
    claim = "the tally stays exact"
    breaks: ClassVar[Mapping[Fault, str]] = BY_CRASH | UNLOCKED
    writes_absolute = False


class ReserveWithRefresh(ReserveAndCommit):
    """Under the lock, with the self-healing recount every few reservations (`until_refresh`)."""

    name = "ReserveWithRefresh"
    source = "nova 12.0.0 until_refresh; the recount sees rows whose reservation is not committed yet"
    claim = "a wrong tally repairs itself"
    breaks: ClassVar[Mapping[Fault, str]] = (
        BY_CRASH
        | COLD
        | {
            "drift": "the recount sees rows whose reservation is committed later, and counts them twice",
            "false_refusal": "the same: the tally is too high",
        }
    )


class ReserveWithExpiry(ReserveAndCommit):
    """Under the lock, with a periodic task that gives back what old reservations hold."""

    name = "ReserveWithExpiry"
    source = "nova 12.0.0 reservation_expire, which locks nothing"
    claim = "what a dead request reserved comes back"
    breaks: ClassVar[Mapping[Fault, str]] = (
        BY_CRASH
        | COLD
        | {
            "drift": "a commit after the expiry finds nothing to commit",
            "over_admission": "the same: the tally is too low",
            "rows_over": "the same",
        }
    )
