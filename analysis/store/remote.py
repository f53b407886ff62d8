"""Files of a data directory that is not on this disk, through fsspec: whole or not there, as on a disk."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from analysis.errors import AnalysisError, StoreError
from analysis.store.place import far


@contextmanager
def reached(path: Path) -> Iterator[Any]:
    """The path for fsspec; what its server or its client says against it becomes a StoreError that names the file."""
    try:
        yield far(path)
    except AnalysisError:
        raise
    except Exception as cause:  # no bucket, no credentials, no network: each file system has errors of its own
        raise StoreError(
            expected=f"to reach {path}",
            found=f"{type(cause).__name__}: {cause}"[:300],
            do="see that the address is right and that its credentials are set; then run the same command again: "
            "what was stored before is whole",
        ) from cause


@contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """A file that is written on this disk and goes there when it is complete; nothing goes of one that failed."""
    with tempfile.NamedTemporaryFile() as file:
        yield file
        file.flush()
        with reached(path) as there:
            there.fs.put_file(file.name, there.path)


def opened(path: Path) -> Any:
    """The file, open to be read in any order; to be closed."""
    with reached(path) as there:
        return there.fs.open(there.path, "rb")


def read(path: Path) -> bytes:
    """The whole file."""
    with reached(path) as there:
        content: bytes = there.fs.cat_file(there.path)
    return content


def read_range(path: Path, offset: int, size: int) -> bytes:
    """`size` bytes from `offset`, in one request; fewer where the file ends before."""
    with reached(path) as there:
        content: bytes = there.fs.cat_file(there.path, start=offset, end=offset + size)
    return content


def fetched(path: Path, to: Path) -> None:
    """Bring a file onto this disk; it is there when all of it is."""
    with tempfile.TemporaryDirectory(dir=to.parent) as folder, reached(path) as there:
        there.fs.get_file(there.path, f"{folder}/part")
        Path(folder, "part").replace(to)


def version(path: Path) -> str:
    """A text that changes when the file does, by what the server says about it."""
    with reached(path) as there:
        return str(there.fs.ukey(there.path))


def size(path: Path) -> int:
    """Bytes of a file, or of everything below a folder; 0 where nothing is."""
    with reached(path) as there:
        return int(there.fs.du(there.path))


def names(folder: Path) -> list[str]:
    """Names in a folder; none where it is missing."""
    with reached(folder) as there:
        try:
            return [name.rstrip("/").rpartition("/")[2] for name in there.fs.ls(there.path, detail=False)]
        except FileNotFoundError:
            return []


def exists(path: Path) -> bool:
    """Whether something is there."""
    with reached(path) as there:
        return bool(there.fs.exists(there.path))


def remove(path: Path) -> None:
    """Remove a file, or a folder with all it holds; no error where it is gone already."""
    with reached(path) as there:
        if there.fs.exists(there.path):
            there.fs.rm(there.path, recursive=True)


def created(path: Path, content: bytes) -> bool:
    """Write a small file unless one is there already: False then. For one writer among many machines."""
    with reached(path) as there:
        try:
            there.fs.pipe_file(there.path, content, mode="create")
        except FileExistsError:
            return False
    return True
