"""The marker that a build writes, for programs that only show its tables and need not import what made them."""

import msgspec
import pandas as pd

from analysis.build.projects import Project
from analysis.store import Store

HIDDEN = "hidden"  # the list of items that are not public, such as "bug 9", in a file that only the owner can read


class BuildMarker(msgspec.Struct, frozen=True):
    """A project's last build: a checksum of its inputs, the rows of each table, the instant, and the areas' release.

    `release` is None for tables without areas.
    """

    made_from: str
    rows: dict[str, int]
    as_of: str
    release: str | None = None


def build_marker(store: Store, project: Project) -> BuildMarker | None:
    """The marker of the project's last build; None before the first, during a build, and after an interrupted one."""
    return store.read_marker(_name(project), BuildMarker)


def write_build_marker(store: Store, project: Project, marker: BuildMarker | None) -> None:
    """Write the marker of a finished build; None while one runs, which must not look finished."""
    store.write_marker(_name(project), marker)


def built_as_of(store: Store, project: Project) -> pd.Timestamp:
    """The instant of the project's tables: for a replay its own, not that of newer fetches."""
    marker = build_marker(store, project)
    return pd.Timestamp(marker.as_of).as_unit("us") if marker else project.as_of(store)


def built_for(store: Store, project: Project) -> str | None:
    """The release whose areas the project's tables hold; None for tables without areas."""
    marker = build_marker(store, project)
    return marker.release if marker else None


def was_built(store: Store, project: Project) -> bool:
    """Whether the project has the tables of a complete build."""
    return build_marker(store, project) is not None


def _name(project: Project) -> str:
    return f"build {project.name}"
