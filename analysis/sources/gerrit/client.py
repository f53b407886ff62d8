"""Gerrit's REST API: one GET, its guard line taken off, from as many threads as wanted."""

import netrc
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

import requests
import urllib3

from analysis.errors import ConfigError
from analysis.sources import served
from analysis.sources.answer import Answer, BrokenAnswerError, reason, too_large
from analysis.sources.transport import Governor, RefusedError

T = TypeVar("T")
Query = Sequence[tuple[str, str]]

GUARD = b")]}'\n"
AGENT = "bugfix-analysis"
CHUNK = 1 << 16
# Options without which a record is poorer but right; a server refuses the whole query for one that it does not know.
SPARED = frozenset({"REVIEWER_UPDATES", "SUBMITTABLE", "SUBMIT_REQUIREMENTS", "SKIP_DIFFSTAT"})
USER, PASSWORD = "GERRIT_USERNAME", "GERRIT_HTTP_PASSWORD"
BROKEN = (requests.RequestException, urllib3.exceptions.HTTPError, OSError)


class Client:
    """A Gerrit to read from. Anonymous, or signed in with an HTTP password from the environment or netrc."""

    def __init__(self, root: str, governor: Governor, *, contact: str = "", signed_in: bool = False) -> None:
        self._governor = governor
        self._agent = f"{AGENT} ({contact})" if contact else AGENT
        self._auth = _credentials(root) if signed_in else None
        self._root = root.rstrip("/") + ("/a/" if signed_in else "/")
        self._mine = threading.local()
        self._all: list[requests.Session] = []
        self.refused: set[str] = set()  # options that this server turned out not to know, whatever its version says

    def get(self, path: str, query: Query = (), *, read: Callable[[Any], T], tries: int | None = None) -> T:
        """What `read` makes of the JSON at a path."""
        url = self._root + path + (f"?{urlencode(query)}" if query else "")
        return self._governor.ask(url, lambda: self._send(url), lambda answer: read(_json(answer)), tries=tries)

    def get_with(
        self,
        path: str,
        query: Query,
        options: Sequence[str],
        *,
        read: Callable[[Any], T],
        tries: int | None = None,
    ) -> T:
        """Like `get`, with the options that the server takes: one that it refuses and can be spared is left out."""
        while True:
            taken = [option for option in options if option not in self.refused]
            try:
                return self.get(path, [*query, *(("o", option) for option in taken)], read=read, tries=tries)
            except RefusedError as refusal:
                named = {option for option in SPARED.intersection(taken) if f'"{option}"' in refusal.found}
                if refusal.status != 400 or not named:
                    raise
                self.refused |= named

    def version(self) -> tuple[int, int]:
        """The server's version; (2, 0) for one that does not say."""
        try:
            found = str(self.get("config/server/version", read=str)).split(".")
            return int(found[0]), int("".join(c for c in found[1] if c.isdigit()) or 0)
        except (RefusedError, ValueError, IndexError):
            return 2, 0

    def close(self) -> None:
        """Close every connection."""
        for session in self._all:
            session.close()

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._mine, "session", None)
        if session is None:
            session = self._mine.session = requests.Session()
            session.headers.update({"Accept": "application/json", "User-Agent": self._agent})
            # A callable keeps requests from looking into netrc by itself: anonymous means anonymous.
            session.auth = self._auth or (lambda request: request)
            self._all.append(session)
        return session

    def _send(self, url: str) -> Answer:
        policy = self._governor.policy
        until = time.monotonic() + policy.deadline
        try:
            with self._session().get(url, timeout=policy.timeout, stream=True, allow_redirects=False) as response:
                body = bytearray()
                # One piece at a time, as it comes: a body that drips would never run into the timeout of the socket.
                while piece := response.raw.read1(CHUNK, decode_content=True):
                    body += piece
                    if len(body) > policy.largest:
                        raise too_large(policy.largest)
                    if time.monotonic() > until:
                        raise BrokenAnswerError(f"no end of the answer in {policy.deadline:.0f} s")
                headers = {name.lower(): value for name, value in response.headers.items()}
                return Answer(response.status_code, headers, bytes(body))
        except BROKEN as cause:
            raise BrokenAnswerError(reason(cause)) from cause


def _json(answer: Answer) -> Any:
    if not answer.body.startswith(GUARD):
        raise BrokenAnswerError(f"no JSON behind Gerrit's )]}}' line but {served.excerpt(answer.body)}")
    try:
        return served.parse(answer.body[len(GUARD) :])
    except ValueError as cause:
        raise BrokenAnswerError(f"no JSON: {served.excerpt(answer.body[len(GUARD) :])}") from cause


def _credentials(root: str, environment: Mapping[str, str] = os.environ) -> tuple[str, str]:
    user, password = environment.get(USER), environment.get(PASSWORD)
    if user and password:
        return user, password
    host = urlsplit(root).hostname or ""
    try:
        found = netrc.netrc().authenticators(host)
    except (OSError, netrc.NetrcParseError):
        found = None
    if found is None or found[2] is None:
        raise ConfigError(
            expected=f"a user and an HTTP password for {host}",
            found=f"neither {USER} and {PASSWORD} in the environment nor the host in netrc",
            do="set them (Gerrit makes an HTTP password under Settings), or fetch without signing in",
        )
    return found[0], found[2]
