"""What the arguments choose: settings, the data directory, the project and the areas of a release."""

import argparse
from dataclasses import fields

from analysis import areas, config, pipeline
from analysis.errors import AreaFileError, UsageError
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


def projects(store: Store, chosen: config.Settings) -> list[pipeline.Project]:
    """Every project that the data directory holds."""
    return pipeline.projects(store, [file.sections for file in chosen.all_projects])


def project(store: Store, chosen: config.Settings) -> pipeline.Project:
    """The project that the command is about: the one named, or the only one there is."""
    found = {each.name: each for each in projects(store, chosen)}
    named = (chosen.servers.gerrit_project, chosen.servers.launchpad_project)
    about = next((found[name] for name in named if name in found), None)
    if about is None and len(found) == 1:
        about = next(iter(found.values()))
    if about is None:
        raise UsageError(
            expected=f"a project among {list(found)}",
            found=str(named),
            do="fetch it first, or name one that is there with --gerrit-project",
        )
    return about


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
