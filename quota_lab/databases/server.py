"""A database in a server process of its own, started from installed programs."""

import copy
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import IO, ClassVar, Self

from analysis.errors import QuotaLabError
from quota_lab.databases.base import Database, Session


class DatabaseServer(Database):
    """A database whose programs and driver may be missing, and whose process may have to run under another account."""

    title: ClassVar[str]
    package: ClassVar[str]  # of Debian
    programs: ClassVar[tuple[str, ...]]
    places: ClassVar[tuple[str, ...]]  # patterns of folders, besides PATH
    driver: ClassVar[str]  # a module
    account: ClassVar[str]  # of the system, as the package creates it
    recreate: ClassVar[tuple[str, ...]]  # statements that drop the database {name} and create it
    catalog_name: str

    @classmethod
    def missing(cls) -> str:
        """The programs or the driver, by name; empty when nothing is missing."""
        if not all(cls.program(name) for name in cls.programs):
            return f"{cls.title} (Debian package {cls.package})"
        try:
            import_module(cls.driver)
        except ImportError:
            return f"{cls.driver} ({cls.title}'s driver)"
        return ""

    @classmethod
    def program(cls, name: str) -> str:
        """The newest program of that name in the usual places or on PATH; empty when there is none."""
        paths = [path for place in cls.places for path in Path("/").glob(f"{place.lstrip('/')}/{name}")]
        return str(max(paths)) if paths else shutil.which(name) or ""

    def catalog(self, name: str) -> Self:
        """A copy of this object that connects to a new, empty database of that name."""
        session = self.session()
        for text in self.recreate:
            session.run(text.format(name=name), reads=False)
        session.close()
        other = copy.copy(self)
        other.process = other.keeper = None
        other.catalog_name = name
        return other

    def prepare_account(self) -> str | None:
        """Give the server's folder to an account without privileges, and return it; None unless we are root."""
        if os.geteuid() != 0:
            return None
        accounts = {entry.pw_name for entry in pwd.getpwall()}
        account = next(name for name in (self.account, "nobody") if name in accounts)
        shutil.chown(self.home, account)
        return account

    def run_once(self, command: list[str], log: IO[bytes], account: str | None = None) -> None:
        """Run a program to its end. Raises QuotaLabError with the end of the log if it fails."""
        done = subprocess.run(command, stdout=log, stderr=log, cwd=self.home, user=account, check=False)
        if done.returncode:
            raise self.failed(f"{Path(command[0]).name} ended with {done.returncode}")

    def serve(self, command: list[str], log: IO[bytes], account: str | None = None) -> None:
        """Start the server's process, under another account if one is named, and tell the keeper its number."""
        # A process group of its own: Ctrl-C at the terminal must not stop it while workers still race.
        self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.home, user=account, process_group=0)
        if self.keeper is not None and self.keeper.stdin is not None:
            print(self.process.pid, file=self.keeper.stdin, flush=True)

    def await_answer(self, connect: Callable[[], Session], errors: tuple[type[Exception], ...]) -> None:
        """Wait until the server accepts a connection; if it ends first, raise an error with the end of its log."""
        deadline = time.monotonic() + 60
        while True:
            try:
                connect().close()
            except errors as error:
                ended = self.process is not None and self.process.poll() is not None
                if ended or time.monotonic() > deadline:
                    raise self.failed(str(error)) from error
                time.sleep(0.05)
            else:
                return

    def failed(self, reason: str) -> QuotaLabError:
        """The error for a server that does not start, with the end of its log."""
        log = self.home / "server.log"
        tail = log.read_text(errors="replace")[-800:] if log.exists() else ""
        return QuotaLabError(
            expected=f"{self.name} to start in {self.home}",
            found=f"{reason.strip()} {tail.strip()}",
            do=f"start it by hand with the same options, or leave {self.name} out with --database",
        )


def free_port() -> int:
    """A TCP port on loopback that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
