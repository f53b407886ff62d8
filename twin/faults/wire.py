"""Faults of the connection: statuses, resets, truncation, slowness, bodies that are not the answer."""

import gzip
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Unpack

from twin.exchange import Request, Response, as_text
from twin.faults.fault import Answer, Fault, When

OOPS = (
    "<html><head><title>Error: Launchpad system error</title></head><body><h1>Timeout error</h1>OOPS-twin</body></html>"
)
LOGIN = '<!DOCTYPE html><html><body><form action="/login">Please sign in <input name="password"></form></body></html>'


def status(code: int, *, retry_after: str | None = None, **when: Unpack[When]) -> Fault:
    """An HTML page with this status. `retry_after` is sent unchanged: seconds, a date, or nonsense."""

    def answers(request: Request, answer: Answer) -> Response:
        response = as_text(code, OOPS, "text/html;charset=utf-8")
        response.headers = {"X-Lazr-OopsId": "OOPS-twin"} | ({"Retry-After": retry_after} if retry_after else {})
        return response

    return Fault(f"status {code}{f' after {retry_after}' if retry_after else ''}", answers=answers, **when)


def page(html: str = LOGIN, **when: Unpack[When]) -> Fault:
    """Status 200 with an HTML page: a login or maintenance page of a proxy."""
    return Fault("html page", answers=lambda request, answer: as_text(200, html, "text/html;charset=utf-8"), **when)


def empty_body(**when: Unpack[When]) -> Fault:
    """The right status and headers with an empty body."""
    return Fault("empty body", answers=lambda request, answer: replace(answer(request), body=b""), **when)


def wrong_type(**when: Unpack[When]) -> Fault:
    """The right body with a wrong Content-Type."""
    return Fault(
        "wrong type", answers=lambda request, answer: replace(answer(request), content_type="text/html"), **when
    )


def not_modified(**when: Unpack[When]) -> Fault:
    """Status 304 for a request without a condition."""
    return Fault("unasked 304", answers=lambda request, answer: Response(304, b""), **when)


def lying_tag(**when: Unpack[When]) -> Fault:
    """The same ETag for every body, and 304 for every request that names it."""

    def answers(request: Request, answer: Answer) -> Response:
        if "the-same" in request.headers.get("if-none-match", ""):
            return Response(304, b"", headers={"ETag": '"the-same"'})
        response = answer(request)
        response.headers = {**response.headers, "ETag": '"the-same"'}
        return response

    return Fault("lying tag", answers=answers, **when)


def redirect(to: Callable[[Request], str] | None = None, *, code: int = 301, **when: Unpack[When]) -> Fault:
    """A redirect to another address; without `to`, to itself, which is a loop."""

    def answers(request: Request, answer: Answer) -> Response:
        response = as_text(code, "moved")
        response.headers = {"Location": to(request) if to else f"{request.base}{request.path}"}
        return response

    return Fault("redirect", answers=answers, **when)


def reset_before_headers(**when: Unpack[When]) -> Fault:
    """The connection is reset before the first byte of the answer."""
    return Fault("reset before headers", sends=lambda connection, raw: _reset(connection), **when)


def reset_in_body(**when: Unpack[When]) -> Fault:
    """The connection is reset after half of the body."""

    def sends(connection: socket.socket, raw: bytes) -> None:
        connection.sendall(raw[: _body_at(raw) + max(1, (len(raw) - _body_at(raw)) // 2)])
        _reset(connection)

    return Fault("reset in body", sends=sends, **when)


def truncated_body(**when: Unpack[When]) -> Fault:
    """A Content-Length larger than the body that is sent."""

    def sends(connection: socket.socket, raw: bytes) -> None:
        connection.sendall(raw[: _body_at(raw) + (len(raw) - _body_at(raw)) // 2])

    return Fault("truncated body", sends=sends, **when)


def truncated_gzip(**when: Unpack[When]) -> Fault:
    """A compressed stream that stops early, with a Content-Length that equals the bytes sent."""

    def answers(request: Request, answer: Answer) -> Response:
        response = answer(request)
        packed = gzip.compress(response.body, mtime=0)
        response.body = packed[: len(packed) // 2]
        response.headers = {**response.headers, "Content-Encoding": "gzip"}
        return response

    return Fault("truncated gzip", answers=answers, **when)


def slow_body(*, pieces: int = 20, pause: float = 0.2, **when: Unpack[When]) -> Fault:
    """A body that is sent in small pieces with pauses."""

    def sends(connection: socket.socket, raw: bytes) -> None:
        start, step = _body_at(raw), max(1, len(raw) // pieces)
        connection.sendall(raw[:start])
        for at in range(start, len(raw), step):
            time.sleep(pause)
            connection.sendall(raw[at : at + step])

    return Fault("slow body", sends=sends, **when)


def slow_headers(*, pause: float = 60.0, **when: Unpack[When]) -> Fault:
    """An answer after `pause` seconds; with a long pause, a server that never answers."""

    def answers(request: Request, answer: Answer) -> Response:
        time.sleep(pause)
        return answer(request)

    return Fault("slow headers", answers=answers, **when)


def stale_connection(**when: Unpack[When]) -> Fault:
    """The whole answer, then a silently closed connection, on which the next request fails."""
    return Fault("stale connection", sends=lambda connection, raw: connection.sendall(raw), **when)


def without_date(**when: Unpack[When]) -> Fault:
    """An answer without a Date header, so that the server's clock is unknown."""

    def answers(request: Request, answer: Answer) -> Response:
        response = answer(request)
        response.headers = {**response.headers, "Date": ""}
        return response

    return Fault("no date", answers=answers, **when)


def _body_at(raw: bytes) -> int:
    return raw.index(b"\r\n\r\n") + 4


def _reset(connection: socket.socket) -> None:
    """Close the connection with a RST, as a crashed peer or a firewall does."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.shutdown(socket.SHUT_RD)
    connection.close()
