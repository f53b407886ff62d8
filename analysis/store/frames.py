"""Frames: some records as JSON lines, compressed and checksummed on their own.

A snapshot's file is a row of frames. Together they are one ordinary .jsonl.zst that any tool reads; alone, a frame can
be found, checked and read without the rest, so that memory does not grow with the file.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from analysis.errors import CorruptSnapshotError
from analysis.store import files
from analysis.store.record import Key

RAW_BYTES = 1 << 20  # a frame is closed at 1 MiB of JSON: small enough to look one record up, large enough to compress
LEVEL = 3


@dataclass(frozen=True, slots=True)
class Frame:
    """Where one frame lies, the keys of its lines in order, and the checksum of its compressed bytes."""

    offset: int
    size: int
    raw_size: int
    keys: tuple[Key, ...]
    sha256: str

    def to_json(self) -> list[Any]:
        """Its fields in order."""
        return [self.offset, self.size, self.raw_size, self.keys, self.sha256]

    @classmethod
    def from_json(cls, fields: list[Any]) -> "Frame":
        """The frame that `to_json` was made from."""
        offset, size, raw_size, keys, sha256 = fields
        return cls(offset, size, raw_size, tuple(keys), sha256)


def write(file: BinaryIO, lines: Iterable[tuple[Key, bytes]]) -> Iterator[Frame]:
    """Append (key, line) pairs, which come in the order of their keys, and yield each frame once it is written."""
    offset = size = 0
    keys: list[Key] = []
    held: list[bytes] = []
    for key, line in lines:
        keys.append(key)
        held.append(line)
        size += len(line) + 1
        if size >= RAW_BYTES:
            yield (frame := _packed(file, offset, keys, held))
            offset, size, keys, held = offset + frame.size, 0, [], []
    if held:
        yield _packed(file, offset, keys, held)


def _packed(file: BinaryIO, offset: int, keys: list[Key], lines: list[bytes]) -> Frame:
    raw = b"\n".join(lines) + b"\n"
    packed = compress(raw, LEVEL)
    file.write(packed)
    return Frame(offset, len(packed), len(raw), tuple(keys), hashlib.sha256(packed).hexdigest())


def lines(path: Path, frame: Frame) -> list[bytes]:
    """The frame's lines, after checking that its bytes are those that were written. Raises CorruptSnapshotError."""
    packed = files.read_range(path, frame.offset, frame.size)
    if len(packed) != frame.size:
        raise _corrupt(path, frame, f"{len(packed)} bytes: the file is truncated")
    found = hashlib.sha256(packed).hexdigest()
    if found != frame.sha256:
        raise _corrupt(path, frame, f"sha256 {found[:16]}...")
    return expand(packed, frame.raw_size).splitlines()


def _corrupt(path: Path, frame: Frame, found: str) -> CorruptSnapshotError:
    return CorruptSnapshotError(
        expected=f"{path} to hold {frame.size} bytes with sha256 {frame.sha256[:16]}... at {frame.offset}",
        found=found,
        do=restore(path.parent),
    )


def restore(folder: Path) -> str:
    """What to do about a snapshot that is not as it was written."""
    return f"restore the file from a copy, or remove {folder} and fetch with --verify: what it held is fetched again"


def compress(raw: bytes, level: int) -> bytes:
    """One zstd frame."""
    packed: bytes = pa.Codec("zstd", compression_level=level).compress(raw, asbytes=True)
    return packed


def expand(packed: bytes, raw_size: int) -> bytes:
    """The bytes that `compress` was given."""
    raw: bytes = pa.Codec("zstd").decompress(packed, raw_size, asbytes=True)
    return raw
