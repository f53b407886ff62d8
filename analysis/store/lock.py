"""One writer at a time: a lock that the system itself drops when its holder dies, however it dies.

That holds on one machine. A folder that many machines share has a file besides, which the first to write it owns: it
says who that is, and what is left of a machine that died has to be removed by hand.
"""

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from analysis.errors import LockedError
from analysis.store import files, remote
from analysis.store.place import is_here, scratch

LOCK = ".lock"


@contextmanager
def held(folder: Path, *, purpose: str) -> Iterator[None]:
    """Hold the lock of this folder. Raises LockedError that says who holds it."""
    own = scratch(folder) / LOCK
    with files.writing(own):
        own.parent.mkdir(parents=True, exist_ok=True)
        file = own.open("a+", encoding="utf-8")
    with file:
        _take(file, own)
        me = f"process {os.getpid()} on {socket.gethostname()}, {purpose}"
        file.truncate(0)
        file.write(me)
        file.flush()
        try:
            with _shared(folder / LOCK, me):
                yield
        finally:
            file.truncate(0)


def holder(folder: Path) -> str:
    """Who on this machine holds the lock of this folder, and for what; empty where nobody does."""
    try:
        with (scratch(folder) / LOCK).open(encoding="utf-8") as file:
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


@contextmanager
def _shared(path: Path, me: str) -> Iterator[None]:
    if is_here(path):
        yield
        return
    if not remote.created(path, me.encode()):
        holder = remote.read(path).decode(errors="replace")
        # This machine's own lock is ours by now: whoever wrote that here is dead.
        if f" on {socket.gethostname()}, " not in holder:
            raise LockedError(
                expected=f"to be the only one that writes below {path.parent}",
                found=f"{holder} holds {path}",
                do=f"wait until it ends; if that machine is gone for good, remove {path}",
            )
    try:
        yield
    finally:
        remote.remove(path)
