"""Markers: small facts beside the tables, such as what the last build was made from."""

from pathlib import Path
from typing import TypeVar

import msgspec

from analysis.store import files
from analysis.store.scope import quote_name

FOLDER = ".notes"
T = TypeVar("T")


def write(folder: Path, name: str, value: object) -> None:
    """Write a marker; it replaces an earlier one of the same name."""
    with files.new_file(_path(folder, name)) as file:
        file.write(msgspec.json.format(msgspec.json.encode(value, order="deterministic"), indent=2))


def read(folder: Path, name: str, kind: type[T]) -> T | None:
    """A marker; None if there is none of this kind: a marker only ever saves work."""
    path = _path(folder, name)
    try:
        return msgspec.json.decode(files.read(path), type=kind) if files.exists(path) else None
    except ValueError:  # the base class of msgspec's errors
        return None


def _path(folder: Path, name: str) -> Path:
    return folder / FOLDER / f"{quote_name(name)}.json"
