"""Errors of single records: such an error costs only that record, and names the record and the field."""

from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec

from analysis import time_limit
from analysis.ingest.json_body import excerpt
from analysis.time_limit import TooSlowError

T = TypeVar("T")

MOST_BYTES = 1 << 26  # bytes of JSON of one record: a thousand times a long one, and still small in memory

LARGEST_NUMBER = 2**63  # the largest number that a database can store


class RecordError(Exception):
    """One record is not usable: `name` names it, the text says why. Only that record is lost."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(reason)
        self.name = name


def within_limit(name: str, work: Callable[[], T]) -> T:
    """The result of the work on one record. Raises RecordError if it takes too long."""
    try:
        with time_limit.time_limit(time_limit.RECORD_SECONDS):
            return work()
    except TooSlowError as cause:
        raise RecordError(name, f"to read it takes {cause}") from cause


def check_size(record: Mapping[str, object]) -> None:
    """Raise RecordError for a record that is too large."""
    try:
        n_bytes = len(msgspec.json.encode(record))
    except (UnicodeEncodeError, RecursionError, OverflowError, msgspec.MsgspecError) as cause:
        raise RecordError("", f"cannot be kept: {type(cause).__name__}: {cause}"[:150]) from cause
    if n_bytes > MOST_BYTES:
        raise RecordError("", f"larger than {MOST_BYTES >> 20} MB")


def check_kinds(entry: Mapping[str, object], kinds: Mapping[str, type], *, name: str, part: str) -> None:
    """Raise RecordError for a field of the wrong type, or a number that is too large for a table."""
    for field, kind in kinds.items():
        value = entry.get(field)
        is_kind = isinstance(value, kind) and not isinstance(value, bool)
        is_too_large = is_kind and isinstance(value, int) and abs(value) >= LARGEST_NUMBER
        if value is not None and (not is_kind or is_too_large):
            raise RecordError(name, f"{part}.{field} is no {kind.__name__}: {excerpt(str(value))}")
