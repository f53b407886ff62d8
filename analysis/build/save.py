"""From snapshots to a file to share: the public records of one project, in the form that `fetch --dump` reads."""

from pathlib import Path

from analysis.errors import StoreError
from analysis.ingest import saved
from analysis.store import Scope, Store

PUBLIC = {"launchpad": saved.public_bugs, "gerrit": saved.public_changes}


def save(store: Store, source: str, project: str | None, path: Path) -> tuple[Scope, int]:
    """Write the public records of `project` (or of the only project) to a file; returns the scope and their number.

    Raises
    ------
    StoreError
        Nothing of the source or of that project is stored, or several projects are stored and none is named.
    """
    scopes = [scope for held, scope in store.scopes() if held == source]
    chosen = [scope for scope in scopes if project in (None, scope.project)]
    if len(chosen) != 1:
        names = sorted({scope.project for scope in scopes})
        raise StoreError.unknown_name(
            project or "", names, kind=f"{source} project in {store.data_dir}", option=f"--{source}-project"
        )
    return chosen[0], saved.write(path, PUBLIC[source](store.records(source, chosen[0])))
