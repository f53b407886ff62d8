"""Gerrit's addresses: the answer to each request, with the limits of real servers."""

import re
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from twin import gerrit, gerrit_query
from twin.change import Change
from twin.exchange import Request, Response, as_json, as_text
from twin.people import BY_ACCOUNT, CORES

if TYPE_CHECKING:
    from twin.world import World

ROOT = "/gerrit"
# The account that may log in, with an HTTP password. It is invented and works on a twin only.
PASSWORD = "invented-for-the-twin"
MEMBER = CORES[0].name


@dataclass
class GerritSite:
    """The Gerrit of one or more worlds."""

    worlds: tuple["World", ...]
    version: gerrit.Version = gerrit.NEWEST
    limit: int = 500  # the capability queryLimit: a larger n is silently reduced
    max_pages: int = 100
    lock: threading.RLock = field(default_factory=threading.RLock)

    def answer(self, request: Request) -> Response:
        """The response to one GET below the root."""
        parts = request.segments(ROOT)
        sees_all = False
        if parts[0] == "a":
            if request.basic_user() != (MEMBER, PASSWORD):
                return as_text(401, "Unauthorized")
            sees_all, parts = True, parts[1:]
        with self.lock:
            try:
                return self._routed(request, parts, sees_all)
            except gerrit_query.QueryError as problem:
                return as_text(400, str(problem))

    def _routed(self, request: Request, parts: list[str], sees_all: bool) -> Response:
        match parts:
            case ["config", "server", "version"]:
                return _answer(f"{self.version[0]}.{self.version[1]}.1")
            case ["config", "server", "info"]:
                return _answer({"gerrit": {"all_projects": "All-Projects"}, "change": {"max_private_changes": 0}})
            case ["changes"]:
                return self._list(request, sees_all)
            case ["changes", name, *rest]:
                return self._one(request, name, rest, sees_all)
            case ["accounts", number] if number.isdigit() and int(number) in BY_ACCOUNT:
                return _answer(gerrit.account(BY_ACCOUNT[int(number)], wide=True))
            case ["accounts", "self"] if sees_all:
                return _answer(gerrit.account(CORES[0], wide=True))
            case ["projects", name]:
                return _answer({"id": name.replace("/", "%2F"), "name": name}) if self._has(name) else _missing(name)
            case ["projects", name, "branches"] if self._has(name):
                return _answer(self._branches(name))
        return as_text(404, "Not Found")

    def _list(self, request: Request, sees_all: bool) -> Response:
        """Answer /changes/: one array, or an array for each `q` if there are several."""
        if request.one("S") and request.one("start"):
            return as_text(400, '"start" and "S" given both')
        options = self._options(request)
        if isinstance(options, Response):
            return options
        queries = request.every("q") or request.every("query") or ["status:open"]
        if len(queries) > 10:
            return as_text(400, "limit of 10 queries")
        pages = [self._page(request, query, options, sees_all) for query in queries]
        refusal = next((page for page in pages if isinstance(page, Response)), None)
        return refusal or _answer(pages if len(queries) > 1 else pages[0])

    def _page(
        self, request: Request, query: str, options: frozenset[str], sees_all: bool
    ) -> list[gerrit.Row] | Response:
        test, limit_named = gerrit_query.parse(query)
        typed_limit = request.one("n") or request.one("limit")
        limit = min(n for n in (self.limit, int(typed_limit) if typed_limit else None, limit_named) if n)
        start = int(request.one("S") or request.one("start") or 0)
        if start // limit + 1 > self.max_pages:
            return as_text(400, f"Cannot go beyond page {self.max_pages} of results")
        hits = [change for change in self._changes(sees_all) if test(change)]
        page = [gerrit.row(c, options=options, version=self.version) for c in hits[start : start + limit]]
        if page and len(hits) > start + limit:
            page[-1]["_more_changes"] = True
        return page

    def _one(self, request: Request, name: str, rest: list[str], sees_all: bool) -> Response:
        """Answer /changes/NAME/...: a number, project~number, project~branch~Change-Id or a Change-Id."""
        change = next((c for c in self._changes(sees_all) if _is_named(c, name)), None)
        if change is None:
            return _missing(name)
        options = self._options(request)
        if isinstance(options, Response):
            return options
        match rest:
            case [] | ["detail"]:
                all_options = options | ({"DETAILED_LABELS", "DETAILED_ACCOUNTS", "MESSAGES"} if rest else set())
                return _answer(gerrit.row(change, options=all_options, version=self.version))
            case ["comments"]:
                return _answer(gerrit.comments(change, self.version))
            case ["messages"]:
                return _answer(gerrit.row(change, options=frozenset({"MESSAGES"}), version=self.version)["messages"])
        return as_text(404, "Not Found")

    def _changes(self, sees_all: bool) -> list[Change]:
        return [change for change in gerrit.newest_first(*self.worlds) if sees_all or not change.is_private]

    def _options(self, request: Request) -> frozenset[str] | Response:
        """The requested options; an unknown one is a 400 for the whole query."""
        options = frozenset(request.every("o"))
        for option in sorted(options):
            if gerrit.OPTIONS.get(option, (99, 0)) > self.version:
                return as_text(400, f'"{option}" is not a valid value for "-o"')
        return options

    def _has(self, project: str) -> bool:
        return any(world.gerrit_project == project for world in self.worlds)

    def _branches(self, project: str) -> list[gerrit.Row]:
        world = next(world for world in self.worlds if world.gerrit_project == project)
        return [{"ref": f"refs/heads/{name}", "revision": sha} for name, sha in sorted(world.repository.heads.items())]


def _answer(value: object) -> Response:
    return as_json(value, prefix=gerrit.GUARD)


def _missing(name: str) -> Response:
    return as_text(404, f"Not found: {name}")


def _is_named(change: Change, name: str) -> bool:
    if re.fullmatch(r"\d+", name):
        return change.number == int(name)
    parts = name.split("~")
    return parts in (
        [change.change_id], [change.project, str(change.number)], [change.project, change.branch, change.change_id],
    )  # fmt: skip
