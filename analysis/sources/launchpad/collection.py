"""A collection that hangs on one entry, such as a bug's comments or a project's series: all of it, page by page."""

from collections.abc import Callable
from typing import Any

from analysis.sources.answer import BrokenAnswerError
from analysis.sources.circle import Circle
from analysis.sources.launchpad.client import Client
from analysis.sources.launchpad.listing import PAGE
from analysis.sources.served import excerpt

Entry = dict[str, Any]


def entries(
    client: Client, url: str, *, start: int = 0, check: Callable[[Entry], None] = lambda entry: None
) -> list[Entry]:
    """Every entry from the one at `start` (from 0), each once, in the server's order.

    `check` raises WrongBodyError for an entry that belongs to something else: the page is then asked for again.
    """
    found: dict[str, Entry] = {}
    following: str | None = f"{url}?ws.size={PAGE}" + (f"&ws.start={start}" if start else "")
    followed: set[str] = set()
    circle = Circle(f"the entries of {url}")
    while following and following not in followed:
        followed.add(following)
        page = client.get(following, lambda value: _page(value, check))
        found |= {entry["self_link"]: entry for entry in page["entries"]}
        circle.add(entry["self_link"] for entry in page["entries"])
        following = page.get("next_collection_link")
    return list(found.values())


def _page(page: Any, check: Callable[[Entry], None]) -> Entry:
    if (
        not isinstance(page, dict)
        or not isinstance(page.get("entries"), list)
        or not all(map(_is_entry, page["entries"]))
    ):
        raise BrokenAnswerError(f"no page: {excerpt(str(page))}")
    for entry in page["entries"]:
        check(entry)
    return page


def _is_entry(entry: Any) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("self_link"), str)
