"""That the last fetch of a scope failed: kept beside its snapshots, so that a report of older ones can say so."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from analysis.store import files, snapshot

NAME = "failed.json"


def write(folder: Path, why: str) -> None:
    """Note that a fetch failed just now, and why. Where nothing was ever fetched there is nothing to say it of."""
    if not snapshot.folder_names(folder):
        return
    note = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "why": why}
    with files.new_file(folder / NAME) as file:
        file.write(msgspec.json.encode(note))


def clear(folder: Path) -> None:
    """Forget it: a fetch came to its end."""
    if files.exists(folder / NAME):
        files.remove(folder / NAME)


def read(folder: Path) -> str:
    """What to tell of the last fetch, if it failed; else nothing."""
    try:
        note = msgspec.json.decode(files.read(folder / NAME)) if files.exists(folder / NAME) else None
        return f"the last fetch failed, {str(note['at'])[:16]} UTC: {note['why']}" if note else ""
    except (ValueError, KeyError, TypeError):
        return ""
