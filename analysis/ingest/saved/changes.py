"""The changes of saved files, by project: each once, and whether their list was cut."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias

from analysis.errors import DumpError
from analysis.ingest import json_body
from analysis.ingest.change_check import check_change, unique_number
from analysis.ingest.record_check import RecordError
from analysis.ingest.saved.gerrit_forms import SAVED_FORMS, ListEnd, Part
from analysis.ingest.saved.reading import Record, Saved, read_items
from analysis.ingest.saved.spool import Spool

Key: TypeAlias = tuple[str, int]  # project and number


class _Changes:
    """The changes, as they are read."""

    def __init__(self, spool: Spool[Record], check: Callable[[Record], object]) -> None:
        self._spool = spool
        self._check = check
        self._latest = datetime.now(UTC) + timedelta(days=1)
        self.newest: dict[Key, tuple[str, int]] = {}
        self.change_ids: dict[Key, str] = {}
        self.private: set[Key] = set()
        self.order: list[str] = []  # the last update of each change, in the order of reading
        self.ends: list[int] = []  # numbers of changes read when a list said that there is more
        self.starts: list[int] = []  # numbers of changes read when a file began
        self._n_parts = 0

    def begin_file(self) -> None:
        self.starts.append(len(self.order))

    def name(self, part: Part) -> str:
        return "" if isinstance(part, ListEnd) else f"change {part.get('_number')}"[:30]

    def checked(self, part: Part) -> Part:
        if isinstance(part, ListEnd):
            return part
        if (unique := unique_number(part)) is not None:
            part |= {"_number": unique, "imported_number": part.get("_number")}
        check_change(part, latest=self._latest)
        try:
            self._check(part)
        except ValueError as cause:
            raise RecordError(f"change {part['_number']}", str(cause)[:200]) from cause
        return part

    def add(self, part: Part) -> None:
        if isinstance(part, ListEnd):
            self.ends.append(len(self.order))
            return
        project, number = key = _key(part)
        self._spool.add(number, project, part, name=f"change {number}")
        self._place(part, key)

    def _place(self, change: Record, key: Key) -> None:
        change_id = change.get("change_id")
        first_id = self.change_ids.setdefault(key, change_id) if isinstance(change_id, str) else change_id
        if first_id != change_id:
            raise DumpError(
                expected=f"one change with the number {key[1]} in {key[0]}",
                found=f"two: {json_body.excerpt(str(first_id))} and {json_body.excerpt(str(change_id))}",
                do="save them in two files and read each into a --data-dir of its own: one of them was imported",
            )
        updated = _comparable(change["updated"])
        self.order.append(updated)
        newest = self.newest.get(key)
        if newest is None or updated >= newest[0]:
            self.newest[key] = updated, self._n_parts
            (self.private.add if change.get("is_private") else self.private.discard)(key)
        self._n_parts += 1

    @property
    def is_cut(self) -> bool:
        """Whether a list that said that there is more is not continued by what was read.

        Gerrit lists newest first: a continuation is not newer than the last change of the list. It comes next, or, if
        the files were named in another order, at the beginning of another file.
        """
        return any(not self._goes_on(end) for end in self.ends)

    def _goes_on(self, end: int) -> bool:
        own_start = max((start for start in self.starts if start < end), default=0)
        places = {end, *self.starts} - {own_start}
        last = self.order[end - 1] if end else ""
        return any(self.order[place] <= last for place in places if place < len(self.order))


def _key(change: Record) -> Key:
    """The project and the number of a checked change."""
    project, number = change["project"], change["_number"]
    if not isinstance(project, str) or not isinstance(number, int):
        raise RecordError("", "a change without a project or a number")
    return project, number


def _comparable(stamp: object) -> str:
    """A Gerrit time as a text that sorts by time, whatever its number of fractional digits."""
    seconds, _, fraction = str(stamp).replace("T", " ").rstrip("Z").partition(".")
    return f"{seconds}.{fraction:0<9}"


def read_changes(
    paths: Iterable[Path | str],
    *,
    project: str | None,
    stack: ExitStack,
    check: Callable[[Record], object] = lambda change: None,
    private: bool = False,
) -> Saved:
    """The changes of saved files, of `project` only or of each project in them.

    If a change occurs twice, the one with the newer `updated` is used. `check` raises ValueError for a change that
    cannot become rows of tables. Private changes are left out unless `private`. The records can be read until the
    `stack` is closed.

    Raises
    ------
    DumpError
        See read_items; or no change of `project` is in the files; or two different changes bear one number.
    """
    spool = stack.enter_context(Spool(Record))
    changes = _Changes(spool, check)
    passed_over, forms = read_items(paths, SAVED_FORMS, changes, kind="Gerrit's changes")
    keys = {key for key in changes.newest if project in (None, key[0])}
    if not keys:
        raise _no_change_error(project, changes, passed_over)
    public = keys - (set() if private else changes.private)
    homes = sorted({home for home, _ in keys})

    def records(home: str) -> Iterator[Record]:
        for number, parts in spool.records(home):
            if (home, number) in public:
                yield max(parts, key=lambda part: _comparable(part["updated"]))

    return Saved(
        projects={home: sum(key[0] == home for key in public) for home in homes},
        records=records,
        as_of={home: _iso(max(changes.newest[key][0] for key in keys if key[0] == home)) for home in homes},
        passed_over=passed_over,
        private={home: sorted(key[1] for key in keys - public if key[0] == home) for home in homes},
        left_out=dict(Counter(key[0] for key in changes.newest.keys() - keys)),
        forms=forms,
        is_cut=changes.is_cut,
    )


def _no_change_error(project: str | None, changes: _Changes, passed_over: Mapping[str, str]) -> DumpError:
    projects = sorted({home for home, _ in changes.newest})
    first = next((f"; {name}: {reason}" for name, reason in passed_over.items()), "")
    return DumpError(
        expected=f"at least one change of {project}" if project else "at least one change",
        found=(f"changes of {', '.join(map(json_body.excerpt, projects[:10]))}" if projects else "none") + first,
        do="name one of these with --gerrit-project" if projects else "check the query and the files",
    )


def _iso(stamp: str) -> str:
    return datetime.fromisoformat(stamp[:26]).replace(tzinfo=UTC).isoformat()
