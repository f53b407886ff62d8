"""The forms in which people save Gerrit's changes, each converted to ChangeInfo of the REST API.

A field that a form lacks is absent in the record, never empty.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from analysis.ingest.saved.gerrit_ssh import is_ssh, read_ssh
from analysis.ingest.saved.reading import Item, Record, SavedForm


@dataclass(frozen=True, slots=True)
class ListEnd:
    """The end of a list that said that the server has more."""


Part: TypeAlias = Record | ListEnd


# REST: a change as /changes/ serves it, alone or in a list, with `_more_changes` on the last one.


def _is_rest(item: Item) -> bool:
    return type(item.get("_number")) is int and "updated" in item


def _read_rest(item: Item) -> Iterator[Part]:
    yield {name: value for name, value in item.items() if name != "_more_changes"}
    if item.get("_more_changes"):
        yield ListEnd()


# SSH: `gerrit query --format JSON`, one change a line, a line of statistics at the end.


def _read_ssh(item: Item) -> Iterator[Part]:
    yield read_ssh(item)


def _is_stats(item: Item) -> bool:
    return item.get("type") == "stats"


def _read_stats(item: Item) -> Iterator[Part]:
    if item.get("moreChanges"):
        yield ListEnd()


def _is_page_end(item: Item) -> bool:
    return item.keys() == {"_more_changes"}


def _read_page_end(item: Item) -> Iterator[Part]:
    if item["_more_changes"]:
        yield ListEnd()


# perceval: an item whose `data` is the SSH form.


def _is_perceval(item: Item) -> bool:
    data = item.get("data")
    return "backend_name" in item and isinstance(data, dict) and is_ssh(data)


def _read_perceval(item: Item) -> Iterator[Part]:
    data = item["data"]
    if isinstance(data, dict):
        yield read_ssh(data)


# One of these forms inside an object: {"changes": [...]}, or any other keys, such as the numbers of changes.


def _inside(item: Item) -> list[Item]:
    values = [part for value in item.values() for part in (value if isinstance(value, list) else [value])]
    return [value for value in values if isinstance(value, dict) and any(form.fits(value) for form in PLAIN)]


def _read_inside(item: Item) -> Iterator[Part]:
    for change in _inside(item):
        form = next(form for form in PLAIN if form.fits(change))
        yield from form.read(change) if form.read else ()


def _is_mongo(item: Item) -> bool:
    return any(
        isinstance(value, dict) and any(str(name).startswith("$") for name in value)
        for name, value in item.items()
        if name != "_id"
    )


def _keys(value: object) -> Collection[object]:
    return value.keys() if isinstance(value, dict) else ()


PLAIN: tuple[SavedForm[Part], ...] = (
    SavedForm("changes of the REST API", _is_rest, _read_rest),
    SavedForm("lines of `gerrit query --format JSON`", is_ssh, _read_ssh),
    SavedForm("items of perceval", _is_perceval, _read_perceval),
)
SAVED_FORMS: tuple[SavedForm[Part], ...] = (
    SavedForm("the statistics of `gerrit query`", _is_stats, _read_stats),
    SavedForm("the end of a page", _is_page_end, _read_page_end),
    SavedForm(
        "a database's export with types, as mongoexport writes it",
        _is_mongo,
        do="export it again with mongoexport --jsonFormat=relaxed, times as text, and without the field _id",
    ),
    *PLAIN,
    SavedForm(
        "events of `gerrit stream-events`",
        lambda item: "type" in item and ("change" in item or "refUpdate" in item or "eventCreatedOn" in item),
        do="save the changes themselves: gerrit query --format JSON --all-approvals --comments --patch-sets ...",
    ),
    SavedForm(
        "an error that `gerrit query` printed",
        lambda item: item.get("type") == "error" and "message" in item,
        do="correct the query and save its answer",
    ),
    SavedForm(
        "bugs of Launchpad",
        lambda item: bool({"bug", "bug_link", "openned"} & item.keys()) or "bug_data" in _keys(item.get("data")),
        do="read them with `fetch launchpad --dump`",
    ),
    SavedForm("changes inside an object", lambda item: bool(_inside(item)), _read_inside),
)
