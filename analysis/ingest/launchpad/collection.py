"""A collection that belongs to one entry, such as a bug's comments or a project's series: all its pages."""

from collections.abc import Callable
from typing import TypeGuard

from analysis.ingest.json_body import excerpt
from analysis.ingest.launchpad.bug_record import Entry, Page, is_entry
from analysis.ingest.launchpad.client import Client
from analysis.ingest.launchpad.listing import PAGE
from analysis.ingest.pagination_guard import PaginationGuard
from analysis.ingest.response import BrokenAnswerError


def entries(
    client: Client,
    url: str,
    *,
    start: int = 0,
    check: Callable[[Entry], None] = lambda entry: None,
    tries: int | None = None,
    is_record: bool = False,
) -> list[Entry]:
    """Every entry from the one at `start` (from 0), each once, in the server's order.

    `check` raises WrongBodyError for an entry that belongs to something else: then the page is requested again. `tries`
    and `is_record` are those of `Client.get`.
    """
    entry_by_link: dict[str, Entry] = {}
    next_url: str | None = f"{url}?ws.size={PAGE}" + (f"&ws.start={start}" if start else "")
    read_urls: set[str] = set()
    guard = PaginationGuard(f"the entries of {url}")
    while next_url and next_url not in read_urls:
        read_urls.add(next_url)
        page = client.get(next_url, lambda value: _page(value, check), tries=tries, is_record=is_record)
        entry_by_link |= {entry["self_link"]: entry for entry in page["entries"]}
        guard.add(entry["self_link"] for entry in page["entries"])
        next_url = page.get("next_collection_link")
    return list(entry_by_link.values())


def _page(page: object, check: Callable[[Entry], None]) -> Page:
    if not _is_page(page):
        raise BrokenAnswerError(f"no page: {excerpt(str(page))}")
    for entry in page["entries"]:
        check(entry)
    return page


def _is_page(page: object) -> TypeGuard[Page]:
    return isinstance(page, dict) and isinstance(page.get("entries"), list) and all(map(is_entry, page["entries"]))
