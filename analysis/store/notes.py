"""Notes: a few small facts beside the tables, such as what the last build was made from."""

from pathlib import Path
from typing import Any

import msgspec

from analysis.store import files
from analysis.store.scope import quoted

FOLDER = ".notes"


def write(folder: Path, name: str, value: Any) -> None:
    """Keep a note; the last one of a name counts."""
    with files.new_file(_path(folder, name)) as file:
        file.write(msgspec.json.format(msgspec.json.encode(value, order="deterministic"), indent=2))


def read(folder: Path, name: str) -> Any:
    """A note; None where there is none, or none that can be read: a note only ever saves work."""
    path = _path(folder, name)
    try:
        return msgspec.json.decode(files.read(path)) if files.exists(path) else None
    except ValueError:
        return None


def _path(folder: Path, name: str) -> Path:
    return folder / FOLDER / f"{quoted(name)}.json"
