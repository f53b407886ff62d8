"""Where a fetch puts what it gets, and learns where to go on: what the sources ask of a store."""

from collections.abc import Collection, Mapping
from typing import Any, Protocol

Record = dict[str, Any]


class Checkpoint(Protocol):
    """One unfinished fetch. Everything between two commits becomes durable at once, or not at all."""

    @property
    def previous(self) -> Mapping[str, Any]:
        """The cursor with which the last complete fetch ended; empty before the first."""

    @property
    def state(self) -> Mapping[str, Any]:
        """What the last commit of this fetch said; empty when it has just begun."""

    def known(self, keys: Collection[Any]) -> Mapping[Any, Record]:
        """The newest records of these keys; those that are unknown or gone are left out."""

    def put(self, record: Record) -> None:
        """Keep a record. It is not pending any more."""

    def gone(self, key: Any, reason: str) -> None:
        """Note that the server does not show a record any more. It is not pending any more."""

    def pending(self) -> Mapping[str, Any]:
        """Items that are listed but not fetched: key as text, to what is known about each."""

    def pend(self, key: Any, item: Mapping[str, Any]) -> None:
        """Note that an item is listed but not fetched."""

    def settle(self, key: Any) -> None:
        """Note that an item needs no fetching after all."""

    def stored_keys(self) -> Collection[Any]:
        """The keys of every record that is known and not gone."""

    def restart(self) -> None:
        """Forget what this unfinished fetch has so far."""

    def commit(self, state: Mapping[str, Any] | None = None) -> None:
        """Make everything so far durable, together with where to go on."""

    def seal(self, *, kind: str, as_of: str | None, cursor: Mapping[str, Any], base: bool = False) -> object:
        """End the fetch: all of it becomes a snapshot."""
