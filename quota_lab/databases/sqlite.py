"""SQLite, embedded: one writer at a time, so most races cannot happen here."""

import sqlite3

from quota_lab.databases.base import Database, Session
from quota_lab.statements import Begin, Reply


class SqliteSession(Session):
    """One connection to the file. Locks last until the end of the transaction and cover the whole file."""

    for_update = ""
    placeholder = "?"

    def __init__(self, path: str, isolation: str) -> None:
        super().__init__(isolation)
        self.connection = sqlite3.connect(path, timeout=5, isolation_level=None, check_same_thread=False)
        self.connection.execute("PRAGMA synchronous=NORMAL")

    def send(self, text: str, arguments: tuple[object, ...], *, reads: bool) -> Reply:
        """Rows, or the number of rows changed."""
        cursor = self.connection.execute(text, arguments)
        return cursor.fetchall() if reads else cursor.rowcount

    def driver_errors(self) -> tuple[type[Exception], ...]:
        """The error that a busy file raises."""
        return (sqlite3.OperationalError,)

    def conflict(self, error: Exception) -> str:
        """Busy: another connection writes, or has written since this transaction's first read."""
        return "busy" if getattr(error, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED")) else ""

    def begin(self, step: Begin) -> None:
        """IMMEDIATE takes the write lock at once; SQLite has no other SELECT FOR UPDATE."""
        self.run("BEGIN IMMEDIATE" if step.writes_first else "BEGIN", reads=False)

    def roll_back(self) -> None:
        """Roll back if a transaction is open."""
        if self.connection.in_transaction:
            self.connection.rollback()

    def reported_isolation(self) -> str:
        """Always SERIALIZABLE."""
        return "SERIALIZABLE"

    def backend(self) -> int:
        """SQLite has no lock views."""
        return 0

    def close(self) -> None:
        """Close the file."""
        self.connection.close()


class Sqlite(Database):
    """A file in write-ahead mode."""

    name = "sqlite"
    automatic = "INTEGER PRIMARY KEY AUTOINCREMENT"
    isolations = ("SERIALIZABLE",)

    @classmethod
    def missing(cls) -> str:
        """Nothing: SQLite is part of Python."""
        return ""

    def start(self) -> None:
        """Switch the file to write-ahead mode, in which readers do not block."""
        session = self.session()
        session.run("PRAGMA journal_mode=WAL")
        session.close()

    def session(self, isolation: str = "") -> SqliteSession:
        """A connection; SQLite has only one isolation level."""
        return SqliteSession(str(self.home / "quota.db"), isolation or self.isolations[0])

    def version(self) -> str:
        """The version of the library in Python."""
        return sqlite3.sqlite_version

    def settings(self) -> dict[str, str]:
        """Write-ahead mode, and how often it syncs."""
        return {"journal_mode": "wal", "synchronous": "normal", "busy_timeout_s": "5"}

    def deadlocks(self) -> None:
        """SQLite counts none."""
        return

    def waiting(self, backend: int, observer: Session) -> bool:
        """SQLite has no lock views: a waiting writer sleeps and tries again by itself."""
        return False
