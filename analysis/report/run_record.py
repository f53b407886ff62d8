"""The record of a report's run and of each of its pages, and the values that its pages share."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PageRecord:
    """One page of an edition: its address, title and question, the fingerprint of its inputs, and its outcome.

    `as_of` is the instant of its data: older than the edition's when only other pages were brought up to date. `doubt`
    is what the page says where its data are of another time than the release that it speaks of. `audience` is the group
    of the index that it stands in.
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
    audience: str = ""

    @property
    def is_part(self) -> bool:
        """One of several pages that the same notebook makes."""
        return bool(self.kind)


@dataclass(frozen=True, slots=True)
class ReportSet:
    """The values that all pages of one run share.

    `project` is its name in the tables, `title` what the pages call it. Ages are measured to `as_of`, the instant of
    the data (ISO 8601, UTC), which names the run, too. `doubt` is a sentence where the data are of another time than
    the release, empty otherwise. `instants` says of when each source is, where they differ.
    """

    project: str
    title: str
    release: str
    as_of: str
    doubt: str = ""
    instants: str = ""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """The record of a run in run.json: its name, the instant of its data, and its pages.

    `project` is None in the record of a run that did not say.
    """

    name: str = ""
    project: str | None = None
    as_of: str = ""
    pages: tuple[PageRecord, ...] = ()

    @property
    def by_page(self) -> dict[str, PageRecord]:
        """Its pages by their names."""
        return {page.page: page for page in self.pages}


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of one page's run; `failure` has the error's three lines, empty if there was none."""

    page: str
    seconds: float
    failure: str = ""


def in_words(as_of: str) -> str:
    """An instant (ISO 8601, UTC) as people write it.

    >>> in_words("2015-08-03T12:00:00Z")
    '2015-08-03 12:00 UTC'
    """
    return f"{as_of[:10]} {as_of[11:16]} UTC"
