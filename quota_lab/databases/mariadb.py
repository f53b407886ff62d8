"""MariaDB: a disposable server on loopback, from the installed programs."""

import os
import pwd

from quota_lab.databases.base import NAMES, Session, plain
from quota_lab.databases.server import DatabaseServer, free_port
from quota_lab.statements import Begin, Reply


class MariadbSession(Session):
    """One connection, in autocommit; transactions are opened by hand at a stated level."""

    def __init__(self, port: int, isolation: str, *, database: str = "quota") -> None:
        import pymysql  # an optional dependency: only races on MariaDB need the driver

        super().__init__(isolation)
        self.errors: tuple[type[Exception], ...] = (pymysql.MySQLError,)
        # The driver would read the machine's certificates for every connection, which takes longer than connecting.
        self.connection = pymysql.connect(
            host="127.0.0.1", port=port, user="root", database=database or None, autocommit=True, ssl_disabled=True
        )
        self.cursor = self.connection.cursor()
        self.level = ""

    def send(self, text: str, arguments: tuple[object, ...], *, reads: bool) -> Reply:
        """Rows, or the number of rows changed."""
        changed = self.cursor.execute(text, arguments or None)
        return [tuple(map(plain, row)) for row in self.cursor.fetchall()] if reads else changed

    def driver_errors(self) -> tuple[type[Exception], ...]:
        """Every error of PyMySQL."""
        return self.errors

    def conflict(self, error: Exception) -> str:
        """By error number: 1213 deadlock, 1205 lock wait timeout, 1020 a row changed since the snapshot."""
        number = error.args[0] if error.args else 0
        return {1213: "deadlock", 1205: "timeout", 1020: "serialization"}.get(number, "")

    def begin(self, step: Begin) -> None:
        """Always state the isolation level; the server keeps it for the connection."""
        level = step.isolation or self.isolation
        if level != self.level:
            self.run(f"SET SESSION TRANSACTION ISOLATION LEVEL {level}", reads=False)
            self.level = level
        self.run("START TRANSACTION", reads=False)

    def roll_back(self) -> None:
        """Roll back; the server ignores it when nothing is open."""
        self.run("ROLLBACK", reads=False)

    def reported_isolation(self) -> str:
        """The session's level as the server reports it, with spaces."""
        self.begin(Begin())
        ((level,),) = self.run("SELECT @@tx_isolation")
        self.roll_back()
        return str(level).replace("-", " ").upper()

    def default_isolation(self) -> str:
        """The level in the server's setting."""
        ((level,),) = self.run("SELECT @@GLOBAL.tx_isolation")
        return str(level).replace("-", " ").upper()

    def backend(self) -> int:
        """The thread that serves this connection."""
        return int(self.connection.thread_id())  # type: ignore[no-untyped-call]

    def close(self) -> None:
        """Drop the connection."""
        self.connection.close()


class Mariadb(DatabaseServer):
    """A server with its default settings, except the address, the directory and smaller files."""

    name = "mariadb"
    title = "MariaDB"
    package = "mariadb-server"
    programs = ("mariadbd", "mariadb-install-db")
    places = ("/usr/sbin", "/usr/bin", "/usr/local/mysql/bin", "/usr/local/mysql/scripts", "/opt/homebrew/bin")
    driver = "pymysql"
    account = "mysql"
    # Three bytes a character, as Nova's tables of 2017 need for the length of their keys.
    recreate = ("DROP DATABASE IF EXISTS {name}", "CREATE DATABASE {name} CHARACTER SET utf8mb3")
    automatic = "BIGINT AUTO_INCREMENT PRIMARY KEY"
    isolations = ("REPEATABLE READ", "READ COMMITTED", "SERIALIZABLE")
    catalog_name = "quota"
    # InnoDB caches its lock view until nobody has read it for 0.1 s: reading it more often shows no change.
    look_every = 0.12

    def start(self) -> None:
        """Create the system tables and start; as root, under another account."""
        self.port = free_port()
        account = self.prepare_account() or pwd.getpwuid(os.geteuid()).pw_name  # the programs switch to it themselves
        common = [
            "--no-defaults", f"--datadir={self.home / 'data'}", f"--user={account}", "--innodb-log-file-size=16M",
        ]  # fmt: skip
        with (self.home / "server.log").open("wb") as log:
            create = [self.program("mariadb-install-db"), *common, "--auth-root-authentication-method=normal",
                      "--skip-test-db"]  # fmt: skip
            self.run_once(create, log)
            serve = [
                self.program("mariadbd"), *common, "--bind-address=127.0.0.1", f"--port={self.port}",
                f"--socket={self.home / 'socket'}", f"--pid-file={self.home / 'pid'}", "--skip-name-resolve",
                "--innodb-buffer-pool-size=64M",
            ]  # fmt: skip
            self.serve(serve, log)
        self.await_answer(lambda: MariadbSession(self.port, self.isolations[0], database=""), self._errors())
        session = MariadbSession(self.port, self.isolations[0], database="")
        session.run("CREATE DATABASE quota", reads=False)
        session.close()

    def session(self, isolation: str = "") -> MariadbSession:
        """A connection over TCP."""
        return MariadbSession(self.port, isolation or self.isolations[0], database=self.catalog_name)

    def version(self) -> str:
        """The server's version, without the packager's words."""
        return self._ask("SELECT VERSION()").split("-")[0]

    def address(self) -> str:
        """With the driver that the documentation of every engine names."""
        return f"mysql+pymysql://root@127.0.0.1:{self.port}/{self.catalog_name}?charset=utf8"

    def set_isolation(self, level: str) -> None:
        """Change a setting of the server, which applies to every client without its knowledge."""
        session = self.session()
        session.run(f"SET GLOBAL TRANSACTION ISOLATION LEVEL {level or self.isolations[0]}", reads=False)
        session.close()

    def settings(self) -> dict[str, str]:
        """Isolation, durability, deadlock detection, and whether a stale snapshot is an error."""
        names = (
            "tx_isolation", "innodb_flush_log_at_trx_commit", "innodb_deadlock_detect", "innodb_lock_wait_timeout",
            "innodb_snapshot_isolation",
        )  # fmt: skip
        session = self.session()
        variables = dict(session.run(f"SHOW GLOBAL VARIABLES WHERE Variable_name IN {names}"))
        session.close()
        return {name: str(variables.get(name, "not a setting of this version")) for name in names}

    def deadlocks(self) -> int:
        """Innodb_deadlocks since the start."""
        session = self.session()
        ((_, count),) = session.run("SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'")
        session.close()
        return int(count)

    def clear(self, session: Session) -> None:
        """Truncate: rows that are deleted but not purged yet would still be locked by locking reads."""
        for name in NAMES:
            session.run(f"TRUNCATE TABLE {name}", reads=False)

    def waiting(self, backend: int, observer: Session) -> bool:
        """information_schema.innodb_trx says that the connection's transaction waits for a lock."""
        rows = observer.run(
            "SELECT trx_state FROM information_schema.innodb_trx WHERE trx_mysql_thread_id = %s", (backend,)
        )
        return bool(rows == [("LOCK WAIT",)])

    def _errors(self) -> tuple[type[Exception], ...]:
        import pymysql

        return (pymysql.MySQLError,)
