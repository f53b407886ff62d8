"""The settings and the project that the arguments choose."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from analysis import config, shipped
from analysis.errors import UsageError
from analysis.store import Store, is_local

if TYPE_CHECKING:
    from analysis.build.projects import Project


def load_settings(arguments: argparse.Namespace) -> config.Settings:
    """The settings of one run: the project file, overridden by the command line."""
    named = set(config.Servers.__struct_fields__) - {"release"}
    return config.load(
        project=getattr(arguments, "project", None),
        data_dir=getattr(arguments, "data_dir", shipped.default_data_dir()),
        release=getattr(arguments, "release", None),
        allows_http=getattr(arguments, "allow_http", False),
        overrides={name: value for name, value in vars(arguments).items() if name in named},
    )


def local_folder(arguments: argparse.Namespace, default: str = "") -> Path:
    """The data directory, for a command that needs a local folder. Raises UsageError for a remote one."""
    folder: Path = getattr(arguments, "data_dir", shipped.default_data_dir() / default)
    if not is_local(folder):
        raise UsageError(
            expected="a folder on this machine for this command", found=str(folder), do="choose another --data-dir"
        )
    return folder


def all_projects(store: Store, settings: config.Settings) -> list[Project]:
    """Every project that the data directory holds."""
    from analysis.build.projects import projects as projects_in  # pandas, which a fetch does not need

    return projects_in(store, [file.sections for file in settings.all_projects])


def select_project(store: Store, settings: config.Settings) -> Project:
    """The project that the command is about: the one that is named, or else the only one.

    Raises UsageError if nothing is built, if the named project is not there, or if none is named and there are several.
    """
    projects = all_projects(store, settings)
    project = named_project(projects, settings)
    if project is None and len(projects) == 1 and not settings.names_project:
        project = projects[0]
    if not projects:
        raise UsageError(
            expected=f"tables of a project below {store.data_dir}",
            found="none",
            do="run `fetch` and `build` first, or name the folder that has them with --data-dir",
        )
    if project is None:
        names = {each.name for each in projects} | {each.launchpad_project for each in projects if each.launchpad}
        raise UsageError.unknown_name(
            _names(settings)[0], names, kind=f"project that {store.data_dir} holds", option="--gerrit-project"
        )
    return project


def named_project(candidates: Iterable[Project], settings: config.Settings) -> Project | None:
    """The project that the command line names, or else Nova; None if the data directory does not hold it."""
    by_name = {each.name: each for each in candidates}
    return next((by_name[name] for name in _names(settings) if name in by_name), None)


def _names(settings: config.Settings) -> tuple[str, str]:
    return settings.servers.gerrit_project, settings.servers.launchpad_project
