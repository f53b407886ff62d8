"""Files and folders as streams of bytes: plain, or compressed by gzip, bzip2, xz or Zstandard."""

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, cast

from analysis.errors import DumpError

XZ_MEMORY = 1 << 26  # bytes of dictionary; `xz -9` needs this much, and a header can ask for 4 GB
CHUNK = 1 << 16
HEAD = 1 << 10

BROKEN = (EOFError, zlib.error, gzip.BadGzipFile, lzma.LZMAError, ValueError)


@dataclass(frozen=True, slots=True)
class Packing:
    """A form of compression: its first bytes, and the function that reads it."""

    name: str
    magic: bytes
    open: Callable[[Path], IO[bytes]]


@dataclass(frozen=True, slots=True)
class SavedFile:
    """One file to read; `in_folder` if its folder was named: then a broken file does not cost the others."""

    path: Path
    in_folder: bool = False


class _Xz(io.RawIOBase):
    """An xz file with a limit on the memory that its header may request, which lzma.open does not have."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._unpack = lzma.LZMADecompressor(memlimit=XZ_MEMORY)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while True:
            if self._unpack.eof:
                rest = (self._unpack.unused_data or self._file.read(CHUNK)).lstrip(b"\0")
                if not rest:
                    return 0
                self._unpack = lzma.LZMADecompressor(memlimit=XZ_MEMORY)
            else:
                rest = self._file.read(CHUNK) if self._unpack.needs_input else b""
                if not rest and self._unpack.needs_input:
                    raise EOFError("the end of the file inside the packed data")
            content = self._unpack.decompress(rest, max_length=len(buffer))
            if content:
                buffer[: len(content)] = content
                return len(content)

    def close(self) -> None:
        self._file.close()
        super().close()


def _gzip(path: Path) -> IO[bytes]:
    return cast(IO[bytes], gzip.GzipFile(path, "rb"))


def _bzip2(path: Path) -> IO[bytes]:
    return bz2.BZ2File(path, "rb")


def _xz(path: Path) -> IO[bytes]:
    return io.BufferedReader(_Xz(path))


def _zst(path: Path) -> IO[bytes]:
    import pyarrow as pa  # not needed for any other file

    return cast(IO[bytes], pa.CompressedInputStream(pa.OSFile(str(path), "rb"), "zstd"))


PACKINGS = (
    Packing("gzip", b"\x1f\x8b", _gzip),
    Packing("bzip2", b"BZh", _bzip2),
    Packing("xz", b"\xfd7zXZ\0", _xz),
    Packing("zst", b"\x28\xb5\x2f\xfd", _zst),
)


def files_in(paths: Iterable[Path | str]) -> Iterator[SavedFile]:
    """The named files, and all files with possible records below the named folders, ordered by name.

    In a folder, hidden files are left out, and files that neither have a JSON name nor begin like JSON. Raises
    DumpError for a path that does not exist.
    """
    for path in map(Path, paths):
        if not path.is_dir():
            yield SavedFile(path)
            continue
        for file in sorted(file for file in path.rglob("*") if file.is_file()):
            is_hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
            if not is_hidden and _may_hold_records(file):
                yield SavedFile(file, in_folder=True)


def _may_hold_records(path: Path) -> bool:
    if any(suffix.startswith((".json", ".ndjson")) for suffix in path.suffixes):
        return True
    try:
        with open_unpacked(path) as file:
            return file.read(HEAD).lstrip().startswith((b"{", b"[", b")]}'", b"\xef\xbb\xbf"))
    except DumpError:
        return False


@contextmanager
def open_unpacked(path: Path) -> Iterator[BinaryIO]:
    """The unpacked bytes of a file.

    Raises DumpError, also during reading, for a file that cannot be read or is not compressed as its first bytes say.
    """
    packing = None
    try:
        with path.open("rb") as file:
            head = file.read(max(len(packing.magic) for packing in PACKINGS))
        packing = next((candidate for candidate in PACKINGS if head.startswith(candidate.magic)), None)
        with packing.open(path) if packing else path.open("rb") as unpacked:
            yield cast(BinaryIO, unpacked)
    except DumpError:
        raise
    except BROKEN as cause:
        if packing is None:
            raise
        raise _unpacking_error(path, packing, cause) from cause
    except OSError as cause:
        if packing is not None and cause.errno is None:
            raise _unpacking_error(path, packing, cause) from cause
        raise DumpError(
            expected=f"to read the file {path}", found=cause.strerror or str(cause), do="correct the path"
        ) from cause


def _unpacking_error(path: Path, packing: Packing, cause: Exception) -> DumpError:
    return DumpError(
        expected=f"{path} to be a whole {packing.name} file",
        found=f"{cause}"[:200] or type(cause).__name__,
        do="copy or download it again",
    )
