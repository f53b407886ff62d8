"""One writer at a time: a lock that the system itself drops when its holder dies, however it dies."""

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from analysis.errors import LockedError
from analysis.store import files

NAME = ".lock"


@contextmanager
def held(path: Path, *, purpose: str) -> Iterator[None]:
    """Hold the lock of this path. Raises LockedError that says who holds it."""
    with files.writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+", encoding="utf-8")
    with file:
        _take(file, path)
        file.truncate(0)
        file.write(f"process {os.getpid()} on {socket.gethostname()}, {purpose}")
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def holder(path: Path) -> str:
    """Who holds the lock of this path, and for what; empty where nobody does."""
    try:
        with path.open(encoding="utf-8") as file:
            said = file.read()
            if said:  # else nobody wrote there, and trying the lock might keep out who is just about to
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return said
    except OSError:
        return ""
    return ""


def _take(file: IO[str], path: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as cause:
        file.seek(0)
        raise LockedError(
            expected=f"to be the only one that writes below {path.parent}",
            found=f"{file.read() or 'another process'} holds {path}",
            do="wait until it ends, or end that process; what it has fetched so far is kept",
        ) from cause
