"""The list of a project's bug tasks, complete even while it changes under the reader.

Launchpad pages by offset: whatever leaves the list shifts the rest, and an untouched bug falls into the gap. So the
list is ordered by the date of creation, which never changes, and each page starts where the last one ended by date.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import MAXYEAR, MINYEAR, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from analysis.errors import ServerError, SourceError
from analysis.sources.answer import BrokenAnswerError
from analysis.sources.circle import Circle
from analysis.sources.launchpad.client import Client
from analysis.sources.served import excerpt
from analysis.sources.transport import RefusedError

Task = dict[str, Any]

PAGE = 300  # Launchpad refuses more
# Those that are known, for a server whose WADL leaves one out; what the server does not know is dropped again.
STATUSES = (
    "New", "Incomplete", "Opinion", "Invalid", "Won't Fix", "Expired", "Confirmed", "Triaged", "In Progress",
    "Deferred", "Fix Committed", "Fix Released", "Does Not Exist", "Unknown",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """Where the list goes on: after an instant, or inside one at an address; and what was seen at that instant."""

    created_since: str | None = None
    inside: str | None = None
    seen: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As a checkpoint keeps it."""
        return {"created_since": self.created_since, "inside": self.inside, "seen": list(self.seen)}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Place":
        """The place that a checkpoint kept."""
        return cls(kept["created_since"], kept["inside"], tuple(kept["seen"]))


def pages(
    client: Client, project: str, *, modified_since: str | None = None, start: Place | None = None
) -> Iterator[tuple[list[Task], Place | None]]:
    """The tasks of each page that were not on the page before, and the place to go on after it; None at the end.

    All statuses and duplicates; oldest first. Only a page without a next link is the last: a short or an empty one
    is not.
    """
    statuses = list(dict.fromkeys((*client.statuses(), *STATUSES)))
    place: Place | None = start or Place()
    followed: set[str] = set()
    circle = Circle(f"the list of {project}'s bugs")
    has_restarted = False
    while place:
        url = place.inside or _url(client, project, statuses, modified_since, place.created_since)
        if place.inside and url in followed:
            raise _looping(url)
        try:
            page = client.get(url, _checked)
        except RefusedError as refusal:
            if place.inside and not has_restarted:  # the link has expired, perhaps: begin the instant again
                place, has_restarted = replace(place, inside=None), True
            else:
                statuses = _known(statuses, refusal)
            continue
        followed.add(url)
        seen = set(place.seen)
        following = _next(page, place, client)
        found = {task["self_link"]: task for task in page["entries"]}  # a page, too, may hold an entry twice
        circle.add(found, place=following.created_since if following else None)
        yield [task for link, task in found.items() if link not in seen], following
        place = following


def total(client: Client, project: str, *, modified_since: str | None, start: Place | None) -> int | None:
    """How many tasks the list has from there on; None where the server will not say."""
    url = _url(client, project, list(client.statuses()), modified_since, start.created_since if start else None)
    try:
        return client.get(f"{url}&ws.show=total_size", int)
    except SourceError:
        return None


def _url(client: Client, project: str, statuses: list[str], modified_since: str | None, since: str | None) -> str:
    # launchpadlib, too, writes what is not a plain word as JSON.
    asked = {
        "ws.op": "searchTasks",
        "status": json.dumps(statuses),
        "omit_duplicates": "false",
        "order_by": json.dumps(["datecreated", "id"]),  # the id, because the server leaves equal dates in any order
        "ws.size": str(PAGE),
    }
    asked |= {"modified_since": json.dumps(modified_since)} if modified_since else {}
    asked |= {"created_since": json.dumps(since)} if since else {}
    return f"{client.root}{project}?{urlencode(asked)}"


def _checked(page: Any) -> dict[str, Any]:
    try:
        for task in page["entries"]:
            bug_number(task)
            task["self_link"].strip()
    except (KeyError, TypeError, AttributeError, ValueError) as cause:
        raise BrokenAnswerError(f"no page of bug tasks: {excerpt(str(page))}") from cause
    found: dict[str, Any] = page
    return found


def bug_number(task: Task) -> int:
    """The number of a task's bug, from its link: asking for the bug would cost a request."""
    number = task["bug_link"].rstrip("/").rpartition("/")[2]
    if not (number.isascii() and number.isdigit() and 0 < int(number) < 2**63):  # what a database can hold
        raise ValueError(f"no number of a bug: {number}")
    return int(number)


def _next(page: dict[str, Any], place: Place, client: Client) -> Place | None:
    link = page.get("next_collection_link")
    if not link:
        return None
    dates = [date for task in page["entries"] if (date := _instant(task.get("date_created")))]
    reached = max(dates, default=None)
    if reached is not None and (place.created_since is None or reached > _after(place.created_since)):
        # created_since is exclusive: a microsecond back, so that no bug of the same instant is left out.
        since = (reached - timedelta(microseconds=1)).isoformat()
        return Place(since, None, _links(page["entries"], reached))
    if not client.is_here(link):
        raise _looping(link)
    at = () if place.created_since is None else _links(page["entries"], _after(place.created_since))
    return Place(place.created_since, link, tuple(dict.fromkeys(place.seen + at)))


def _after(created_since: str) -> datetime:
    return datetime.fromisoformat(created_since) + timedelta(microseconds=1)


def _links(tasks: Iterable[Task], instant: datetime) -> tuple[str, ...]:
    return tuple(task["self_link"] for task in tasks if _instant(task.get("date_created")) == instant)


def _instant(date: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(date)
    except (TypeError, ValueError):
        return None
    # At both ends of the calendar there is no microsecond before or after.
    return found if found.tzinfo and MINYEAR < found.year < MAXYEAR else None


def _known(statuses: list[str], refusal: RefusedError) -> list[str]:
    """The statuses without those that the server refuses; the refusal itself when it is about something else."""
    refused = [status for status in statuses if f'"{status}"' in refusal.found or f"'{status}'" in refusal.found]
    if refusal.status != 400 or not refused or len(refused) == len(statuses):
        raise refusal
    return [status for status in statuses if status not in refused]


def _looping(url: Any) -> ServerError:
    return ServerError(
        expected="each page of the bug list to lead to a new one on the same server",
        found=f"a link to {excerpt(str(url), 200)}",
        do="run the same command again; if it stays so, report it to the server's administrators",
    )
