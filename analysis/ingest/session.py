"""One fetch from a server: what it asks of a store, what it says in the end, and how it ends whatever happens."""

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
FIRST_PIECE, LONGEST_PIECE = 300.0, 1800.0  # seconds of fetching until what came is sealed


class Checkpoint(Protocol):
    """One unfinished fetch. Everything between two commits becomes durable at once, or not at all."""

    @property
    def previous(self) -> Mapping[str, object]:
        """The cursor with which the last fetch was sealed; empty before the first."""

    @property
    def state(self) -> Mapping[str, object]:
        """What the last commit of this fetch said; empty when it has just begun."""

    def stored_records(self, keys: Collection[Key]) -> Mapping[Key, Record]:
        """The newest records of these keys; those that are unknown or gone are left out."""

    def put(self, record: Record) -> None:
        """Keep a record. It is not pending any more."""

    def mark_gone(self, key: Key, reason: str) -> None:
        """Note that the server does not show a record any more. It is not pending any more."""

    def pending(self) -> Mapping[str, PendingItem]:
        """Items that are listed but not fetched: key as text, to what is known about each."""

    def pending_of(self, keys: Collection[Key]) -> Mapping[Key, PendingItem]:
        """The pending items among these keys, by the key as it is given."""

    @property
    def n_records(self) -> int:
        """How many records came that are not sealed yet."""

    def mark_pending(self, key: Key, item: PendingItem) -> None:
        """Note that an item is listed but not fetched."""

    def unmark_pending(self, key: Key) -> None:
        """Note that an item needs no fetching after all."""

    def stored_keys(self) -> Collection[Key]:
        """The keys of every record that is known and not gone."""

    def restart(self) -> None:
        """Forget what this unfinished fetch has so far."""

    def commit(self, state: Mapping[str, object] | None = None) -> None:
        """Make everything so far durable, together with where to go on."""

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
        """All that came becomes a snapshot; the fetch is over, or `goes_on` with what is pending."""


@dataclass(slots=True)
class Summary:
    """The end of one fetch. `changed` were kept, `gone` are no longer shown, `pending` could not be fetched.

    `pending` maps what could not be had to why. `n_left` is how much of the history was not asked for yet.
    """

    source: str
    scope: str
    listed: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: int = 0
    n_left: int | None = 0  # None: some, nobody knows how many
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
    """When a fetch seals what it has so far, and when its time is up."""

    def __init__(self, extent: Extent, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until = None if extent.seconds is None else clock() + extent.seconds
        self._piece = FIRST_PIECE
        self._seal_at = clock() + self._piece

    def is_over(self) -> bool:
        """Whether the time that the fetch was given is over."""
        return self._until is not None and self._clock() >= self._until

    def is_piece_due(self) -> bool:
        """Whether enough came to be sealed: first after five minutes, then less and less often."""
        return self._clock() >= self._seal_at

    def begin_piece(self) -> None:
        """The next piece begins now."""
        self._piece = min(self._piece * 2, LONGEST_PIECE)
        self._seal_at = self._clock() + self._piece


class Fetch(Protocol):
    """What a source does between its first request and the seal of its checkpoint."""

    def run(self) -> Summary:
        """Get everything, and seal the checkpoint."""

    def seal_what_came(self) -> None:
        """Make what came so far a snapshot, and go on later: for a fetch that ends before its time."""

    def close(self) -> None:
        """Let go of threads and connections."""


def previous_cursor(checkpoint: Checkpoint) -> Cursor:
    """The cursor with which the last fetch was sealed; what a checkpoint keeps is what `seal` was given."""
    return cast(Cursor, checkpoint.previous)


def carry_out(
    begin: Callable[[Governor, Progress], Fetch], checkpoint: Checkpoint, *, policy: Policy, progress: Progress
) -> Summary:
    """Begin a fetch and run it to its end; one that fails or is interrupted leaves a snapshot of what it got."""
    with progress:
        governor = Governor(policy, note=progress.note)
        fetch = begin(governor, progress)
        try:
            return fetch.run()
        except (SourceError, KeyboardInterrupt):
            fetch.seal_what_came()
            raise
        finally:
            governor.close()  # first, or workers that wait for their turn would hold up the end of the others
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
    """Make a snapshot of what came, and let the summary name what is pending; `unit` is what a record is: a bug."""
    summary.pending = {f"{unit} {key}" if key.isdigit() else key: str(item["error"]) for key, item in pending.items()}
    last = summary.traffic.last_date
    as_of = last.isoformat() if last else None
    checkpoint.seal(kind="fetch", as_of=as_of, cursor=cursor, pending=pending, goes_on=goes_on)


def cost(n_requests: int, rate: float | None) -> str:
    """What so many requests cost, in words.

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
