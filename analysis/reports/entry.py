"""What is known of a page, and of the edition it belongs to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """One page of an edition: where, what it is called and asks, on which fingerprint it stands, how its run ended."""

    page: str
    title: str
    lead: str
    kind: str = ""
    fingerprint: str = ""
    failure: str = ""
    seconds: float = 0.0

    @property
    def is_part(self) -> bool:
        """One of several pages that the same notebook makes."""
        return bool(self.kind)


@dataclass(frozen=True, slots=True)
class ReportSet:
    """What all pages of one run have in common."""

    project: str
    release: str
    as_of: str

    @property
    def as_of_words(self) -> str:
        """The instant as people write it."""
        return f"{self.as_of[:10]} {self.as_of[11:16]} UTC"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one page's run ended; `failure` is the error's three lines, empty when it went well."""

    page: str
    seconds: float
    failure: str = ""
