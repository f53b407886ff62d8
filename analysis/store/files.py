"""Files below the data directory: every byte that the store reads or writes goes through this module.

`at` alone decides where they are: on this disk, or on a remote file system that fsspec reaches. Both modules have the
same functions.
"""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO, Protocol

from analysis.store import disk, remote
from analysis.store.location import is_local


class FileSystem(Protocol):
    """The file operations of the store. A file is complete or absent; an error names the file."""

    def new_file(self, path: Path) -> AbstractContextManager[BinaryIO]:
        """A file that appears under its name only when it is complete; a failed one leaves nothing."""

    def read(self, path: Path) -> bytes:
        """The whole file."""

    def read_range(self, path: Path, offset: int, size: int) -> bytes:
        """`size` bytes from `offset`; fewer if the file ends before."""

    def seekable(self, path: Path) -> AbstractContextManager[BinaryIO | Path]:
        """The file for a reader that seeks in it, as a Parquet reader does."""

    def size(self, path: Path) -> int:
        """Bytes of a file, or of everything below a folder; 0 if there is nothing."""

    def names(self, folder: Path) -> list[str]:
        """Names in a folder, including hidden ones; empty if it is missing."""

    def exists(self, path: Path) -> bool:
        """Whether a file or folder is there."""

    def remove(self, path: Path) -> None:
        """Remove a file, or a folder with its content; no error if it is already gone."""

    def close_to_others(self, folder: Path) -> None:
        """Let only the owner read a folder and everything below it; a remote file system has its own rules."""

    def is_closed(self, folder: Path) -> bool:
        """Whether only the owner can read the folder; False if that is not decided on this machine."""


def at(path: Path) -> FileSystem:
    """The file system that a path is on."""
    return disk if is_local(path) else remote


def new_file(path: Path) -> AbstractContextManager[BinaryIO]:
    """A file that appears under its name only when it is complete; a failed one leaves nothing."""
    return at(path).new_file(path)


def read(path: Path) -> bytes:
    """The whole file."""
    return at(path).read(path)


def read_range(path: Path, offset: int, size: int) -> bytes:
    """`size` bytes from `offset`; fewer if the file ends before."""
    return at(path).read_range(path, offset, size)


def seekable(path: Path) -> AbstractContextManager[BinaryIO | Path]:
    """The file for a reader that seeks in it, as a Parquet reader does."""
    return at(path).seekable(path)


def size(path: Path) -> int:
    """Bytes of a file, or of everything below a folder; 0 if there is nothing."""
    return at(path).size(path)


def names(folder: Path) -> list[str]:
    """Names in a folder, sorted, without hidden ones; empty if the folder is missing."""
    return sorted(name for name in at(folder).names(folder) if not name.startswith("."))


def exists(path: Path) -> bool:
    """Whether the file is there."""
    return at(path).exists(path)


def remove(path: Path) -> None:
    """Remove a file, or a folder with its content; no error if it is already gone."""
    at(path).remove(path)


def close_to_others(folder: Path) -> None:
    """Let only the owner read a folder and everything below it; a remote file system has its own rules."""
    at(folder).close_to_others(folder)


def is_closed(folder: Path) -> bool:
    """Whether only the owner can read the folder; False if that is not decided on this machine."""
    return at(folder).is_closed(folder)
