"""Many snapshots read as one: for each key the record of the newest snapshot, ordered by key."""

import heapq
from collections.abc import Iterator, Sequence, Set
from operator import itemgetter

from analysis.store.record import Key, Record
from analysis.store.snapshot import Snapshot

_Entry = tuple[Key, int, bytes | None]  # None: in this snapshot the record is gone


def lines(snapshots: Sequence[Snapshot]) -> Iterator[tuple[Key, bytes]]:
    """Every record that is not gone, as its line; the snapshots must be ordered with the oldest data first.

    One frame of each snapshot is in memory.
    """
    streams = [_entries(snapshot, -age) for age, snapshot in enumerate(snapshots)]
    last: Key | None = None
    for key, _, line in heapq.merge(*streams, key=itemgetter(0, 1)):
        if key != last and line is not None:
            yield key, line
        last = key


def _entries(snapshot: Snapshot, rank: int) -> Iterator[_Entry]:
    records: Iterator[_Entry] = ((key, rank, line) for key, line in snapshot.lines())
    gone: Iterator[_Entry] = ((key, rank, None) for key in sorted(snapshot.manifest.gone))
    return heapq.merge(gone, records, key=itemgetter(0))


def records_of(snapshots: Sequence[Snapshot], keys: Set[Key]) -> dict[Key, Record]:
    """The newest records of these keys; unknown and gone keys are left out."""
    keys_left, record_by_key = set(keys), dict[Key, Record]()
    for snapshot in reversed(snapshots):
        keys_left.difference_update(snapshot.manifest.gone)
        new = snapshot.records_of(keys_left)
        record_by_key |= new
        keys_left.difference_update(new)
    return record_by_key


def keys(snapshots: Sequence[Snapshot]) -> set[Key]:
    """The keys of every record that is not gone, without reading the records."""
    record_keys: set[Key] = set()
    for snapshot in snapshots:
        record_keys.difference_update(snapshot.manifest.gone)
        record_keys.update(snapshot.manifest.record_keys())
    return record_keys


def gone_records(snapshots: Sequence[Snapshot]) -> dict[Key, str]:
    """The keys of every record that is gone, with the reason."""
    reason_by_key: dict[Key, str] = {}
    for snapshot in snapshots:
        for key in snapshot.manifest.record_keys():
            reason_by_key.pop(key, None)
        reason_by_key |= snapshot.manifest.gone
    return reason_by_key
