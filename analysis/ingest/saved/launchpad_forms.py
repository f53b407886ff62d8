"""The forms in which people save Launchpad's bugs, each converted to the records that a fetch stores.

A field that a form lacks is absent in the record, never empty: without `activity` it is unknown when a status changed,
and `tasks_of` means that the record has the tasks of these targets only.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from analysis.ingest.record_check import RecordError
from analysis.ingest.saved.reading import Item, Record, SavedForm

Entry: TypeAlias = dict[str, object]

PUBLIC = ("Public", "Public Security")
_OF_BUG = re.compile(r"/(?:\+bug|bugs)/(\d{1,18})(?:/|$)")
# Full user records that perceval adds beside each link: only the name in the link is kept.
_PEOPLE = ("owner_data", "assignee_data", "person_data", "closed_by_data")
_NESTED = ("bug_data", "messages_data", "activity_data", "attachments_data", *_PEOPLE)


@dataclass(slots=True)
class BugPart:
    """The parts of one bug in one object. A missing list is None."""

    number: int
    bug: Entry | None = None
    tasks: list[Entry] | None = None
    messages: list[Entry] | None = None
    activity: list[Entry] | None = None
    has_all_tasks: bool = False

    def lists(self) -> dict[str, list[Entry] | None]:
        """Its lists of entries, by their names in a record."""
        return {"tasks": self.tasks, "messages": self.messages, "activity": self.activity}


def link_of(entry: Item, *names: str) -> str:
    """The first of these fields that has a text; empty if none has."""
    return next((value for name in names if isinstance(value := entry.get(name), str)), "")


def _part(item: Item, name: str) -> Entry:
    part = item.get(name)
    if not isinstance(part, dict):
        raise RecordError("", f"{name} is no entry")
    return part


def _id(bug: Item) -> int:
    number = bug.get("id")
    if not isinstance(number, int) or isinstance(number, bool):
        raise RecordError("", f"no number of a bug: {number!r}"[:150])
    return number


def _number(entry: Item, *names: str) -> int:
    match = _OF_BUG.search(link_of(entry, *names))
    if not match:
        raise RecordError("", f"no number of a bug in {' or '.join(names)}")
    return int(match[1])


def _type(entry: Item) -> str:
    return link_of(entry, "resource_type_link").rpartition("#")[2]


def _entries(value: object) -> list[Entry] | None:
    """A list of entries, or a collection as Launchpad serves it; None if it is missing."""
    entries = value.get("entries") if isinstance(value, Mapping) else value
    if entries is None:
        return None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise RecordError("", "a part that is no list of entries")
    return [_without_people(entry) for entry in entries]


def _without_people(entry: Item) -> Entry:
    return {name: value for name, value in entry.items() if name not in _PEOPLE}


# One bug with all its parts, as `save launchpad` writes it and the store keeps it.

_LISTS = {
    "tasks": ("tasks", "bug_tasks", "bug_tasks_collection"),
    "messages": ("messages", "messages_collection", "comments"),
    "activity": ("activity", "activity_collection"),
}


def _is_record(item: Item) -> bool:
    bug = item.get("bug")
    return isinstance(bug, dict) and "id" in bug


def _read_record(item: Item) -> Iterator[BugPart]:
    bug = _part(item, "bug")
    yield BugPart(_id(bug), dict(bug), **_lists(item), has_all_tasks="tasks_of" not in item)


def _lists(item: Item) -> dict[str, list[Entry] | None]:
    return {part: _entries(next((item[n] for n in names if n in item), None)) for part, names in _LISTS.items()}


def _is_project(item: Item) -> bool:
    project = item.get("project")
    return isinstance(project, dict) and isinstance(project.get("name"), str)


def _read_project(item: Item) -> Iterator[Record]:
    _entries(item.get("milestones"))  # raises if they are not lists of entries
    yield dict(item)


# perceval: the task, and inside it the bug, the comments and (if requested) the activity.


def _is_perceval(item: Item) -> bool:
    task = item.get("data")
    return "backend_name" in item and isinstance(task, dict) and "bug_data" in task


def _read_perceval(item: Item) -> Iterator[BugPart]:
    task = _part(item, "data")
    bug = task["bug_data"]
    if not isinstance(bug, dict) or "id" not in bug:
        raise RecordError("", "an item of perceval without its bug, which could not be read when it was saved")
    yield BugPart(
        _id(bug),
        {"private": False} | _without_people(bug),  # perceval cannot sign in: it sees public records only
        [{name: value for name, value in task.items() if name not in _NESTED}],
        _entries(task.get("messages_data")),
        _entries(task.get("activity_data")),
    )


# Entries of the API, each alone or in the collection in which it was served.


def _is_bug_entry(item: Item) -> bool:
    return _type(item) == "bug" or (
        "id" in item and "title" in item and link_of(item, "bug_tasks_collection_link") != ""
    )


def _read_bug_entry(item: Item) -> Iterator[BugPart]:
    lists = _lists(item)
    nested = {name for names in _LISTS.values() for name in names}
    bug = {name: value for name, value in item.items() if name not in nested}
    yield BugPart(_id(item), bug, **lists, has_all_tasks=lists["tasks"] is not None)


def _is_task_entry(item: Item) -> bool:
    return _type(item) == "bug_task" or ("bug_link" in item and "status" in item and "importance" in item)


def _read_task_entry(item: Item) -> Iterator[BugPart]:
    yield BugPart(_number(item, "bug_link", "self_link"), tasks=[_without_people(item)])


def _is_message_entry(item: Item) -> bool:
    return _type(item) == "message" or ("content" in item and _OF_BUG.search(link_of(item, "self_link")) is not None)


def _read_message_entry(item: Item) -> Iterator[BugPart]:
    yield BugPart(_number(item, "bug_link", "self_link", "web_link"), messages=[_without_people(item)])


def _is_activity_entry(item: Item) -> bool:
    return _type(item) == "bug_activity" or ("whatchanged" in item and "datechanged" in item)


def _read_activity_entry(item: Item) -> Iterator[BugPart]:
    yield BugPart(_number(item, "bug_link", "self_link"), activity=[_without_people(item)])


def _is_collection(item: Item) -> bool:
    return isinstance(item.get("entries"), list)


def _read_collection(item: Item) -> Iterator["Part"]:
    entries = item["entries"]
    for entry in entries if isinstance(entries, list) else ():
        form = next((form for form in ENTRIES if isinstance(entry, dict) and form.fits(entry)), None)
        if form is None or form.read is None:
            raise RecordError("", "a collection of something else than bugs, tasks, messages or activity")
        yield from form.read(entry)


# One file per bug, as in the public data set openstack-bugs-ml.


def _is_bug_file(item: Item) -> bool:
    return all(name in item for name in ("id", "openned", "comments", "link"))


def _read_bug_file(item: Item) -> Iterator[BugPart]:
    owner = item.get("owner")
    target = re.search(r"//[^/]+/(.+)/\+bug/", str(item["link"]))
    task: Entry = {
        "bug_target_name": target[1] if target else None,
        "status": item.get("status"),
        "importance": item.get("importance"),
        "date_created": item.get("openned"),
        "web_link": item["link"],
        "assignee_link": None if owner in ("None", "", None) else owner,
    } | ({"date_closed": item["closed"]} if item.get("closed") else {})
    bug: Entry = {name: item[name] for name in ("id", "title", "description", "tags", "heat") if name in item}
    bug |= {
        new: item[old]
        for old, new in (("created", "date_created"), ("last_updated", "date_last_updated"))
        if old in item
    }
    comments = _entries(item["comments"]) or []
    messages = [
        {"date_created": comment.get("date_created"), "content": comment.get("content")}
        | ({"owner_link": comment["author"]} if comment.get("author") else {})
        for comment in comments
    ]
    if messages and "owner_link" in messages[0]:
        bug["owner_link"] = messages[0]["owner_link"]  # the first comment is the description, by the reporter
    # The data set was fetched without signing in: it has public records only.
    yield BugPart(_id(item), bug | {"private": False, "message_count": len(messages)}, [task], messages)


def _is_mongo(item: Item) -> bool:
    return any(_has_mongo_type(value) for value in item.values())


def _has_mongo_type(value: object) -> bool:
    return isinstance(value, dict) and any(str(name).startswith("$") for name in value)


Part: TypeAlias = BugPart | Record
ENTRIES: tuple[SavedForm[Part], ...] = (
    SavedForm("bug entries of the API", _is_bug_entry, _read_bug_entry),
    SavedForm("task entries of the API", _is_task_entry, _read_task_entry),
    SavedForm("message entries of the API", _is_message_entry, _read_message_entry),
    SavedForm("activity entries of the API", _is_activity_entry, _read_activity_entry),
)
SAVED_FORMS: tuple[SavedForm[Part], ...] = (
    SavedForm("items of perceval", _is_perceval, _read_perceval),
    SavedForm("bugs with their tasks, messages and activity", _is_record, _read_record),
    SavedForm("the project itself", _is_project, _read_project),
    SavedForm("one file a bug (openstack-bugs-ml)", _is_bug_file, _read_bug_file),
    *ENTRIES,
    SavedForm("collections of the API", _is_collection, _read_collection),
    SavedForm(
        "a database's export with types, as mongoexport writes it",
        _is_mongo,
        do="export it again with mongoexport --jsonFormat=relaxed, and take out the field _id",
    ),
    SavedForm(
        "changes of Gerrit",
        lambda item: "change_id" in item or "patchSets" in item or "currentPatchSet" in item,
        do="read it with `fetch gerrit --dump`",
    ),
)
