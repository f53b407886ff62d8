"""The release that a command is about: its name, its area file, and whether the tables were built for it."""

import pandas as pd

from analysis import config
from analysis.build.judgement import read_text
from analysis.build.projects import Project
from analysis.errors import AreaFileError, UsageError
from analysis.judge import areas
from analysis.store import Store


def release_of(project: Project, settings: config.Settings) -> str:
    """The release that was typed, else the one of the project's file, else the one of the default project file."""
    return settings.release or project.release or settings.servers.release


def area_file(settings: config.Settings, release: str) -> areas.AreaFile:
    """The area file of a release. Raises AreaFileError when there is none."""
    path = settings.area_files.file(f"{release}.toml")
    if not path.exists():
        raise AreaFileError.unknown_name(
            release,
            releases(settings),
            kind=f"release with an area file in {settings.area_files}",
            option="--release",
            otherwise=f"name one of these with --release, or write data/areas/{release}.toml where you run this, such "
            "as `areas import` prints it",
        )
    file = areas.parse(read_text(path, AreaFileError), path=str(path))
    if file.release != release:  # the tables would carry the other name, and no report would accept them
        raise AreaFileError(
            expected=f"release = {release!r} in {path}",
            found=repr(file.release)[:100],
            do="call the release as the file is called",
        )
    return file


def releases(settings: config.Settings) -> list[str]:
    """The releases that have an area file."""
    return [path.stem for path in settings.area_files.files("*.toml")]


def doubt(file: areas.AreaFile, as_of: pd.Timestamp) -> str:
    """A warning if the data are from before the release's cycle, or from after the next one.

    A sentence without its full stop; empty if the data are from the time of the release.
    """
    day = as_of.date()
    if file.starts <= day <= file.ends + (file.ends - file.starts):
        return ""
    cycle = f"{file.release} was made from {file.starts} to {file.ends}"
    return f"the data are as of {day}, and {cycle}: its areas may not be those of that time"


def check_release(store: Store, project: Project, settings: config.Settings) -> str:
    """The release that the command is about. Raises UsageError if the tables were built with the areas of another one.

    A project without a project file has no areas: its tables may be shown for any release, unless one is typed.
    """
    release = release_of(project, settings)
    built_for = store.read_table("areas", project=project.name)["release"].unique().tolist()
    has_areas = settings.release is not None or project.release is not None
    if built_for != [release] and (has_areas or built_for):
        raise UsageError(
            expected=f"tables of {project.name} that were built for {release}",
            found=f"tables of {', '.join(built_for)}" if built_for else "tables without areas",
            do=f"run `build --release {release}` for this project first"
            + (f", or give --release {built_for[0]} before the command" if built_for else ""),
        )
    return release
