"""The bugs of saved files, by project: each once, merged from all its saved parts."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from analysis.errors import DumpError
from analysis.ingest.bug_check import as_utc, check_bug, times
from analysis.ingest.record_check import LARGEST_NUMBER, RecordError
from analysis.ingest.saved.launchpad_forms import PUBLIC, SAVED_FORMS, BugPart, Entry, Part, link_of
from analysis.ingest.saved.reading import Item, Record, Saved, read_items
from analysis.ingest.saved.spool import Spool

_TARGET = re.compile(r"/(?:devel|beta|\d+\.\d+)/(.*[^/])/*$")


class _Bugs:
    """The parts of bugs, as they are read."""

    def __init__(self, spool: Spool[BugPart]) -> None:
        self._spool = spool
        self._latest = datetime.now(UTC) + timedelta(days=1)
        self.targets: dict[int, set[str]] = {}
        self.private: set[int] = set()
        self.newest: dict[int, str] = {}
        self.with_bug: set[int] = set()
        self.projects: dict[str, Record] = {}

    def begin_file(self) -> None:
        """Does nothing: the file of a part does not matter."""

    def name(self, part: Part) -> str:
        return "" if isinstance(part, dict) else f"bug {part.number}"[:30]

    def checked(self, part: Part) -> Part:
        if isinstance(part, dict):
            check_bug(part)
            return part
        try:
            return self._checked_part(part)
        except RecordError:
            is_numbered = 0 < part.number < LARGEST_NUMBER
            if not is_numbered or part.bug is None or not _is_private(part.bug):
                raise
            return BugPart(part.number, {"private": True}, tasks=[])  # what names it stays hidden

    def _checked_part(self, part: BugPart) -> BugPart:
        number = part.number
        if not 0 < number < LARGEST_NUMBER:
            raise RecordError("", f"no number of a bug: {number!r}"[:150])
        name = f"bug {number}"
        part.bug = self._with_utc_times(part.bug, name, "bug") if part.bug is not None else None
        lists = part.lists()
        for field, entries in lists.items():
            if entries is not None:
                lists[field] = [self._with_utc_times(entry, name, field) for entry in entries]
                setattr(part, field, lists[field])
        check_bug({"bug": (part.bug or {}) | {"id": number}, **lists})
        return part

    def _with_utc_times(self, entry: Entry, name: str, part: str) -> Entry:
        dates = {key: as_utc(entry[key], name=name, field=f"{part}.{key}", latest=self._latest) for key in times(entry)}
        return entry | dates

    def add(self, part: Part) -> None:
        if isinstance(part, dict):
            project = part["project"]
            self.projects[str(project["name"]) if isinstance(project, dict) else ""] = part
            return
        number = part.number
        self._spool.add(number, "", part, name=f"bug {number}")
        self.targets.setdefault(number, set()).update(filter(None, map(target, part.tasks or ())))
        if part.bug is not None:
            self.with_bug.add(number)
            if _is_private(part.bug):
                self.private.add(number)
        self.newest[number] = max(self.newest.get(number, ""), _newest(part))


def _newest(part: BugPart) -> str:
    stamps = [(part.bug or {}).get("date_last_updated"), (part.bug or {}).get("date_created")]
    stamps += [message.get("date_created") for message in part.messages or ()]
    stamps += [entry.get("datechanged") for entry in part.activity or ()]
    stamps += [value for task in part.tasks or () for key, value in task.items() if key.startswith("date_")]
    return max((str(stamp) for stamp in stamps if stamp), default="")


def target(task: Item) -> str | None:
    """The target of a task: `nova`, `nova/kilo` or `ubuntu/+source/nova`; None if it has none."""
    match = _TARGET.search(link_of(task, "target_link"))
    if match:
        return match[1]
    return link_of(task, "bug_target_name", "target") or None


def _is_private(bug: Item) -> bool:
    kind, private = bug.get("information_type"), bug.get("private")
    return bool(private) or (kind is not None and kind not in PUBLIC)


def read_bugs(
    paths: Iterable[Path | str], *, project: str | None, default: str, stack: ExitStack, private: bool = False
) -> Saved:
    """The bugs of saved files as records of `project`; without one, of each project in the files.

    A bug with tasks in several projects belongs to the project with the most bugs in the files; a bug without tasks
    belongs to `default`. Private bugs are left out unless `private`. The records can be read until the `stack` is
    closed.

    Raises
    ------
    DumpError
        See read_items; or no bug of `project` is in the files.
    """
    spool = stack.enter_context(Spool(BugPart))
    bugs = _Bugs(spool)
    passed_over, forms = read_items(paths, SAVED_FORMS, bugs, kind="Launchpad's bugs")
    for number in bugs.targets.keys() - bugs.with_bug:
        passed_over[f"bug {number}"] = "its tasks, messages or activity are there, and not the bug itself"
    homes = _homes({n: bugs.targets[n] for n in bugs.with_bug}, project, default)
    hidden = {number for number in bugs.private if not private}
    home_by_number = {number: home for number, home in homes.items() if number not in hidden}
    counts = Counter(home_by_number.values())
    if not homes:
        raise _no_bug_error(project, bugs, passed_over)

    def records(home: str) -> Iterator[Record]:
        if home in bugs.projects:
            yield bugs.projects[home]
        for number, parts in spool.records():
            if home_by_number.get(number) == home:
                yield _record(parts)

    newest = {home: max(bugs.newest[n] for n, name in homes.items() if name == home) for home in set(homes.values())}
    left_out = {home: sorted(n for n in hidden if homes.get(n) == home) for home in set(homes.values())}
    for name in [name for name in passed_over if name.startswith("bug ") and int(name[4:]) in home_by_number]:
        del passed_over[name]  # another file or object has the same bug in full
    return Saved(
        projects={home: counts.get(home, 0) for home in sorted(newest)},
        records=records,
        as_of=newest,
        passed_over=passed_over,
        private=left_out,
        forms=forms,
        left_out=_counts_left_out(bugs, homes),
    )


def _counts_left_out(bugs: "_Bugs", homes: Mapping[int, str]) -> dict[str, int]:
    """The numbers of bugs of other projects than the requested one; each under the name of its first target."""
    others = [sorted(map(_home, bugs.targets[n]))[:1] for n in bugs.with_bug if n not in homes]
    return dict(Counter(name[0] if name else "no project" for name in others))


def _no_bug_error(project: str | None, bugs: _Bugs, passed_over: Mapping[str, str]) -> DumpError:
    first = next((f"; {name}: {reason}" for name, reason in passed_over.items()), "")
    projects = sorted({_home(name) for targets in bugs.targets.values() for name in targets})
    return DumpError(
        expected=f"at least one bug of {project}" if project else "at least one bug",
        found=f"{len(bugs.with_bug):,} bugs, of {', '.join(projects[:10]) or 'no project'}{first}",
        do="name one of these with --launchpad-project" if projects else "check what was saved",
    )


def _home(name: str) -> str:
    """The project or distribution of a target: nova for nova/kilo."""
    return name.partition("/")[0]


def _homes(targets: Mapping[int, set[str]], project: str | None, default: str) -> dict[int, str]:
    candidates = {number: {_home(name) for name in names} or {project or default} for number, names in targets.items()}
    if project:
        return {number: project for number, names in candidates.items() if project in names}
    home_by_number: dict[int, str] = {}
    while candidates:
        counts = Counter(name for names in candidates.values() for name in names)
        most = max(counts.values())
        best = default if counts.get(default) == most else min(name for name, n in counts.items() if n == most)
        home_by_number |= {number: best for number, names in candidates.items() if best in names}
        candidates = {number: names for number, names in candidates.items() if best not in names}
    return home_by_number


def _record(parts: list[BugPart]) -> Record:
    """One record from all saved parts of a bug; for the same part the later one wins."""
    parts = sorted(parts, key=lambda part: str((part.bug or {}).get("date_last_updated") or ""))
    bug: Entry = {}
    for part in parts:
        bug |= part.bug or {}
    record: Record = {"bug": bug}
    for name, identity in _IDENTITIES.items():
        entry_lists = [entries for part in parts if (entries := part.lists()[name]) is not None]
        if entry_lists:
            record[name] = list({identity(entry): entry for entries in entry_lists for entry in entries}.values())
    if not any(part.has_all_tasks for part in parts):
        tasks = record.get("tasks")
        record["tasks_of"] = sorted(filter(None, map(target, tasks if isinstance(tasks, list) else ())))
    return record


def _task_identity(task: Entry) -> object:
    return target(task) or task.get("self_link")


def _entry_identity(entry: Entry) -> object:
    place = link_of(entry, "self_link").rpartition("/")[2]
    return place or (entry.get("date_created"), entry.get("owner_link"), entry.get("content"))


_IDENTITIES: Mapping[str, Callable[[Entry], object]] = {
    "tasks": _task_identity, "messages": _entry_identity, "activity": _entry_identity,
}  # fmt: skip
