"""What a server answered to one request, or what kept it from answering whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from analysis.sources.served import excerpt


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
        found = parsedate_to_datetime(value or "")
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):  # the second for a zone, or a year with its zone, beyond all calendars
        return None


class BrokenAnswerError(Exception):
    """No whole answer: refused, reset, truncated, too slow, or not what its protocol promises. Worth another try."""


def too_large(most: int) -> BrokenAnswerError:
    """The error for an answer of more than that many bytes, longer than any that is served for a good reason."""
    return BrokenAnswerError(f"an answer of more than {most >> 20} MB")


def reason(error: BaseException) -> str:
    """What a failure came down to, below what libraries wrap around it: such as a connection that was refused."""
    seen = {id(error)}
    while True:
        wrapped = (*error.args[:1], getattr(error, "reason", None), error.__cause__, error.__context__)
        inner = next((e for e in wrapped if isinstance(e, BaseException) and id(e) not in seen), None)
        if inner is None:
            return f"{type(error).__name__}: {excerpt(str(error), 120)}"
        seen.add(id(error := inner))
