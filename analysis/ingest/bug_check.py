"""Checks whether a bug, served or saved, can become rows of tables: its times, and the types of its fields."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from analysis.ingest.json_body import excerpt
from analysis.ingest.record_check import RecordError, check_kinds

Entry = Mapping[str, object]

PROJECT = "the project itself"
PARTS = ("tasks", "messages", "activity")
_KINDS: Mapping[str, Mapping[str, type]] = {
    "bug": {
        "title": str, "description": str, "heat": int, "message_count": int, "owner_link": str,
        "duplicate_of_link": str, "number_of_duplicates": int, "users_affected_count": int,
        "users_affected_count_with_dupes": int,
    },
    "tasks": {"status": str, "importance": str, "assignee_link": str, "milestone_link": str, "target_link": str,
              "bug_target_name": str, "self_link": str},
    "messages": {"owner_link": str, "subject": str, "content": str, "self_link": str},
    "activity": {"person_link": str, "whatchanged": str, "oldvalue": str, "newvalue": str, "message": str,
                 "self_link": str},
    "milestones": {"name": str, "series_target_link": str, "date_targeted": str},
}  # fmt: skip
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:?\d\d)?", re.ASCII)


def check_bug(record: Mapping[str, object]) -> None:
    """Raise RecordError, with the name and the field, for a record that cannot become rows.

    `record` is a bug with those of its tasks, messages and activity that were served; or the project itself.
    """
    if "bug" not in record:
        _check_project(record)
        return
    bug = record["bug"]
    number = bug.get("id") if isinstance(bug, Mapping) else None
    name = f"bug {number}"
    if not isinstance(bug, Mapping) or type(number) is not int:
        raise RecordError("", "a bug without a number")
    _check_entry(bug, name, "bug")
    tags = bug.get("tags")
    if tags is not None and not (isinstance(tags, list) and all(isinstance(tag, str) for tag in tags)):
        raise RecordError(name, "bug.tags is no list of words")
    for part in PARTS:
        for entry in _entries(record.get(part), name, part):
            _check_entry(entry, name, part)


def _check_project(record: Mapping[str, object]) -> None:
    project = record.get("project")
    if not isinstance(project, Mapping) or not isinstance(project.get("name"), str):
        raise RecordError(PROJECT, "a project without a name")
    for entry in _entries(record.get("milestones"), PROJECT, "milestones"):
        check_kinds(entry, _KINDS["milestones"], name=PROJECT, part="milestones")
        day = entry.get("date_targeted")
        if day is not None:
            whole = f"{day}T00:00:00Z" if len(str(day)) <= len("2015-04-30") else day
            _check_time(whole, PROJECT, "milestones.date_targeted")


def _entries(value: object, name: str, part: str) -> Iterable[Entry]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(entry, Mapping) for entry in value):
        raise RecordError(name, f"{part} is no list of entries")
    return value


def _check_entry(entry: Entry, name: str, part: str) -> None:
    check_kinds(entry, _KINDS[part], name=name, part=part)
    for field in times(entry):
        _check_time(entry[field], name, f"{part}.{field}")


def times(entry: Entry) -> list[str]:
    """The fields of an entry that hold a time."""
    return [
        field
        for field, value in entry.items()
        if value is not None and (field.startswith("date_") or field == "datechanged")
    ]


def _check_time(value: object, name: str, field: str) -> None:
    try:
        if not isinstance(value, str) or not _TIME.fullmatch(value):
            raise ValueError
        datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError) as cause:
        raise RecordError(name, f"{field} is no time: {excerpt(str(value))}") from cause


def as_utc(value: object, *, name: str, field: str, latest: datetime) -> str:
    """A time of a saved file as Launchpad writes it: ISO 8601 in UTC; a time without an offset is taken as UTC.

    Raises RecordError with the record and the field if it is not a time, or is after `latest`: the newest time of saved
    records becomes their instant.
    """
    try:
        instant = datetime.fromisoformat(value if isinstance(value, str) else "")
        instant = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError) as cause:
        raise RecordError(name, f"{field} is no time: {excerpt(str(value))}") from cause
    if instant > latest:
        raise RecordError(name, f"{field} is still to come: {excerpt(str(value))}")
    return instant.isoformat()
