"""What a server answered to one request, or what kept it from answering whole."""

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
    """What came back for one request. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def date(self) -> datetime | None:
        """The server's clock, or None where it does not say."""
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
    except (ValueError, OverflowError):  # the second for a zone, or a year with its zone, beyond all calendars
        return None


class BrokenAnswerError(Exception):
    """No whole answer: refused, reset, truncated, too slow, or not what its protocol promises. Worth another try."""


class NoNetworkError(BrokenAnswerError):
    """Not even the way to the server: its name is not known here, or nothing leads there."""


def broken_answer(error: BaseException) -> BrokenAnswerError:
    """What a library's failure means: that there is no network, or that this answer did not come whole."""
    chain = list(_chain(error))
    has_no_way = any(isinstance(e, socket.gaierror) or (isinstance(e, OSError) and e.errno in NO_WAY) for e in chain)
    return (NoNetworkError if has_no_way else BrokenAnswerError)(_words(chain[-1]))


def too_large_error(limit: int) -> BrokenAnswerError:
    """The error for an answer of more than that many bytes, longer than any that is served for a good reason."""
    return BrokenAnswerError(f"an answer of more than {limit >> 20} MB")


def reason(error: BaseException) -> str:
    """What a failure came down to, below what libraries wrap around it: such as a connection that was refused."""
    return _words(list(_chain(error))[-1])


def _words(error: BaseException) -> str:
    return f"{type(error).__name__}: {excerpt(str(error), 120)}"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The failure, and what it wraps, outermost first."""
    passed_ids: set[int] = set()
    inner: BaseException | None = error
    while inner is not None:
        yield inner
        passed_ids.add(id(inner))
        wrapped = (*inner.args[:1], getattr(inner, "reason", None), inner.__cause__, inner.__context__)
        inner = next((e for e in wrapped if isinstance(e, BaseException) and id(e) not in passed_ids), None)
