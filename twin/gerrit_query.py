"""The part of Gerrit's search language that clients use: operators, quotes, NOT, AND, OR and brackets."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

from twin.change import Change

Test = Callable[[Change], bool]
WORD = re.compile(r'\(|\)|-?(?:\w+:)?"[^"]*"|-?(?:\w+:)?\{[^}]*\}|[^\s()]+')
OPEN = frozenset({"NEW", "DRAFT", "SUBMITTED"})


class QueryError(ValueError):
    """An invalid query: Gerrit answers 400 with this text."""


def parse(query: str) -> tuple[Test, int | None]:
    """The test of a query, and its `limit:`; None without one."""
    words = WORD.findall(query)
    limits = [int(word.partition(":")[2]) for word in words if word.startswith("limit:")]
    terms = [word for word in words if not word.startswith("limit:")]
    if not terms:
        return (lambda change: True), min(limits, default=None)
    test, rest = _either(terms)
    if rest:
        raise QueryError(f"line 1:0 no viable alternative at input '{rest[0]}'")
    return test, min(limits, default=None)


def _either(words: list[str]) -> tuple[Test, list[str]]:
    test, rest = _both(words)
    while rest and rest[0] == "OR":
        other, rest = _both(rest[1:])
        test = _or(test, other)
    return test, rest


def _both(words: list[str]) -> tuple[Test, list[str]]:
    test, rest = _one(words)
    while rest and rest[0] not in ("OR", ")"):
        other, rest = _one(rest[1:] if rest[0] == "AND" else rest)
        test = _and(test, other)
    return test, rest


def _one(words: list[str]) -> tuple[Test, list[str]]:
    if not words:
        raise QueryError("line 1:0 no viable alternative at input '<EOF>'")
    word, rest = words[0], words[1:]
    if word == "NOT" or word == "-":
        test, rest = _one(rest)
        return _not(test), rest
    if word == "(":
        test, rest = _either(rest)
        if not rest or rest[0] != ")":
            raise QueryError("line 1:0 mismatched input, expecting ')'")
        return test, rest[1:]
    if word.startswith("-"):
        return _not(_operator(word[1:])), rest
    return _operator(word), rest


def _operator(word: str) -> Test:
    name, colon, value = word.partition(":")
    value = value.strip('"{}')
    if not colon:
        name, value = "change", word.strip('"')
    if name in ("before", "until", "after", "since"):
        return _window(name, value)
    makers: dict[str, Callable[[Change], bool]] = {
        "project": lambda c: c.project == value,
        "branch": lambda c: _is_like(c.branch.removeprefix("refs/heads/"), value),
        "topic": lambda c: _is_like(c.topic or "", value),
        "status": lambda c: _has_status(c, value),
        "is": lambda c: _is(c, value),
        "change": lambda c: value in (str(c.number), c.change_id),
        "owner": lambda c: value in (c.owner.name, str(c.owner.account), c.owner.email),
        "message": lambda c: value.lower() in c.current.message.lower(),
    }
    if name not in makers:
        raise QueryError(f"Unsupported operator {name}:{value}" if colon else f"Unsupported query: {word}")
    if name == "status" and value.lower() not in ("open", "closed", "pending", "new", "merged", "abandoned", "draft"):
        raise QueryError(f"invalid change status: {value}")
    return makers[name]


def _window(name: str, value: str) -> Test:
    """The test of before: and after:, both inclusive, on `updated`, at the precision of the value."""
    instant = _instant(value)
    if name in ("before", "until"):
        return lambda c: c.updated <= instant
    return lambda c: c.updated >= instant


def _instant(value: str) -> datetime:
    for form in (
        "%Y-%m-%d %H:%M:%S.%f %z",
        "%Y-%m-%d %H:%M:%S %z",
        "%Y-%m-%d %H:%M:%S.%f",
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%d",
    ):
        try:
            instant = datetime.strptime(re.sub(r"(\.\d{6})\d{3}", r"\1", value), form)
        except ValueError:
            continue
        return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    raise QueryError(f'"{value}" is not a valid timestamp; expected "2006-01-02[ 15:04:05[.890][ -0700]]"')


def _is_like(held: str, wanted: str) -> bool:
    return re.fullmatch(wanted[1:], held) is not None if wanted.startswith("^") else held == wanted


def _has_status(change: Change, value: str) -> bool:
    status = value.lower()
    if status in ("open", "pending"):
        return change.status in OPEN
    return change.status not in OPEN if status == "closed" else change.status == status.upper()


def _is(change: Change, value: str) -> bool:
    if value == "wip":
        return change.is_wip
    if value == "private":
        return change.is_private
    return change.is_mergeable if value == "mergeable" else _has_status(change, value)


def _and(one: Test, other: Test) -> Test:
    return lambda change: one(change) and other(change)


def _or(one: Test, other: Test) -> Test:
    return lambda change: one(change) or other(change)


def _not(test: Test) -> Test:
    return lambda change: not test(change)
