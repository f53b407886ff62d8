"""What a scope holds: how old, how much, what is missing."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis.errors import StoreError
from analysis.store import files, lock, merge, run, snapshot
from analysis.store.scope import Scope
from analysis.store.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Status:
    """One scope of one source. `gaps` says in words what is not known to be whole; no gap, nothing is missing."""

    source: str
    scope: Scope
    as_of: pd.Timestamp | None
    n_records: int
    n_gone: int
    n_pending: int
    n_snapshots: int
    n_bytes: int
    gaps: tuple[str, ...]

    def age(self, now: pd.Timestamp) -> pd.Timedelta | None:
        """How long before `now` the data was true."""
        return None if self.as_of is None else now - self.as_of


def of_scope(folder: Path, source: str, scope: Scope, *, verifies: bool = True) -> Status:
    """What the snapshots of a scope hold; one that cannot be used is a gap, not an error.

    `verifies` reads every byte and compares the checksums; without it, only what is said of the snapshots is read.
    """
    try:
        snapshots = snapshot.of_scope(folder)
        broken = [text for s in snapshots if (text := _broken(s))] if verifies else []
    except StoreError as error:
        snapshots, broken = [], [f"unusable: {error.expected}: {error.found}"]
    dates = [s.manifest.as_of for s in snapshots if s.manifest.as_of]
    pending = _newest_pending(snapshots)
    gaps = (*broken, *_gaps(folder, source, snapshots, pending))
    return Status(
        source=source,
        scope=scope,
        as_of=pd.Timestamp(max(dates)).tz_convert("UTC").as_unit("us") if dates else None,
        n_records=len(merge.keys(snapshots)),
        n_gone=len(merge.gone(snapshots)),
        n_pending=pending,
        n_snapshots=len(snapshots),
        n_bytes=files.size(folder),
        gaps=gaps,
    )


def _broken(found: Snapshot) -> str | None:
    try:
        found.check()
    except StoreError as error:
        return f"unusable: {error.expected}: {error.found}"
    return None


def _newest_pending(snapshots: Sequence[Snapshot]) -> int:
    newest = snapshot.newest_fetch(snapshots)
    return len(newest.manifest.pending) if newest else 0


def _gaps(folder: Path, source: str, snapshots: Sequence[Snapshot], pending: int) -> list[str]:
    found = []
    if begun := run.unfinished(folder):
        so_far = f"{begun[0]:,} records so far, {begun[1]:,} listed and pending"
        holder = lock.holder(folder)
        found.append(
            f"{holder}: {so_far}" if holder else f"a fetch was cut off, {so_far}: run it again, it goes on from there"
        )
    newest = snapshot.newest_fetch(snapshots)
    lost = sorted(snapshot.missing(newest.manifest.after, snapshots)) if newest else []
    if lost:
        found.append(f"snapshots {lost} were removed: the next fetch asks again for what they held")
    if pending:
        found.append(f"{pending} items were listed but could not be fetched: the next fetch tries them again")
    if snapshots and not any(s.manifest.cursor for s in snapshots):
        found.append(f"only saved answers: what {source} had besides is not known")
    return found
