"""Gerrit's REST API: GET requests from any number of threads; the XSSI guard line is removed."""

import netrc
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar
from urllib.parse import urlencode, urlsplit

import requests
import urllib3

from analysis.errors import ConfigError
from analysis.ingest import json_body
from analysis.ingest.response import Answer, BrokenAnswerError, broken_answer, too_large_error
from analysis.ingest.server_errors import RefusedError
from analysis.ingest.transport import Governor

T = TypeVar("T")
Query = Sequence[tuple[str, str]]

GUARD = b")]}'\n"
AGENT = "bugfix-analysis"
CHUNK = 1 << 16
# Options that may be left out; a server refuses a query with an option that it does not know.
OPTIONAL = frozenset(
    {"REVIEWER_UPDATES", "SUBMITTABLE", "SUBMIT_REQUIREMENTS", "SKIP_DIFFSTAT", "CURRENT_FILES", "CURRENT_COMMIT"}
)
USER, PASSWORD = "GERRIT_USERNAME", "GERRIT_HTTP_PASSWORD"
BROKEN = (requests.RequestException, urllib3.exceptions.HTTPError, OSError)


class Client:
    """A Gerrit to read from. Anonymous, or signed in with an HTTP password from the environment or netrc."""

    def __init__(self, root: str, governor: Governor, *, contact: str = "", signed_in: bool = False) -> None:
        self._governor = governor
        self._agent = f"{AGENT} ({contact})" if contact else AGENT
        self._auth = _credentials(root) if signed_in else None
        self._root = root.rstrip("/") + ("/a/" if signed_in else "/")
        self._of_thread = threading.local()
        self._sessions: list[requests.Session] = []
        governor.probe = partial(self._send, f"{self._root}config/server/version")
        self.refused_options: set[str] = set()  # options that this server refused, whatever its version

    def get(
        self,
        path: str,
        query: Query = (),
        *,
        read: Callable[[object], T],
        tries: int | None = None,
        is_record: bool = False,
    ) -> T:
        """The result of `read` for the JSON at a path. `is_record`: one change of many, see `Governor.ask`."""
        url = self._root + path + (f"?{urlencode(query)}" if query else "")
        send, parse = partial(self._send, url), lambda answer: read(_json(answer))
        return self._governor.ask(url, send, parse, tries=tries, is_record=is_record)

    def get_with(
        self,
        path: str,
        query: Query,
        options: Sequence[str],
        *,
        read: Callable[[object], T],
        tries: int | None = None,
        is_record: bool = False,
    ) -> T:
        """Like `get`, with the options that the server supports; a refused one is left out if it can be spared."""
        while True:
            taken_options = [option for option in options if option not in self.refused_options]
            try:
                parameters = [*query, *(("o", option) for option in taken_options)]
                return self.get(path, parameters, read=read, tries=tries, is_record=is_record)
            except RefusedError as refusal:
                unknown = {option for option in OPTIONAL.intersection(taken_options) if option in refusal.found}
                if refusal.status != 400 or not unknown:
                    raise
                self.refused_options |= unknown

    def version(self) -> tuple[int, int]:
        """The server's version; (2, 0) if it does not say."""
        try:
            parts = self.get("config/server/version", read=str).split(".")
            return int(parts[0]), int("".join(c for c in parts[1] if c.isdigit()) or 0)
        except (RefusedError, ValueError, IndexError):
            return 2, 0

    def close(self) -> None:
        """Close every connection."""
        for session in self._sessions:
            session.close()

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._of_thread, "session", None)
        if session is None:
            session = self._of_thread.session = requests.Session()
            session.headers.update({"Accept": "application/json", "User-Agent": self._agent})
            # The callable prevents requests from reading netrc by itself, so that anonymous means anonymous.
            session.auth = self._auth or (lambda request: request)
            self._sessions.append(session)
        return session

    def _send(self, url: str) -> Answer:
        policy = self._governor.policy
        until = time.monotonic() + policy.deadline
        try:
            with self._session().get(url, timeout=policy.timeout, stream=True, allow_redirects=False) as response:
                body = bytearray()
                # Read piece by piece: a body that arrives very slowly would never hit the timeout of the socket.
                while piece := response.raw.read1(CHUNK, decode_content=True):
                    body += piece
                    if len(body) > policy.largest:
                        raise too_large_error(policy.largest)
                    if time.monotonic() > until:
                        raise BrokenAnswerError(f"no end of the answer in {policy.deadline:.0f} s")
                headers = {name.lower(): value for name, value in response.headers.items()}
                return Answer(response.status_code, headers, bytes(body))
        except BROKEN as cause:
            raise broken_answer(cause) from cause


def _json(answer: Answer) -> object:
    if not answer.body.startswith(GUARD):
        raise BrokenAnswerError(f"no JSON behind Gerrit's )]}}' line but {json_body.excerpt(answer.body)}")
    try:
        return json_body.parse(answer.body[len(GUARD) :])
    except ValueError as cause:
        raise BrokenAnswerError(f"no JSON: {json_body.excerpt(answer.body[len(GUARD) :])}") from cause


def _credentials(root: str, environment: Mapping[str, str] = os.environ) -> tuple[str, str]:
    user, password = environment.get(USER), environment.get(PASSWORD)
    if user and password:
        return user, password
    host = urlsplit(root).hostname or ""
    try:
        login = netrc.netrc().authenticators(host)
    except (OSError, netrc.NetrcParseError):
        login = None
    if login is None or login[2] is None:
        raise ConfigError(
            expected=f"a user and an HTTP password for {host}",
            found=f"neither {USER} and {PASSWORD} in the environment nor the host in netrc",
            do="set them (Gerrit makes an HTTP password under Settings), or fetch without signing in",
        )
    return login[0], login[2]
