"""A record in the store: one JSON object as served, with a key that is stable on its server, and a time."""

import json
from collections.abc import Hashable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import TypeAlias, TypeVar, cast

import msgspec

from analysis.errors import SchemaError, StoreError

Record: TypeAlias = Mapping[str, object]
Key: TypeAlias = int | str
T = TypeVar("T")

PROJECT_KEY = 0  # Launchpad numbers bugs from 1; the one record about the project itself takes 0


def key(source: str, record: Record) -> Key:
    """The key of a record: change number, bug number (0 for the project itself), or sha."""
    if source == "launchpad" and "bug" not in record:
        return PROJECT_KEY
    bug = record.get("bug")
    if source == "gerrit":
        identity = record.get("_number")
    elif source == "launchpad":
        identity = bug.get("id") if isinstance(bug, Mapping) else None
    else:
        identity = record.get("sha")
    if not isinstance(identity, int if source in ("gerrit", "launchpad") else str):
        raise StoreError(
            expected=f"a {source} record with its number or sha",
            found=f"keys {sorted(record)[:10]}",
            do="hand the store only records of the form that analysis/ingest makes",
        )
    return identity


def is_private(source: str, record: Record) -> bool:
    """Whether the server marks the record as not public; then others may not read the folder of its files."""
    if source == "gerrit":
        return bool(record.get("is_private"))
    bug = record.get("bug")
    if source != "launchpad" or not isinstance(bug, Mapping):
        return False
    return bool(bug.get("private")) or not str(bug.get("information_type") or "Public").startswith("Public")


def moment(source: str, record: Record) -> str | None:
    """The newest time in the record (ISO 8601, UTC), for snapshots without a server's date; None if it has none."""
    stamp = record.get({"gerrit": "updated", "git": "committed_at"}.get(source, ""))
    if not isinstance(stamp, str):
        return None
    try:
        # Gerrit writes nine fractional digits and no zone; Python reads six.
        instant = datetime.fromisoformat(stamp[:26] if source == "gerrit" else stamp)
    except ValueError:
        return None
    return (instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)).isoformat()


def encode(record: Record) -> bytes:
    """One line of JSON in UTF-8 without the newline; keys keep the order in which they were served."""
    try:
        return msgspec.json.encode(record)
    except UnicodeEncodeError:  # half a surrogate pair: legal JSON, but only the slow encoder can write it
        return json.dumps(record, ensure_ascii=True, separators=(",", ":")).encode("ascii")


def decode(line: bytes, kind: type[T], *, key: Key | None = None) -> T:
    """The record of one line: a dict, or the requested kind of struct, whose fields alone are read.

    Raises SchemaError with the record's key and the field if a value has the wrong type, such as a number as a title.
    """
    try:
        record: T = _decoder(cast(Hashable, kind)).decode(line)
    except msgspec.ValidationError as cause:
        raise _kind_error(kind, key, cause) from cause
    except msgspec.DecodeError:
        return _load_slowly(line, kind, key)
    return record


def _load_slowly(line: bytes, kind: type[T], key: Key | None) -> T:
    try:
        return msgspec.convert(json.loads(line), kind)
    except msgspec.ValidationError as cause:
        raise _kind_error(kind, key, cause) from cause


_decoder = cache(msgspec.json.Decoder)


def _kind_error(kind: type, key: Key | None, cause: Exception) -> SchemaError:
    expected = f"record {key} to be read as {kind.__name__}" if key is not None else f"a {kind.__name__}"
    return SchemaError.of_record(expected, str(cause))
