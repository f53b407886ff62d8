"""Faults of the data: pages that repeat, shrink or loop, odd fields, broken texts."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Unpack
from urllib.parse import quote

from twin.exchange import Request, Response, as_text
from twin.faults.fault import Answer, Fault, When

GUARD = b")]}'\n"
REDACTED = "tag:launchpad.net:2008:redacted"
Rewrite = Callable[[Request, object], object]  # from the value of the JSON to another one


def meanwhile(act: Callable[[], None], *, name: str = "the world moves", **when: Unpack[When]) -> Fault:
    """Change the world just before the answer to this request: `meanwhile(lambda: world.touch(7))`."""

    def answers(request: Request, answer: Answer) -> Response:
        act()
        return answer(request)

    return Fault(name, answers=answers, **when)


def rewritten(name: str, rewrite: Rewrite, **when: Unpack[When]) -> Fault:
    """The JSON answer, changed by `rewrite(request, value)`. Other answers are not changed."""

    def answers(request: Request, answer: Answer) -> Response:
        response = answer(request)
        if response.status != 200 or response.content_type != "application/json":
            return response
        guard = GUARD if response.body.startswith(GUARD) else b""
        value = rewrite(request, json.loads(response.body[len(guard) :]))
        return replace(response, body=guard + json.dumps(value).encode("ascii"))

    return Fault(name, answers=answers, **when)


def another_bug(**when: Unpack[When]) -> Fault:
    """Another bug's body with status 200, as happens when threads share a connection."""

    def answers(request: Request, answer: Answer) -> Response:
        root = request.path.partition("/bugs/")[0]
        page = answer(replace(request, path=f"{root}/nova", query=(("ws.op", "searchTasks"), ("ws.size", "2"))))
        links = [str(row["bug_link"]) for row in json.loads(page.body)["entries"]]
        others = [link for link in links if not link.endswith(request.path)]
        if not others:  # a project with one bug has no other
            return answer(request)
        return answer(replace(request, path=others[0].removeprefix(request.base)))

    return Fault("another bug's body", answers=answers, **when)


def repeated_entry(**when: Unpack[When]) -> Fault:
    """A page that begins with its own last entry, so that it contains that item twice."""
    return rewritten("repeated entry", lambda request, value: _entries(value, lambda rows: [*rows[-1:], *rows]), **when)


def empty_page(**when: Unpack[When]) -> Fault:
    """An empty page first, whose next link leads to the requested page."""

    def rewrite(request: Request, value: object) -> object:
        if not isinstance(value, dict) or "entries" not in value:
            return value
        return {**value, "entries": [], "next_collection_link": _address(request)}

    return rewritten("empty page", rewrite, **when)


def looping_link(**when: Unpack[When]) -> Fault:
    """A page whose next link leads to itself."""

    def rewrite(request: Request, value: object) -> object:
        if not isinstance(value, dict) or "next_collection_link" not in value:
            return value
        return {**value, "next_collection_link": _address(request)}

    return rewritten("looping link", rewrite, **when)


def wrong_total(**when: Unpack[When]) -> Fault:
    """A total_size that differs from the number of entries."""

    def rewrite(request: Request, value: object) -> object:
        return _set(value, "total_size", 7) if isinstance(value, dict) and "entries" in value else value

    return rewritten("wrong total", rewrite, **when)


def field(name: str, value: object, **when: Unpack[When]) -> Fault:
    """This value in this field of every entry: an unknown status, a null date, the year 1970."""

    def rewrite(request: Request, served: object) -> object:
        if isinstance(served, dict) and "entries" in served:
            return _entries(served, lambda rows: [_set(row, name, value) for row in rows])
        if isinstance(served, list):
            return [_set(row, name, value) for row in served]
        return _set(served, name, value)

    return rewritten(f"{name} is {value!r}", rewrite, **when)


def without_field(name: str, **when: Unpack[When]) -> Fault:
    """A missing field, as from an old server or for a deleted account."""

    def drop(value: object) -> object:
        if isinstance(value, dict):
            return {key: drop(inner) for key, inner in value.items() if key != name}
        return [drop(inner) for inner in value] if isinstance(value, list) else value

    return rewritten(f"{name} is missing", lambda request, value: drop(value), **when)


def redacted(name: str, **when: Unpack[When]) -> Fault:
    """A link that the reader may not follow: its value is a marker, not an address."""
    return field(name, REDACTED, **when)


def without_zone(**when: Unpack[When]) -> Fault:
    """Launchpad's instants without their time zone, like a naive local time."""

    def answers(request: Request, answer: Answer) -> Response:
        response = answer(request)
        return replace(response, body=re.sub(rb'(T\d\d:\d\d:\d\d(?:\.\d+)?)\+00:00"', rb'\1"', response.body))

    return Fault("no zone", answers=answers, **when)


def broken_utf8(**when: Unpack[When]) -> Fault:
    """Bytes that are not valid UTF-8 at the beginning of a string in the JSON."""
    text = re.compile(rb'"(?:description|subject|content)": ?"')

    def answers(request: Request, answer: Answer) -> Response:
        response = answer(request)
        return replace(response, body=text.sub(lambda match: match[0] + b"\xff\xfe", response.body))

    return Fault("broken utf-8", answers=answers, **when)


def refused_option(option: str, **when: Unpack[When]) -> Fault:
    """A refusal of the whole query because of an option that the server's version should support."""

    def answers(request: Request, answer: Answer) -> Response:
        if option in request.every("o"):
            return as_text(400, f'"{option}" is not a valid value for "-o"')
        return answer(request)

    return Fault(f"no option {option}", answers=answers, **when)


def without_guard(**when: Unpack[When]) -> Fault:
    """Gerrit's answer without its first line."""

    def answers(request: Request, answer: Answer) -> Response:
        response = answer(request)
        return replace(response, body=response.body.removeprefix(GUARD))

    return Fault("no guard", answers=answers, **when)


def short_page(rows: int = 1, **when: Unpack[When]) -> Fault:
    """A page of Gerrit with fewer changes than exist and the note that there are more."""

    def rewrite(request: Request, value: object) -> object:
        if not isinstance(value, list) or len(value) <= rows:
            return value
        page = value[:rows]
        return [*page[:-1], {**page[-1], "_more_changes": True}]

    return rewritten("short page", rewrite, **when)


def bare_more(**when: Unpack[When]) -> Fault:
    """A page of Gerrit that contains only the note that there are more changes."""
    return rewritten("nothing but more", lambda request, value: [{"_more_changes": True}] if value else value, **when)


def without_label(label: str, **when: Unpack[When]) -> Fault:
    """A label that the project has removed: answers no longer contain it, but old messages do."""

    def rewrite(request: Request, value: object) -> object:
        if not isinstance(value, list):
            return value
        return [{**row, "labels": {k: v for k, v in row.get("labels", {}).items() if k != label}} for row in value]

    return rewritten(f"label {label} is gone", rewrite, **when)


def _entries(value: object, change: Callable[[list[object]], list[object]]) -> object:
    if isinstance(value, dict) and "entries" in value:
        return {**value, "entries": change(value["entries"])}
    return value


def _set(row: object, name: str, value: object) -> object:
    return {**row, name: value} if isinstance(row, dict) and (name in row or name == "total_size") else row


def _address(request: Request) -> str:
    """The requested address, as a link contains it."""
    return f"{request.base}{request.path}?" + "&".join(f"{key}={quote(value)}" for key, value in request.query)
