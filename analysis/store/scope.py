"""Whose records they are: one project on one server."""

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
        """Where its snapshots lie below the source's folder; every name is one path component."""
        return Path(quoted(self.host)) / quoted(self.project)

    def __str__(self) -> str:
        return f"{self.host}/{self.project}"


def quoted(name: str) -> str:
    """A name as one path component: no slash, and never '.' or '..'."""
    return quote(name, safe="").replace(".", "%2E") if set(name) <= {"."} else quote(name, safe="")


def unquoted(component: str) -> str:
    """The name that `quoted` was given."""
    return unquote(component)
