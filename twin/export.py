"""The world as files: a clone, a saved answer of its Gerrit, and its truth."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from twin import gerrit
from twin.world import World


def write(world: World, folder: Path) -> list[Path]:
    """Write `clone` (a bare repository), `changes.json` (Gerrit's list) and `truth.json`, and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / "clone", folder / "changes.json", folder / "truth.json"]
    world.write_git(paths[0])
    write_dump(world, paths[1])
    paths[2].write_text(json.dumps(world.truth, indent=1, default=_stamped), encoding="utf-8")
    return paths


def write_dump(world: World, path: Path, *, options: Sequence[str] = gerrit.ALL_OPTIONS) -> None:
    """Write the changes to one file, as Gerrit's list would serve them to an anonymous reader."""
    rows = gerrit.rows(world, options=frozenset(options))
    path.write_text(gerrit.GUARD + json.dumps(rows, indent=1), encoding="utf-8")


def _stamped(value: object) -> str:
    if not isinstance(value, datetime):
        raise TypeError(f"expected an instant, found {type(value).__name__}")
    return value.isoformat()
