"""From a server, a saved answer or a clone into snapshots.

Each source is imported where it is used: its libraries take longer to import than a small fetch takes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict
from urllib.parse import urlsplit

import msgspec

from analysis.errors import SchemaError, SourceError
from analysis.ingest import git
from analysis.ingest.session import Checkpoint, Summary
from analysis.store import REST_OF_LIST, Key, Scope, Snapshot, Store

if TYPE_CHECKING:
    from analysis.ingest import gerrit as of_gerrit
    from analysis.ingest import launchpad as of_launchpad
    from analysis.ingest import saved
    from analysis.ingest.transport import Policy

PLAIN = "http://"
LOOPBACK = ("127.0.0.1", "localhost")
OPEN = ("NEW", "DRAFT", "SUBMITTED")  # statuses of a change
# Matches too much on purpose: a number that is no bug or change of the project is not on its list and costs nothing.
NAMES_BUG = re.compile(r"bug[/:#\s]{1,4}(\d{4,9})\b", re.IGNORECASE)
NAMES_CHANGE = re.compile(
    r"https?://review\.[\w.-]{1,80}/(?:#/)?(?:c/)?(?:[A-Za-z][\w.-]{0,80}/){0,4}(?:\+/)?(\d{1,9})\b"
)


class _Commit(TypedDict, total=False):
    message: str | None


class _Revision(TypedDict, total=False):
    commit: _Commit | None


class _Change(TypedDict, total=False):
    """The texts of a change that may name a bug."""

    status: str | None
    topic: str | None
    revisions: dict[str, _Revision] | None


class _Task(TypedDict, total=False):
    is_complete: bool | None


class _Message(TypedDict, total=False):
    content: str | None


class _Bug(TypedDict, total=False):
    """The texts of a bug that may name a change."""

    tasks: list[_Task] | None
    messages: list[_Message] | None


def scope(root: str, project: str) -> Scope:
    """A project on the server at `root`; port, folder and plain HTTP are part of the server's name.

    >>> scope("https://review.opendev.org/", "openstack/nova")
    Scope(host='review.opendev.org', project='openstack/nova')
    """
    parts = urlsplit(root)
    plain = PLAIN if parts.scheme == "http" and parts.hostname not in LOOPBACK else ""
    return Scope(f"{plain}{parts.netloc}{parts.path}".rstrip("/"), project)


def root(where: Scope) -> str:
    """The address that `scope` was made from.

    >>> root(Scope("review.opendev.org", "openstack/nova")), root(scope("http://tracker.intranet/", "nova"))
    ('https://review.opendev.org/', 'http://tracker.intranet/')
    """
    if where.host.startswith(PLAIN):
        return f"{where.host}/"
    return f"{'http' if is_on_this_machine(where) else 'https'}://{where.host}/"


def is_on_this_machine(where: Scope) -> bool:
    """Whether the server is on this machine, so that it has no other users.

    >>> is_on_this_machine(Scope("127.0.0.1:8080/gerrit", "openstack/nova"))
    True
    """
    return where.host.partition(":")[0] in LOOPBACK


def launchpad(store: Store, where: Scope, *, policy: Policy, options: of_launchpad.Options) -> Summary:
    """Bring the snapshots of a Launchpad project up to date."""
    from analysis.ingest import launchpad as source

    fetch = partial(source.fetch, root(where), where.project, policy=policy, options=options)
    return _fetched(store, "launchpad", where, fetch)


def gerrit(store: Store, where: Scope, *, policy: Policy, options: of_gerrit.Options) -> Summary:
    """Bring the snapshots of a Gerrit project up to date."""
    from analysis.ingest import gerrit as source

    fetch = partial(source.fetch, root(where), where.project, policy=policy, options=options)
    return _fetched(store, "gerrit", where, fetch)


def is_whole(store: Store, source: str, where: Scope) -> bool:
    """Whether the whole history of a project was fetched: then no named item needs to be searched for."""
    history = store.cursor(source, where).get("history")
    return isinstance(history, dict) and history.get("left") == 0 and not history.get("since")


def bugs_named(store: Store, gerrit: Scope, *, launchpad: Scope) -> frozenset[int]:
    """The numbers of the bugs that open changes name; they are fetched first while the history is missing."""
    if is_whole(store, "launchpad", launchpad):
        return frozenset()
    return frozenset(_numbers(NAMES_BUG, _texts_of_changes(store, gerrit)))


def changes_named(store: Store, launchpad: Scope, *, gerrit: Scope) -> frozenset[int]:
    """The numbers of the changes that comments on open bugs name; see `bugs_named`."""
    if is_whole(store, "gerrit", gerrit):
        return frozenset()
    return frozenset(_numbers(NAMES_CHANGE, _texts_of_bugs(store, launchpad)))


def _texts_of_changes(store: Store, where: Scope) -> Iterator[str]:
    for change in store.records("gerrit", where, _Change, on_fault=_pass_over):
        if change.get("status") in OPEN:
            yield change.get("topic") or ""
            for revision in (change.get("revisions") or {}).values():
                yield (revision.get("commit") or {}).get("message") or ""


def _texts_of_bugs(store: Store, where: Scope) -> Iterator[str]:
    for record in store.records("launchpad", where, _Bug, on_fault=_pass_over):
        if any(not task.get("is_complete", False) for task in record.get("tasks") or ()):
            yield from (message.get("content") or "" for message in record.get("messages") or ())


def _pass_over(key: Key, fault: SchemaError) -> None:
    """Ignore a malformed record: the build reports it."""


def _numbers(pattern: re.Pattern[str], texts: Iterator[str]) -> Iterator[int]:
    return (int(number[1]) for text in texts for number in pattern.finditer(text))


def bugs_dump(
    store: Store, files: Sequence[Path], *, root: str, project: str | None, default: str, private: bool = False
) -> tuple[saved.Saved, list[Snapshot]]:
    """Store the saved bugs of the Launchpad at `root`: one snapshot per project in them, or only that of `project`.

    `default` is the project of bugs that do not name theirs.
    """
    from analysis.ingest import saved

    with ExitStack() as stack:
        dump = saved.read_bugs(files, project=project, default=default, stack=stack, private=private)
        return dump, [_snapshot(store, "launchpad", scope(root, name), dump) for name in dump.projects]


def _snapshot(store: Store, source: str, where: Scope, dump: saved.Saved) -> Snapshot:
    """Store one project's saved records as a snapshot; a list that ends early is pending in it."""
    pending = {name: {"error": reason} for name, reason in dump.passed_over.items()}
    if dump.is_cut:
        pending[REST_OF_LIST] = {"error": "the list in the saved files says that there is more"}
    return store.write_snapshot(
        source,
        where,
        dump.records(where.project),
        kind="dump",
        as_of=dump.as_of[where.project],
        gone=dict.fromkeys(dump.private.get(where.project, ()), "private"),
        pending=pending,
    )


