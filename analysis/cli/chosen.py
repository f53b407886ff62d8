"""What the arguments choose: settings, and the project that a command is about."""

import argparse
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path

from analysis import config
from analysis.errors import UsageError
from analysis.pipeline.projects import Project
from analysis.pipeline.projects import projects as projects_in
from analysis.store import Store, is_here


def settings(given: argparse.Namespace) -> config.Settings:
    """The settings of one run: the project file, and what the command line says otherwise."""
    named = {field.name for field in fields(config.Servers)} - {"release"}
    return config.load(
        project=getattr(given, "project", None),
        data_dir=getattr(given, "data_dir", config.ROOT / "data"),
        release=getattr(given, "release", None),
        overrides={name: value for name, value in vars(given).items() if name in named},
    )


def folder(given: argparse.Namespace, default: str = "") -> Path:
    """The data directory, for a command that needs a folder of this disk. Raises UsageError for one elsewhere."""
    found: Path = getattr(given, "data_dir", config.ROOT / "data" / default)
    if not is_here(found):
        raise UsageError(
            expected="a folder of this disk for this command", found=str(found), do="choose another --data-dir"
        )
    return found


def projects(store: Store, chosen: config.Settings) -> list[Project]:
    """Every project that the data directory holds."""
    return projects_in(store, [file.sections for file in chosen.all_projects])


def project(store: Store, chosen: config.Settings) -> Project:
    """The project that the command is about: the one named, or the only one there is where none was named.

    Raises UsageError where nothing is built, and where it is not clear or not there.
    """
    found = projects(store, chosen)
    about = named(found, chosen)
    if about is None and len(found) == 1 and not chosen.names_project:
        about = found[0]
    if not found:
        raise UsageError(
            expected=f"tables of a project below {store.data_dir}",
            found="none",
            do="run `fetch` and `build` first, or name the folder that has them with --data-dir",
        )
    if about is None:
        raise UsageError(
            expected=f"a project among {[each.name for each in found]}, which the data directory holds",
            found=" and ".join(_names(chosen)),
            do="fetch it first, or name one that is there with --gerrit-project",
        )
    return about


def named(found: Iterable[Project], chosen: config.Settings) -> Project | None:
    """The project that the command line names, or else Nova; None where the data directory does not hold it."""
    by_name = {each.name: each for each in found}
    return next((by_name[name] for name in _names(chosen) if name in by_name), None)


def _names(chosen: config.Settings) -> tuple[str, str]:
    return chosen.servers.gerrit_project, chosen.servers.launchpad_project
