"""The dataset of a command: a project's tables, with the rules of the project file that the command names."""

from dataclasses import replace
from pathlib import Path

from analysis import config
from analysis.build.projects import Project
from analysis.cli.servers import origin as server_addresses
from analysis.dataset import Dataset
from analysis.dataset.origin import project_origin
from analysis.store import Store


def project_dataset(
    store: Store,
    project: Project,
    settings: config.Settings,
    *,
    as_of: str = "",
    kept: Path | None = None,
    since_folder: Path | None = None,
    since: str = "",
) -> Dataset:
    """The dataset of the project; `kept` is the folder of a kept report, for what was open and judged then."""
    addresses = server_addresses(project, settings)
    origin = replace(
        project_origin(store, project, as_of=as_of),
        gerrit_root=addresses["gerrit_root"],
        launchpad_root=addresses["launchpad_root"],
    )
    return Dataset(store, origin, kept=kept, since_folder=since_folder, since=since)
