"""A snapshot: an immutable, checksummed set of records as served. Its manifest is written last and makes it valid."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

import msgspec

from analysis.errors import CorruptSnapshotError, NewerFormatError
from analysis.store import chunks, files
from analysis.store import record as records
from analysis.store.chunks import Frame
from analysis.store.record import Key, Record
from analysis.store.scope import Scope

FORMAT = 1
MANIFEST = "manifest.json"
RECORDS = "records.jsonl.zst"
PendingItem: TypeAlias = Mapping[str, object]  # the facts about a record that is listed but not fetched
REST_OF_LIST = "the rest of the list"  # pending in a dump whose list ends with the mark that there is more


@dataclass(frozen=True, slots=True)
class Manifest:
    """The description of a snapshot, with the cursor for the next fetch.

    `kind` is fetch, dump, clone or compacted. A `base` stands for the whole scope: older snapshots are no longer read.
    `gone` maps a key to the reason why the server no longer shows it; `pending` maps an item that was listed but could
    not be fetched to the facts about it. `token` identifies the run that it was made from. `after` are the numbers of
    the snapshots that it continues: if one of them is missing, its cursor promises more than there is.
    """

    number: int
    source: str
    host: str
    project: str
    kind: str
    base: bool
    as_of: str | None
    frames: tuple[Frame, ...] = ()
    gone: Mapping[Key, str] = field(default_factory=dict)
    pending: Mapping[str, PendingItem] = field(default_factory=dict)
    cursor: Mapping[str, object] = field(default_factory=dict)
    token: str = ""
    after: tuple[int, ...] = ()

    @property
    def n_records(self) -> int:
        """Records in the file."""
        return sum(len(frame.keys) for frame in self.frames)

    def record_keys(self) -> Iterator[Key]:
        """The keys of the records in the file, in order."""
        return (key for frame in self.frames for key in frame.keys)

    @property
    def scope(self) -> Scope:
        """The scope of its records."""
        return Scope(self.host, self.project)

    def to_bytes(self) -> bytes:
        """The manifest as JSON, with its own checksum."""
        fields: dict[str, object] = {name: getattr(self, name) for name in self.__slots__} | {
            "format": FORMAT,
            "frames": [frame.to_json() for frame in self.frames],
            "gone": [[key, reason] for key, reason in self.gone.items()],
        }
        return msgspec.json.encode(fields | {"sha256": _checksum(fields)}, order="deterministic")


def _checksum(fields: Mapping[str, object]) -> str:
    return hashlib.sha256(msgspec.json.encode(fields, order="deterministic")).hexdigest()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot on disk: its folder and its manifest."""

    folder: Path
    manifest: Manifest

    @property
    def path(self) -> Path:
        """The file of records."""
        return self.folder / RECORDS

    def lines(self) -> Iterator[tuple[Key, bytes]]:
        """Every record's line with its key, ordered by key, one frame in memory at a time."""
        for frame in self.manifest.frames:
            yield from zip(frame.keys, chunks.lines(self.path, frame), strict=True)

    def records_of(self, keys: Set[Key]) -> dict[Key, Record]:
        """Its records of these keys; only the frames with these keys are read."""
        record_by_key: dict[Key, Record] = {}
        for frame in self.manifest.frames:
            positions = [position for position, key in enumerate(frame.keys) if key in keys]
            if positions:
                lines = chunks.lines(self.path, frame)
                record_by_key |= {frame.keys[each]: records.decode(lines[each], dict) for each in positions}
        return record_by_key

    def check(self) -> None:
        """Read every frame and compare the checksums. Raises CorruptSnapshotError."""
        for frame in self.manifest.frames:
            chunks.lines(self.path, frame)


def load(folder: Path) -> Snapshot:
    """The snapshot in a folder, with its manifest and the size of its file checked.

    Raises CorruptSnapshotError, or NewerFormatError for a snapshot of a later version.
    """
    path = folder / MANIFEST
    manifest = _manifest(path, files.read(path))
    expected_size = sum(frame.size for frame in manifest.frames)
    size = files.size(folder / RECORDS)
    if size != expected_size:
        raise CorruptSnapshotError(
            expected=f"{folder / RECORDS} to hold {expected_size} bytes",
            found=f"{size} bytes",
            do=chunks.restore(folder),
        )
    return Snapshot(folder, manifest)


