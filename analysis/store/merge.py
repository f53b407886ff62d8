"""Many snapshots read as one: per key the record of the newest snapshot wins, in the order of the keys."""

import heapq
from collections.abc import Iterator, Sequence, Set
from operator import itemgetter

from analysis.store.record import Key, Record
from analysis.store.snapshot import Snapshot

_Entry = tuple[Key, int, bytes | None]  # None: this snapshot says that the record is gone


def lines(snapshots: Sequence[Snapshot]) -> Iterator[tuple[Key, bytes]]:
    """Every record that is not gone, as its line, given snapshots with the oldest data first.

    One frame of each snapshot is in memory.
    """
    streams = [_entries(snapshot, -age) for age, snapshot in enumerate(snapshots)]
    last: Key | None = None
    for key, _, line in heapq.merge(*streams, key=itemgetter(0, 1)):
        if key != last and line is not None:
            yield key, line
        last = key


def _entries(snapshot: Snapshot, rank: int) -> Iterator[_Entry]:
    held: Iterator[_Entry] = ((key, rank, line) for key, line in snapshot.lines())
    gone: Iterator[_Entry] = ((key, rank, None) for key in sorted(snapshot.manifest.gone))
    return heapq.merge(gone, held, key=itemgetter(0))


def known(snapshots: Sequence[Snapshot], keys: Set[Key]) -> dict[Key, Record]:
    """The newest records of these keys; a key that is unknown or gone is not in the answer."""
    wanted, found = set(keys), dict[Key, Record]()
    for snapshot in reversed(snapshots):
        wanted.difference_update(snapshot.manifest.gone)
        new = snapshot.known(wanted)
        found |= new
        wanted.difference_update(new)
    return found


def keys(snapshots: Sequence[Snapshot]) -> set[Key]:
    """The keys of every record that is not gone, without reading the records."""
    found: set[Key] = set()
    for snapshot in snapshots:
        found.difference_update(snapshot.manifest.gone)
        found.update(snapshot.manifest.record_keys())
    return found


def gone(snapshots: Sequence[Snapshot]) -> dict[Key, str]:
    """The keys of every record that is gone, with the reason."""
    found: dict[Key, str] = {}
    for snapshot in snapshots:
        for key in snapshot.manifest.record_keys():
            found.pop(key, None)
        found |= snapshot.manifest.gone
    return found
