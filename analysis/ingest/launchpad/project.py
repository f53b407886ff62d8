"""The record of the project itself: its series, milestones and official bug tags."""

from collections.abc import Mapping

from analysis.errors import ServerError
from analysis.ingest.json_body import excerpt
from analysis.ingest.launchpad.client import Client
from analysis.ingest.launchpad.collection import entries
from analysis.ingest.response import BrokenAnswerError

# Other kinds of things that Launchpad has at the address of a project, and what to do about each.
OTHERS = {
    "distribution": ("distribution", "name the project whose bugs are meant, such as nova; its tasks in a distribution "
                     "come with its bugs"),
    "distro_series": ("series of a distribution", "name the project whose bugs are meant, such as nova"),
    "distribution_source_package": ("source package of a distribution", "name the upstream project, such as nova; its "
                                    "tasks in the package come with its bugs"),
    "source_package": ("source package of a distribution", "name the upstream project, such as nova"),
    "project_group": ("project group", "name one of its projects, each in a project file of its own"),
    "project_series": ("series of a project", "name the project; the tasks of its series come with its bugs"),
    "person": ("person", "name a project"),
    "team": ("team", "name a project"),
}  # fmt: skip

LINKS = ("series_collection_link", "all_milestones_collection_link")


def project_record(client: Client, name: str) -> dict[str, object]:
    """The project as served, with everything that its bug tasks can refer to. 3 requests for most projects."""
    project = client.get(f"{client.root}{name}", lambda entry: _check_project(entry, name))
    return {
        "project": project,
        "series": entries(client, str(project["series_collection_link"])),
        "milestones": entries(client, str(project["all_milestones_collection_link"])),
        "official_bug_tags": project.get("official_bug_tags") or [],
    }


def _check_project(entry: object, name: str) -> Mapping[str, object]:
    kind = str(entry.get("resource_type_link")).rpartition("#")[2] if isinstance(entry, dict) else ""
    if kind in OTHERS:
        raise ServerError(
            expected=f"{name} to be a project on Launchpad, which has bugs of its own",
            found=f"a {OTHERS[kind][0]}",
            do=OTHERS[kind][1],
        )
    if isinstance(entry, dict) and isinstance(entry.get("name"), str) and kind == "project" and entry["name"] != name:
        raise ServerError(
            expected=f"{name} to be the name of a project on Launchpad",
            found=f"an alias of the project {excerpt(entry['name'])}",
            do="give that name with --launchpad-project, or in the project file",
        )
    if (
        not isinstance(entry, dict)
        or entry.get("name") != name
        or not all(isinstance(entry.get(n), str) for n in LINKS)
    ):
        raise BrokenAnswerError(f"no project {name}: {excerpt(str(entry))}")
    return entry
