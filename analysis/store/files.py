"""Files below the data directory: every byte that the store reads or writes goes through here."""

import errno
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, cast

from analysis.errors import StoreError
from analysis.store import remote
from analysis.store.place import is_here

ABANDONED = 24 * 60 * 60  # seconds without a byte; no file of ours takes so long
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn a full disk or a forbidden folder into a StoreError that names the file."""
    try:
        yield
    except OSError as cause:
        full = cause.errno in FULL
        raise StoreError(
            expected=f"to write {path}",
            found=cause.strerror or str(cause),
            do=("free some space" if full else "make the data directory writable, or choose another with --data-dir")
            + ", then run the same command again: what was stored before is whole",
        ) from cause


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """A file that appears under its name only when it is complete and on disk; nothing is left of one that failed."""
    if not is_here(path):
        with remote.new_file(path) as file:
            yield cast(BinaryIO, file)
        return
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(path)
        try:
            with part.open("wb") as own:
                yield own
                own.flush()
                os.fsync(own.fileno())
            part.replace(path)
            _sync_folder(path.parent)
        finally:
            part.unlink(missing_ok=True)


def _remove_abandoned(path: Path) -> None:
    """The parts of this file that a process left when it was killed; one of today may be another's work under way."""
    for part in path.parent.iterdir():
        if part.name.startswith(f".{path.name}.") and part.suffix == ".part":
            with suppress(FileNotFoundError):  # the other process may just have ended it
                if time.time() - part.stat().st_mtime > ABANDONED:
                    part.unlink()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as cause:
        raise StoreError(
            expected=f"to read {path}",
            found=cause.strerror or str(cause),
            do="make the data directory readable, or choose another with --data-dir; nothing was changed",
        ) from cause


def read(path: Path) -> bytes:
    """The whole file."""
    with _reading(path):
        return path.read_bytes() if is_here(path) else remote.read(path)


def read_range(path: Path, offset: int, size: int) -> bytes:
    """`size` bytes from `offset`; fewer where the file ends before."""
    if not is_here(path):
        return remote.read_range(path, offset, size)
    with _reading(path), path.open("rb") as file:
        file.seek(offset)
        return file.read(size)


@contextmanager
def seekable(path: Path) -> Iterator[Any]:
    """The file for a reader that finds its own way in it, as one of Parquet does."""
    if is_here(path):
        yield path
        return
    with remote.opened(path) as file:
        yield file


def size(path: Path) -> int:
    """Bytes on disk of a file, or of everything below a folder; 0 where nothing is."""
    if not is_here(path):
        return remote.size(path)
    with _reading(path):
        if path.is_dir():
            return sum(found.stat().st_size for found in path.rglob("*") if found.is_file())
        return path.stat().st_size if path.exists() else 0


def names(folder: Path) -> list[str]:
    """Names in a folder, sorted, without the hidden ones; none where the folder is missing."""
    if is_here(folder):
        with _reading(folder):
            found = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    else:
        found = remote.names(folder)
    return sorted(name for name in found if not name.startswith("."))


def exists(path: Path) -> bool:
    """Whether the file is there."""
    if not is_here(path):
        return remote.exists(path)
    with _reading(path):
        return path.exists()


def remove(path: Path) -> None:
    """Remove a file, or a folder with all it holds; no error where it is gone already."""
    if not is_here(path):
        remote.remove(path)
        return
    with writing(path):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
