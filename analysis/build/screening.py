"""The records that a build skips and names: those that cannot become rows, and those whose texts take too long.

A fetch does not store such records. But an earlier version may have stored one, and code that is new today may be slow
on one that was accepted: neither may stop a build.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import TypeAlias

from analysis.errors import SchemaError
from analysis.ingest.bug_check import check_bug
from analysis.ingest.change_check import is_time
from analysis.ingest.json_body import excerpt
from analysis.ingest.record_check import RecordError, within_limit
from analysis.judge.links import hook_footers
from analysis.tables.changes import ChangeInfo
from analysis.tables.commits import Commit
from analysis.themes import text

# Characters. Any pattern that is at most quadratic reads a shorter text at once; few texts are longer.
LONG = 20_000

Record: TypeAlias = Mapping[str, object]


class Screening:
    """The records of one scope, without the skipped ones; `passed_over` names those with the reason."""

    def __init__(self) -> None:
        self.passed_over: dict[str, str] = {}

    def bugs(self, records: Iterable[Record]) -> Iterator[Record]:
        """Launchpad's records; a skipped private bug keeps its number, so that it stays hidden."""
        for record in records:
            if self._passes(partial(_try_bug, record), is_private=_is_private(record)):
                yield record
            elif _is_private(record):
                yield {"bug": {"id": _bug(record)["id"]}}

    def changes(self, changes: Iterable[ChangeInfo]) -> Iterator[ChangeInfo]:
        """Gerrit's changes."""
        for change in changes:
            if self._passes(partial(_try_change, change), is_private=change.is_private):
                yield change

    def commits(self, commits: Iterable[Commit]) -> Iterator[Commit]:
        """Commits of a clone."""
        for commit in commits:
            if self._passes(partial(_try_commit, commit)):
                yield commit

    def note(self, key: object, fault: SchemaError) -> None:
        """Skip a malformed change."""
        self.passed_over[f"change {key}"] = fault.found

    def _passes(self, trial: Callable[[], None], *, is_private: bool = False) -> bool:
        try:
            trial()
        except RecordError as fault:
            if is_private:
                self.passed_over[f"private record {len(self.passed_over)}"] = "its reason is private, too"
            else:
                self.passed_over[fault.name] = str(fault)
            return False
        return True


def _bug(record: Record) -> Mapping[str, object]:
    """The bug of a record; empty for the project itself."""
    bug = record.get("bug")
    return bug if isinstance(bug, Mapping) else {}


def _is_private(record: Record) -> bool:
    bug = _bug(record)
    kind = bug.get("information_type")
    return bool(bug.get("private")) or (kind is not None and not str(kind).startswith("Public"))


def _try_bug(record: Record) -> None:
    check_bug(record)
    bug = _bug(record)
    description = str(bug.get("description") or "")
    if len(description) > LONG:
        within_limit(f"bug {bug['id']}", lambda: text.tokens(text.clean(description)))


def _try_change(change: ChangeInfo) -> None:
    name = f"change {change.number}"
    for field, value in _times(change):
        if value is not None and not is_time(value):
            raise RecordError(name, f"{field} is no time: {excerpt(value)}")
    for revision in (change.revisions or {}).values():
        _try_message(name, revision.commit.message if revision.commit else None)


def _times(change: ChangeInfo) -> Iterator[tuple[str, str | None]]:
    yield from (("created", change.created), ("updated", change.updated), ("submitted", change.submitted))
    for revision in (change.revisions or {}).values():
        yield "revisions.created", revision.created
    for message in change.messages or ():
        yield "messages.date", message.date
    for label in (change.labels or {}).values():
        for vote in label.votes if label else ():
            yield "labels.date", vote.date
    for comments in (change.comments or {}).values():
        for comment in comments:
            yield "comments.updated", comment.updated


def _try_commit(commit: Commit) -> None:
    _try_message(f"commit {str(commit.get('sha'))[:12]}", commit.get("message"))


def _try_message(name: str, message: str | None) -> None:
    if message is not None and len(message) > LONG:
        within_limit(name, partial(hook_footers.read, message))
