"""Estimates the number of changes in a list, which Gerrit does not count, from their density in time."""

from datetime import UTC, datetime

from analysis.ingest.gerrit.change_info import Change, is_change, update_instant
from analysis.ingest.gerrit.client import Client
from analysis.ingest.gerrit.listing import Place
from analysis.ingest.progress import Progress
from analysis.ingest.response import BrokenAnswerError
from analysis.ingest.session import INTERRUPT, cost
from analysis.ingest.transport import Governor

SAMPLE = 100  # changes of a year that are sampled for their density in time
FIRST_YEAR = 2008  # the year of Gerrit's first release: no change is older


class HistoryEstimate:
    """The size of the rest of the history, and its cost: printed before it is read, and shown as progress.

    Gerrit does not count changes: some small requests find the oldest one and the density in time.
    """

    def __init__(self, client: Client, query: str, governor: Governor, progress: Progress) -> None:
        self._client, self._query = client, query
        self._governor, self._progress = governor, progress
        self._is_shown = governor.policy.rate is not None or progress.on_terminal
        self._n_read = 0

    def announce(self, place: Place | None, *, page: int) -> None:
        """Print the cost of the history from a place on, if it takes long enough to matter."""
        if not self._is_shown:
            return
        now = (self._governor.traffic.last_date or datetime.now(UTC)).replace(tzinfo=None)
        self._newest = datetime.fromisoformat(place.before) if place and place.before else now
        self._oldest = oldest(self._client, self._query, now)
        rate = self._governor.policy.rate
        if rate is not None:
            n_changes = total(self._client, self._query, self._oldest, self._newest)
            self._progress.say(
                f"open changes are here; then about {n_changes:,} closed ones, newest first: "
                f"{cost(-(-n_changes // page), rate)}. {INTERRUPT}"
            )

    def count(self, n_rows: int, next_place: Place | None) -> None:
        """Set the expected total of the progress from the rows of a page and the place after it."""
        self._n_read += n_rows
        if not self._is_shown or next_place is None or next_place.before is None:
            return
        reached = datetime.fromisoformat(next_place.before)
        n_left = number_left(self._n_read, newest=self._newest, reached=reached, oldest=self._oldest)
        self._progress.expect(None if n_left is None else self._progress.done + n_left)


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


def number_left(n_read: int, *, newest: datetime, reached: datetime, oldest: datetime) -> int | None:
    """The number of changes between `reached` and `oldest`, at the density of those read so far; None at first.

    >>> number_left(100, newest=datetime(2015, 1, 3), reached=datetime(2015, 1, 2), oldest=datetime(2015, 1, 1))
    100
    """
    seconds_read = (newest - reached).total_seconds()
    seconds_left = max(0.0, (reached - oldest).total_seconds())
    return round(n_read * seconds_left / seconds_read) if seconds_read > 0 else None


def _has_any(client: Client, query: str) -> bool:
    return bool(client.get("changes/", [("q", query), ("n", "1")], read=_rows))


def total(client: Client, query: str, oldest: datetime, newest: datetime) -> int:
    """An estimate of the changes of a query updated between two instants; one request per year."""
    n_changes = 0.0
    for year in range(oldest.year, newest.year + 1):
        begin, end = max(oldest, datetime(year, 1, 1)), min(newest, datetime(year + 1, 1, 1))
        rows = client.get(
            "changes/", [("q", f'{query} before:"{end:%Y-%m-%d %H:%M:%S}"'), ("n", str(SAMPLE))], read=_rows
        )
        instants = [instant for row in rows if (instant := update_instant(row)) and instant >= begin]
        span = (end - min(instants)).total_seconds() if instants else 0.0
        is_all = len(instants) < len(rows) or len(rows) < SAMPLE
        n_changes += len(instants) if is_all or not span else len(instants) * (end - begin).total_seconds() / span
    return round(n_changes)


def _rows(rows: object) -> list[Change]:
    if not isinstance(rows, list):
        raise BrokenAnswerError("no list of changes")
    return [row for row in rows if is_change(row)]
