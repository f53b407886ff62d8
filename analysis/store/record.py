"""A record as the store sees it: one JSON object, as served, with a key that is stable on its server and a time."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

import orjson

from analysis.errors import StoreError

Record: TypeAlias = dict[str, Any]
Key: TypeAlias = int | str

SOURCES = ("gerrit", "git", "launchpad")
PROJECT_KEY = 0  # Launchpad numbers bugs from 1; the one record about the project itself takes 0


def key(source: str, record: Mapping[str, Any]) -> Key:
    """What makes two records the same thing: change number, bug number (0 for the project), or sha."""
    try:
        if source == "gerrit":
            return int(record["_number"])
        if source == "launchpad":
            return int(record["bug"]["id"]) if "bug" in record else PROJECT_KEY
        return str(record["sha"])
    except (KeyError, TypeError, ValueError) as cause:
        raise StoreError(
            expected=f"a {source} record with its number or sha",
            found=f"keys {sorted(record)[:10]}",
            do="hand the store only records of the form that analysis/sources makes",
        ) from cause


def moment(source: str, record: Mapping[str, Any]) -> str | None:
    """The record's own newest time (ISO 8601, UTC), for snapshots that no server dated; None when it holds none."""
    written = record.get({"gerrit": "updated", "git": "committed_at"}.get(source, ""))
    if not isinstance(written, str):
        return None
    try:
        # Gerrit writes nine fractional digits and no zone; Python reads six.
        found = datetime.fromisoformat(written[:26] if source == "gerrit" else written)
    except ValueError:
        return None
    return (found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)).isoformat()


def dumped(record: Mapping[str, Any]) -> bytes:
    """One line of JSON, UTF-8, without the newline; keys stay in the order in which they were served."""
    try:
        return orjson.dumps(record)
    except TypeError:
        # A lone surrogate or an integer beyond 64 bits: legal JSON, but only the slow writer can say it.
        return json.dumps(record, ensure_ascii=True, separators=(",", ":")).encode("ascii")


def loaded(line: bytes) -> Record:
    """The record of one line."""
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        found = json.loads(line)
    if not isinstance(found, dict):
        raise ValueError("a line that is not a JSON object")
    return found
