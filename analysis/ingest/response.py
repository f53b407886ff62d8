"""The answer of a server to one request, or the reason why there is no complete answer."""

import errno
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from analysis.ingest.json_body import excerpt

NO_WAY = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN}


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one request. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def date(self) -> datetime | None:
        """The server's clock, or None if the answer has no date."""
        return _http_date(self.headers.get("date"))

    @property
    def retry_after(self) -> float | None:
        """Seconds that the server asks to wait, measured on its own clock."""
        value = self.headers.get("retry-after", "").strip()
        if value.isascii() and value.isdigit():  # to `isdigit` alone, a superscript two is a digit
            return float(value)
        until = _http_date(value)
        if until is None:
            return None
        return max(0.0, (until - (self.date or datetime.now(UTC))).total_seconds())


def _http_date(value: str | None) -> datetime | None:
    try:
        date = parsedate_to_datetime(value or "")
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, OverflowError):  # the second error is for a zone, or a year with its zone, outside the calendar
        return None


class BrokenAnswerError(Exception):
    """No complete answer: refused, reset, truncated, too slow, or not valid in its protocol. Worth another try."""


class NoNetworkError(BrokenAnswerError):
    """The server cannot be reached: its name cannot be resolved, or there is no route."""


def broken_answer(error: BaseException) -> BrokenAnswerError:
    """The meaning of a library's failure: there is no network, or this answer is incomplete."""
    chain = list(_chain(error))
    has_no_way = any(isinstance(e, socket.gaierror) or (isinstance(e, OSError) and e.errno in NO_WAY) for e in chain)
    return (NoNetworkError if has_no_way else BrokenAnswerError)(_words(chain[-1]))


def too_large_error(limit: int) -> BrokenAnswerError:
    """The error for an answer with more than this many bytes, larger than any legitimate one."""
    return BrokenAnswerError(f"an answer of more than {limit >> 20} MB")


def reason(error: BaseException) -> str:
    """The root cause of a failure, without the wrappers of libraries, such as a refused connection."""
    return _words(list(_chain(error))[-1])


def _words(error: BaseException) -> str:
    return f"{type(error).__name__}: {excerpt(str(error), 120)}"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The failure and the exceptions that it wraps, outermost first."""
    passed_ids: set[int] = set()
    inner: BaseException | None = error
    while inner is not None:
        yield inner
        passed_ids.add(id(inner))
        wrapped = (*inner.args[:1], getattr(inner, "reason", None), inner.__cause__, inner.__context__)
        inner = next((e for e in wrapped if isinstance(e, BaseException) and id(e) not in passed_ids), None)