def changes_dump(
    store: Store, files: Sequence[Path], *, root: str, project: str | None, private: bool = False
) -> tuple[saved.Saved, list[Snapshot]]:
    """Store saved changes of the Gerrit at `root`: one snapshot per project in them, or only that of `project`."""
    from analysis.ingest import saved

    with ExitStack() as stack:
        dump = saved.read_changes(files, project=project, stack=stack, check=_check_change, private=private)
        return dump, [_snapshot(store, "gerrit", scope(root, name), dump) for name in dump.projects]


def _check_change(change: Mapping[str, object]) -> None:
    """Raise ValueError for a change that cannot become rows, so that a build does not have to find out."""
    from analysis.tables.changes import ChangeInfo  # takes a second to import, and other fetches do not need it

    try:
        msgspec.convert(change, ChangeInfo)
    except msgspec.ValidationError as cause:
        raise ValueError(str(cause)) from cause


def clone(store: Store, path: Path, branches: Sequence[str], *, root: str, project: str) -> Summary:
    """Store the new commits of a clone; a rewritten history is read again from the start, and reported."""
    return _fetched(store, "git", scope(root, project), partial(git.fetch, path, branches=branches))


def _fetched(store: Store, source: str, where: Scope, fetch: Callable[[Checkpoint], Summary]) -> Summary:
    try:
        with store.fetch_session(source, where) as session:
            summary = fetch(session)
    except SourceError as failure:
        store.note_failed_fetch(source, where, failure.found)
        raise
    store.note_failed_fetch(source, where, "")
    store.tidy(source, where)
    return summary
