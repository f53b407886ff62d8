"""Fetches from a twin into a data directory, as the command line does, and the records that must then be stored."""

import json
import pickle
from contextlib import suppress
from functools import cache

from wadllib.application import Application

from analysis.ingest import gerrit, json_body, launchpad
from analysis.ingest.transport import Policy
from analysis.store import Scope, Store
from twin.gerrit import comments, row
from twin.launchpad import Entries, tagged

QUICK = Policy(rate=None, timeout=5.0, deadline=10.0, first_delay=0.01, longest_delay=0.05, patience=60.0)
NOVA = Scope("launchpad.twin", "nova")
OPENSTACK_NOVA = Scope("gerrit.twin", "openstack/nova")


def small(world, *, bugs=40, changes=60):
    """The world with fewer bugs and changes: a part of the crowd, and everything unusual."""
    odd_bugs = [bug for bug in world.bugs.values() if len(bug.tasks) > 1 or bug.is_private or len(bug.messages) > 4]
    odd_changes = [change for change in world.changes.values() if change.comments or change.is_private]
    kept_bugs = [*list(world.bugs.values())[:bugs], *odd_bugs]
    kept_changes = [*list(world.changes.values())[:changes], *odd_changes]
    world.bugs = {bug.number: bug for bug in sorted(kept_bugs, key=lambda bug: bug.number)}
    world.changes = {change.number: change for change in sorted(kept_changes, key=lambda change: change.number)}
    return world


def serve(server, world):
    """Let a running server serve another world, as after a restart."""
    server.worlds = server.launchpad.worlds = server.gerrit.worlds = (world,)
    server.gerrit.limit, server.gerrit.max_pages = 500, 100
    server.faults.active.clear()
    server.log.clear()
    return server


@cache
def parsed(url, content):
    """A server's description of its API, parsed once, because it is long and always the same."""
    return Application(url, content)


def launchpad_into(data_dir, root, *, policy=QUICK, **options):
    with Store(data_dir).fetch_session("launchpad", NOVA) as run:
        return launchpad.fetch(root, "nova", run, policy=policy, options=launchpad.Options(**options))


def gerrit_into(data_dir, root, *, policy=QUICK, **options):
    with Store(data_dir).fetch_session("gerrit", OPENSTACK_NOVA) as run:
        wanted = gerrit.Options(**{"comments": "all"} | options)
        return gerrit.fetch(root, "openstack/nova", run, policy=policy, options=wanted)


def stored_bugs(data_dir):
    records = Store(data_dir).records("launchpad", NOVA)
    return {record["bug"]["id"]: record for record in records if "bug" in record}


def stored_changes(data_dir):
    return {record["_number"]: record for record in Store(data_dir).records("gerrit", OPENSTACK_NOVA)}


def true_bugs(world, server, *, private=False):
    """Launchpad's entries of each bug that a reader may see, as they are served."""
    root = f"{server.launchpad_root}devel/"
    entries = Entries(world, root)

    def record(bug):
        return {
            "bug": tagged(entries.bug(bug), root),
            "tasks": [tagged(entries.task(bug, task), root) for task in bug.tasks.values()],
            "messages": [tagged(entries.message(bug, n, message), root) for n, message in enumerate(bug.messages)],
            "activity": [tagged(entries.activity(bug, entry), root) for entry in bug.activity],
        }

    seen = [b for b in world.bugs.values() if "nova" in b.tasks and not b.gone and (private or not b.is_private)]
    return {bug.number: as_kept(record(bug)) for bug in seen}


def true_changes(world, *, version=(3, 10), private=False):
    """Gerrit's record of each change that a reader may see, with its comments."""
    wanted = gerrit.Selection("openstack/nova", version)

    def record(change):
        options = frozenset(wanted.options(is_open=change.status in ("NEW", "DRAFT", "SUBMITTED")))
        return row(change, options=options, version=version) | {"_comments": comments(change, version)}

    return {c.number: as_kept(record(c)) for c in world.changes.values() if private or not c.is_private}


def as_kept(record):
    """The record after a round trip through JSON, with broken letters repaired."""
    return pickle.loads(_packed(json.dumps(record)))


@cache
def _packed(text):
    """The records of this JSON that a fetch must store, cached because most tests use the same world."""
    return pickle.dumps(json_body.repair(json.loads(text)))


def endless(connection, raw):
    """Send an endless answer while somebody reads it; for `sends` of a fault."""
    piece = b"%x\r\n%s\r\n" % (1 << 16, b" " * (1 << 16))
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
    with suppress(OSError):
        while True:
            connection.sendall(piece)
