"""One writer at a time: a lock that the system releases when its holder dies, in whatever way.

That works on one machine. A folder that many machines share also has a lock file, which belongs to the first machine
that writes it. It names its owner; if that machine died, the file must be removed by hand.
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
    """Hold the lock of this folder. Raises LockedError, which names the holder."""
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
        path.write_text(me, encoding="utf-8")  # the lock file names its holder
        with _hold_elsewhere(folder / LOCK, me):
            yield
    finally:
        path.write_text("", encoding="utf-8")
        lock.release()


def holder(folder: Path) -> str:
    """The holder of the lock of this folder on this machine, and its purpose; empty if there is none."""
    path = scratch(folder) / LOCK
    try:
        holder_text = path.read_text(encoding="utf-8")
        if holder_text:  # otherwise nobody wrote there, and trying the lock might block a process that is about to
            with FileLock(path, timeout=0):
                return ""
    except Timeout:
        return holder_text
    except OSError:
        return ""
    return ""


@contextmanager
def _hold_elsewhere(path: Path, me: str) -> Iterator[None]:
    """Hold the lock of a folder that other machines write to; a local folder has no second lock."""
    if is_local(path):
        yield
        return
    if not remote.create(path, me.encode()):
        other_holder = remote.read(path).decode(errors="replace")
        # We hold this machine's own lock, so a process of this machine that wrote the file is dead.
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
