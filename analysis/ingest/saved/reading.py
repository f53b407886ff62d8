"""The result of reading saved files: the records of each project, the skipped ones with reasons, and the instant."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Generic, Protocol, TypeAlias, TypeVar

from analysis.errors import DumpError
from analysis.ingest import json_body
from analysis.ingest.record_check import RecordError, within_limit
from analysis.ingest.saved.json_items import JsonItems, UnreadableItem
from analysis.ingest.saved.packed import SavedFile, files_in, open_unpacked

Item: TypeAlias = Mapping[str, object]
Record: TypeAlias = dict[str, object]
Part = TypeVar("Part")  # a part of a record in one object: a Reader joins the parts of one record


@dataclass(frozen=True, slots=True)
class SavedForm(Generic[Part]):
    """A form in which people save records.

    `fits` recognises an object of that form; `read` returns the parts of records in it, as the server would serve them:
    of a change the fields of Gerrit's ChangeInfo, of a bug a `BugPart`. A field that the form lacks is left out, never
    filled. `read` raises RecordError for an unusable object, which is then skipped and named; any other error ends the
    command. An unsupported form has no `read`, and `do` says how to get a supported one.
    """

    name: str
    fits: Callable[[Item], bool]
    read: Callable[[Item], Iterable[Part]] | None = None
    do: str = ""


@dataclass(slots=True)
class Saved:
    """The records of saved files.

    `projects` counts the records of each project; `records` returns those of one, ordered by number, each once.
    `passed_over` names unusable records with the reason; `private` has the numbers of private records, by project;
    `left_out` counts the records of projects that were not requested; `is_cut` means that a list said that there is
    more than the files hold.
    """

    projects: Mapping[str, int]
    records: Callable[[str], Iterator[Record]]
    as_of: Mapping[str, str]
    passed_over: dict[str, str] = field(default_factory=dict)
    private: dict[str, list[int]] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    forms: Counter[str] = field(default_factory=Counter)
    is_cut: bool = False


class Reader(Protocol[Part]):
    """The interface that collects the parts of records while they are read."""

    def begin_file(self) -> None:
        """Called when another file begins."""

    def name(self, part: Part) -> str:
        """The name of a part's record; empty if it is unknown."""

    def checked(self, part: Part) -> Part:
        """The part in the form that is stored. Raises RecordError for an unusable one."""

    def add(self, part: Part) -> None:
        """Store a checked part. Raises RecordError for one that no file can hold."""


def read_items(
    paths: Iterable[Path | str], forms: Sequence[SavedForm[Part]], reader: Reader[Part], *, kind: str
) -> tuple[dict[str, str], Counter[str]]:
    """Hand every part of every object of the files to the reader; returns what was passed over, and how often each form
    occurs.

    An unusable record is skipped and named. An unreadable file ends the reading; below a named folder it is skipped,
    unless no file there could be read.

    Raises
    ------
    DumpError
        A path is missing; a file is truncated, not JSON, or of a form that is not read.
    """
    passed_over: dict[str, str] = {}
    form_counts: Counter[str] = Counter()
    files = list(files_in(paths))
    if not files:
        raise DumpError(
            expected=f"files that hold {kind}",
            found=f"none in {', '.join(map(str, paths))}",
            do="name a file, or a folder of JSON files",
        )
    first_failure: DumpError | None = None
    for file in files:
        try:
            _read_file(file, forms, reader, kind, passed_over, form_counts)
        except DumpError as failure:
            if not file.in_folder:
                raise
            first_failure = first_failure or failure
            passed_over[str(file.path)] = failure.found
    if first_failure and not form_counts:
        raise first_failure
    return passed_over, form_counts


def _read_file(
    file: SavedFile,
    forms: Sequence[SavedForm[Part]],
    reader: Reader[Part],
    kind: str,
    passed_over: dict[str, str],
    form_counts: Counter[str],
) -> None:
    reader.begin_file()
    with open_unpacked(file.path) as content:
        for position, item in enumerate(JsonItems(str(file.path), content), start=1):
            place = f"{file.path}, object {position}"
            if isinstance(item, UnreadableItem):
                passed_over[place] = item.reason
                continue
            try:
                form = within_limit(place, partial(_form_of, item, forms, place, kind))
                form_counts[form.name] += 1
                parts = iter(form.read(item) if form.read else ())
            except RecordError as fault:
                passed_over[place] = str(fault)
                continue
            while True:
                try:
                    # a slow record is stopped here, not while it is being stored
                    part = within_limit(place, partial(next, parts, None))
                    if part is None:
                        break
                    reader.add(within_limit(reader.name(part), partial(reader.checked, part)))
                except RecordError as fault:
                    passed_over[fault.name or place] = str(fault)


def _form_of(item: Item, forms: Sequence[SavedForm[Part]], place: str, kind: str) -> SavedForm[Part]:
    form = next((each for each in forms if each.fits(item)), None)
    if form is None:
        raise DumpError(
            expected=f"{place} to be one of {kind}: {', '.join(each.name for each in forms if each.read)}",
            found=f"an object with the keys {json_body.excerpt(', '.join(map(str, item)))}",
            do="save it in one of these forms, or leave the file out",
        )
    if form.read is None:
        raise DumpError(expected=f"{place} to be of a form that is read", found=form.name, do=form.do)
    return form
