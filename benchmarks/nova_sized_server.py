"""A server of Nova's size for benchmarks: the records lie in a database, and it answers as Launchpad and Gerrit do."""

import json
import multiprocessing
import re
import sqlite3
import threading
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec

from twin import scale, wadl

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

N_BUGS, N_OPEN_BUGS, N_CHANGES, N_OPEN_CHANGES = 18_000, 1_200, 70_000, 700
CLOSED = {"Invalid", "Expired", "Won't Fix", "Opinion", "Fix Released"}
ORIGIN = "https://api.launchpad.net/devel/"
SPAWN = multiprocessing.get_context("spawn")
TABLES = """
CREATE TABLE bugs (number INTEGER PRIMARY KEY, created TEXT, updated TEXT, status TEXT, body BLOB);
CREATE TABLE changes (number INTEGER PRIMARY KEY, updated TEXT, is_open INTEGER, body BLOB);
CREATE INDEX by_age ON bugs (created, number);
CREATE INDEX by_update ON changes (is_open, updated);
"""


def write_world(path: Path, *, less: int) -> scale.Project:
    """Write the records of one project into a database, with as many open items as the real Nova has."""
    project = next(scale.projects(1, N_CHANGES // less, bugs=N_BUGS // less))
    if path.exists():
        return project
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with sqlite3.connect(part) as database:
        database.executescript(TABLES)
        database.executemany("INSERT INTO bugs VALUES (?, ?, ?, ?, ?)", _bugs(project))
        database.executemany("INSERT INTO changes VALUES (?, ?, ?, ?)", _changes(project))
        _reopen(database, "bugs", "status NOT IN (?, ?, ?, ?, ?)", tuple(CLOSED), N_OPEN_BUGS // less, "Confirmed")
        _reopen(database, "changes", "is_open", (), N_OPEN_CHANGES // less, "NEW")
    part.replace(path)
    return project


class _Bug(msgspec.Struct):
    id: int
    date_created: str
    date_last_updated: str


class _Task(msgspec.Struct):
    status: str


class _BugRecord(msgspec.Struct):
    """The fields of a bug's record that the server's table needs."""

    bug: _Bug
    tasks: list[_Task]


def _bugs(project: scale.Project) -> Iterator[tuple[object, ...]]:
    for record in scale.bugs(project):
        if "bug" in record:
            it = msgspec.convert(record, _BugRecord)
            yield it.bug.id, it.bug.date_created, it.bug.date_last_updated, it.tasks[0].status, _packed(record)


def _changes(project: scale.Project) -> Iterator[tuple[object, ...]]:
    for record, _ in scale.changes(project):
        yield record["_number"], record["updated"], record["status"] == "NEW", _packed(record)


def _reopen(
    database: sqlite3.Connection, table: str, is_open: str, values: tuple[str, ...], n: int, status: str
) -> None:
    """Open the newest closed items, or close the oldest open ones, until `n` are open."""
    numbers = [
        row[0] for row in database.execute(f"SELECT number FROM {table} WHERE {is_open} ORDER BY number", values)
    ]
    if len(numbers) > n:
        chosen, now = numbers[: len(numbers) - n], {"bugs": "Won't Fix", "changes": "ABANDONED"}[table]
    else:
        rest = f"SELECT number FROM {table} WHERE NOT ({is_open}) ORDER BY number DESC LIMIT ?"
        chosen, now = [row[0] for row in database.execute(rest, (*values, n - len(numbers)))], status
    for number in chosen:
        (body,) = database.execute(f"SELECT body FROM {table} WHERE number = ?", (number,)).fetchone()
        record = json.loads(zlib.decompress(body))
        if table == "bugs":
            record["tasks"][0]["status"] = now
            database.execute("UPDATE bugs SET status = ?, body = ? WHERE number = ?", (now, _packed(record), number))
        else:
            record["status"] = now
            row = (now == "NEW", _packed(record), number)
            database.execute("UPDATE changes SET is_open = ?, body = ? WHERE number = ?", row)


def _packed(record: dict[str, object]) -> bytes:
    return zlib.compress(json.dumps(record).encode(), 1)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    path_to_world: ClassVar[Path]
    project: ClassVar[scale.Project]
    local: ClassVar[threading.local] = threading.local()

    def do_GET(self) -> None:
        where = urlsplit(self.path)
        query = parse_qs(where.query)
        body, kind = b"", "application/json"
        if "wadl" in self.headers.get("Accept", ""):
            body, kind = wadl.document(f"{self._base}/launchpad/", "devel"), "application/vnd.sun.wadl+xml"
        elif where.path.startswith("/gerrit/"):
            body = b")]}'\n" + json.dumps(self._gerrit(where.path.removeprefix("/gerrit/"), query)).encode()
        else:
            text = json.dumps(self._launchpad(where.path.removeprefix("/launchpad/devel/"), query))
            body = text.replace(ORIGIN, f"{self._base}/launchpad/devel/").encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def date_time_string(self, timestamp: float | None = None) -> str:
        return f"{scale.AS_OF:%a, %d %b %Y %H:%M:%S GMT}"

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""

    @property
    def _base(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"  # type: ignore[index]

    def _rows(self, question: str, *values: object) -> list[sqlite3.Row]:
        if not hasattr(self.local, "database"):
            self.local.database = sqlite3.connect(f"file:{self.path_to_world}?mode=ro", uri=True)
            self.local.database.row_factory = sqlite3.Row
        return list(self.local.database.execute(question, values))

    def _launchpad(self, path: str, query: dict[str, list[str]]) -> object:
        name = self.project.launchpad_project
        if path == name and query.get("ws.op") == ["searchTasks"]:
            return self._tasks(query)
        if path == name:
            below = {f"{kind}_collection_link": f"{ORIGIN}{name}/{kind}" for kind in ("series", "all_milestones")}
            return {"name": name, "official_bug_tags": [], **below}
        match = re.fullmatch(r"bugs/(\d+)(?:/(\w+))?", path)
        if not match:
            return {"start": 0, "total_size": 0, "entries": []}
        ((body,),) = self._rows("SELECT body FROM bugs WHERE number = ?", int(match[1]))
        record = json.loads(zlib.decompress(body))
        if match[2]:
            entries = record["tasks" if match[2] == "bug_tasks" else match[2]]
            return {"start": 0, "total_size": len(entries), "entries": entries}
        links = {f"{part}_collection_link": f"{ORIGIN}{path}/{part}" for part in ("bug_tasks", "messages", "activity")}
        return record["bug"] | links

    def _tasks(self, query: dict[str, list[str]]) -> object:
        statuses = json.loads(query["status"][0])
        marks = ", ".join("?" * len(statuses))
        since, modified = (json.loads(query.get(name, ['""'])[0]) for name in ("created_since", "modified_since"))
        of = f"FROM bugs WHERE status IN ({marks}) AND created > ? AND updated > ?"
        values = (*statuses, since, modified)
        if "ws.show" in query:
            return self._rows(f"SELECT count(*) {of}", *values)[0][0]
        size, start = int(query["ws.size"][0]), int(query.get("ws.start", ["0"])[0])
        rows = self._rows(f"SELECT body {of} ORDER BY created, number LIMIT ? OFFSET ?", *values, size + 1, start)
        page: dict[str, object] = {"start": start, "entries": [self._task(row[0]) for row in rows[:size]]}
        if len(rows) > size:
            parameters = [
                (key, each) for key, many in query.items() for each in many if key not in ("ws.start", "memo")
            ]
            further = urlencode([*parameters, ("memo", start + size), ("ws.start", start + size)])
            page["next_collection_link"] = f"{ORIGIN}{self.project.launchpad_project}?{further}"
        return page

    def _task(self, body: bytes) -> dict[str, object]:
        record = json.loads(zlib.decompress(body))
        task: dict[str, object] = record["tasks"][0]
        return task | {"bug_link": record["bug"]["self_link"], "is_complete": task["status"] in CLOSED}

    def _gerrit(self, path: str, query: dict[str, list[str]]) -> object:
        if path == "config/server/version":
            return "3.10.1"
        if path.endswith("/comments"):
            return {"nova/quota.py": [{"id": "a", "line": 1, "message": "an inline comment"}]}
        terms = query["q"][0]
        times = [re.search(rf'{name}:"([^"]+)"', terms) for name in ("after", "before")]
        after, before = (found[1] if found else default for found, default in zip(times, ("", "9"), strict=True))
        numbers = [int(number) for number in re.findall(r"change:(\d+)", terms)]
        of = "updated >= ? AND updated <= ?"
        values: list[object] = [after, f"{before}.999999999"]
        if numbers:
            of, values = f"{of} AND number IN ({', '.join('?' * len(numbers))})", values + numbers
        if "status:" in terms:
            of, values = f"{of} AND is_open = ?", [*values, "status:open" in terms]
        size, start = int(query["n"][0]), int(query.get("S", ["0"])[0])
        question = f"SELECT body FROM changes WHERE {of} ORDER BY updated DESC LIMIT ? OFFSET ?"
        rows = [json.loads(zlib.decompress(body)) for (body,) in self._rows(question, *values, size + 1, start)]
        if len(rows) > size:
            rows[size - 1]["_more_changes"] = True
        is_full = "o" in query
        return [row | {"total_comment_count": 3} if is_full else _brief(row) for row in rows[:size]]


def _brief(row: dict[str, object]) -> dict[str, object]:
    return {name: row[name] for name in ("_number", "project", "status", "updated", "_more_changes") if name in row}


def serve(pipe: "Connection", path: Path, project: scale.Project) -> None:
    """Serve a world that `write_world` wrote, and send the port through the pipe."""
    _Handler.path_to_world, _Handler.project = path, project
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    pipe.send(server.server_address[1])
    server.serve_forever()
