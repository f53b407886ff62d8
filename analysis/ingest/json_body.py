"""JSON as served: parsed defensively, and repaired so that it can be stored as UTF-8."""

import json
import re
from collections.abc import Mapping

import msgspec

_SURROGATE = re.compile("[\ud800-\udfff]")


def parse(body: bytes) -> object:
    """The value of a body. Raises ValueError for anything that is not JSON.

    Bytes that are not UTF-8 and halves of surrogate pairs become U+FFFD: both occur in old bug texts, no file or
    database can store them, and a bug must not be lost because of a broken character.

    >>> parse(b'{"title": "\\\\ud83d broken"}')
    {'title': '\ufffd broken'}
    """
    try:
        return msgspec.json.decode(body)
    except (ValueError, RecursionError):
        return parse_text(body.decode("utf-8", "replace"))


def parse_text(text: str) -> object:
    """Like `parse`, for text."""
    try:
        return repair(json.loads(text, parse_constant=_refuse_constant))
    except RecursionError as cause:
        raise ValueError("nested too deeply") from cause


def _refuse_constant(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def repair(value: object) -> object:
    """The same value with U+FFFD for each half of a surrogate pair."""
    if isinstance(value, str):
        return _repair_text(value)
    if isinstance(value, list):
        return [repair(item) for item in value]
    return repair_object(value) if isinstance(value, dict) else value


def repair_object(fields: Mapping[str, object]) -> dict[str, object]:
    """The same JSON object with U+FFFD for each half of a surrogate pair, in its names too."""
    return {_repair_text(name): repair(value) for name, value in fields.items()}


def _repair_text(text: str) -> str:
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def excerpt(text: str | bytes, length: int = 60) -> str:
    """The beginning of hostile text, quoted and escaped for an error message."""
    if isinstance(text, bytes):
        text = text[: length * 4].decode("utf-8", "replace")
    return ascii(text[:length] + ("..." if len(text) > length else ""))
