"""One writer at a time: a lock that the system itself drops when its holder dies, however it dies.

That holds on one machine. A folder that many machines share has a file besides, which the first to write it owns: it
says who that is, and what is left of a machine that died has to be removed by hand.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from analysis.errors import LockedError
from analysis.store import disk, remote
from analysis.store.location import is_local, scratch

LOCK = ".lock"


@contextmanager
def hold(folder: Path, *, purpose: str) -> Iterator[None]:
    """Hold the lock of this folder. Raises LockedError that says who holds it."""
    path = scratch(folder) / LOCK
    lock = FileLock(path, timeout=0)
    with disk.writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire()
        except Timeout as cause:
            raise LockedError(
                expected=f"to be the only one that writes below {path.parent}",
                found=f"{path.read_text(encoding='utf-8') or 'another process'} holds {path}",
                do="wait until it ends, or end that process; what it has fetched so far is kept",
            ) from cause
    try:
        me = f"process {os.getpid()} on {socket.gethostname()}, {purpose}"
        path.write_text(me, encoding="utf-8")  # what a lock file holds is its holder's
        with _hold_elsewhere(folder / LOCK, me):
            yield
    finally:
        path.write_text("", encoding="utf-8")
        lock.release()


def holder(folder: Path) -> str:
    """Who on this machine holds the lock of this folder, and for what; empty where nobody does."""
    path = scratch(folder) / LOCK
    try:
        holder_text = path.read_text(encoding="utf-8")
        if holder_text:  # else nobody wrote there, and trying the lock might keep out who is just about to
            with FileLock(path, timeout=0):
                return ""
    except Timeout:
        return holder_text
    except OSError:
        return ""
    return ""


@contextmanager
def _hold_elsewhere(path: Path, me: str) -> Iterator[None]:
    """Hold the lock of a folder that other machines write to as well; of one on this disk there is none besides."""
    if is_local(path):
        yield
        return
    if not remote.create(path, me.encode()):
        other_holder = remote.read(path).decode(errors="replace")
        # This machine's own lock is ours by now: whoever wrote that here is dead.
        if f" on {socket.gethostname()}, " not in other_holder:
            raise LockedError(
                expected=f"to be the only one that writes below {path.parent}",
                found=f"{other_holder} holds {path}",
                do=f"wait until it ends; if that machine is gone for good, remove {path}",
            )
    try:
        yield
    finally:
        remote.remove(path)
