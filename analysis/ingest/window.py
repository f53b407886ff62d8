"""Which records a fetch asks for: what changed since the last fetch, and how far back closed records go.

A fetch ends with a cursor, from which the next one begins: `settings` say what it asked for, `since` where the next
window begins, `history` how far back closed records were fetched.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NotRequired, TypedDict

FORM = 1  # of the cursor: another one, and everything is listed anew


class History(TypedDict):
    """How far back closed records were fetched.

    `since`: those that changed since then are asked for, all where it is empty. `left`: how many were not asked for
    yet, None where nobody knows. `place`: where their list goes on. `back_to`: the oldest that was fetched.
    """

    since: str
    left: int | None
    place: NotRequired[Mapping[str, object] | None]
    back_to: NotRequired[str]


class Cursor(TypedDict, total=False):
    """Where the next fetch begins. `open` are open changes, `project_at` is when the project itself was fetched.

    `is_current`: all that was open or had changed was fetched.
    """

    settings: list[object]
    since: str | None
    history: History
    is_current: bool
    open: list[int]
    project_at: str | None


@dataclass(frozen=True, slots=True)
class Extent:
    """How much a fetch gets. `since`: of closed records, those that changed since then; empty: all; None: as before.

    `seconds` is how long it may take; what is left then is fetched the next time. `history`: whether more than what is
    open or changed is asked for at all.
    """

    since: str | None = None
    seconds: float | None = None
    history: bool = True

    def reaches_further(self, history: History) -> bool:
        """Whether it asks for more of the history than a fetch before did."""
        before = history["since"]
        return self.since is not None and bool(before) and (self.since == "" or self.since < before)


EVERYTHING = Extent()


@dataclass(frozen=True, slots=True)
class Window:
    """Changed after `since` (None: everything); the next window begins at `end`. Both ISO 8601, UTC."""

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
        # A clock that was set back: what changed since carries times before the last window's end.
        return cls(min(since, end) if since else None, end)


@dataclass(frozen=True, slots=True)
class Start:
    """What a fetch begins from.

    `previous` is the cursor with which the last fetch was sealed; `unfinished` the last committed state of a fetch that
    was cut off, empty where there is none; `clock` the server's Date in its first answer.
    """

    previous: Cursor
    unfinished: Mapping[str, object]
    clock: datetime | None
    extent: Extent


def since_last(cursor: Cursor, settings: list[object]) -> str | None:
    """Where the window after a cursor begins; None, for everything, where that fetch asked for something else."""
    return cursor.get("since") if cursor.get("settings") == settings else None


def window_start(window: Window, newest: str | None) -> str | None:
    """Where the next window begins: at the newest time of any record of this one, if that is before its own end.

    The Date of an answer is the clock of whatever stands before the database. Where that one is ahead, a change that
    was made a moment after this window was read would lie before the next one, and be lost.

    >>> window_start(Window(None, "2015-08-03T11:45:00+00:00"), "2015-08-03T11:00:00+00:00")
    '2015-08-03T11:00:00+00:00'
    >>> window_start(Window("2015-08-03T11:00:00+00:00", "2015-08-03T11:45:00+00:00"), None)
    '2015-08-03T11:00:00+00:00'
    """
    if window.end is None or newest is None:
        return window.since
    return min(newest, window.end)


def later(newest: str | None, stamp: object) -> str | None:
    """The later of two instants, one of which a server wrote: ISO 8601, in UTC where it says no zone."""
    if not isinstance(stamp, str):
        return newest
    try:
        instant = datetime.fromisoformat(stamp[:32])
        instant = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError):
        return newest
    return max(newest or instant.isoformat(), instant.isoformat())
