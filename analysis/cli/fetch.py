"""The commands that fetch: from Launchpad, from Gerrit or its saved answers, from a clone."""

from __future__ import annotations

import argparse
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, TypedDict

from analysis.build import fetch
from analysis.cli.output import say
from analysis.cli.selection import load_settings
from analysis.config import Settings
from analysis.errors import IncompleteError, UsageError
from analysis.ingest.session import Summary
from analysis.ingest.transport import Policy
from analysis.ingest.window import Extent
from analysis.store import Scope, Snapshot, Store

if TYPE_CHECKING:
    from analysis.ingest.saved import Saved

MOST_NAMED = 10  # names of skipped or pending items that are printed
WORKERS_HERE = 8  # for a server on this machine, which has no other users


def end_cleanly_when_stopped() -> None:
    """Treat the signal of a scheduler as Ctrl-C: what was fetched is stored, and the next fetch goes on from there."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def gerrit(arguments: argparse.Namespace) -> int:
    """Fetch changes from a server or from saved answers."""
    return _from_server_or_dump(arguments, from_gerrit, _saved_changes)


def from_gerrit(
    store: Store, settings: Settings, arguments: argparse.Namespace, *, extent: Extent | None = None
) -> Summary:
    """Fetch the changed changes of the project's Gerrit, and the changes that its open bugs name."""
    from analysis.ingest import gerrit as source

    where = fetch.scope(settings.servers.gerrit_root, settings.servers.gerrit_project)
    bugs = fetch.scope(settings.servers.launchpad_root, settings.servers.launchpad_project)
    options = source.Options(
        comments=arguments.comments,
        needed_numbers=fetch.changes_named(store, bugs, gerrit=where),
        **_server_options(arguments, extent),
    )
    return fetch.gerrit(store, where, options=options, policy=policy_for(where, source.POLICY, arguments))


def _saved_changes(store: Store, settings: Settings, arguments: argparse.Namespace) -> Iterator[str]:
    saved, snapshots = fetch.changes_dump(
        store,
        arguments.dump,
        root=settings.servers.gerrit_root,
        project=getattr(arguments, "gerrit_project", None),
        private=arguments.private,
    )
    return _describe_saved(saved, snapshots, "change")


def launchpad(arguments: argparse.Namespace) -> int:
    """Fetch bugs from Launchpad or from saved files."""
    return _from_server_or_dump(arguments, from_launchpad, _saved_bugs)


def _from_server_or_dump(
    arguments: argparse.Namespace,
    from_server: Callable[[Store, Settings, argparse.Namespace], Summary],
    from_dump: Callable[[Store, Settings, argparse.Namespace], Iterator[str]],
) -> int:
    settings = load_settings(arguments)
    store = Store(settings.data_dir)
    if arguments.dump:
        say("\n".join(from_dump(store, settings, arguments)))
        return 0
    end_cleanly_when_stopped()
    return _end(from_server(store, settings, arguments), arguments)


def from_launchpad(
    store: Store, settings: Settings, arguments: argparse.Namespace, *, extent: Extent | None = None
) -> Summary:
    """Fetch the changed bugs of the project's Launchpad, and the bugs that its open changes name."""
    from analysis.ingest import launchpad as source

    where = fetch.scope(settings.servers.launchpad_root, settings.servers.launchpad_project)
    changes = fetch.scope(settings.servers.gerrit_root, settings.servers.gerrit_project)
    options = source.Options(
        tasks=arguments.tasks,
        needed_numbers=fetch.bugs_named(store, changes, launchpad=where),
        **_server_options(arguments, extent),
    )
    return fetch.launchpad(store, where, options=options, policy=policy_for(where, Policy(), arguments))


class _ServerOptions(TypedDict):
    """The options that both servers have."""

    private: bool
    verify: bool
    signed_in: bool
    contact: str
    extent: Extent


def _server_options(arguments: argparse.Namespace, extent: Extent | None) -> _ServerOptions:
    return _ServerOptions(
        private=arguments.private,
        verify=arguments.verify,
        signed_in=arguments.sign_in,
        contact=arguments.contact,
        extent=extent or Extent(since=arguments.since, seconds=arguments.seconds),
    )


def _saved_bugs(store: Store, settings: Settings, arguments: argparse.Namespace) -> Iterator[str]:
    saved, snapshots = fetch.bugs_dump(
        store,
        arguments.dump,
        root=settings.servers.launchpad_root,
        project=getattr(arguments, "launchpad_project", None),
        default=settings.servers.launchpad_project,
        private=arguments.private,
    )
    return _describe_saved(saved, snapshots, "bug")


def _describe_saved(saved: Saved, snapshots: Sequence[Snapshot], unit: str) -> Iterator[str]:
    """Lines that say, project by project, which records of the saved files were stored and which were left out."""
    for manifest in (each.manifest for each in snapshots):
        hidden = f"; {len(manifest.gone):,} private left out" if manifest.gone else ""
        yield f"{_count_text(manifest.n_records, unit)} of {manifest.project}, as of {manifest.as_of}{hidden}"
    yield from (f"left out: {_count_text(n, unit)} of {project}" for project, n in sorted(saved.left_out.items()))
    if saved.is_cut:
        yield "the list says at its end that there is more: these are not all"
    if saved.passed_over:
        yield f"passed over: {len(saved.passed_over):,}, kept as pending"
        yield from (f"    {name}: {reason}" for name, reason in islice(saved.passed_over.items(), MOST_NAMED))


def _count_text(n: int, unit: str) -> str:
    return f"{n:,} {unit}" + ("" if n == 1 else "s")


def policy_for(where: Scope, usual: Policy, arguments: argparse.Namespace) -> Policy:
    """How patiently to treat a server: a server on this machine has no other users and need not be spared."""
    is_here = fetch.is_on_this_machine(where)
    if arguments.sign_in and where.host.startswith(fetch.PLAIN):
        raise UsageError(
            expected=f"https to sign in to {where.host.removeprefix(fetch.PLAIN)}",
            found="plain http, which carries the password for everybody to read",
            do="leave --sign-in out, or give the server's https address",
        )
    workers = arguments.workers or (WORKERS_HERE if is_here else usual.concurrency)
    return replace(usual, concurrency=workers, rate=None if is_here else usual.rate)


def _end(summary: Summary, arguments: argparse.Namespace) -> int:
    """Print what was done. Items that could not be fetched fail the command only with --strict."""
    say(summary)
    for name, why in islice(summary.pending.items(), MOST_NAMED):
        say(f"pending: {name}: {why}")
    if summary.pending and arguments.strict:
        raise incomplete(summary.pending)
    return 0


def incomplete(pending: Mapping[str, str]) -> IncompleteError:
    """The error for items that could not be fetched."""
    name, why = next(iter(pending.items()))
    return IncompleteError(
        expected="every item that was listed to be fetched",
        found=f"{len(pending):,} pending, the first: {name}: {why}",
        do="run the same command again; what was fetched is kept",
    )


def git(arguments: argparse.Namespace) -> int:
    """Fetch commits from a clone."""
    settings = load_settings(arguments)
    say(from_clone(Store(settings.data_dir), settings, arguments))
    return 0


def from_clone(store: Store, settings: Settings, arguments: argparse.Namespace) -> Summary:
    """Read the commits that are new in a clone."""
    servers = settings.servers
    branches = arguments.branch or ()
    return fetch.clone(store, arguments.repo, branches, root=servers.gerrit_root, project=servers.gerrit_project)
