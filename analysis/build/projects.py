"""Projects: the scopes of each in a data directory, and the rules of its project file."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import pandas as pd

from analysis.errors import UNREADABLE, StoreError
from analysis.store import Scope, Store
from analysis.tables.configuration import Sections


@dataclass(frozen=True, slots=True)
class Project:
    """One project, named after its Gerrit project, or after its Launchpad project if there is no Gerrit one."""

    name: str
    sections: Sections
    launchpad: Scope | None = None
    gerrit: Scope | None = None
    git: Scope | None = None

    @property
    def launchpad_project(self) -> str:
        """The target of its bug tasks: as fetched, as in its project file, or the name that it shares with Gerrit."""
        if self.launchpad:
            return self.launchpad.project
        return _server(self.sections, "launchpad_project") or self.name.rpartition("/")[2]

    @property
    def release(self) -> str | None:
        """The release of its project file; None without a project file: then it has no areas."""
        return _server(self.sections, "release")

    @property
    def scopes(self) -> list[tuple[str, Scope]]:
        """Its sources, each with its scope there."""
        all_scopes = (("launchpad", self.launchpad), ("gerrit", self.gerrit), ("git", self.git))
        return [(source, scope) for source, scope in all_scopes if scope]

    def as_of(self, store: Store) -> pd.Timestamp:
        """The newest time in its own snapshots, so that a fetch of another project does not change its ages.

        Raises CorruptSnapshotError or NewerFormatError if one of them cannot be read.
        """
        try:
            return store.as_of(self.scopes)
        except UNREADABLE:
            raise
        except StoreError:
            return store.as_of()  # no record has a time, so no age can be measured


def projects(store: Store, project_files: Iterable[Sections]) -> list[Project]:
    """The projects in the snapshots of a data directory, ordered by name.

    A project file joins a Launchpad project to a Gerrit project; without one, `nova` belongs to `.../nova`. Raises
    StoreError if there are snapshots of one project from two servers: their numbers would be mixed up.
    """
    files = list(project_files)
    by_name: dict[str, Project] = {}
    scopes = sorted(store.scopes(), key=lambda pair: pair[0] == "launchpad")  # Gerrit's names first
    for source, scope in scopes:
        name = _home(scope.project, files, by_name) if source == "launchpad" else scope.project
        project = by_name.get(name, Project(name, _sections(name, files)))
        _refuse_second(project, source, scope)
        by_name[name] = _add_scope(project, source, scope)
    return [by_name[name] for name in sorted(by_name)]


def _add_scope(project: Project, source: str, scope: Scope) -> Project:
    match source:
        case "launchpad":
            return replace(project, launchpad=scope)
        case "gerrit":
            return replace(project, gerrit=scope)
        case _:
            return replace(project, git=scope)


def _home(launchpad_project: str, files: list[Sections], by_name: Mapping[str, Project]) -> str:
    declared = [_server(f, "gerrit_project") for f in files if _server(f, "launchpad_project") == launchpad_project]
    alike = [name for name in by_name if name.rpartition("/")[2] == launchpad_project]
    return next((name for name in (*declared, *alike) if name and name in by_name), launchpad_project)


def _sections(name: str, files: list[Sections]) -> Sections:
    return next(
        (f for f in files if name in (_server(f, "gerrit_project"), _server(f, "launchpad_project"))), Sections()
    )


def _server(sections: Sections, key: str) -> str | None:
    value = sections.get("servers", {}).get(key)
    return value if isinstance(value, str) else None


def _refuse_second(project: Project, source: str, scope: Scope) -> None:
    other = getattr(project, source)
    if other is not None:
        raise StoreError(
            expected=f"one {source} server for {project.name} in a data directory",
            found=f"{other.host} and {scope.host}",
            do="keep each server in a --data-dir of its own",
        )
