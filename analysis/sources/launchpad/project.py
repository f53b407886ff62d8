"""The record of the project itself: its series, milestones and official bug tags."""

from typing import Any

from analysis.sources.answer import BrokenAnswerError
from analysis.sources.launchpad.client import Client
from analysis.sources.launchpad.collection import Entry, entries
from analysis.sources.served import excerpt

LINKS = ("series_collection_link", "all_milestones_collection_link")


def project_record(client: Client, name: str) -> dict[str, Any]:
    """The project as served, with everything that its bug tasks can point at. 3 requests for most projects."""
    project = client.get(f"{client.root}{name}", lambda entry: _named(entry, name))
    return {
        "project": project,
        "series": entries(client, project["series_collection_link"]),
        "milestones": entries(client, project["all_milestones_collection_link"]),
        "official_bug_tags": project.get("official_bug_tags") or [],
    }


def _named(entry: Any, name: str) -> Entry:
    if (
        not isinstance(entry, dict)
        or entry.get("name") != name
        or not all(isinstance(entry.get(n), str) for n in LINKS)
    ):
        raise BrokenAnswerError(f"no project {name}: {excerpt(str(entry))}")
    return entry
