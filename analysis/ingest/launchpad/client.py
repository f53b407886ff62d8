"""The only module that uses launchpadlib's internals: JSON as served, by address, from any number of threads.

launchpadlib signs in, reads the server's WADL once, and signs each request. Its HTTP object shares one connection among
all threads, which can swap answers without an error. So each thread has its own connection here, and callers compare
every body with its address. `tests/test_sources_launchpad.py` tests both.
"""

import os
import socket
import sys
import tempfile
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.client import HTTPException
from pathlib import Path
from typing import TypeVar
from urllib.parse import urljoin, urlsplit

import httplib2
from launchpadlib.credentials import (
    AuthorizeRequestTokenWithBrowser,
    Credentials,
    CredentialStore,
    RequestTokenAuthorizationEngine,
)
from launchpadlib.launchpad import Launchpad
from lazr.restfulclient.errors import HTTPError

from analysis.errors import ConfigError, ServerError
from analysis.ingest import json_body
from analysis.ingest.response import Answer, BrokenAnswerError, broken_answer
from analysis.ingest.transport import Governor

T = TypeVar("T")

VERSION = "devel"
CONSUMER = "bugfix-analysis"
REDIRECTS = 5
JSON = "application/json"
# The errors of launchpadlib for a description that is not Launchpad's.
STRANGE = (HTTPError, ValueError, SyntaxError, KeyError, AttributeError, TypeError)
BROKEN = (OSError, HTTPException, httplib2.HttpLib2Error, zlib.error, EOFError)


class Client:
    """A Launchpad to read from. Anonymous, or signed in with the credentials in launchpadlib's store."""

    def __init__(
        self, root: str, governor: Governor, *, contact: str = "", signed_in: bool = False, version: str = VERSION
    ) -> None:
        self.root = f"{root.rstrip('/')}/{version}/"
        self._governor = governor
        self._http: PooledHttp | None = None
        consumer = f"{CONSUMER} ({contact})" if contact else CONSUMER
        self._launchpad = self._log_in(root, consumer, version, signed_in)

    def _log_in(self, root: str, consumer: str, version: str, signed_in: bool) -> Launchpad:
        client = self
        timeout = self._governor.policy.timeout

        class PooledLaunchpad(Launchpad):  # type: ignore[misc]
            authorization_engine_factory = staticmethod(_permission_engine)

            def httpFactory(
                self, credentials: Credentials, cache: object, timeout: float, proxy_info: object
            ) -> "PooledHttp":
                def make() -> httplib2.Http:
                    http: httplib2.Http = super(PooledLaunchpad, self).httpFactory(
                        credentials, None, timeout, proxy_info
                    )
                    return http

                client._http = PooledHttp(make, client._governor, consumer)
                return client._http

        try:
            if signed_in:
                _keep_to_the_owner(os.environ.get("LP_CREDENTIALS_FILE", ""))
                return PooledLaunchpad.login_with(consumer, root, timeout=timeout, version=version)
            with tempfile.TemporaryDirectory() as cache:  # launchpadlib needs a folder, even if it stores nothing
                return PooledLaunchpad.login_anonymously(
                    consumer, root, launchpadlib_dir=cache, timeout=timeout, version=version
                )
        except ImportError as cause:  # launchpadlib stores credentials in a keyring, which it does not install
            raise ConfigError(
                expected="a keyring for launchpadlib's credentials, or their file in LP_CREDENTIALS_FILE",
                found=str(cause),
                do="name a file of your own in LP_CREDENTIALS_FILE, install keyring, or fetch without --sign-in",
            ) from cause
        except STRANGE as cause:
            raise ServerError(
                expected=f"{self.root} to describe itself as Launchpad does (WADL)",
                found=f"{type(cause).__name__}: {json_body.excerpt(str(cause))}",
                do="check --launchpad-root: it is the address of the API, without a version",
            ) from cause

    def get(self, url: str, read: Callable[[object], T], *, tries: int | None = None, is_record: bool = False) -> T:
        """The result of `read` for the JSON at an address; `read` raises WrongBodyError for another resource's body.

        `is_record`: a part of one bug of many, which can wait; see `Governor.ask`. Raises ServerError for an address on
        another server, even if this server returned it.
        """
        if not self.is_local(url):
            raise ServerError(
                expected=f"every link to lead to an address below {self.root}",
                found=json_body.excerpt(str(url), 200),
                do="check --launchpad-root; if it stays so, report it to the server's administrators",
            )
        send = partial(self._pool().send, url, {"Accept": JSON})
        return self._governor.ask(url, send, lambda answer: read(_json(answer)), tries=tries, is_record=is_record)

    def watch_health(self, project: str) -> None:
        """Let the governor request the project itself, to distinguish a failing server from one failing record."""
        self._governor.probe = partial(self._pool().send, f"{self.root}{project}", {"Accept": JSON})

    def is_local(self, link: object) -> bool:
        """Whether a link leads to this server: a request to another one would carry the user's signature."""
        return isinstance(link, str) and _same_server(link, self.root)

    def statuses(self) -> tuple[str, ...]:
        """The statuses of a bug task that this server's WADL names."""
        definitions = self._launchpad._wadl_resource.application.representation_definitions
        parameters = definitions["bug_task-full"].params(self._launchpad._wadl_resource)
        return tuple(option.value for p in parameters if p.name == "status" for option in p.options)

    def close(self) -> None:
        """Close every connection."""
        self._pool().close()

    def _pool(self) -> "PooledHttp":
        if self._http is None:
            raise ServerError(
                expected="launchpadlib to make its HTTP object through httpFactory",
                found="a version that does not",
                do="install the version of launchpadlib that requirements.txt names",
            )
        return self._http


