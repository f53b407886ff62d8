"""Observes an engine's statements and can stop before each: SQLAlchemy reports them, so the engine is not changed.

Only the engine's interpreter imports it. One process watches one request at a time.
"""

import importlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from quota_lab.journal import JsonObject

CONFLICTS = {  # SQLSTATE of PostgreSQL, error number of MariaDB -> counter of a journal
    "40P01": "n_deadlocks", 1213: "n_deadlocks",
    "40001": "n_serialization", 1020: "n_serialization",
    "55P03": "n_timeouts", 1205: "n_timeouts",
    "23505": "n_swaps", 1062: "n_swaps",  # a unique key: another request has inserted the row meanwhile
}  # fmt: skip
Stop = Callable[[str], None]


@dataclass(slots=True)
class RequestEvents:
    """The events of one request: lost attempts by reason, and its statements if they are wanted."""

    stop: Stop | None = None
    statements: list[JsonObject] | None = None
    lost: dict[str, int] = field(default_factory=dict)


_watched: RequestEvents | None = None


@contextmanager
def watching(stop: Stop | None, statements: list[JsonObject] | None = None) -> Iterator[RequestEvents]:
    """Watch this process; call `stop` with the text of every statement and commit before it is sent."""
    global _watched
    _watched = RequestEvents(stop, statements)
    try:
        yield _watched
    finally:
        _watched = None


def install() -> None:
    """Listen to every engine of SQLAlchemy, existing or future."""
    sqlalchemy = importlib.import_module("sqlalchemy")
    engine = importlib.import_module("sqlalchemy.engine").Engine
    for name, listener in (
        ("before_cursor_execute", _before), ("after_cursor_execute", _after), ("handle_error", _failed),
        ("commit", lambda connection: _boundary(connection, "COMMIT")),
        ("rollback", lambda connection: _boundary(connection, "ROLLBACK")),
    ):  # fmt: skip
        sqlalchemy.event.listen(engine, name, listener)


class Cursor(Protocol):
    """The attributes of a driver's cursor that this module reads."""

    rowcount: int


class ErrorContext(Protocol):
    """The attributes of SQLAlchemy's exception context that this module reads."""

    original_exception: BaseException


Parameters = dict[str, object] | Sequence[object] | None


def _before(
    connection: object, cursor: Cursor, statement: str, parameters: Parameters, context: object, many: bool
) -> None:
    if _watched is not None:
        if _watched.statements is not None:
            _watched.statements.append({"sql": statement, "parameters": _plain(parameters)})
        if _watched.stop is not None:
            _watched.stop(statement)


def _after(
    connection: object, cursor: Cursor, statement: str, parameters: Parameters, context: object, many: bool
) -> None:
    if _watched is not None and _watched.statements is not None:
        _watched.statements[-1]["n_rows"] = cursor.rowcount


def _boundary(connection: object, what: str) -> None:
    if _watched is not None:
        if _watched.statements is not None:
            _watched.statements.append({"sql": what, "parameters": []})
        if _watched.stop is not None and what == "COMMIT":
            _watched.stop(what)


def _failed(context: ErrorContext) -> None:
    if _watched is not None:
        error = context.original_exception
        code = getattr(error, "pgcode", None) or (error.args[0] if error.args else None)
        counter = CONFLICTS.get(code) if isinstance(code, str | int) else None
        if counter:
            _watched.lost[counter] = _watched.lost.get(counter, 0) + 1


def _plain(parameters: Parameters) -> list[list[str]] | list[str]:
    if isinstance(parameters, dict):
        return [[name, str(value)] for name, value in parameters.items()]
    return [str(value) for value in parameters or ()]


class Moves:
    """Instants before and after the calls that inserted and deleted rows."""

    def __init__(self) -> None:
        self.instants: list[tuple[int, int]] = []

    @contextmanager
    def moving(self) -> Iterator[None]:
        """The context of one such call; a call that fails has certainly changed nothing and is not kept."""
        before = time.monotonic_ns()
        yield
        self.instants.append((before, time.monotonic_ns()))
