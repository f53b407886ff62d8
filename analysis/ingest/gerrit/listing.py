"""The list of a project's changes, complete even if it changes while it is read, and beyond any limit on offsets.

Gerrit lists newest first and refuses large offsets. So each page starts at the second at which the last one ended; a
change that is updated meanwhile moves to the top, where the next fetch finds it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import msgspec

from analysis.errors import ServerError
from analysis.ingest.gerrit.change_info import Change, check_project, identity, is_change_list, update_instant
from analysis.ingest.gerrit.client import Client
from analysis.ingest.json_body import excerpt
from analysis.ingest.pagination_guard import PaginationGuard
from analysis.ingest.response import BrokenAnswerError
from analysis.ingest.server_errors import DownError, RefusedError

PAGE = 100
SMALLEST = 1  # row of a page: a change that cannot be listed even alone is skipped
MAX_GAPS = 10  # consecutive unlistable changes: with more of them, the list itself is at fault
STEP_BACK = 10  # rows
PATIENCE = 2  # tries of a page before it is requested in halves: a page may be too large for the server

Gap = tuple[Change | None, str | None, ServerError]  # the facts about it, an instant that it is before, the reason
OnGap = Callable[[Change | None, str | None, ServerError], None]


@dataclass(frozen=True, slots=True)
class Place:
    """The place where the list goes on: before an instant, after `start` rows; and the changes listed there."""

    before: str | None = None
    start: int = 0
    seen: tuple[str, ...] = ()  # identities

    def to_json(self) -> dict[str, object]:
        """The place in the form that a checkpoint stores."""
        return {"before": self.before, "start": self.start, "seen": list(self.seen)}

    @classmethod
    def from_json(cls, fields: Mapping[str, object]) -> "Place":
        """The inverse of `to_json`."""
        return msgspec.convert(fields, cls)


def pages(
    client: Client,
    query: str,
    options: Sequence[str],
    *,
    project: str,
    page: int = PAGE,
    start: Place | None = None,
    on_gap: OnGap = lambda row, before, failure: None,
) -> Iterator[tuple[list[Change], Place | None]]:
    """The new changes of each page, and the place to go on from after it; None at the end.

    The list ends only with a last row without `_more_changes`: servers silently shorten pages. A page that the server
    cannot produce is requested in halves. A change that it cannot list even alone is skipped and reported to `on_gap`,
    with the row without options (or None), and an instant that it is before.
    """
    place: Place | None = start or Place()
    size = page
    gaps: list[Gap] = []
    guard = PaginationGuard(f"the list of {project}'s changes")
    while place:
        try:
            rows = _page(client, query, options, project, place, size)
        except DownError:
            raise
        except ServerError as failure:
            if isinstance(failure, RefusedError):
                raise
            if size > SMALLEST:
                size = max(SMALLEST, size // 2)
                continue
            if len(gaps) >= MAX_GAPS:
                raise
            gap, place = _pass_over(client, query, project, place, failure)
            gaps.append(gap)
            continue
        size = min(page, size * 2)
        while gaps:  # only after something else could be listed: otherwise the list itself fails
            on_gap(*gaps.pop(0))
        next_place = _next_place(rows, place)
        by_identity = {identity(row): row for row in rows if "_number" in row}  # a page may contain a row twice
        guard.add(by_identity, place=next_place.before if next_place else None)
        seen_identities = set(place.seen)
        yield [row for name, row in by_identity.items() if name not in seen_identities], next_place
        place = next_place


def _pass_over(client: Client, query: str, project: str, place: Place, failure: ServerError) -> tuple[Gap, Place]:
    """An unlistable change, and the place after it; a request without options may at least show which change it is.

    The place is an offset, so that the change is not on the next page; if it was the last, that page is empty.
    """
    gap: Gap = None, place.before, failure
    behind = Place(place.before, (place.start or len(place.seen)) + 1, place.seen)
    try:
        rows = _page(client, query, (), project, place, SMALLEST)
    except DownError:
        raise
    except ServerError:
        return gap, behind
    for row in rows:
        if "_number" in row and identity(row) not in place.seen:
            return (row, place.before, failure), replace(behind, seen=(*place.seen, identity(row)))
    return gap, behind


def _page(client: Client, query: str, options: Sequence[str], project: str, place: Place, size: int) -> list[Change]:
    # The rows of the second in which the last page ended come again: they are asked for on top, so that a page brings
    # `size` new ones.
    parameters = [("q", query + (f' before:"{place.before}"' if place.before else ""))]
    parameters += [("n", str(size + (0 if place.start else len(place.seen))))]
    parameters += [("S", str(place.start))] if place.start else []
    tries = PATIENCE if size > SMALLEST else None
    return client.get_with("changes/", parameters, options, read=lambda rows: _check_rows(rows, project), tries=tries)


def _check_rows(rows: object, project: str) -> list[Change]:
    if not is_change_list(rows):
        raise BrokenAnswerError(f"no list of changes: {excerpt(str(rows))}")
    for row in rows:
        if "_number" in row:
            check_project(row, project)
    if rows and not any("_number" in row for row in rows):
        raise BrokenAnswerError("a page that says that there is more, but neither where nor what")
    is_last_alone = len(rows) == 1 and not rows[0].get("_more_changes")
    if rows and not is_last_alone and not any(update_instant(row) for row in rows):
        raise BrokenAnswerError(
            f"no change, by its time: {excerpt(str(rows[0]))}"
        )  # it is unknown where the list goes on
    return rows


def _next_place(rows: list[Change], place: Place) -> Place | None:
    if not rows or not rows[-1].get("_more_changes"):
        return None
    changes = [row for row in rows if "_number" in row]
    instants = [instant for row in changes if (instant := update_instant(row))]
    # `before` is inclusive, and precise to the second on some servers only: begin at the end of the last one.
    end = min(instants).replace(microsecond=0) + timedelta(seconds=1)
    last_second = tuple(identity(row) for row in changes if (update_instant(row) or end) <= end)
    before = end.strftime("%Y-%m-%d %H:%M:%S")
    if place.before is None or before < place.before:
        return Place(before, 0, last_second)
    # A second with more changes than a page, or a server that does not heed `before`. Ask for more at once; where the
    # server cuts that, go on by offset, a few rows back in case some have left that second meanwhile.
    is_cut = place.start > 0 or set(last_second) <= set(place.seen)
    step = len(rows) - min(STEP_BACK, len(rows) // 2)
    return Place(place.before, place.start + step * is_cut, tuple(dict.fromkeys(place.seen + last_second)))