def _manifest(path: Path, content: bytes) -> Manifest:
    try:
        fields = msgspec.json.decode(content)
        form = fields.pop("format")
        checksum = fields.pop("sha256")
    except (ValueError, AttributeError, KeyError) as cause:
        raise _corrupt_error(path, "not the JSON that the store writes") from cause
    if form != FORMAT:
        raise NewerFormatError(
            expected=f"{path} in format {FORMAT}",
            found=f"format {form}",
            do="upgrade bugfix-analysis, or choose another --data-dir; nothing was changed",
        )
    if _checksum(fields | {"format": form}) != checksum:
        raise _corrupt_error(path, "another checksum than its own")
    return Manifest(
        **fields
        | {
            "frames": tuple(Frame.from_json(frame) for frame in fields["frames"]),
            "gone": dict(fields["gone"]),
            "after": tuple(fields.get("after", ())),
        }
    )


def _corrupt_error(path: Path, fault: str) -> CorruptSnapshotError:
    return CorruptSnapshotError(
        expected=f"{path} as it was written",
        found=fault,
        do=chunks.restore(path.parent),
    )


def write(folder: Path, manifest: Manifest, lines: Iterable[tuple[Key, bytes]]) -> Snapshot:
    """Write a snapshot: the records, which must be ordered by key, and last the manifest."""
    with files.new_file(folder / RECORDS) as file:
        frames = tuple(chunks.write(file, lines))
    complete = replace(manifest, frames=frames)
    with files.new_file(folder / MANIFEST) as file:
        file.write(complete.to_bytes())
    return Snapshot(folder, complete)


def is_begun(folder: Path) -> bool:
    """Whether a scope holds a snapshot, readable or not."""
    return any(files.exists(folder / name / MANIFEST) for name in folder_names(folder))


def of_scope(folder: Path) -> list[Snapshot]:
    """The valid snapshots of a scope, oldest data first: the newest base and all later ones.

    Newer data has a later `as_of`, the server's time, so that an old dump does not hide newer records; for equal times
    the number decides. A folder without a manifest was left by an interrupted run, unless a snapshot was made after it:
    then the manifest was lost.
    """
    whole = [name for name in folder_names(folder) if files.exists(folder / name / MANIFEST)]
    snapshots = [load(folder / name) for name in whole]
    base = max((s.manifest.number for s in snapshots if s.manifest.base), default=0)
    newest = max(map(int, whole), default=0)
    for name in sorted(set(folder_names(folder)) - set(whole)):
        if base <= int(name) < newest:
            raise _corrupt_error(folder / name / MANIFEST, "no such file")
    return _sort_by_age([s for s in snapshots if s.manifest.number >= base])


def _sort_by_age(live: Sequence[Snapshot]) -> list[Snapshot]:
    """Oldest data first. A fetch is newer than earlier fetches even if the server's clock was set back."""
    newest, dates = "", {}
    for snapshot in sorted(live, key=lambda s: s.manifest.number):
        as_of = snapshot.manifest.as_of or ""
        if snapshot.manifest.cursor:
            newest = as_of = max(newest, as_of)
        dates[snapshot.manifest.number] = as_of
    return sorted(live, key=lambda s: (dates[s.manifest.number], s.manifest.number))


def newest_fetch(live: Sequence[Snapshot]) -> Snapshot | None:
    """The newest snapshot with a cursor, even if snapshots that it continues are missing."""
    return max((s for s in live if s.manifest.cursor), key=lambda s: s.manifest.number, default=None)


def missing_numbers(after: Iterable[int], live: Sequence[Snapshot]) -> set[int]:
    """The numbers that are neither there nor part of a base."""
    base = max((s.manifest.number for s in live if s.manifest.base), default=0)
    return {number for number in after if number > base} - {s.manifest.number for s in live}


def resumable(live: Sequence[Snapshot]) -> Snapshot | None:
    """The newest fetch that the next one may continue: no snapshot before it is missing.

    A snapshot that is removed from the middle takes changes with it that no later fetch asks for again.
    """
    return newest_fetch([s for s in live if not missing_numbers(s.manifest.after, live)])


def next_number(folder: Path) -> int:
    """The number of the next snapshot of a scope; removes the rest of one that was interrupted before its manifest."""
    whole = [name for name in folder_names(folder) if files.exists(folder / name / MANIFEST)]
    for name in sorted(set(folder_names(folder)) - set(whole)):
        files.remove(folder / name)
    return max(map(int, whole), default=0) + 1


def folder_names(folder: Path) -> list[str]:
    """Names of the folders for snapshots in a scope, by number, also of removed and unfinished ones."""
    return [name for name in files.names(folder) if name.isdigit()]
