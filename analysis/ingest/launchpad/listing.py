"""The list of a project's bug tasks, complete even if it changes while it is read.

Launchpad pages by offset: a task that leaves the list shifts the rest, and an unchanged bug is skipped. So the list is
ordered by the date of creation, which never changes, and each page starts at the date at which the last one ended.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import MAXYEAR, MINYEAR, datetime, timedelta
from typing import TypeGuard
from urllib.parse import urlencode

import msgspec

from analysis.errors import ServerError, SourceError
from analysis.ingest.json_body import excerpt
from analysis.ingest.launchpad.bug_record import Page, Task, bug_number, is_task
from analysis.ingest.launchpad.client import Client
from analysis.ingest.pagination_guard import PaginationGuard
from analysis.ingest.response import BrokenAnswerError
from analysis.ingest.server_errors import DownError, RefusedError

PAGE = 300  # Launchpad refuses more
# Asked for beside the statuses in the server's WADL, which may lack one; a status that the server refuses is dropped.
STATUSES = (
    "New", "Incomplete", "Opinion", "Invalid", "Won't Fix", "Expired", "Confirmed", "Triaged", "In Progress",
    "Deferred", "Fix Committed", "Fix Released", "Does Not Exist", "Unknown",
)  # fmt: skip
OPEN_STATUSES = ("New", "Incomplete", "Confirmed", "Triaged", "In Progress", "Fix Committed")
SMALLEST = 1  # task of a page: a task that cannot be listed even alone is skipped
MAX_GAPS = 3  # consecutive unlistable bugs: with more of them, the list itself is at fault
PATIENCE = 2  # tries of a page before it is requested in halves: a page may be too large for the server

OnGap = Callable[[int | None, int | None], None]


@dataclass(frozen=True, slots=True)
class Listing:
    """The tasks to list: with these statuses (empty: all), changed after an instant (empty: at any time)."""

    statuses: tuple[str, ...] = ()
    modified_since: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """The place where the list goes on: after an instant, or inside one at an address; and its listed tasks."""

    created_since: str | None = None
    inside: str | None = None
    seen: tuple[str, ...] = ()  # links of tasks

    def to_json(self) -> dict[str, object]:
        """The place in the form that a checkpoint stores."""
        return {"created_since": self.created_since, "inside": self.inside, "seen": list(self.seen)}

    @classmethod
    def from_json(cls, fields: Mapping[str, object]) -> "Place":
        """The inverse of `to_json`."""
        return msgspec.convert(fields, cls)


def pages(
    client: Client,
    project: str,
    listing: Listing,
    *,
    start: Place | None = None,
    on_gap: OnGap = lambda after, before: None,
) -> Iterator[tuple[list[Task], Place | None]]:
    """The new tasks of each page, and the place to go on from after it; None at the end.

    Oldest first, including duplicates. Only a page without a next link is the last: a short or an empty one is not. A
    page that the server cannot produce is requested in halves; a task that it cannot list even alone is skipped, and
    `on_gap` gets the numbers of the bugs before and after it.
    """
    statuses = list(listing.statuses or dict.fromkeys((*client.statuses(), *STATUSES)))
    place: Place | None = start or Place()
    read_urls: set[str] = set()
    guard = PaginationGuard(f"the list of {project}'s bugs")
    has_restarted = False
    size, n_gaps, last, before_gap = PAGE, 0, None, None
    is_gap_open = False
    while place:
        url = (
            _with_page_size(place.inside, size)
            if place.inside
            else _url(client, project, statuses, listing, place, size)
        )
        if place.inside and url in read_urls:
            raise _loop_error(url)
        try:
            page = client.get(url, _check_page, tries=PATIENCE if size > SMALLEST else None)
        except DownError:
            raise
        except RefusedError as refusal:
            if place.inside and not has_restarted:  # perhaps the link has expired: begin the instant again
                place, has_restarted = replace(place, inside=None), True
            else:
                statuses = _without_refused(statuses, refusal)
            continue
        except ServerError:
            if size > SMALLEST:
                size = max(SMALLEST, size // 2)
                continue
            n_gaps += 1
            if n_gaps > MAX_GAPS:
                raise
            before_gap = before_gap if is_gap_open else last
            is_gap_open = True
            place = replace(place, inside=_one_further(url))
            continue
        size, n_gaps = min(PAGE, size * 2), 0
        read_urls.add(url)
        next_place = _next_place(page, place, client)
        task_by_link = {task["self_link"]: task for task in page["entries"]}  # a page may contain an entry twice
        guard.add(task_by_link, place=next_place.created_since if next_place else None)
        if is_gap_open and (task_by_link or not next_place):
            on_gap(before_gap, bug_number(page["entries"][0]) if task_by_link else None)
            is_gap_open = False
        last = bug_number(page["entries"][-1]) if task_by_link else last
        seen_links = set(place.seen)
        yield [task for link, task in task_by_link.items() if link not in seen_links], next_place
        place = next_place


def total(client: Client, project: str, listing: Listing) -> int | None:
    """The number of tasks in a list; None if the server does not say."""
    statuses = list(listing.statuses or client.statuses())
    try:
        return client.get(f"{_url(client, project, statuses, listing, Place(), PAGE)}&ws.show=total_size", _total)
    except SourceError:
        return None


def _total(answer: object) -> int:
    if not isinstance(answer, int):
        raise BrokenAnswerError(f"no number of bug tasks: {excerpt(str(answer))}")
    return answer


def _url(client: Client, project: str, statuses: list[str], listing: Listing, place: Place, size: int) -> str:
    # like launchpadlib, write everything that is not a plain word as JSON
    parameters = {
        "ws.op": "searchTasks",
        "status": json.dumps(statuses),
        "omit_duplicates": "false",
        "order_by": json.dumps(["datecreated", "id"]),  # by id too, because the server returns equal dates in any order
        "ws.size": str(size),
    }
    parameters |= {"modified_since": json.dumps(listing.modified_since)} if listing.modified_since else {}
    parameters |= {"created_since": json.dumps(place.created_since)} if place.created_since else {}
    return f"{client.root}{project}?{urlencode(parameters)}"


def _with_page_size(url: str, size: int) -> str:
    """The address of a page with this many tasks; unchanged if the server's link already has this size."""
    return re.sub(r"([?&]ws\.size=)\d+", rf"\g<1>{size}", url) if size < PAGE else url


