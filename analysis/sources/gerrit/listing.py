"""The list of a project's changes, complete even while it changes under the reader, and past any limit on offsets.

Gerrit lists newest first and refuses offsets beyond some page. So each page starts at the second in which the last one
ended; a change that is touched meanwhile moves to the top, where the next fetch finds it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, datetime, timedelta
from typing import Any

from analysis.errors import ServerError, WrongBodyError
from analysis.sources.answer import BrokenAnswerError
from analysis.sources.circle import Circle
from analysis.sources.gerrit.client import Client
from analysis.sources.served import excerpt
from analysis.sources.transport import DownError, RefusedError

Change = dict[str, Any]

PAGE = 100
SMALLEST = 5
STEP_BACK = 10  # rows
LARGEST = 2**63  # no number, be it of a change or of a row, that a database cannot hold
PATIENCE = 2  # tries of a page before it is asked for in halves: a page may be too much for the server


@dataclass(frozen=True, slots=True)
class Place:
    """Where the list goes on: before an instant, `start` rows in; and the numbers already seen in that second."""

    before: str | None = None
    start: int = 0
    seen: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As a checkpoint keeps it."""
        return {"before": self.before, "start": self.start, "seen": list(self.seen)}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Place":
        """The place that a checkpoint kept."""
        return cls(kept["before"], kept["start"], tuple(kept["seen"]))


def pages(
    client: Client, query: str, options: Sequence[str], *, project: str, page: int = PAGE, start: Place | None = None
) -> Iterator[tuple[list[Change], Place | None]]:
    """The changes of each page that were not on the page before, and the place to go on after it; None at the end.

    Only a last row without `_more_changes` is the end: servers cut pages shorter than was asked without a word.
    """
    place: Place | None = start or Place()
    size = page
    circle = Circle(f"the list of {project}'s changes")
    while place:
        try:
            rows = _page(client, query, options, project, place, size)
        except DownError:
            raise
        except ServerError as failure:
            if isinstance(failure, RefusedError) or size <= SMALLEST:
                raise
            size = max(SMALLEST, size // 2)
            continue
        size = min(page, size * 2)
        seen = set(place.seen)
        following = _next(rows, place)
        found = {row["_number"]: row for row in rows if "_number" in row}  # a page, too, may hold a row twice
        circle.add(found, place=following.before if following else None)
        yield [row for number, row in found.items() if number not in seen], following
        place = following


def _page(
    client: Client, query: str, options: Sequence[str], project: str, place: Place, size: int
) -> list[dict[str, Any]]:
    # The rows of the second in which the last page ended come again: they are asked for on top, so that a page brings
    # `size` new ones.
    wanted = [("q", query + (f' before:"{place.before}"' if place.before else ""))]
    wanted += [("n", str(size + (0 if place.start else len(place.seen))))]
    wanted += [("S", str(place.start))] if place.start else []
    tries = PATIENCE if size > SMALLEST else None
    return client.get_with("changes/", wanted, options, read=lambda rows: _checked(rows, project), tries=tries)


def _checked(rows: Any, project: str) -> list[dict[str, Any]]:
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BrokenAnswerError(f"no list of changes: {excerpt(str(rows))}")
    for row in rows:
        if "_number" in row:
            check(row, project)
    if rows and not any("_number" in row for row in rows):
        raise BrokenAnswerError("a page that says that there is more, but neither where nor what")
    return rows


def check(row: Mapping[str, Any], project: str) -> None:
    """Raise what is due unless the row is a change of the project."""
    number = row.get("_number")
    if type(number) is not int or not 0 < number < LARGEST or _instant(row.get("updated")) is None:
        raise BrokenAnswerError(f"no change: {excerpt(str(row))}")
    if row.get("project") != project:
        raise WrongBodyError(
            expected=f"a change of {project}",
            found=f"change {row['_number']} of {excerpt(str(row.get('project')))}",
            do="run the same command again; nothing of the wrong body was kept",
        )


def _next(rows: list[dict[str, Any]], place: Place) -> Place | None:
    if not rows or not rows[-1].get("_more_changes"):
        return None
    changes = [row for row in rows if "_number" in row]
    instants = [instant for row in changes if (instant := _instant(row["updated"]))]
    # `before` is inclusive, and precise to the second on some servers only: begin at the end of the last one.
    end = min(instants).replace(microsecond=0) + timedelta(seconds=1)
    again = tuple(row["_number"] for row in changes if (_instant(row["updated"]) or end) <= end)
    before = end.strftime("%Y-%m-%d %H:%M:%S")
    if place.before is None or before < place.before:
        return Place(before, 0, again)
    # A second with more changes than a page, or a server that does not heed `before`. Ask for more at once; where the
    # server cuts that, go on by offset, a few rows back in case some have left that second meanwhile.
    is_cut = place.start > 0 or set(again) <= set(place.seen)
    step = len(rows) - min(STEP_BACK, len(rows) // 2)
    return Place(place.before, place.start + step * is_cut, tuple(dict.fromkeys(place.seen + again)))


def _instant(stamp: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(stamp[:26])  # nine digits of which Python reads six
    except (TypeError, ValueError):
        return None
    # Gerrit writes no zone, and one with a zone compares with none of its own; after the last year there is no second.
    return found if found.tzinfo is None and found.year < MAXYEAR else None
