"""The databases, by name."""

from analysis.errors import QuotaLabError
from quota_lab.databases.base import Database, Session
from quota_lab.databases.mariadb import Mariadb
from quota_lab.databases.postgresql import Postgresql
from quota_lab.databases.sqlite import Sqlite

DATABASES: dict[str, type[Database]] = {database.name: database for database in (Sqlite, Postgresql, Mariadb)}


def named(name: str) -> type[Database]:
    """The database of that name, or a QuotaLabError that lists them all."""
    if name not in DATABASES:
        raise QuotaLabError(expected=f"a database among {list(DATABASES)}", found=repr(name), do="correct the name")
    return DATABASES[name]


def missing() -> dict[str, str]:
    """The databases that cannot run here: name to the missing part."""
    return {name: lack for name, database in DATABASES.items() if (lack := database.missing())}


__all__ = ["DATABASES", "Database", "Session", "missing", "named"]
