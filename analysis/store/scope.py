"""A scope: one project on one server."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote


@dataclass(frozen=True, slots=True, order=True)
class Scope:
    """One project on one host, such as ('review.opendev.org', 'openstack/nova'); a clone's host is its Gerrit."""

    host: str
    project: str

    @property
    def folder(self) -> Path:
        """The folder of its snapshots below that of the source; every name is one path component."""
        return Path(quote_name(self.host)) / quote_name(self.project)

    def __str__(self) -> str:
        return f"{self.host}/{self.project}"


def quote_name(name: str) -> str:
    """A name as one path component: no slash, and never '.' or '..'."""
    return quote(name, safe="").replace(".", "%2E") if set(name) <= {"."} else quote(name, safe="")


def unquote_name(component: str) -> str:
    """The inverse of `quote_name`."""
    return unquote(component)
