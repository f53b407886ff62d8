"""Files below the data directory: every byte that the store reads or writes goes through here."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from analysis.errors import StoreError

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
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
            _sync_folder(path.parent)
        finally:
            part.unlink(missing_ok=True)


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
        return path.read_bytes()


def read_range(path: Path, offset: int, size: int) -> bytes:
    """`size` bytes from `offset`; fewer where the file ends before."""
    with _reading(path), path.open("rb") as file:
        file.seek(offset)
        return file.read(size)


def size(path: Path) -> int:
    """Bytes on disk of a file, or of everything below a folder; 0 where nothing is."""
    if path.is_dir():
        return sum(found.stat().st_size for found in path.rglob("*") if found.is_file())
    return path.stat().st_size if path.exists() else 0


def names(folder: Path) -> list[str]:
    """Names in a folder, sorted, without the hidden ones; none where the folder is missing."""
    return sorted(p.name for p in folder.iterdir() if not p.name.startswith(".")) if folder.is_dir() else []


def exists(path: Path) -> bool:
    """Whether the file is there."""
    return path.exists()


def remove(path: Path) -> None:
    """Remove a file, or a folder with all it holds; no error where it is gone already."""
    with writing(path):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
