"""Frames: groups of records as JSON lines, each group compressed and checksummed on its own.

A snapshot's file is a sequence of frames. Together they are an ordinary .jsonl.zst that any tool reads. One frame can
be located, checked and read without the others, so that memory does not grow with the file.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

from analysis.errors import CorruptSnapshotError
from analysis.store import files
from analysis.store.record import Key

if TYPE_CHECKING:
    import pyarrow as pa

RAW_BYTES = 1 << 20  # a frame is closed at 1 MiB of JSON: small enough to look one record up, large enough to compress
LEVEL = 3
FrameFields: TypeAlias = tuple[int, int, int, Sequence[Key], str]


@dataclass(frozen=True, slots=True)
class Frame:
    """The position of one frame, the keys of its lines in order, and the checksum of its compressed bytes."""

    offset: int
    size: int
    raw_size: int
    keys: tuple[Key, ...]
    sha256: str

    def to_json(self) -> FrameFields:
        """Its fields in order."""
        return self.offset, self.size, self.raw_size, self.keys, self.sha256

    @classmethod
    def from_json(cls, fields: FrameFields) -> "Frame":
        """The inverse of `to_json`."""
        offset, size, raw_size, keys, sha256 = fields
        return cls(offset, size, raw_size, tuple(keys), sha256)


def write(file: BinaryIO, lines: Iterable[tuple[Key, bytes]]) -> Iterator[Frame]:
    """Append (key, line) pairs, ordered by key, and yield each frame once it is written."""
    offset = size = 0
    keys: list[Key] = []
    frame_lines: list[bytes] = []
    for key, line in lines:
        keys.append(key)
        frame_lines.append(line)
        size += len(line) + 1
        if size >= RAW_BYTES:
            yield (frame := _write_frame(file, offset, keys, frame_lines))
            offset, size, keys, frame_lines = offset + frame.size, 0, [], []
    if frame_lines:
        yield _write_frame(file, offset, keys, frame_lines)


def _write_frame(file: BinaryIO, offset: int, keys: list[Key], lines: list[bytes]) -> Frame:
    raw = b"\n".join(lines) + b"\n"
    compressed = compress(raw, LEVEL)
    file.write(compressed)
    return Frame(offset, len(compressed), len(raw), tuple(keys), hashlib.sha256(compressed).hexdigest())


def lines(path: Path, frame: Frame) -> list[bytes]:
    """The frame's lines. Raises CorruptSnapshotError if its bytes are not those that were written."""
    compressed = files.read_range(path, frame.offset, frame.size)
    if len(compressed) != frame.size:
        raise _corrupt_error(path, frame, f"{len(compressed)} bytes: the file is truncated")
    checksum = hashlib.sha256(compressed).hexdigest()
    if checksum != frame.sha256:
        raise _corrupt_error(path, frame, f"sha256 {checksum[:16]}...")
    return expand(compressed, frame.raw_size).splitlines()


def _corrupt_error(path: Path, frame: Frame, fault: str) -> CorruptSnapshotError:
    return CorruptSnapshotError(
        expected=f"{path} to hold {frame.size} bytes with sha256 {frame.sha256[:16]}... at {frame.offset}",
        found=fault,
        do=restore(path.parent),
    )


def restore(folder: Path) -> str:
    """The advice for a snapshot that is damaged."""
    return f"restore the file from a copy, or remove {folder} and fetch with --verify: what it held is fetched again"


def load_codec() -> None:
    """Import the compression library in a thread, while a fetch waits for the first answers of its server."""
    Thread(target=_codec, args=(LEVEL,), name="codec").start()


def _codec(level: int) -> "pa.Codec":
    import pyarrow as pa  # takes longer to import than everything else that a fetch needs

    return pa.Codec("zstd", compression_level=level)


def compress(raw: bytes, level: int) -> bytes:
    """One zstd frame."""
    compressed: bytes = _codec(level).compress(raw, asbytes=True)
    return compressed


def expand(compressed: bytes, raw_size: int) -> bytes:
    """The inverse of `compress`."""
    raw: bytes = _codec(LEVEL).decompress(compressed, raw_size, asbytes=True)
    return raw
