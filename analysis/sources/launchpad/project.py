"""The record of the project itself: its series, milestones and official bug tags."""

from typing import Any

from analysis.sources.launchpad.client import Client
from analysis.sources.launchpad.listing import PAGE
from analysis.sources.served import excerpt
from analysis.sources.transport import BrokenAnswerError

Entry = dict[str, Any]


def project_record(client: Client, name: str) -> dict[str, Any]:
    """The project as served, with everything that its bug tasks can point at. 3 requests for most projects."""
    project = client.get(f"{client.root}{name}", lambda entry: _named(entry, name))
    return {
        "project": project,
        "series": _all(client, project["series_collection_link"]),
        "milestones": _all(client, project["all_milestones_collection_link"]),
        "official_bug_tags": project.get("official_bug_tags") or [],
    }


def _named(entry: Any, name: str) -> Entry:
    if not isinstance(entry, dict) or entry.get("name") != name or "series_collection_link" not in entry:
        raise BrokenAnswerError(f"no project {name}: {excerpt(str(entry))}")
    return entry


def _all(client: Client, url: str) -> list[Entry]:
    found: dict[str, Entry] = {}
    following: str | None = f"{url}?ws.size={PAGE}"
    followed = set()
    while following and following not in followed:
        followed.add(following)
        page = client.get(following, _page)
        found |= {entry["self_link"]: entry for entry in page["entries"]}
        following = page.get("next_collection_link")
    return list(found.values())


def _page(page: Any) -> Entry:
    if not isinstance(page, dict) or not isinstance(page.get("entries"), list):
        raise BrokenAnswerError(f"no page: {excerpt(str(page))}")
    return page
