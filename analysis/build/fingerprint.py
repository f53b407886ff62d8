"""A checksum of everything that a build is made from: the same checksum means that there is nothing to do."""

import hashlib
from collections.abc import Iterator
from functools import cache

import msgspec

from analysis import import_closure
from analysis.build.judgement import Judgement
from analysis.build.projects import Project
from analysis.store import Snapshot, Store

BUILD = "from analysis.build import run"


def fingerprint(store: Store, project: Project, judgement: Judgement) -> str:
    """A checksum of the snapshots, the rules, the areas, the instant and the code that a build depends on."""
    parts = {
        "snapshots": [_identity(snapshot) for snapshot in _snapshots(store, project)],
        "rules": dict(project.sections),
        "judgement": repr(judgement),
        "code": _code(BUILD),
    }
    return hashlib.sha256(msgspec.json.encode(parts, order="deterministic")).hexdigest()


def n_bytes(store: Store, project: Project) -> int:
    """The size of its records in bytes, from which the work is estimated."""
    return sum(frame.size for snapshot in _snapshots(store, project) for frame in snapshot.manifest.frames)


def _snapshots(store: Store, project: Project) -> Iterator[Snapshot]:
    for source, scope in project.scopes:
        yield from store.snapshots(source, scope)


def _identity(snapshot: Snapshot) -> list[str | int | None]:
    kept = snapshot.manifest
    return [kept.source, kept.number, kept.as_of, *(frame.sha256 for frame in kept.frames), *map(str, kept.gone)]


@cache
def _code(source: str) -> list[str]:
    """Every file that this source reaches, as name and checksum."""
    reached = import_closure.files(source)
    return [
        f"{path.relative_to(import_closure.ROOT)} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in reached
    ]
