"""How many changes are left of a list that Gerrit does not count: as many as the share of its time that is not read."""

from datetime import datetime
from typing import Any

from analysis.sources.answer import BrokenAnswerError
from analysis.sources.gerrit.client import Client

FIRST_YEAR = 2008  # of Gerrit itself: no change is older


def oldest(client: Client, query: str, now: datetime) -> datetime:
    """The beginning of the year in which the oldest change of a query was updated: some five requests of one row."""
    low, high = FIRST_YEAR, now.year
    while low < high:
        middle = (low + high) // 2
        if _has_any(client, f'{query} before:"{middle + 1}-01-01 00:00:00"'):
            high = middle
        else:
            low = middle + 1
    return datetime(low, 1, 1)


def left(n_read: int, *, begun: datetime, reached: datetime, oldest: datetime) -> int | None:
    """How many are left between two instants, if changes lie there as close as in what was read; None at first.

    >>> left(100, begun=datetime(2015, 1, 3), reached=datetime(2015, 1, 2), oldest=datetime(2015, 1, 1))
    100
    """
    read = (begun - reached).total_seconds()
    return round(n_read * max(0.0, (reached - oldest).total_seconds()) / read) if read > 0 else None


def _has_any(client: Client, query: str) -> bool:
    return client.get("changes/", [("q", query), ("n", "1")], read=_is_filled)


def _is_filled(rows: Any) -> bool:
    if not isinstance(rows, list):
        raise BrokenAnswerError("no list of changes")
    return bool(rows)
