"""Launchpad's addresses: the answer to each request, with Launchpad's pages, ETags and refusals."""

import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote, urlencode

from twin import wadl
from twin.bug import Bug
from twin.bug_search import Hit, Search, SearchError
from twin.exchange import Request, Response, as_json, as_text
from twin.launchpad import Entries, Row, tagged
from twin.people import BY_NAME

if TYPE_CHECKING:
    from twin.world import World

T = TypeVar("T")
ROOT = "/launchpad"
WADL = "application/vnd.sun.wadl+xml"
MAX_PAGE = 300
VERSIONS = {"1.0": 604_800, "devel": 3_600, "beta": 604_800}  # version to the max-age of its description, in seconds
TOPS = ("archives", "branches", "bug_trackers", "bugs", "builders", "countries", "cves", "distributions",
        "git_repositories", "languages", "packagesets", "people", "polls", "processors", "project_groups", "projects",
        "questions", "specifications")  # fmt: skip


@dataclass
class LaunchpadSite:
    """The Launchpad of one or more worlds."""

    worlds: tuple["World", ...]
    default_page: int = 75
    shuffles_ties: bool = False  # return ties in another order each time, as the real database may
    lag: timedelta = timedelta(0)  # searches miss newer updates, because a replica answers them
    lock: threading.RLock = field(default_factory=threading.RLock)
    _n_searches: int = 0

    def answer(self, request: Request) -> Response:
        """The response to one GET below the root."""
        version, *parts = request.segments(ROOT)
        if version not in VERSIONS:
            return as_text(404, "Not Found")
        root = f"{request.base}{ROOT}/{version}/"
        with self.lock:
            try:
                return self._routed(request, [part for part in parts if part], root, version)
            except SearchError as problem:
                return as_text(400, str(problem))

    def _routed(self, request: Request, parts: list[str], root: str, version: str) -> Response:
        if "+bug" in parts:
            at = parts.index("+bug")
            return self._below_task(request, "/".join(parts[:at]), parts[at + 1 :], root)
        match parts:
            case []:
                return self._service(request, root, version)
            case ["bugs", number, *rest] if number.isdigit():
                return self._bug(request, int(number), rest, root)
            case [name] if name.startswith("~"):
                return self._person(request, name[1:], root)
            case [name, *rest] if name in self._projects():
                return self._project(request, self._projects()[name], rest, root)
        return as_text(404, f"Object: <LaunchpadRootWebService>, name: {'/'.join(parts)!r}")

    def _service(self, request: Request, root: str, version: str) -> Response:
        """The service root: its description or its links, depending on the requested media type."""
        fresh = {"Cache-Control": f"max-age={VERSIONS[version]}", "Vary": "Accept"}
        if WADL in request.headers.get("accept", ""):
            description = wadl.document(f"{request.base}{ROOT}/", version)
            return _unless_known(
                request, Response(200, description, WADL, fresh), hashlib.sha1(description).hexdigest()
            )
        links = {f"{name}_collection_link": f"{root}{name}" for name in TOPS}
        links |= {"me_link": f"{root}people/+me", "resource_type_link": f"{root}#service-root"}
        response = as_json(links)
        response.headers = fresh
        return _unless_known(request, response, "root-" + version)

    def _bug(self, request: Request, number: int, rest: list[str], root: str) -> Response:
        result = self._bug_or_refusal(request, number)
        if isinstance(result, Response):
            return result
        bug, entries = result, self._entries(number, root)
        match rest:
            case []:
                return _entry(request, entries.bug(bug), root)
            case ["messages"]:
                numbered = list(enumerate(bug.messages))
                return self._page(request, numbered, lambda each: entries.message(bug, *each), root, "message")
            case ["activity"]:
                return self._page(request, bug.activity, lambda each: entries.activity(bug, each), root, "bug_activity")
            case ["activity", entry] if any(str(a.number) == entry for a in bug.activity):
                one = next(a for a in bug.activity if str(a.number) == entry)
                return _entry(request, entries.activity(bug, one), root)
            case ["bug_tasks"]:
                tasks = list(bug.tasks.values())
                return self._page(request, tasks, lambda each: entries.task(bug, each), root, "bug_task")
            case ["duplicates"]:
                duplicates = [b for world in self.worlds for b in world.bugs.values() if b.duplicate_of == number]
                return self._page(request, duplicates, entries.bug, root, "bug")
            case ["attachments"]:
                return self._page(request, [], entries.bug, root, "bug_attachment")
        return as_text(404, "Not Found")

    def _below_task(self, request: Request, target: str, rest: list[str], root: str) -> Response:
        match rest:
            case [number, "comments", index] if number.isdigit() and index.isdigit():
                return self._comment(request, int(number), int(index), root)
            case [number, *below] if number.isdigit():
                return self._task(request, target, int(number), below, root)
        return as_text(404, "Not Found")

    def _task(self, request: Request, target: str, number: int, rest: list[str], root: str) -> Response:
        result = self._bug_or_refusal(request, number)
        if isinstance(result, Response):
            return result
        bug, entries = result, self._entries(number, root)
        task = bug.tasks.get(target)
        if task is None or rest not in ([], ["related_tasks"]):
            return as_text(404, "Not Found")
        if not rest:
            return _entry(request, entries.task(bug, task), root)
        others = [other for other in bug.tasks.values() if other is not task]
        return self._page(request, others, lambda each: entries.task(bug, each), root, "bug_task")

    def _comment(self, request: Request, number: int, index: int, root: str) -> Response:
        result = self._bug_or_refusal(request, number)
        if isinstance(result, Response):
            return result
        if index >= len(result.messages):
            return as_text(404, "Not Found")
        return _entry(request, self._entries(number, root).message(result, index, result.messages[index]), root)

    def _project(self, request: Request, world: "World", rest: list[str], root: str) -> Response:
        entries = Entries(world, root)
        match rest:
            case [] if request.one("ws.op") == "searchTasks":
                return self._search(request, world, world.launchpad_project, root)
            case []:
                return _entry(request, entries.project(), root)
            case ["series"]:
                return self._page(request, list(world.series), entries.series, root, "project_series")
            case ["all_milestones" | "active_milestones" as which]:
                names = [n for n, (_, _, active) in world.milestones.items() if active or which == "all_milestones"]
                return self._page(request, names, entries.milestone, root, "milestone")
            case ["+milestone", name] if name in world.milestones:
                return _entry(request, entries.milestone(name), root)
            case [series] if series in world.series and request.one("ws.op") == "searchTasks":
                return self._search(request, world, f"{world.launchpad_project}/{series}", root)
            case [series] if series in world.series:
                return _entry(request, entries.series(series), root)
        return as_text(404, "Not Found")

    def _person(self, request: Request, name: str, root: str) -> Response:
        person = BY_NAME.get(name)
        if person is None or person.gone:
            status = person.gone if person and person.gone else 404
            return as_text(status, "Gone" if status == 410 else "Not Found")
        return _entry(request, Entries(self.worlds[0], root).person(person), root)

    def _search(self, request: Request, world: "World", target: str, root: str) -> Response:
        """searchTasks. The page is cut first and hidden entries are dropped afterwards, so pages may be short."""
        self._n_searches += 1
        tasks = [(bug, bug.tasks[target]) for bug in world.bugs.values() if target in bug.tasks]
        if self.lag:
            tasks = [hit for hit in tasks if hit[0].updated <= world.now - self.lag]
        hits = Search(request).hits(tasks, shuffle=self._shuffle if self.shuffles_ties else None)
        if request.one("ws.show") == "total_size":
            return as_json(len(hits))
        entries, secret = Entries(world, root), request.has_oauth_token()

        def row_of(hit: Hit) -> Row | None:
            return None if hit[0].is_private and not secret else entries.task(*hit)

        return self._page(request, hits, row_of, root, None)

    def _shuffle(self, hit: Hit) -> str:
        return hashlib.sha1(f"{self._n_searches} {hit[0].number}".encode(), usedforsecurity=False).hexdigest()

    def _page(
        self, request: Request, items: Sequence[T], make: Callable[[T], Row | None], root: str, kind: str | None
    ) -> Response:
        """One page of a collection. `kind` is the page's type; the page of a named operation has none."""
        size, start = self._size(request), int(request.one("ws.start") or 0)
        if start < 0:
            raise SearchError("ws.start: must not be negative")
        page = [tagged(row, root) for row in map(make, items[start : start + size]) if row is not None]
        answer: Row = {"start": start, "entries": page}
        if start + size < len(items):
            answer["next_collection_link"] = _next_address(request, start + size, size)
        if start > 0:
            answer["prev_collection_link"] = _next_address(request, max(start - size, 0), size)
        if root.endswith("/devel/") and (start or start + size < len(items)):
            answer["total_size_link"] = (
                f"{request.base}{request.path}?{_query_without(request, 'ws.start', 'memo')}&ws.show=total_size"
            )
        else:
            answer["total_size"] = len(items)
        if kind is not None:
            answer["resource_type_link"] = f"{root}#{kind}-page-resource"
        return as_json(answer)

    def _size(self, request: Request) -> int:
        size = request.one("ws.size")
        if size and not size.isdigit():
            raise SearchError(f"ws.size: invalid value {size!r}")
        if size and int(size) > MAX_PAGE:
            raise SearchError(f"Maximum for batch size is {MAX_PAGE}")
        return int(size or self.default_page)

    def _bug_or_refusal(self, request: Request, number: int) -> Bug | Response:
        """The bug, or the refusal of an anonymous reader if the bug is private or deleted."""
        bug = next((world.bugs[number] for world in self.worlds if number in world.bugs), None)
        if bug is None:
            return as_text(404, f"Object: <BugSet>, name: '{number}'")
        if bug.gone:
            return as_text(bug.gone, "Gone" if bug.gone == 410 else "Not Found")
        if bug.is_private and not request.has_oauth_token():
            # Launchpad's answer for an embargoed bug is the same as for a bug that never existed.
            return (
                as_text(404, "Not Found") if bug.information_type.endswith("Security") else as_text(401, "Unauthorized")
            )
        return bug

    def _entries(self, number: int, root: str) -> Entries:
        return Entries(next(world for world in self.worlds if number in world.bugs), root)

    def _projects(self) -> dict[str, "World"]:
        return {world.launchpad_project: world for world in self.worlds}


def _entry(request: Request, row: Row, root: str) -> Response:
    entry = tagged(row, root)
    return _unless_known(request, as_json(entry), str(entry["http_etag"]).strip('"'))


def _unless_known(request: Request, response: Response, tag: str) -> Response:
    """The response, or 304 if the client sent its ETag, to which Apache's compression adds a suffix -gzip."""
    response.headers = {**response.headers, "ETag": f'"{tag}"'}
    client_tags = [
        part.strip().strip('"').removesuffix("-gzip") for part in request.headers.get("if-none-match", "").split(",")
    ]
    return Response(304, b"", response.content_type, response.headers) if tag in client_tags else response


def _next_address(request: Request, start: int, size: int) -> str:
    """The address of the next page, which contains the offset twice."""
    others = _query_without(request, "ws.start", "memo", "ws.size", "ws.show")
    place = f"ws.size={size}&memo={start}&ws.start={start}"
    return f"{request.base}{request.path}?{others}{'&' if others else ''}{place}"


def _query_without(request: Request, *names: str) -> str:
    return urlencode([(key, value) for key, value in request.query if key not in names], quote_via=quote)
