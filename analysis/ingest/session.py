"""One fetch from a server: its interface to a store, its summary, and its end in all cases."""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias, cast

from analysis.errors import SourceError
from analysis.ingest.pending import PendingItem
from analysis.ingest.progress import Progress
from analysis.ingest.transport import Governor, Policy, Traffic
from analysis.ingest.window import Cursor, Extent

Key: TypeAlias = int | str
Record: TypeAlias = Mapping[str, object]  # one JSON object: what a server says of one bug, change or commit

RESUMED = "went on from a fetch that was cut off"
INTERRUPT = "Interrupt it whenever you like: what came is stored and can be built, and the same command goes on"
FIRST_PIECE, LONGEST_PIECE = 300.0, 1800.0  # seconds of fetching until the records so far are sealed


class Checkpoint(Protocol):
    """One unfinished fetch. Everything between two commits becomes durable together, or not at all."""

    @property
    def previous(self) -> Mapping[str, object]:
        """The cursor at the end of the last fetch; empty before the first."""

    @property
    def state(self) -> Mapping[str, object]:
        """The state of the last commit of this fetch; empty when it has just begun."""

    def stored_records(self, keys: Collection[Key]) -> Mapping[Key, Record]:
        """The newest records of these keys; unknown and gone ones are left out."""

    def put(self, record: Record) -> None:
        """Store a record. Its key is no longer pending."""

    def mark_gone(self, key: Key, reason: str) -> None:
        """Record that the server no longer shows a record. Its key is no longer pending."""

    def pending(self) -> Mapping[str, PendingItem]:
        """Items that are listed but not fetched: key as text -> the facts about it."""

    def pending_of(self, keys: Collection[Key]) -> Mapping[Key, PendingItem]:
        """The pending items among these keys, by key."""

    @property
    def n_records(self) -> int:
        """The number of records that are not sealed yet."""

    def mark_pending(self, key: Key, item: PendingItem) -> None:
        """Record that an item is listed but not fetched."""

    def unmark_pending(self, key: Key) -> None:
        """Record that an item need not be fetched."""

    def stored_keys(self) -> Collection[Key]:
        """The keys of all records that are not gone."""

    def restart(self) -> None:
        """Discard the records of this unfinished fetch."""

    def commit(self, state: Mapping[str, object] | None = None) -> None:
        """Make everything so far durable, together with the state to go on from."""

    def seal(
        self,
        *,
        kind: str,
        as_of: str | None,
        cursor: Mapping[str, object],
        base: bool = False,
        pending: Mapping[str, PendingItem] | None = None,
        goes_on: bool = False,
    ) -> object:
        """Turn the records into a snapshot; the fetch is over, or `goes_on` with its pending items."""


@dataclass(slots=True)
class Summary:
    """The summary of one fetch. `changed` were stored, `gone` are no longer shown, `pending` could not be fetched.

    `pending` maps each failed item to the reason. `n_left` is the number of history items not requested yet.
    """

    source: str
    scope: str
    listed: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: int = 0
    n_left: int | None = 0  # None: an unknown number
    pending: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    traffic: Traffic = field(default_factory=Traffic)

    def __str__(self) -> str:
        counts = (
            f"{self.source} {self.scope}: {self.listed} listed, {self.changed} changed, {self.unchanged} unchanged, "
            f"{self.gone} gone, {len(self.pending)} pending"
        )
        traffic = f"{self.traffic.requests} requests, {self.traffic.retries} retries, {self.traffic.bytes / 1e6:.1f} MB"
        return "\n".join([f"{counts}; {traffic}", *self.notes])


class Schedule:
    """Decides when a fetch seals its records so far, and when its time is up."""

    def __init__(self, extent: Extent, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until = None if extent.seconds is None else clock() + extent.seconds
        self._piece = FIRST_PIECE
        self._seal_at = clock() + self._piece

    def is_over(self) -> bool:
        """Whether the time limit of the fetch has passed."""
        return self._until is not None and self._clock() >= self._until

    def is_piece_due(self) -> bool:
        """Whether the records so far should be sealed: first after five minutes, then less and less often."""
        return self._clock() >= self._seal_at

    def begin_piece(self) -> None:
        """Begin the next piece now."""
        self._piece = min(self._piece * 2, LONGEST_PIECE)
        self._seal_at = self._clock() + self._piece


class Fetch(Protocol):
    """The work of a source between its first request and the seal of its checkpoint."""

    def run(self) -> Summary:
        """Fetch everything, and seal the checkpoint."""

    def seal_so_far(self) -> None:
        """Turn the records so far into a snapshot, to go on later, for a fetch that ends early."""

    def close(self) -> None:
        """Close threads and connections."""


def previous_cursor(checkpoint: Checkpoint) -> Cursor:
    """The cursor at the end of the last fetch, as it was passed to `seal`."""
    return cast(Cursor, checkpoint.previous)


def carry_out(
    begin: Callable[[Governor, Progress], Fetch], checkpoint: Checkpoint, *, policy: Policy, progress: Progress
) -> Summary:
    """Begin a fetch and run it to its end; a failed or interrupted one leaves a snapshot of its records so far."""
    with progress:
        governor = Governor(policy, note=progress.note)
        fetch = begin(governor, progress)
        try:
            return fetch.run()
        except (SourceError, KeyboardInterrupt):
            fetch.seal_so_far()
            raise
        finally:
            governor.close()  # before the fetch: waiting workers would delay the end of the others
            fetch.close()


def seal(
    checkpoint: Checkpoint,
    summary: Summary,
    *,
    unit: str,
    pending: Mapping[str, PendingItem],
    cursor: Cursor,
    goes_on: bool,
) -> None:
    """Seal the records into a snapshot, and name the pending ones in the summary; `unit` is such as "bug"."""
    summary.pending = {f"{unit} {key}" if key.isdigit() else key: str(item["error"]) for key, item in pending.items()}
    last = summary.traffic.last_date
    as_of = last.isoformat() if last else None
    checkpoint.seal(kind="fetch", as_of=as_of, cursor=cursor, pending=pending, goes_on=goes_on)


def cost(n_requests: int, rate: float | None) -> str:
    """The cost of a number of requests, in words.

    >>> cost(36_000, 5.0)
    '36,000 requests, 2.0 h at 5 a second'
    """
    return f"{n_requests:,} requests" + (f", {duration(n_requests / rate)} at {rate:g} a second" if rate else "")


def duration(seconds: float) -> str:
    """A length of time in words.

    >>> [duration(seconds) for seconds in (12, 720, 10_080)]
    ['12 s', '12 min', '2.8 h']
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
