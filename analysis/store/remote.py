"""Files of a remote data directory, through fsspec: each is complete or absent, as on a disk."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from analysis.errors import AnalysisError, StoreError
from analysis.store.location import as_fsspec

if TYPE_CHECKING:
    from upath import UPath


@contextmanager
def _reaching(path: Path) -> Iterator["UPath"]:
    """The path for fsspec; errors of its server or client become a StoreError that names the file."""
    try:
        yield as_fsspec(path)
    except AnalysisError:
        raise
    except Exception as cause:  # no bucket, no credentials, no network: each file system has its own errors
        raise StoreError(
            expected=f"to reach {path}",
            found=f"{type(cause).__name__}: {cause}"[:300],
            do="check the address and its credentials, then run the same command again: "
            "what was stored before is whole",
        ) from cause


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """A file that is written locally and uploaded when it is complete; a failed one is not uploaded."""
    with tempfile.NamedTemporaryFile() as file:
        yield cast(BinaryIO, file)
        file.flush()
        with _reaching(path) as remote_path:
            remote_path.fs.put_file(file.name, remote_path.path)


@contextmanager
def seekable(path: Path) -> Iterator[BinaryIO]:
    """The file, open for reading in any order."""
    with _reaching(path) as remote_path:
        file = remote_path.fs.open(remote_path.path, "rb")
    with file:
        yield file


def read(path: Path) -> bytes:
    """The whole file."""
    with _reaching(path) as remote_path:
        content: bytes = remote_path.fs.cat_file(remote_path.path)
    return content


def read_range(path: Path, offset: int, size: int) -> bytes:
    """`size` bytes from `offset`, in one request; fewer if the file ends before."""
    with _reaching(path) as remote_path:
        content: bytes = remote_path.fs.cat_file(remote_path.path, start=offset, end=offset + size)
    return content


def download(path: Path, to: Path) -> None:
    """Download a file; it appears when it is complete."""
    with tempfile.TemporaryDirectory(dir=to.parent) as folder, _reaching(path) as remote_path:
        remote_path.fs.get_file(remote_path.path, f"{folder}/part")
        Path(folder, "part").replace(to)


def version(path: Path) -> str:
    """A text that changes when the file changes, from the server's metadata."""
    with _reaching(path) as remote_path:
        return str(remote_path.fs.ukey(remote_path.path))


def size(path: Path) -> int:
    """Bytes of a file, or of everything below a folder; 0 if there is nothing."""
    with _reaching(path) as remote_path:
        return int(remote_path.fs.du(remote_path.path))


def names(folder: Path) -> list[str]:
    """Names in a folder; empty if it is missing."""
    with _reaching(folder) as remote_path:
        try:
            return [name.rstrip("/").rpartition("/")[2] for name in remote_path.fs.ls(remote_path.path, detail=False)]
        except FileNotFoundError:
            return []


def exists(path: Path) -> bool:
    """Whether a file or folder is there."""
    with _reaching(path) as remote_path:
        return bool(remote_path.fs.exists(remote_path.path))


def remove(path: Path) -> None:
    """Remove a file, or a folder with its content; no error if it is already gone."""
    with _reaching(path) as remote_path:
        if remote_path.fs.exists(remote_path.path):
            remote_path.fs.rm(remote_path.path, recursive=True)


def close_to_others(folder: Path) -> None:
    """Does nothing: the remote file system decides who reads a folder."""


def is_closed(folder: Path) -> bool:
    """Always False: it is unknown here who can read a remote folder."""
    return False


def create(path: Path, content: bytes) -> bool:
    """Write a small file unless it exists; False if it does. Makes one machine the only writer among many."""
    with _reaching(path) as remote_path:
        try:
            remote_path.fs.pipe_file(remote_path.path, content, mode="create")
        except FileExistsError:
            return False
    return True
