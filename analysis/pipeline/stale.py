"""What a build was made from, as one checksum: the same checksum means that there is nothing to do."""

import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec

from analysis.pipeline.judgement import Judgement
from analysis.pipeline.projects import Project
from analysis.store import Snapshot, Store

CODE = Path(__file__).parents[1]
# Rooms that a build never looks into: what they show or invent does not make its tables stale.
ROOMS_NOT_USED = frozenset({"cli", "figures", "measures", "quota_lab", "reports", "twin"})


def fingerprint(store: Store, project: Project, judgement: Judgement) -> str:
    """A checksum of the snapshots, the rules, the areas, the instant and the code that a build depends on."""
    parts = {
        "snapshots": [_identity(snapshot) for snapshot in _snapshots(store, project)],
        "rules": project.sections,
        "judgement": repr(judgement),
        "code": _code(),
    }
    return hashlib.sha256(msgspec.json.encode(parts, order="deterministic")).hexdigest()


def n_bytes(store: Store, project: Project) -> int:
    """The size of its records, by which the work can be told beforehand."""
    return sum(frame.size for snapshot in _snapshots(store, project) for frame in snapshot.manifest.frames)


def _snapshots(store: Store, project: Project) -> Iterator[Snapshot]:
    for source, scope in project.scopes:
        yield from store.snapshots(source, scope)


def _identity(snapshot: Snapshot) -> list[str | int | None]:
    kept = snapshot.manifest
    return [kept.source, kept.number, kept.as_of, *(frame.sha256 for frame in kept.frames), *map(str, kept.gone)]


@cache
def _code() -> list[str]:
    paths = (path for path in sorted(CODE.rglob("*.py")) if path.relative_to(CODE).parts[0] not in ROOMS_NOT_USED)
    return [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]
