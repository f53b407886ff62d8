"""Compaction: many snapshots of a scope become one, which keeps every record, every gone key and the cursor."""

from dataclasses import replace
from pathlib import Path

from analysis.store import files, merge, snapshot
from analysis.store.snapshot import Manifest, Snapshot


def compact(folder: Path) -> Snapshot | None:
    """Write one base snapshot, check every byte of it, and only then remove the older ones. None if there are none.

    If this is interrupted at any instant, either the old snapshots are valid or the new one is.
    """
    old = snapshot.of_scope(folder)
    if len(old) < 2:
        return old[0] if old else None
    number = snapshot.next_number(folder)
    compacted = snapshot.write(folder / f"{number:06d}", _manifest(old, number), merge.lines(old))
    if files.is_closed(folder):
        files.close_to_others(folder)
    compacted.check()
    for name in snapshot.folder_names(folder):
        if int(name) < number:
            files.remove(folder / name)
    return compacted


def _manifest(old: list[Snapshot], number: int) -> Manifest:
    newest = max(old, key=lambda s: s.manifest.number).manifest
    newest_fetch = snapshot.resumable(old)
    return replace(
        newest,
        number=number,
        kind="compacted",
        base=True,
        as_of=max((s.manifest.as_of for s in old if s.manifest.as_of), default=None),
        frames=(),
        gone=dict(sorted(merge.gone_records(old).items())),
        pending=newest_fetch.manifest.pending if newest_fetch else {},
        cursor=newest_fetch.manifest.cursor if newest_fetch else {},
        after=(),
    )
