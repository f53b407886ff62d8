"""The records that a fetch asks for: updates since the last fetch, and how far back closed records go.

A fetch ends with a cursor, from which the next one begins: `settings` are what it asked for, `since` is where the next
window begins, `history` is how far back closed records were fetched.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NotRequired, TypedDict

FORM = 1  # version of the cursor: after a change everything is listed again


class History(TypedDict):
    """The part of the history, closed records, that was fetched.

    `since`: records that changed since then are requested; empty: all. `left`: how many were not requested yet, None if
    unknown. `place`: where their list goes on. `back_to`: the oldest that was fetched.
    """

    since: str
    left: int | None
    place: NotRequired[Mapping[str, object] | None]
    back_to: NotRequired[str]


class Cursor(TypedDict, total=False):
    """The start of the next fetch. `open` are open changes, `project_at` is when the project itself was fetched.

    `is_current`: all open and updated records were fetched.
    """

    settings: list[object]
    since: str | None
    history: History
    is_current: bool
    open: list[int]
    project_at: str | None


@dataclass(frozen=True, slots=True)
class Extent:
    """The extent of a fetch. `since`: fetch closed records that changed since then; empty: all; None: as before.

    `seconds` is how long it may take; the next fetch gets the rest. `history`: whether to fetch more than open and
    updated records.
    """

    since: str | None = None
    seconds: float | None = None
    history: bool = True

    def reaches_further(self, history: History) -> bool:
        """Whether it asks for more of the history than the previous fetch."""
        before = history["since"]
        return self.since is not None and bool(before) and (self.since == "" or self.since < before)


EVERYTHING = Extent()


@dataclass(frozen=True, slots=True)
class Window:
    """Updates after `since` (None: everything); the next window begins at `end`. Both ISO 8601, UTC."""

    since: str | None
    end: str | None

    @classmethod
    def after(cls, since: str | None, clock: datetime | None, overlap: timedelta) -> "Window":
        """The window that begins at `since` and ends at the server's time, less an overlap.

        `clock` is the server's Date in its first answer, never this machine's. Without one the next window begins
        where this one does: too early costs requests, too late would lose changes.
        """
        if clock is None:
            return cls(since, since)
        end = (clock - overlap).isoformat()
        # If a clock was set back, newer updates have times before the last window's end.
        return cls(min(since, end) if since else None, end)


@dataclass(frozen=True, slots=True)
class Start:
    """The values that a fetch begins with.

    `previous` is the cursor at the end of the last fetch; `unfinished` the last committed state of an interrupted
    fetch, empty if there is none; `clock` the server's Date in its first answer.
    """

    previous: Cursor
    unfinished: Mapping[str, object]
    clock: datetime | None
    extent: Extent


def since_last(cursor: Cursor, settings: list[object]) -> str | None:
    """The start of the window after a cursor; None, for everything, if that fetch had other settings."""
    return cursor.get("since") if cursor.get("settings") == settings else None


def window_start(window: Window, newest: str | None) -> str | None:
    """The start of the next window: the newest time in the records of this one, or its end if that is earlier.

    The Date of an answer is the clock of a front end, not of the database. If that clock is ahead, a change made just
    after this window was read would be before the next window, and be lost.

    >>> window_start(Window(None, "2015-08-03T11:45:00+00:00"), "2015-08-03T11:00:00+00:00")
    '2015-08-03T11:00:00+00:00'
    >>> window_start(Window("2015-08-03T11:00:00+00:00", "2015-08-03T11:45:00+00:00"), None)
    '2015-08-03T11:00:00+00:00'
    """
    if window.end is None or newest is None:
        return window.since
    return min(newest, window.end)


def later(newest: str | None, stamp: object) -> str | None:
    """The later of two instants, one of which a server wrote: ISO 8601; UTC if it has no zone."""
    if not isinstance(stamp, str):
        return newest
    try:
        instant = datetime.fromisoformat(stamp[:32])
        instant = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError):
        return newest
    return max(newest or instant.isoformat(), instant.isoformat())
