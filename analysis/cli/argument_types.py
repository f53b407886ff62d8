"""The types of arguments: each parses the text that was typed, or says what it expected."""

import argparse
import ast
from datetime import UTC, datetime
from pathlib import Path


def data_dir(text: str) -> Path:
    """A data directory: a folder, or the address of one."""
    if "://" not in text:
        return Path(text)
    from analysis.store import as_path  # takes a second to import, and most commands do not need it yet

    return as_path(text)


def positive_number(text: str) -> int:
    """A whole number from 1."""
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1")
    return int(text)


def since(text: str) -> str:
    """An instant as a fetch takes it, ISO 8601 in UTC; empty for `all`."""
    return "" if text == "all" else f"{instant(text):%Y-%m-%dT%H:%M:%S+00:00}"


def seconds(text: str) -> float:
    """A length of time, such as 2h, 30m or 45s."""
    unit = {"s": 1, "m": 60, "h": 3600}.get(text[-1:])
    number = text[:-1]
    if unit is None or not (number.isascii() and number.isdecimal() and int(number)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a time such as 2h, 30m or 45s")
    return float(int(number) * unit)


def instant(text: str) -> datetime:
    """A date, or a date with a time; UTC if no zone is given."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as cause:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date such as 2015-08-03 or 2015-08-03T12:00") from cause
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def parameter(text: str) -> tuple[str, object]:
    """NAME=VALUE; the value is one of Python's literals, or plain text."""
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    try:
        return name, ast.literal_eval(value)
    except (SyntaxError, ValueError):
        return name, value  # plain text needs no quotes
