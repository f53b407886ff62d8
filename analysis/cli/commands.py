"""What each command does with its arguments: one call, and a few words about what came of it."""

import argparse
from dataclasses import fields

import pandas as pd

from analysis import areas, config, pipeline
from analysis.errors import AreaFileError
from analysis.store import Store


def settings(given: argparse.Namespace) -> config.Settings:
    """The settings of one run: the project file, and what the command line says otherwise."""
    named = {field.name for field in fields(config.Servers)} - {"release"}
    return config.load(
        project=getattr(given, "project", "nova"),
        data_dir=getattr(given, "data_dir", config.ROOT / "data"),
        release=getattr(given, "release", None),
        overrides={name: value for name, value in vars(given).items() if name in named},
    )


def fetch_gerrit(given: argparse.Namespace) -> int:
    """Changes, from a server or from saved answers."""
    chosen = settings(given)
    store = Store(chosen.data_dir)
    if given.dump:
        only = getattr(given, "gerrit_project", None)
        for snapshot in pipeline.fetch_dump(store, given.dump, root=chosen.servers.gerrit_root, project=only):
            print(
                f"{snapshot.manifest.n_records:,} changes of {snapshot.manifest.project}, as of {snapshot.manifest.as_of}"
            )
        return 0
    raise NotImplementedError


def fetch_launchpad(given: argparse.Namespace) -> int:
    """Bugs, from Launchpad."""
    raise NotImplementedError


def fetch_git(given: argparse.Namespace) -> int:
    """Commits, from a clone."""
    chosen = settings(given)
    snapshot = pipeline.fetch_clone(
        Store(chosen.data_dir), given.repo, given.branch or (), root=chosen.servers.gerrit_root,
        project=chosen.servers.gerrit_project,
    )  # fmt: skip
    print(f"{snapshot.manifest.n_records:,} new commits" if snapshot else "nothing new since the last fetch")
    return 0


def build(given: argparse.Namespace) -> int:
    """Tables, from the snapshots."""
    chosen = settings(given)
    store = Store(chosen.data_dir)
    as_of = pd.Timestamp(given.as_of).as_unit("us") if given.as_of else store.as_of()
    judgement = pipeline.Judgement(area_file(chosen), as_of, replays=given.as_of is not None)
    for project in pipeline.projects(store, [file.sections for file in chosen.all_projects]):
        print(f"{project.name}, as of {as_of:%Y-%m-%d %H:%M:%S} UTC")
        for name, rows in sorted(pipeline.build(store, project, judgement).items()):
            print(f"{rows:>12,} {name}")
    return 0


def area_file(chosen: config.Settings) -> areas.AreaFile:
    """The area file of the chosen release. Raises AreaFileError when there is none."""
    path = chosen.areas_dir / f"{chosen.release}.toml"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as cause:
        raise AreaFileError(
            expected=f"the areas of {chosen.release} in {path}",
            found=f"areas of {sorted(found.stem for found in chosen.areas_dir.glob('*.toml'))}",
            do="name one of these with --release, or make a file with `areas import`",
        ) from cause
    return areas.parse(text, path=str(path))


def _later(given: argparse.Namespace) -> int:
    raise NotImplementedError


report = status = demo = lab = dictionary = todo = areas_import = areas_coverage = _later
twin_serve = quota_run = quota_list = quota_show = _later
