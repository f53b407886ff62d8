"""Files below the data directory: every byte that the store reads or writes goes through here.

Where they are is decided in one place, `at`: on this disk, or on a file system elsewhere that fsspec reaches. Both
modules have the same functions.
"""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO, Protocol

from analysis.store import disk, remote
from analysis.store.location import is_local


class FileSystem(Protocol):
    """What the store does with files, whole or not there, wherever they are; an error names the file."""

    def new_file(self, path: Path) -> AbstractContextManager[BinaryIO]:
        """A file that appears under its name only when it is complete; nothing is left of one that failed."""

    def read(self, path: Path) -> bytes:
        """The whole file."""

    def read_range(self, path: Path, offset: int, size: int) -> bytes:
        """`size` bytes from `offset`; fewer where the file ends before."""

    def seekable(self, path: Path) -> AbstractContextManager[BinaryIO | Path]:
        """The file for a reader that finds its own way in it, as one of Parquet does."""

    def size(self, path: Path) -> int:
        """Bytes of a file, or of everything below a folder; 0 where nothing is."""

    def names(self, folder: Path) -> list[str]:
        """Names in a folder, hidden ones too; none where it is missing."""

    def exists(self, path: Path) -> bool:
        """Whether something is there."""

    def remove(self, path: Path) -> None:
        """Remove a file, or a folder with all it holds; no error where it is gone already."""

    def close_to_others(self, folder: Path) -> None:
        """Let only the owner read a folder and all below it; a file system elsewhere has rules of its own."""

    def is_closed(self, folder: Path) -> bool:
        """Whether only the owner reads the folder, and this machine is who says so."""


def at(path: Path) -> FileSystem:
    """The file system that a path is on."""
    return disk if is_local(path) else remote


def new_file(path: Path) -> AbstractContextManager[BinaryIO]:
    """A file that appears under its name only when it is complete; nothing is left of one that failed."""
    return at(path).new_file(path)


def read(path: Path) -> bytes:
    """The whole file."""
    return at(path).read(path)


def read_range(path: Path, offset: int, size: int) -> bytes:
    """`size` bytes from `offset`; fewer where the file ends before."""
    return at(path).read_range(path, offset, size)


def seekable(path: Path) -> AbstractContextManager[BinaryIO | Path]:
    """The file for a reader that finds its own way in it, as one of Parquet does."""
    return at(path).seekable(path)


def size(path: Path) -> int:
    """Bytes of a file, or of everything below a folder; 0 where nothing is."""
    return at(path).size(path)


def names(folder: Path) -> list[str]:
    """Names in a folder, sorted, without the hidden ones; none where the folder is missing."""
    return sorted(name for name in at(folder).names(folder) if not name.startswith("."))


def exists(path: Path) -> bool:
    """Whether the file is there."""
    return at(path).exists(path)


def remove(path: Path) -> None:
    """Remove a file, or a folder with all it holds; no error where it is gone already."""
    at(path).remove(path)


def close_to_others(folder: Path) -> None:
    """Let only the owner read a folder and all below it; a file system elsewhere has rules of its own."""
    at(folder).close_to_others(folder)


def is_closed(folder: Path) -> bool:
    """Whether only the owner reads the folder, and this machine is who says so."""
    return at(folder).is_closed(folder)
