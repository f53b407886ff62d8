"""This laboratory's own proposals: change the tally last, and split it, so that no row is locked during the work."""

from dataclasses import dataclass
from typing import ClassVar

from quota_lab.designs.base import OverQuota, Request, Steps, move, thinking
from quota_lab.designs.updating import AddWithinLimit, ConditionalUpdate, add_within, differences
from quota_lab.statements import Rows, Statement, View


@dataclass(frozen=True, slots=True)
class ReadRoom(Statement):
    """The room that is left in a tally over all its slices, read by one statement without a lock."""

    sql = "SELECT SUM(hard_limit) - SUM(in_use) FROM tallies WHERE project_id = ? AND resource = ?"
    is_read = True
    project: int
    resource: str

    def model(self, view: View) -> Rows:
        """One row with the room."""
        rows = view.scan("tallies").items()
        return [(sum(row[1] - row[0] for key, row in rows if key[1:3] == (self.project, self.resource)),)]


@dataclass(frozen=True, slots=True)
class LockSlices(Statement):
    """All slices of a tally and the room of each, locked in the order of their numbers."""

    sql = (
        "SELECT slice, hard_limit - in_use FROM tallies WHERE project_id = ? AND resource = ?"
        " ORDER BY slice {for_update}"
    )
    is_read = True
    project: int
    resource: str

    def model(self, view: View) -> Rows:
        """One row for each slice."""
        keys = sorted(k for k in view.scan("tallies", current=True) if k[1:3] == (self.project, self.resource))
        view.lock("tallies", self.project, keys)
        rows = view.scan("tallies", current=True)
        return [(key[3], rows[key][1] - rows[key][0]) for key in keys]


class AdmitLast(ConditionalUpdate):
    """Refuse early after a plain read; else insert, work, and run the conditional UPDATE last, just before COMMIT.

    Nobody sees the rows before they are admitted, and the tally's row is locked during the commit, not the work.
    The early refusal is exact: it reads one committed state, in which the request did not fit.
    """

    name = "AdmitLast"
    raced_in: ClassVar[tuple[str, ...]] = ("smoke", "crash", "kill", "spread", "isolation", "wide")
    depends_on_level = True
    claims_exactness = True
    source = "proposed here"
    claim = "ConditionalUpdate without holding the tally's row while the request works"

    def create(self, request: Request) -> Steps:
        """Read; insert, think, add, commit."""

        def body() -> Steps:
            yield from move(request)
            yield from thinking(request)
            yield from self.admit(request)

        yield from self.refuse_early(request)
        yield from self.transaction(body)

    def refuse_early(self, request: Request) -> Steps:
        """Raise OverQuota if a plain read shows that the request does not fit."""
        for project, resource, delta in differences(request):
            if delta > 0:
                ((room,),) = yield ReadRoom(project, resource)
                if delta > room:
                    raise OverQuota

    def admit(self, request: Request) -> Steps:
        """Add to the tallies, or raise OverQuota."""
        yield from add_within(request)


class SlicedTally(AdmitLast):
    """AdmitLast with each tally split into slices: most requests change one slice, so few of them meet.

    A slice may be negative, if quota was taken from another slice and given back here; only the sums are exact.
    When the request's own slice has no room, all slices are locked in order and the request takes from several.
    """

    name = "SlicedTally"
    raced_in: ClassVar[tuple[str, ...]] = ("crash", "wide")
    claims_exactness = True
    source = "proposed here, after O'Neil's escrow method (1986)"
    claim = "AdmitLast for one very busy project"
    slices = 4
    claims_resize = False

    def create(self, request: Request) -> Steps:
        """Read; insert, think, take from one slice, commit; if that slice is too small, repeat with all slices."""
        yield from self.refuse_early(request)
        try:
            yield from self.transaction(lambda: self._body(request, self._take_one(request)))
        except SliceTooSmall:
            yield from self.transaction(lambda: self._body(request, self._take_many(request)))

    def _body(self, request: Request, take: Steps) -> Steps:
        yield from move(request)
        yield from thinking(request)
        yield from take

    def _take_one(self, request: Request) -> Steps:
        for project, resource, delta in differences(request):
            if not (yield AddWithinLimit(delta, project, resource, request.request % self.slices)):
                raise SliceTooSmall

    def _take_many(self, request: Request) -> Steps:
        for project, resource, delta in differences(request):
            rows: list[tuple[int, int]] = yield LockSlices(project, resource)
            if delta > sum(room for _, room in rows):
                raise OverQuota
            yield from self._spread(delta, project, resource, rows)

    def _spread(self, delta: int, project: int, resource: str, rows: list[tuple[int, int]]) -> Steps:
        for number, room in sorted(rows, key=lambda row: -row[1]):
            part = min(room, delta)
            if part > 0:
                yield AddWithinLimit(part, project, resource, number)
                delta -= part


class SliceTooSmall(OverQuota):
    """One slice has no room; the others may."""
