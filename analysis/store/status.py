"""The status of a scope: its age, its size, its gaps."""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pandas as pd

from analysis.errors import StoreError
from analysis.store import fetch_failure, fetch_session, files, lock, merge, snapshot
from analysis.store.location import scratch
from analysis.store.scope import Scope
from analysis.store.snapshot import REST_OF_LIST, PendingItem, Snapshot

NAMED = 5  # names of pending items that are listed
WORDS = {
    "launchpad": "closed bugs reported before",
    "gerrit": "closed changes last updated before",
}


@dataclass(frozen=True, slots=True)
class Status:
    """One scope of one source. `gaps` are sentences about what is or may be missing; without gaps nothing is."""

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
        """How long before `now` the data was current."""
        return None if self.as_of is None else now - self.as_of


def of_scope(
    folder: Path, source: str, scope: Scope, *, passed_over: Mapping[str, str] | None = None, verifies: bool = True
) -> Status:
    """The status of the snapshots of a scope; an unusable snapshot is a gap, not an error.

    `passed_over` are the records that the last build skipped, with the reason. `verifies` reads every byte and compares
    the checksums; without it, only the manifests are read.
    """
    try:
        snapshots = snapshot.of_scope(folder)
        faults = [text for s in snapshots if (text := _fault(s))] if verifies else []
    except StoreError as error:
        snapshots, faults = [], [f"unusable: {error.expected}: {error.found}"]
    dates = [s.manifest.as_of for s in snapshots if s.manifest.as_of]
    n_pending = _n_pending_in_fetch(snapshots)
    gaps = (*faults, *_gaps(folder, source, snapshots), *_build_gaps(passed_over or {}))
    return Status(
        source=source,
        scope=scope,
        as_of=pd.Timestamp(max(dates)).tz_convert("UTC").as_unit("us") if dates else None,
        n_records=len(merge.keys(snapshots)),
        n_gone=len(merge.gone_records(snapshots)),
        n_pending=n_pending + _n_pending_in_dumps(snapshots) + len(passed_over or {}),
        n_snapshots=len(snapshots),
        n_bytes=files.size(folder),
        gaps=gaps,
    )


def _build_gaps(passed_over: Mapping[str, str]) -> Iterator[str]:
    if passed_over:
        name, why = next(iter(passed_over.items()))
        yield f"the last build could not read {len(passed_over):,} records, the first: {name}: {why}"


def _fault(snapshot: Snapshot) -> str | None:
    try:
        snapshot.check()
    except StoreError as error:
        return f"unusable: {error.expected}: {error.found}"
    return None


def _n_pending_in_fetch(snapshots: Sequence[Snapshot]) -> int:
    newest = snapshot.newest_fetch(snapshots)
    return len(newest.manifest.pending) if newest else 0


def _n_pending_in_dumps(snapshots: Sequence[Snapshot]) -> int:
    """The number of records of saved files that could not be read."""
    return sum(len(s.manifest.pending) for s in snapshots if s.manifest.kind == "dump")


def _lacks_of_dump(dump: Snapshot) -> list[str]:
    """Sentences about the records that saved files list or hold and that the snapshot lacks."""
    unread_items = dict(dump.manifest.pending)
    gaps = ["the saved list says at its end that there is more"] if unread_items.pop(REST_OF_LIST, None) else []
    if unread_items:
        name, item = next(iter(unread_items.items()))
        gaps.append(
            f"{len(unread_items)} records of saved files could not be read, the first: {name}: {item.get('error')}"
        )
    return gaps


def _gaps(folder: Path, source: str, snapshots: Sequence[Snapshot]) -> list[str]:
    newest = snapshot.newest_fetch(snapshots)
    cursor = newest.manifest.cursor if newest else {}
    gaps = [*_cut_off(folder, cursor), *_extent(source, cursor)]
    if failure := fetch_failure.read(folder):
        gaps.append(failure)
    missing = sorted(snapshot.missing_numbers(newest.manifest.after, snapshots)) if newest else []
    if missing:
        gaps.append(f"snapshots {missing} were removed: the next fetch asks again for what they held")
    if newest and newest.manifest.pending:
        gaps.append(_pending(newest.manifest.pending))
    gaps += [text for s in snapshots if s.manifest.kind == "dump" for text in _lacks_of_dump(s)]
    if snapshots and not any(s.manifest.cursor for s in snapshots):
        gaps.append(f"only saved answers: what {source} had besides is not known")
    return gaps


def _cut_off(folder: Path, cursor: Mapping[str, object]) -> Iterator[str]:
    counts = _unfinished_counts(folder)
    if not counts:
        return
    n_records, n_pending = counts
    so_far = f"{n_records:,} records so far, {n_pending:,} listed and pending"
    holder = lock.holder(folder)
    if holder:
        yield f"{holder}: {so_far}"
    elif n_records or not cursor.get("history"):  # otherwise the history goes on, and all of it is sealed
        yield f"a fetch was cut off, {so_far}: run it again, it goes on from there"


def _unfinished_counts(folder: Path) -> tuple[int, int] | None:
    """The numbers of records and pending items of the unfinished fetch of a scope; None if there is none."""
    path = scratch(folder) / fetch_session.RUN
    if not files.exists(path):
        return None
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=rw", uri=True)) as database:
            records, pending = (
                int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]) for table in ("records", "pending")
            )
    except sqlite3.DatabaseError:  # unreadable at the moment, or damaged: the next fetch will report it
        return 0, 0
    return records, pending


def _extent(source: str, cursor: Mapping[str, object]) -> Iterator[str]:
    """A sentence about how far back the data reaches, if the history is incomplete."""
    history = cursor.get("history")
    kind = WORDS.get(source, "closed records of before")
    if not cursor.get("is_current", True):
        yield "the last fetch was cut off before all that is open was here: the next one goes on"
    if not isinstance(history, Mapping):
        return
    if history["left"] != 0:
        n_left = f" ({history['left']:,} left)" if history["left"] else ""
        back_to = str(history.get("back_to") or "")[:10]
        yield f"{kind} {back_to or 'today'} are not here yet{n_left}: the next fetch goes on"
    elif history.get("since"):
        yield f"closed records that did not change since {str(history['since'])[:10]} were not asked for (--since)"


def _pending(items: Mapping[str, PendingItem]) -> str:
    """A sentence about items that could not be fetched: how many, since when, why, and the first of them."""
    oldest = min((str(item["since"]) for item in items.values() if item.get("since")), default="")
    reasons = Counter(str(item.get("error", "not tried")).partition(":")[0] for item in items.values())
    why = ", ".join(f"{reason} ({n:,})" for reason, n in reasons.most_common(3))
    names = ", ".join(list(items)[:NAMED]) + (", ..." if len(items) > NAMED else "")
    since = f", the oldest since {oldest[:10]}" if oldest else ""
    total = f"{len(items):,} items were listed but could not be fetched{since}"
    return f"{total}: {why}: {names}; later fetches try them again"
