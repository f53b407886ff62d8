"""A record as the store sees it: one JSON object, as served, with a key that is stable on its server and a time."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeAlias, TypeVar

import msgspec

from analysis.errors import SchemaError, StoreError

Record: TypeAlias = dict[str, Any]
Key: TypeAlias = int | str
T = TypeVar("T")

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
        return msgspec.json.encode(record)
    except UnicodeEncodeError:  # half a surrogate pair: legal JSON, but only the slow writer can say it
        return json.dumps(record, ensure_ascii=True, separators=(",", ":")).encode("ascii")


def loaded(line: bytes, kind: type[T], *, key: Key | None = None) -> T:
    """The record of one line: a dict, or of the kind that is asked for, which says what of it is read.

    Raises SchemaError that names the record by its key, and the field, when a server sends a number for a title.
    """
    try:
        found: T = _decoder(kind).decode(line)
    except msgspec.ValidationError as cause:
        raise _strange(kind, key, cause) from cause
    except msgspec.DecodeError:
        return _slowly(line, kind, key)
    return found


def _slowly(line: bytes, kind: type[T], key: Key | None) -> T:
    try:
        return msgspec.convert(json.loads(line), kind)
    except msgspec.ValidationError as cause:
        raise _strange(kind, key, cause) from cause


_decoder: Any = cache(msgspec.json.Decoder)


def _strange(kind: type, key: Key | None, cause: Exception) -> SchemaError:
    read = f"record {key} to be read as {kind.__name__}" if key is not None else f"a {kind.__name__}"
    return SchemaError.of_record(read, str(cause))
