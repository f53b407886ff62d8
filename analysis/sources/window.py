"""Which part of a server's data a fetch asks for: what changed since the last one, by the server's own clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any


@dataclass(frozen=True, slots=True)
class Window:
    """Changed after `since` (None: everything); the next window begins at `following`. Both ISO 8601, UTC."""

    since: str | None
    following: str | None

    @classmethod
    def after(
        cls, previous: Mapping[str, Any], settings: list[Any], clock: datetime | None, overlap: timedelta
    ) -> "Window":
        """The window after the last complete fetch, or everything where that asked for something else.

        `clock` is the server's Date in its first answer, never this machine's. Without one the next window begins
        where this one does: too early costs requests, too late would lose changes.
        """
        since = previous.get("since") if previous.get("settings") == settings else None
        if clock is None:
            return cls(since, since)
        following = (clock - overlap).isoformat()
        # A clock that was set back: what changed since carries times before the last window's end.
        return cls(min(since, following) if since else None, following)


def reached(window: Window, newest: str | None) -> str | None:
    """Where the next window begins: at the newest time of any record of this one, if that is before its own end.

    The Date of an answer is the clock of whatever stands before the database. Where that one is ahead, a change that
    was made a moment after this window was read would lie before the next one, and be lost.

    >>> reached(Window(None, "2015-08-03T11:45:00+00:00"), "2015-08-03T11:00:00+00:00")
    '2015-08-03T11:00:00+00:00'
    >>> reached(Window("2015-08-03T11:00:00+00:00", "2015-08-03T11:45:00+00:00"), None)
    '2015-08-03T11:00:00+00:00'
    """
    if window.following is None or newest is None:
        return window.since
    return min(newest, window.following)


def later(newest: str | None, stamp: Any) -> str | None:
    """The later of two instants, one of which a server wrote: ISO 8601, in UTC where it says no zone."""
    try:
        found = datetime.fromisoformat(stamp[:32])
        read = (found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)).isoformat()
    except (TypeError, ValueError, OverflowError):
        return newest
    return max(newest or read, read)
