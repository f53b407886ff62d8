"""The marker that a build leaves: for whoever only shows its tables and need not import what made them."""

import msgspec
import pandas as pd

from analysis.build.projects import Project
from analysis.store import Store

HIDDEN = "hidden"  # the list of what the public may not see, such as "bug 9", kept where only the owner reads


class BuildMarker(msgspec.Struct, frozen=True):
    """What a project's tables were made from (a checksum), the rows of each, their instant, and whose areas they hold.

    `release` is None for tables without areas.
    """

    made_from: str
    rows: dict[str, int]
    as_of: str
    release: str | None = None


def build_marker(store: Store, project: Project) -> BuildMarker | None:
    """The marker of the project's last build; None before the first, and while or after one that was cut off."""
    return store.read_marker(_name(project), BuildMarker)


def write_build_marker(store: Store, project: Project, marker: BuildMarker | None) -> None:
    """Leave the marker of a build that ended, or None while one goes on: it must not pass for the one before."""
    store.write_marker(_name(project), marker)


def built_as_of(store: Store, project: Project) -> pd.Timestamp:
    """The instant that the project's tables are true for: a replay's own, and not that of what was fetched since."""
    marker = build_marker(store, project)
    return pd.Timestamp(marker.as_of).as_unit("us") if marker else project.as_of(store)


def built_for(store: Store, project: Project) -> str | None:
    """The release whose areas the project's tables hold; None for tables without areas."""
    marker = build_marker(store, project)
    return marker.release if marker else None


def was_built(store: Store, project: Project) -> bool:
    """Whether the project has tables, of a build that was not cut off."""
    return build_marker(store, project) is not None


def _name(project: Project) -> str:
    return f"build {project.name}"