def _one_further(url: str) -> str:
    """The address of the page that begins one task later."""
    start = re.search(r"[?&]ws\.start=(\d+)", url)
    further = int(start[1]) + 1 if start else 1
    bare = re.sub(r"&(?:ws\.start|memo)=\d+", "", url)
    return f"{bare}&memo={further}&ws.start={further}"


def _check_page(page: object) -> Page:
    if not _is_page_of_tasks(page):
        raise BrokenAnswerError(f"no page of bug tasks: {excerpt(str(page))}")
    return page


def _is_page_of_tasks(page: object) -> TypeGuard[Page]:
    return isinstance(page, dict) and isinstance(page.get("entries"), list) and all(map(is_task, page["entries"]))


def _next_place(page: Page, place: Place, client: Client) -> Place | None:
    link = page.get("next_collection_link")
    if not link:
        return None
    dates = [date for task in page["entries"] if (date := _instant(task.get("date_created")))]
    newest = max(dates, default=None)
    if newest is not None and (place.created_since is None or newest > _next_microsecond(place.created_since)):
        # created_since is exclusive: go back a microsecond, so that no bug of the same instant is left out.
        since = (newest - timedelta(microseconds=1)).isoformat()
        return Place(since, None, _links(page["entries"], newest))
    if not client.is_local(link):
        raise _loop_error(link)
    links = () if place.created_since is None else _links(page["entries"], _next_microsecond(place.created_since))
    return Place(place.created_since, link, tuple(dict.fromkeys(place.seen + links)))


def _next_microsecond(created_since: str) -> datetime:
    return datetime.fromisoformat(created_since) + timedelta(microseconds=1)


def _links(tasks: Iterable[Task], instant: datetime) -> tuple[str, ...]:
    return tuple(task["self_link"] for task in tasks if _instant(task.get("date_created")) == instant)


def _instant(date: object) -> datetime | None:
    if not isinstance(date, str):
        return None
    try:
        instant = datetime.fromisoformat(date)
    except ValueError:
        return None
    # at the ends of the calendar there is no microsecond before or after
    return instant if instant.tzinfo and MINYEAR < instant.year < MAXYEAR else None


def _without_refused(statuses: list[str], refusal: RefusedError) -> list[str]:
    """The statuses without those that the server refuses; raises the refusal if it is about something else."""
    refused_statuses = [
        status for status in statuses if f'"{status}"' in refusal.found or f"'{status}'" in refusal.found
    ]
    if refusal.status != 400 or not refused_statuses or len(refused_statuses) == len(statuses):
        raise refusal
    return [status for status in statuses if status not in refused_statuses]


def _loop_error(url: object) -> ServerError:
    return ServerError(
        expected="each page of the bug list to lead to a new one on the same server",
        found=f"a link to {excerpt(str(url), 200)}",
        do="run the same command again; if it stays so, report it to the server's administrators",
    )
