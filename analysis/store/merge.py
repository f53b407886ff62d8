"""Many snapshots read as one: per key the record of the newest snapshot wins, in the order of the keys."""

import heapq
from collections.abc import Iterator, Sequence
from operator import itemgetter

from analysis.store.record import Key, Record
from analysis.store.snapshot import Snapshot

_Entry = tuple[Key, int, Record | None]  # None: the newer snapshot says that the record is gone


def records(snapshots: Sequence[Snapshot]) -> Iterator[tuple[Key, Record]]:
    """Every record that is not gone, given snapshots with the oldest data first. One frame of each is in memory."""
    streams = [_entries(snapshot, -age) for age, snapshot in enumerate(snapshots)]
    last: Key | None = None
    for key, _, record in heapq.merge(*streams, key=itemgetter(0, 1)):
        if key == last:
            continue
        last = key
        if record is not None:
            yield key, record


def _entries(snapshot: Snapshot, rank: int) -> Iterator[_Entry]:
    held: Iterator[_Entry] = ((key, rank, record) for key, record in snapshot.records())
    gone: Iterator[_Entry] = ((key, rank, None) for key in sorted(snapshot.manifest.gone))
    return heapq.merge(gone, held, key=itemgetter(0))


def known(snapshots: Sequence[Snapshot], keys: set[Key]) -> dict[Key, Record]:
    """The newest records of these keys; a key that is unknown or gone is not in the answer."""
    wanted, found = set(keys), dict[Key, Record]()
    for snapshot in reversed(snapshots):
        wanted -= snapshot.manifest.gone.keys()
        new = dict(snapshot.known(wanted))
        found |= new
        wanted -= new.keys()
    return found
