"""The commands that fetch: from Launchpad, from Gerrit or its saved answers, from a clone."""

import argparse
from dataclasses import replace

from analysis.cli.chosen import settings
from analysis.config import Settings
from analysis.errors import IncompleteError
from analysis.pipeline import fetch
from analysis.sources import gerrit as gerrit_source
from analysis.sources import launchpad as launchpad_source
from analysis.sources.summary import Summary
from analysis.sources.transport import Policy
from analysis.store import Scope, Store


def gerrit(given: argparse.Namespace) -> int:
    """Changes, from a server or from saved answers."""
    chosen = settings(given)
    store = Store(chosen.data_dir)
    if given.dump:
        return _dump(store, chosen, given)
    where = fetch.scope(chosen.servers.gerrit_root, chosen.servers.gerrit_project)
    options = gerrit_source.Options(
        private=given.private,
        comments=given.comments,
        verify=given.verify,
        signed_in=given.sign_in,
        contact=given.contact,
    )
    return _told(fetch.gerrit(store, where, options=options, policy=_policy(where, gerrit_source.POLICY, given)))


def _dump(store: Store, chosen: Settings, given: argparse.Namespace) -> int:
    only = getattr(given, "gerrit_project", None)
    for snapshot in fetch.dump(store, given.dump, root=chosen.servers.gerrit_root, project=only):
        kept = snapshot.manifest
        print(f"{kept.n_records:,} changes of {kept.project}, as of {kept.as_of}")
    return 0


def launchpad(given: argparse.Namespace) -> int:
    """Bugs, from Launchpad."""
    chosen = settings(given)
    where = fetch.scope(chosen.servers.launchpad_root, chosen.servers.launchpad_project)
    options = launchpad_source.Options(
        private=given.private, verify=given.verify, signed_in=given.sign_in, contact=given.contact
    )
    policy = _policy(where, Policy(), given)
    return _told(fetch.launchpad(Store(chosen.data_dir), where, options=options, policy=policy))


def _policy(where: Scope, usual: Policy, given: argparse.Namespace) -> Policy:
    """How the host is treated: with patience, but for a server on this machine, which nobody else waits for."""
    rate = None if fetch.root(where).startswith("http:") else usual.rate
    return replace(usual, concurrency=given.workers, rate=rate)


def _told(summary: Summary) -> int:
    print(summary)
    if summary.pending:
        first = next(iter(summary.pending.items()))
        raise IncompleteError(
            expected="every item that was listed to be fetched",
            found=f"{len(summary.pending)} pending, the first: {first[0]}: {first[1]}",
            do="run the same command again; what was fetched is kept",
        )
    return 0


def git(given: argparse.Namespace) -> int:
    """Commits, from a clone."""
    chosen = settings(given)
    return _told(
        fetch.clone(
            Store(chosen.data_dir),
            given.repo,
            given.branch or (),
            root=chosen.servers.gerrit_root,
            project=chosen.servers.gerrit_project,
        )
    )
