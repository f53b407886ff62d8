"""What a build left a note of, for whoever only shows its tables and need not import what made them."""

import pandas as pd

from analysis.pipeline.projects import Project
from analysis.store import Store


def built_as_of(store: Store, project: Project) -> pd.Timestamp:
    """The instant that the project's tables are true for: a replay's own, and not that of what was fetched since."""
    last = store.noted(note(project)) or {}
    return pd.Timestamp(last["as_of"]).as_unit("us") if "as_of" in last else project.as_of(store)


def built_for(store: Store, project: Project) -> str | None:
    """The release whose areas the project's tables hold; None for tables without areas."""
    release: str | None = (store.noted(note(project)) or {}).get("release")
    return release


def was_built(store: Store, project: Project) -> bool:
    """Whether the project has tables, of a build that was not cut off."""
    return store.noted(note(project)) is not None


def note(project: Project) -> str:
    """The name of the note that a build of the project leaves."""
    return f"build {project.name}"
