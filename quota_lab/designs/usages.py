"""The usage rows and reservations of Liberty, and the statements that read and write them."""

from dataclasses import dataclass
from typing import NamedTuple

from quota_lab.statements import Rows, Statement, View

EVERYWHERE = 0  # in place of a project: a gap that belongs to no single project


class Usage(NamedTuple):
    """One cached tally row."""

    usage: int
    resource: str
    in_use: int
    reserved: int
    until_refresh: int


@dataclass(frozen=True, slots=True)
class ReadUsages(Statement):
    """All usage rows of a project in the order of their ids (nova bug 1485408), without a lock."""

    sql = (
        "SELECT usage_id, resource, in_use, reserved, until_refresh FROM quota_usages"
        " WHERE project_id = ? ORDER BY usage_id"
    )
    is_read = True
    project: int

    def model(self, view: View) -> Rows:
        """The rows in the client's snapshot."""
        return _usages(self, view, current=False)


@dataclass(frozen=True, slots=True)
class LockUsages(ReadUsages):
    """The same rows, locked. A missing row cannot be locked; MariaDB locks the gap instead."""

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
    """The first request creates the project's usage row, all zero; nothing forbids a second row."""

    sql = (
        "INSERT INTO quota_usages (project_id, resource, in_use, reserved, until_refresh) VALUES (?, ?, 0, 0, ?)"
        " RETURNING usage_id"
    )
    is_read = True
    project: int
    resource: str
    until_refresh: int

    def model(self, view: View) -> Rows:
        """One row with the id of the new usage row."""
        key = ("quota_usages", 1000 + view.number())
        view.insert(key, (self.project, self.resource, 0, 0, self.until_refresh), self.project)
        return [key[1:]]


@dataclass(frozen=True, slots=True)
class WriteUsage(Statement):
    """Write the tally as absolute numbers, computed from the values that were read, as an ORM does."""

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
class WriteReserved(Statement):
    """Write only the column `reserved`: an ORM sends only the columns that it has changed."""

    sql = "UPDATE quota_usages SET reserved = ? WHERE usage_id = ?"
    reserved: int
    usage: int

    def model(self, view: View) -> int:
        """1: usage rows are never deleted."""
        key = ("quota_usages", self.usage)
        view.touch(key)
        row = view.scan("quota_usages", current=True)[key]
        view.write(key, (*row[:3], self.reserved, row[4]))
        return 1


@dataclass(frozen=True, slots=True)
class AddUsage(Statement):
    """Change the tally by differences, which the database adds."""

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
    """Note the units that a request has reserved and not yet committed."""

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
        view.insert(key, (self.delta, self.project), EVERYWHERE)
        return 1


@dataclass(frozen=True, slots=True)
class LockReservations(Statement):
    """The open reservations of one request: usage id and delta, locked."""

    sql = "SELECT usage_id, delta FROM reservations WHERE request_id = ? ORDER BY usage_id {for_update}"
    is_read = True
    is_own = True
    request: int

    def model(self, view: View) -> Rows:
        """The rows as last committed, locked from now on."""
        rows = view.scan("reservations", current=True)
        keys = sorted(key for key in rows if key[1] == self.request)
        view.lock_rows(keys)
        # The index is by request: the server locks the gaps next to this request, the model locks all gaps.
        view.lock_gap("reservations", EVERYWHERE)
        return [(key[2], rows[key][0]) for key in keys]


@dataclass(frozen=True, slots=True)
class DeleteReservation(Statement):
    """Delete the reservations of one request."""

    sql = "DELETE FROM reservations WHERE request_id = ?"
    is_own = True
    request: int

    def model(self, view: View) -> int:
        """The number of rows removed."""
        keys = [key for key in view.scan("reservations", current=True) if key[1] == self.request]
        for key in keys:
            view.write(key, None)
        return len(keys)


@dataclass(frozen=True, slots=True)
class ReadExpired(Statement):
    """Reservations made before an instant: request, usage id, delta. Upstream's periodic task locks nothing."""

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
