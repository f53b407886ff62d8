"""The failure of the last fetch of a scope, kept beside its snapshots, so that reports and `status` can mention it."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from analysis.store import files, snapshot

NAME = "failed.json"


def write(folder: Path, why: str) -> None:
    """Write that a fetch failed just now, and why. Nothing is written if nothing was ever fetched."""
    if not snapshot.folder_names(folder):
        return
    note = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "why": why}
    with files.new_file(folder / NAME) as file:
        file.write(msgspec.json.encode(note))


def clear(folder: Path) -> None:
    """Remove the failure: a fetch was completed."""
    if files.exists(folder / NAME):
        files.remove(folder / NAME)


def read(folder: Path) -> str:
    """A sentence about the last fetch if it failed; else empty."""
    try:
        note = msgspec.json.decode(files.read(folder / NAME)) if files.exists(folder / NAME) else None
        return f"the last fetch failed, {str(note['at'])[:16]} UTC: {note['why']}" if note else ""
    except (ValueError, KeyError, TypeError):
        return ""