def _json(answer: Answer) -> object:
    try:
        return json_body.parse(answer.body)
    except ValueError as cause:
        raise BrokenAnswerError(f"no JSON but {json_body.excerpt(answer.body)}") from cause


def _description(answer: Answer) -> bytes:
    # Check its end too: httplib2 accepts a truncated compressed body as complete.
    if b"<wadl:" not in answer.body or not answer.body.rstrip().endswith(b"application>"):
        raise BrokenAnswerError(f"no WADL but {json_body.excerpt(answer.body)}")
    return answer.body


class PooledHttp:
    """The HTTP object of launchpadlib: one connection per thread, every request through a governor."""

    cache = None

    def __init__(self, make: Callable[[], httplib2.Http], governor: Governor, agent: str) -> None:
        self._make = make
        self._agent = agent
        self._governor = governor
        self._of_thread = threading.local()
        self._connections: list[httplib2.Http] = []

    def request(
        self, url: str, method: str = "GET", body: None = None, headers: dict[str, str] | None = None
    ) -> tuple[httplib2.Response, bytes]:
        """The method that launchpadlib calls at login: for the WADL, and for the links of the service root.

        Those links are also in the WADL, and nothing here follows them, so they cost no request.
        """
        is_description = "wadl" in (headers or {}).get("Accept", "")
        content = b"{}"
        if is_description:
            content = self._governor.ask(url, partial(self.send, url, headers or {}), _description)
        return httplib2.Response({"status": "200"}), content

    def send(self, url: str, headers: dict[str, str]) -> Answer:
        """The answer to one request, redirects on the same server followed. Raises BrokenAnswerError."""
        for _ in range(REDIRECTS + 1):
            answer = self._send_once(url, headers)
            if answer.status not in (301, 302, 303, 307, 308):
                return answer
            target = _target(url, answer)
            # a request to another host would carry the user's signature
            if not _same_server(target, url) or target == url:
                return answer
            url = target
        return answer

    def _send_once(self, url: str, headers: dict[str, str]) -> Answer:
        http = self._connection()
        try:
            with _deadline(http, self._governor.policy.deadline):
                response, content = http.request(url, headers={**headers, "User-Agent": self._agent})
        except Exception as cause:
            self._drop(http)
            # For an endless answer httplib2 raises errors that are not an HttpLib2Error.
            if not isinstance(cause, BROKEN) and not type(cause).__module__.startswith("httplib2"):
                raise
            raise broken_answer(cause) from cause
        return Answer(response.status, {name.lower(): value for name, value in response.items()}, content)

    def _connection(self) -> httplib2.Http:
        http = getattr(self._of_thread, "http", None)
        if http is None:
            http = self._of_thread.http = self._make()
            http.follow_redirects = False
            # Older versions of httplib2 have no limits and ignore this one.
            getattr(http, "limit_kwargs", {})["hard_limit"] = self._governor.policy.largest
            self._connections.append(http)
        return http

    def _drop(self, http: httplib2.Http) -> None:
        http.close()
        http.connections.clear()

    def close(self) -> None:
        """Close every thread's connection."""
        for http in self._connections:
            http.close()


def _same_server(url: str, other_url: str) -> bool:
    try:
        return urlsplit(url)[:2] == urlsplit(other_url)[:2]
    except ValueError:  # not an address, such as one with half a bracket
        return False


def _target(url: str, answer: Answer) -> str:
    try:
        return urljoin(url, answer.headers.get("location", ""))
    except ValueError:
        return url


def _keep_to_the_owner(path: str) -> None:
    """Let only the owner read a file of credentials; launchpadlib does not change the mode of an existing one."""
    if path and Path(path).exists():
        Path(path).chmod(0o600)


def _permission_engine(**options: object) -> RequestTokenAuthorizationEngine:
    """How to ask for permission if the credential store has none: by the browser, if there is a terminal."""
    return AuthorizeRequestTokenWithBrowser(**options) if sys.stdin.isatty() else _NobodyToAsk(**options)


class _NobodyToAsk(RequestTokenAuthorizationEngine):  # type: ignore[misc]
    def __call__(self, credentials: Credentials, credential_store: CredentialStore) -> None:
        raise ConfigError(
            expected=f"credentials for {self.service_root} in launchpadlib's store, or in the file LP_CREDENTIALS_FILE",
            found="none that are valid, and no terminal to ask at",
            do="sign in once at a terminal, or fetch without signing in",
        )


@contextmanager
def _deadline(http: httplib2.Http, seconds: float) -> Iterator[None]:
    """End a request that takes too long: the timeout of the socket alone lets a very slow body go on forever."""

    def end() -> None:
        for connection in list(http.connections.values()):
            if connection.sock is not None:
                connection.sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
