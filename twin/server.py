"""The twin's server on loopback, with a log of requests, latency and faults on demand."""

import gzip
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import ClassVar

from twin import gerrit, gerrit_site, launchpad_site
from twin.exchange import Request, Response, as_text
from twin.faults import Fault, Faults
from twin.gerrit_site import GerritSite
from twin.launchpad_site import LaunchpadSite
from twin.world import World

GZIP_FROM = 1024  # bytes; a shorter body is not compressed


@dataclass
class Log:
    """The log of requests: every target in order, the number of answers by status, and the most at the same time."""

    targets: list[str] = field(default_factory=list)
    agents: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    bytes_sent: int = 0
    in_flight: int = 0
    most_in_flight: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def begins(self, target: str, agent: str) -> None:
        """Note the start of a request."""
        with self._lock:
            self.targets.append(target)
            self.agents[agent] += 1
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)

    def ends(self, status: int, n_bytes: int) -> None:
        """Note the end of a request with its status and size; the status is 0 if it broke before the answer."""
        with self._lock:
            self.in_flight -= 1
            self.statuses[status] += 1
            self.bytes_sent += n_bytes

    def broke(self, name: str) -> None:
        """Note that the fault of that name was used."""
        with self._lock:
            self.faults[name] += 1

    def count(self, part: str = "") -> int:
        """The number of requests whose target contains `part`."""
        return sum(part in target for target in self.targets)

    def clear(self) -> None:
        """Forget finished requests, but not those in progress."""
        with self._lock:
            self.targets.clear()
            self.agents.clear()
            self.statuses.clear()
            self.faults.clear()
            self.bytes_sent = self.most_in_flight = 0


class Server:
    """Launchpad and Gerrit of some worlds under one address: `with Server(world) as twin: twin.launchpad_root`.

    `latency` is the delay of each answer in seconds. `clock_skew` is the difference of the Date header from the worlds'
    clock; None leaves the header out. `version` is the Gerrit release to emulate. `faults` may be changed while the
    server runs.
    """

    def __init__(
        self,
        *worlds: World,
        latency: float = 0.0,
        faults: Iterable[Fault] = (),
        seed: int = 0,
        port: int = 0,
        version: gerrit.Version = gerrit.NEWEST,
        clock_skew: timedelta | None = timedelta(0),
    ) -> None:
        self.worlds, self.latency, self.clock_skew = worlds, latency, clock_skew
        self.faults = Faults(faults, seed=seed)
        self.log = Log()
        lock = threading.RLock()
        for world in worlds:
            world.lock = lock
        self.launchpad = LaunchpadSite(worlds, lock=lock)
        self.gerrit = GerritSite(worlds, version=version, lock=lock)
        self.lock = lock  # hold it to change the world by hand between two answers
        handler = type("Handler", (_Handler,), {"twin": self})
        self._http = _Http(("127.0.0.1", port), handler)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), name="twin", daemon=True)

    @property
    def base(self) -> str:
        """The address on loopback, without a slash at the end."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    @property
    def launchpad_root(self) -> str:
        """The service_root for launchpadlib, without a version."""
        return f"{self.base}{launchpad_site.ROOT}/"

    @property
    def gerrit_root(self) -> str:
        """The root for a client of Gerrit, with a slash at the end."""
        return f"{self.base}{gerrit_site.ROOT}/"

    def start(self) -> "Server":
        """Serve in a thread of its own, and return the server at once."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """End the thread and free the port; open connections are left to their clients."""
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def serve(self) -> None:
        """Serve in this thread until it is interrupted."""
        with suppress(KeyboardInterrupt):
            self._http.serve_forever()
        self._http.server_close()

    def __enter__(self) -> "Server":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def answer(self, request: Request) -> Response:
        """The answer of Launchpad or Gerrit; 404 for any other path."""
        if request.path.startswith(f"{launchpad_site.ROOT}/"):
            return self.launchpad.answer(request)
        if request.path.startswith(f"{gerrit_site.ROOT}/"):
            return self.gerrit.answer(request)
        return as_text(404, "Not Found")

    def date(self) -> str | None:
        """The Date header: the time of the worlds' clock, not of this machine."""
        if self.clock_skew is None:
            return None
        return format_datetime(max(world.now for world in self.worlds) + self.clock_skew, usegmt=True)


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore a client that disconnected; print any other error, which is a fault of this server."""
        if not isinstance(sys.exception(), OSError | ValueError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    twin: ClassVar[Server]
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        twin = self.twin
        headers = {name.lower(): value for name, value in self.headers.items()}
        twin.log.begins(self.path, headers.get("user-agent", ""))
        status, sent = 0, 0
        try:
            if twin.latency:
                time.sleep(twin.latency)
            request = Request.parse(self.path, headers, twin.base)
            fault = twin.faults.pick(request)
            if fault is not None:
                twin.log.broke(fault.name)
            answers = fault.answers if fault else None
            response = answers(request, twin.answer) if answers else twin.answer(request)
            status, raw = response.status, self._bytes(response, headers)
            sent = len(raw)
            if fault is not None and fault.sends is not None:
                self.close_connection = True
                fault.sends(self.connection, raw)
            else:
                self.connection.sendall(raw)
        finally:
            twin.log.ends(status, sent)

    do_HEAD = do_POST = do_PATCH = do_PUT = do_DELETE = lambda self: self._refuse()

    def _refuse(self) -> None:
        """Refuse to write, because a twin is read-only."""
        self.twin.log.begins(self.path, self.headers.get("user-agent", ""))
        raw = self._bytes(as_text(405, "a twin is read only"), {})
        self.connection.sendall(raw)
        self.close_connection = True
        self.twin.log.ends(405, len(raw))

    def _bytes(self, response: Response, headers: dict[str, str]) -> bytes:
        """The whole answer in one piece, because a client may stall between two pieces."""
        body, headers_sent = response.body, dict(response.headers)
        if (
            "gzip" in headers.get("accept-encoding", "")
            and len(body) >= GZIP_FROM
            and "Content-Encoding" not in headers_sent
        ):
            body, headers_sent["Content-Encoding"] = gzip.compress(body, 5, mtime=0), "gzip"
        date = self.twin.date()
        lines = [f"HTTP/1.1 {response.status} {self.responses.get(response.status, ('Unknown',))[0]}"]
        lines += [f"Date: {date}"] if date and "Date" not in headers_sent else []
        lines += [f"Content-Type: {response.content_type}"]
        lines += [f"Content-Length: {len(body)}"] if "Content-Length" not in headers_sent else []
        lines += [f"{name}: {value}" for name, value in headers_sent.items() if value]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + body

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing, because `Server.log` has the requests."""
