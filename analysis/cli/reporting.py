"""The commands that show: the pages of a release."""

import argparse

from analysis import config, reports
from analysis.cli.chosen import project, settings
from analysis.pipeline.fetch import root
from analysis.pipeline.projects import Project
from analysis.store import Store

NO_AREA = {"none": "In no area"}


def report(given: argparse.Namespace) -> int:
    """Pages, from the tables."""
    chosen = settings(given)
    store = Store(chosen.data_dir)
    about = project(store, chosen)
    areas = store.read_table("areas", project=about.name)
    made = reports.run(
        notebooks_dir=chosen.notebooks_dir,
        data_dir=chosen.data_dir,
        release=chosen.release,
        project=about.name,
        as_of=f"{store.as_of():%Y-%m-%dT%H:%M:%SZ}",
        names=given.names,
        common=_origin(about, chosen),
        given=dict(given.parameter or ()),
        each={"area_id": dict(zip(areas["area_id"], areas["title"], strict=True)) | NO_AREA},
        progress=print,
    )
    print(f"{len(made.made)} pages made, {len(made.kept)} kept as they were; open {made.index}")
    for page, why in made.skipped.items():
        print(f"left out {page}: {why}")
    made.raise_failures()
    return 0


def _origin(about: Project, chosen: config.Settings) -> dict[str, str]:
    """Where links lead: the servers that the data came from, not those that a project file names today."""
    gerrit = root(about.gerrit) if about.gerrit else chosen.servers.gerrit_root
    launchpad = root(about.launchpad) if about.launchpad else chosen.servers.launchpad_root
    return {
        "gerrit_root": gerrit,
        "launchpad_root": launchpad.replace("://api.launchpad.net/", "://bugs.launchpad.net/"),
        "launchpad_project": about.launchpad_project,
    }
