"""Files of a local data directory: each is complete or absent, even after a power failure."""

import errno
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from analysis.errors import StoreError

ABANDONED = 24 * 60 * 60  # seconds without a new byte; no file of ours takes so long
CLOSED = 0o700
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
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as cause:
        raise StoreError(
            expected=f"to read {path}",
            found=cause.strerror or str(cause),
            do="make the data directory readable, or choose another with --data-dir; nothing was changed",
        ) from cause


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """A file that appears under its name only when it is complete and on disk; a failed one leaves nothing."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(path)
        try:
            with part.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
            _sync_folder(path.parent)
        finally:
            part.unlink(missing_ok=True)


def _remove_abandoned(path: Path) -> None:
    """Remove partial files that killed processes left; one of today may belong to a running process."""
    for part in path.parent.iterdir():
        if part.name.startswith(f".{path.name}.") and part.suffix == ".part":
            with suppress(FileNotFoundError):  # the other process may just have finished it
                if time.time() - part.stat().st_mtime > ABANDONED:
                    part.unlink()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def close_to_others(folder: Path) -> None:
    """Let only the owner read a folder and everything below it: folders 0700, files 0600."""
    with writing(folder):
        folder.mkdir(mode=CLOSED, parents=True, exist_ok=True)
        folder.chmod(CLOSED)  # first, so that nobody can read what is below in the meantime
        for path in folder.rglob("*"):
            with suppress(FileNotFoundError):  # SQLite removes files of its own
                path.chmod(CLOSED if path.is_dir() else CLOSED & 0o600)


def is_closed(folder: Path) -> bool:
    """Whether only the owner reads the folder."""
    return folder.is_dir() and not folder.stat().st_mode & 0o077


def read(path: Path) -> bytes:
    """The whole file."""
    with _reading(path):
        return path.read_bytes()


def read_range(path: Path, offset: int, size: int) -> bytes:
    """`size` bytes from `offset`; fewer if the file ends before."""
    with _reading(path), path.open("rb") as file:
        file.seek(offset)
        return file.read(size)


@contextmanager
def seekable(path: Path) -> Iterator[Path]:
    """The file for a reader that seeks in it: on a disk, its path."""
    yield path


def size(path: Path) -> int:
    """Bytes on disk of a file, or of everything below a folder; 0 if there is nothing."""
    with _reading(path):
        if path.is_dir():
            return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
        return path.stat().st_size if path.exists() else 0


def names(folder: Path) -> list[str]:
    """Names in a folder; empty if it is missing."""
    with _reading(folder):
        return [path.name for path in folder.iterdir()] if folder.is_dir() else []


def exists(path: Path) -> bool:
    """Whether a file or folder is there."""
    with _reading(path):
        return path.exists()


def remove(path: Path) -> None:
    """Remove a file, or a folder with its content; no error if it is already gone."""
    with writing(path):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
