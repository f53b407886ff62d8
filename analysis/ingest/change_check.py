"""Checks whether a change, served or saved, can become rows of tables: its number, its project and its times."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from analysis.ingest.json_body import excerpt
from analysis.ingest.record_check import LARGEST_NUMBER, RecordError

Entry = Mapping[str, object]

_TIME = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d{1,9})?Z?", re.ASCII)


def check_change(change: Entry, *, latest: datetime | None = None) -> None:
    """Raise RecordError, with the name and the field, for a change that cannot become rows.

    A time after `latest` is an error: the newest time of saved changes becomes their instant.
    """
    number = change.get("_number")
    if type(number) is not int or not 0 < number < LARGEST_NUMBER:
        raise RecordError("", f"no number of a change: {excerpt(str(number))}")
    name = f"change {number}"
    if not isinstance(change.get("project"), str) or not change["project"]:
        raise RecordError(name, "it does not name its project")
    for field, value in _times(change):
        if value is not None and not is_time(value, latest):
            raise RecordError(name, f"{field} is no time of the past: {excerpt(str(value))}")
    if not isinstance(change.get("updated"), str):
        raise RecordError(name, "updated is missing")


def is_time(value: object, latest: datetime | None = None) -> bool:
    """Whether it is an instant as Gerrit writes it (UTC, without a zone), and not after `latest`."""
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        return False
    try:
        instant = datetime.fromisoformat(value[:19]).replace(tzinfo=UTC)
    except ValueError:
        return False
    return latest is None or instant < latest


def unique_number(change: Entry) -> int | None:
    """The number that Gerrit gave to a change imported from another server; None for its own changes.

    The original number of an imported change may belong to another change here.
    """
    number = change.get("virtual_id_number")
    return number if type(number) is int and number != change.get("_number") else None


def _times(change: Entry) -> Iterator[tuple[str, object]]:
    """Every time of a change, with the name of its field."""
    for name in ("created", "updated", "submitted"):
        yield name, change.get(name)
    for sha, revision in _items(change.get("revisions")):
        yield f"revisions.{sha[:12]}.created", revision.get("created")
    for position, message in enumerate(_dicts(change.get("messages"))):
        yield f"messages.{position}.date", message.get("date")
    for label, votes in _items(change.get("labels")):
        for vote in _dicts(votes.get("all")):
            yield f"labels.{label}.date", vote.get("date")
    comments_by_path = change.get("_comments")
    for path, comments in comments_by_path.items() if isinstance(comments_by_path, dict) else ():
        for comment in _dicts(comments):
            yield f"comments of {excerpt(str(path))}", comment.get("updated")


def _items(value: object) -> Iterator[tuple[str, Entry]]:
    pairs = value.items() if isinstance(value, dict) else ()
    return ((str(name), entry) for name, entry in pairs if isinstance(entry, dict))


def _dicts(value: object) -> Iterator[Entry]:
    return (entry for entry in value if isinstance(entry, dict)) if isinstance(value, list) else iter(())
