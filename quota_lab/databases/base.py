"""The interface of a database: a server that the laboratory starts and stops, and sessions on it."""

import shutil
import subprocess
import sys
import tempfile
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from analysis.errors import QuotaLabError
from quota_lab.databases import keeper
from quota_lab.designs.base import Conflict
from quota_lab.journal import JsonObject
from quota_lab.statements import Begin, Commit, Reply, Rollback, Statement

TABLES = (
    "CREATE TABLE projects (project_id BIGINT PRIMARY KEY, parent_id BIGINT, generation BIGINT NOT NULL)",
    "CREATE TABLE allocations (number {auto}, request_id BIGINT NOT NULL, project_id BIGINT NOT NULL,"
    " resource VARCHAR(16) NOT NULL, amount BIGINT NOT NULL)",
    "CREATE INDEX allocations_project ON allocations (project_id, resource)",
    "CREATE INDEX allocations_request ON allocations (request_id)",
    # No unique key, as in Liberty: without one, two first requests can both create the row.
    "CREATE TABLE quota_usages (usage_id {auto}, project_id BIGINT NOT NULL, resource VARCHAR(16) NOT NULL,"
    " in_use BIGINT NOT NULL, reserved BIGINT NOT NULL, until_refresh BIGINT NOT NULL)",
    "CREATE INDEX quota_usages_project ON quota_usages (project_id, resource)",
    "CREATE TABLE reservations (reservation_id {auto}, request_id BIGINT NOT NULL, usage_id BIGINT NOT NULL,"
    " project_id BIGINT NOT NULL, delta BIGINT NOT NULL, made_at DOUBLE PRECISION NOT NULL)",
    "CREATE INDEX reservations_request ON reservations (request_id)",
    "CREATE INDEX reservations_project ON reservations (project_id)",
    "CREATE TABLE tallies (project_id BIGINT NOT NULL, resource VARCHAR(16) NOT NULL, slice BIGINT NOT NULL,"
    " in_use BIGINT NOT NULL, hard_limit BIGINT NOT NULL, PRIMARY KEY (project_id, resource, slice))",
)
NAMES = ("projects", "allocations", "quota_usages", "reservations", "tallies")


class Session(ABC):
    """One connection. An error that means "try again" is raised as Conflict; any other as the driver raised it."""

    for_update: ClassVar[str] = "FOR UPDATE"
    placeholder: ClassVar[str] = "%s"

    def __init__(self, isolation: str) -> None:
        self.isolation = isolation

    def execute(self, statement: Statement) -> Reply:
        """The rows of a read; the number of rows changed by a write."""
        text = statement.sql.replace("?", self.placeholder).format(for_update=self.for_update)
        return self.run(text, statement.arguments(), reads=statement.is_read)

    def control(self, step: Begin | Commit | Rollback) -> None:
        """Begin, commit or roll back."""
        match step:
            case Begin():
                self.begin(step)
            case Commit():
                self.run("COMMIT", (), reads=False)
            case Rollback():
                self.roll_back()

    def run(self, text: str, arguments: tuple[object, ...] = (), *, reads: bool = True) -> Reply:
        """Send one statement; the rows if it reads, else the number of rows it changed."""
        try:
            return self.send(text, arguments, reads=reads)
        except self.driver_errors() as error:
            reason = self.conflict(error)
            if not reason:
                raise
            raise Conflict(reason) from error

    @abstractmethod
    def send(self, text: str, arguments: tuple[object, ...], *, reads: bool) -> Reply:
        """Hand one statement to the driver."""

    @abstractmethod
    def driver_errors(self) -> tuple[type[Exception], ...]:
        """The driver's errors that may mean a lost conflict."""

    @abstractmethod
    def conflict(self, error: Exception) -> str:
        """deadlock, serialization, busy or timeout; empty for an error that another attempt would not avoid."""

    @abstractmethod
    def begin(self, step: Begin) -> None:
        """Open a transaction at the step's isolation level, else at the session's."""

    @abstractmethod
    def roll_back(self) -> None:
        """Roll back; harmless when no transaction is open."""

    @abstractmethod
    def reported_isolation(self) -> str:
        """The level of a transaction opened now, as the server reports it, in upper case."""

    def default_isolation(self) -> str:
        """The level of a transaction that states none, in upper case."""
        raise NotImplementedError

    @abstractmethod
    def backend(self) -> int:
        """The server's number for this connection, as its lock views name it; 0 where there are no views."""

    @abstractmethod
    def close(self) -> None:
        """Drop the connection; an open transaction is rolled back by the server."""


