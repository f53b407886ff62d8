"""What is known of a page, and of the edition it belongs to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """One page of an edition: where, what it is called and asks, on which fingerprint it stands, how its run ended.

    `as_of` is the instant of its data: older than the edition's when only other pages were brought up to date. `doubt`
    is what the page says where its data are of another time than the release that it speaks of.
    """

    page: str
    title: str
    lead: str
    kind: str = ""
    fingerprint: str = ""
    failure: str = ""
    seconds: float = 0.0
    as_of: str = ""
    doubt: str = ""

    @property
    def is_part(self) -> bool:
        """One of several pages that the same notebook makes."""
        return bool(self.kind)


@dataclass(frozen=True, slots=True)
class ReportSet:
    """What all pages of one run have in common.

    `project` is its name in the tables, `title` what the pages call it. Ages are measured to `as_of`, the instant of
    the data (ISO 8601, UTC), which names the run, too. `doubt` is a sentence where the data are of another time than
    the release, empty otherwise.
    """

    project: str
    title: str
    release: str
    as_of: str
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one page's run ended; `failure` is the error's three lines, empty when it went well."""

    page: str
    seconds: float
    failure: str = ""


def in_words(as_of: str) -> str:
    """An instant (ISO 8601, UTC) as people write it.

    >>> in_words("2015-08-03T12:00:00Z")
    '2015-08-03 12:00 UTC'
    """
    return f"{as_of[:10]} {as_of[11:16]} UTC"
