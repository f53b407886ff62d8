"""Which part of a server's data a fetch asks for: what changed since the last one, by the server's own clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
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