class Database(ABC):
    """A server that the laboratory starts in a temporary directory, on loopback, and removes at the end.

    If the command dies first, a keeper removes it.
    """

    name: ClassVar[str]
    automatic: ClassVar[str]  # column type of an automatic number
    isolations: ClassVar[tuple[str, ...]]  # the first is the default
    look_every: ClassVar[float] = 0.005  # seconds between two looks at the lock view

    def __init__(self, directory: Path | None = None) -> None:
        self.home = Path(tempfile.mkdtemp(prefix=f"quota-{self.name}-", dir=directory or roomiest()))
        self.process: subprocess.Popen[bytes] | None = None
        self.keeper: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        try:
            self.keeper = _keep(self.home)
            self.start()
            self._create_tables()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def __getstate__(self) -> JsonObject:
        # Workers get a copy to connect with; the server's process and its keeper stay with their parent.
        return self.__dict__ | {"process": None, "keeper": None}

    @classmethod
    @abstractmethod
    def missing(cls) -> str:
        """The name of the part that this machine lacks to run it; empty when nothing is missing."""

    @abstractmethod
    def start(self) -> None:
        """Start the server and wait until it answers."""

    @abstractmethod
    def session(self, isolation: str = "") -> Session:
        """A new connection at an isolation level (empty: the default)."""

    @abstractmethod
    def version(self) -> str:
        """The version that the server reports."""

    def catalog(self, name: str) -> "Database":
        """This server with sessions on a new, empty database of another name; it stops with this server."""
        raise QuotaLabError(
            expected="a server that holds several databases", found=self.name, do="choose PostgreSQL or MariaDB"
        )

    def address(self) -> str:
        """Where this database is, as SQLAlchemy writes it."""
        raise NotImplementedError

    def set_isolation(self, level: str) -> None:
        """Make a level the default of connections made from now on (empty: the server's own default)."""
        raise NotImplementedError

    @abstractmethod
    def settings(self) -> dict[str, str]:
        """The server's settings that matter to a race, as it reports them."""

    @abstractmethod
    def deadlocks(self) -> int | None:
        """How many deadlocks the server has counted since its start; None where it counts none."""

    @abstractmethod
    def waiting(self, backend: int, observer: Session) -> bool:
        """Whether that connection waits for a lock now, as the server's own lock view says."""

    def stop(self) -> None:
        """Stop the server and remove its files; harmless when it never started."""
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None
        shutil.rmtree(self.home, ignore_errors=True)
        if self.keeper is not None:
            self.keeper.kill()
            self.keeper.communicate()
            self.keeper = None

    def clear(self, session: Session) -> None:
        """Empty every table."""
        for name in NAMES:
            session.run(f"DELETE FROM {name}", reads=False)

    def _ask(self, text: str) -> str:
        """The one value that a query returns, sent over a connection of its own."""
        session = self.session()
        ((answer,),) = session.run(text)
        session.close()
        return str(answer)

    def _create_tables(self) -> None:
        session = self.session()
        for text in TABLES:
            session.run(text.format(auto=self.automatic), reads=False)
        session.close()


def _keep(home: Path) -> "subprocess.Popen[str]":
    """The process of a keeper, in a group of its own, because Ctrl-C need not end the command."""
    program = [sys.executable, "-I", "-S", keeper.__file__, str(home)]
    return subprocess.Popen(program, stdin=subprocess.PIPE, text=True, process_group=0)


def plain(value: Reply) -> Reply:
    """The value as a design expects it: drivers return the SUM of a BIGINT column as a Decimal."""
    return int(value) if type(value).__name__ == "Decimal" else value


def roomiest() -> Path | None:
    """Memory-backed storage if it has room, so that races measure locks and not a disk; else None."""
    memory = Path("/dev/shm")
    if memory.is_dir() and shutil.disk_usage(memory).free > 2**30:
        return memory
    return None
