"""From a server, a saved answer or a clone into snapshots."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from analysis.errors import DumpError
from analysis.sources import gerrit as gerrit_source
from analysis.sources import git
from analysis.sources import launchpad as launchpad_source
from analysis.sources.checkpoint import Checkpoint
from analysis.sources.gerrit import read_dump
from analysis.sources.summary import Summary
from analysis.store import Scope, Snapshot, Store


def scope(root: str, project: str) -> Scope:
    """A project on the server at `root`; a port and a folder are part of the server's name.

    >>> scope("https://review.opendev.org/", "openstack/nova")
    Scope(host='review.opendev.org', project='openstack/nova')
    """
    parts = urlsplit(root)
    return Scope(f"{parts.netloc}{parts.path}".rstrip("/"), project)


def root(where: Scope) -> str:
    """The address that `scope` was given; plain HTTP is for loopback only.

    >>> root(Scope("review.opendev.org", "openstack/nova"))
    'https://review.opendev.org/'
    """
    plain = where.host.partition(":")[0] in ("127.0.0.1", "localhost")
    return f"{'http' if plain else 'https'}://{where.host}/"


def launchpad(store: Store, where: Scope, **how: Any) -> Summary:
    """Bring the snapshots of a Launchpad project up to date; `how` goes to the source's fetch as it is."""
    return _brought(store, "launchpad", where, partial(launchpad_source.fetch, root(where), where.project, **how))


def gerrit(store: Store, where: Scope, **how: Any) -> Summary:
    """Bring the snapshots of a Gerrit project up to date; `how` goes to the source's fetch as it is."""
    return _brought(store, "gerrit", where, partial(gerrit_source.fetch, root(where), where.project, **how))


def dump(store: Store, files: Sequence[Path], *, root: str, project: str | None) -> list[Snapshot]:
    """Keep saved answers of the Gerrit at `root`: one snapshot per project that they hold, or of `project` alone."""
    found = {change["project"] for change in read_dump(files, project=project)}
    if not found:
        raise DumpError(expected="at least one change", found=f"none in {len(files)} files", do="check the query")
    return [_dump_of(store, files, scope(root, name)) for name in sorted(found)]


def _dump_of(store: Store, files: Sequence[Path], where: Scope) -> Snapshot:
    records = (change for change in read_dump(files) if change["project"] == where.project)
    return store.write_snapshot("gerrit", where, records, kind="dump")


def clone(store: Store, path: Path, branches: Sequence[str], *, root: str, project: str) -> Summary:
    """Keep the commits that a clone has gained since the last time; a rewritten history is read anew, and said so."""
    return _brought(store, "git", scope(root, project), partial(git.fetch, path, branches=branches))


def _brought(store: Store, source: str, where: Scope, fetch: Callable[[Checkpoint], Summary]) -> Summary:
    with store.run(source, where) as run:
        summary = fetch(run)
    store.tidy(source, where)
    return summary
