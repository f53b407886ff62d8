"""Pending items: the facts about records that were listed but not fetched, and when to ask for them again.

An item has the fields that its source needs to request the record. After a failure it also has the reason (`error`),
the first time, the number of runs, and the earliest time of the next try.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TypeAlias

from analysis.errors import SourceError

PendingItem: TypeAlias = Mapping[str, object]

# The first two runs ask; then the pause is one hour, two, four, up to a week.
FIRST_PAUSE, LONGEST_PAUSE = timedelta(hours=1), timedelta(days=7)


def has_failed(item: PendingItem) -> bool:
    """Whether a pending item was requested and failed; False if it was not requested yet."""
    return "error" in item


def failed_item(item: PendingItem, failure: SourceError, now: datetime, *, is_new_run: bool) -> dict[str, object]:
    """The item of a record after a failure: the reason, since when, in how many runs, and when to ask again.

    >>> from analysis.errors import ServerError
    >>> error = ServerError(expected="a bug", found="503", do="")
    >>> item = failed_item({}, error, datetime(2015, 8, 3), is_new_run=True)
    >>> item["error"], item["since"], item["n_runs"], item["not_before"]
    ('503', '2015-08-03T00:00:00', 1, None)
    """
    n_before = item.get("n_runs")
    n_runs = (n_before if isinstance(n_before, int) else 0) + is_new_run
    pause = min(FIRST_PAUSE * 2 ** min(n_runs - 2, 10), LONGEST_PAUSE) if n_runs > 1 else None
    return {
        **item,
        "error": failure.found,
        "expected": failure.expected,
        "since": item.get("since") or now.isoformat(),
        "n_runs": n_runs,
        "not_before": (now + pause).isoformat() if pause else None,
    }


def is_due(item: PendingItem, now: datetime) -> bool:
    """Whether a failed record may be requested again."""
    return not item.get("not_before") or str(item["not_before"]) <= now.isoformat()
