"""Every fault of the twin's catalogue during a whole fetch: it ends with the world's truth, or with a named error.

Nothing is lost silently: the stored records are right, and missing ones are named.
"""

import io
import re
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from lazr.restfulclient import _browser
from twin_fetches import (
    NOVA,
    QUICK,
    gerrit_into,
    launchpad_into,
    parsed,
    small,
    stored_bugs,
    stored_changes,
    true_bugs,
    true_changes,
)

from analysis.errors import SourceError
from analysis.ingest import launchpad
from analysis.ingest.progress import Progress
from analysis.ingest.transport import Policy
from analysis.store import Store
from twin import Server, build_world
from twin.faults import CATALOGUE, wire
from twin.faults.data import rewritten

pytestmark = pytest.mark.server

IMPATIENT = Policy(rate=None, timeout=5.0, deadline=3.0, tries=3, first_delay=0.01, longest_delay=0.05, patience=60.0)
# Our client does not send these requests, so the faults cannot strike: it uses no offsets past a page of changes, and
# asks for counts only at a terminal.
NEVER_ASKED = {"launchpad: no total", "gerrit: beyond the last page"}
# The fields that each odd answer changes. All other fields must equal those of the world.
ODD = {
    "launchpad: redacted owner": {"owner_link"},
    "launchpad: unknown status": {"status"},
    "launchpad: unknown importance": {"importance"},
    "launchpad: null date": {"date_last_message"},
    "launchpad: year 1970": {"date_last_message"},
    "launchpad: year 2099": {"date_last_message"},
    "launchpad: no zone": {"date_created", "date_last_message", "date_last_updated", "latest_patch_uploaded"},
    "launchpad: broken utf-8": {"description"},
    "gerrit: an option that the server does not know": {"submit_requirements"},
    "gerrit: no author": {"author"},
    "gerrit: no tag": {"tag"},
    "gerrit: no topic": {"topic"},
    "gerrit: label gone": {"Workflow"},
    "gerrit: broken utf-8": {"subject"},
}


@pytest.fixture(scope="module")
def world():
    """A small part of the world, because each of many faults needs a whole fetch."""
    return small(build_world(n_bugs=1), bugs=4, changes=25)


@pytest.fixture
def twin(served, monkeypatch):
    # Pages small enough that there are several; and the server's description, always the same, is parsed once.
    monkeypatch.setattr("analysis.ingest.launchpad.listing.PAGE", 7)
    monkeypatch.setattr(_browser, "Application", parsed)
    yield served
    served.faults.active.clear()


def outcome_of(name):
    return CATALOGUE[name].outcome


def named(*outcomes):
    return [name for name, entry in CATALOGUE.items() if entry.outcome in outcomes]


def fetch_under(name, world, twin, data, policy=QUICK):
    """Fetch with the fault; return the stored and the true records, the pending ones, and whether it was used."""
    fault = CATALOGUE[name]()
    twin.faults.active[:] = [fault]
    twin.log.clear()
    is_gerrit = name.startswith("gerrit")
    try:
        if is_gerrit:
            summary = gerrit_into(data, twin.gerrit_root, policy=policy, page=10)
        else:
            summary = launchpad_into(data, twin.launchpad_root, policy=policy)
        pending = summary.pending
    except SourceError as error:
        pending = {"the fetch": str(error)}
    struck = sum(twin.log.faults.values())
    twin.faults.active.clear()
    return pending, struck


def stored_and_true(name, world, twin, data):
    if name.startswith("gerrit"):
        return stored_changes(data), true_changes(world)
    return stored_bugs(data), true_bugs(world, twin)


def differing(stored, expected, name="", at=""):
    """The names of the innermost fields in which two values differ."""
    if stored == expected:  # nearly all are equal, and comparing them field by field takes long
        return Counter()
    if isinstance(stored, dict) and isinstance(expected, dict):
        both = [differing(stored.get(k), expected.get(k), k, at) for k in stored.keys() | expected.keys()]
        return Counter(field for fields in both for field in fields)
    if isinstance(stored, list) and isinstance(expected, list) and len(stored) == len(expected):
        return Counter(field for f, e in zip(stored, expected, strict=True) for field in differing(f, e, name))
    return Counter([name])


@pytest.mark.parametrize("name", sorted(set(named("heals")) - NEVER_ASKED))
def test_after_a_passing_fault_the_stored_records_are_complete(name, world, twin, tmp_path):
    pending, struck = fetch_under(name, world, twin, tmp_path)

    stored, truth = stored_and_true(name, world, twin, tmp_path)
    assert struck
    assert pending == {}
    assert set(differing(stored, truth)) <= ODD.get(name, set())


@pytest.mark.parametrize("name", sorted(named("kept", "unknown", "repaired")))
def test_an_odd_answer_is_stored_as_served_and_changes_nothing_else(name, world, twin, tmp_path):
    pending, struck = fetch_under(name, world, twin, tmp_path)

    stored, truth = stored_and_true(name, world, twin, tmp_path)
    assert struck
    assert pending == {}
    assert stored.keys() == truth.keys()
    assert set(differing(stored, truth)) == ODD[name]


@pytest.mark.parametrize("name", sorted(set(named("reports")) - NEVER_ASKED))
def test_a_record_that_cannot_be_fetched_is_named_and_fetched_later(name, world, twin, tmp_path):
    # On a busy machine a healthy server may be slow too: the timeout is short only for a fault that never answers.
    policy = replace(IMPATIENT, timeout=0.25) if "never answers" in name else IMPATIENT

    pending, struck = fetch_under(name, world, twin, tmp_path, policy)

    stored, truth = stored_and_true(name, world, twin, tmp_path) if "the fetch" not in pending else ({}, {})
    later, _ = fetch_again(name, twin, tmp_path)
    assert struck
    assert pending and all(pending.values())
    assert_named(stored, truth, pending)
    assert later == {}
    stored, truth = stored_and_true(name, world, twin, tmp_path)
    assert stored == truth


def fetch_again(name, twin, data):
    fetch = gerrit_into if name.startswith("gerrit") else launchpad_into
    return fetch(data, twin.gerrit_root if fetch is gerrit_into else twin.launchpad_root).pending, None


def assert_named(stored, truth, pending):
    """The fetch names every record as missing that is not stored as in the world."""
    wrong = {number for number in truth if stored.get(number) != truth[number]}
    assert {f"{kind} {number}" for number in wrong for kind in ("bug", "change")} >= set(pending) - {"the fetch"}
    assert all(any(f" {number}" in item for item in pending) for number in wrong)


def test_only_the_listed_faults_never_strike(world, twin, tmp_path):
    struck = {name: fetch_under(name, world, twin, tmp_path / str(n))[1] for n, name in enumerate(sorted(NEVER_ASKED))}

    assert struck == dict.fromkeys(sorted(NEVER_ASKED), 0)


def counts_as_gone_after_two_misses(name):
    """A listed bug that is answered as missing twice counts as gone, which can happen by chance among many faults."""
    return "a listed bug that a server does not" in name


@pytest.mark.parametrize("seed", range(3))
def test_a_fetch_through_many_faults_ends_with_the_complete_records(seed, world, twin, tmp_path):
    passing = [
        entry
        for name, entry in CATALOGUE.items()
        if entry.outcome == "heals" and ": " in name and not counts_as_gone_after_two_misses(name)
    ]
    storm = [entry(count=2, probability=0.03, after=seed) for entry in passing if entry.count == 1]
    twin.faults.active[:] = storm
    twin.log.clear()

    for _ in range(8):
        world.pass_time(days=1)  # after several failures a record is asked for less often
        try:
            pending = {
                **launchpad_into(tmp_path, twin.launchpad_root).pending,
                **gerrit_into(tmp_path, twin.gerrit_root).pending,
            }
        except SourceError:
            continue
        if not pending:
            break

    assert sum(twin.log.faults.values()) >= 5
    twin.faults.active.clear()
    assert (stored_bugs(tmp_path), stored_changes(tmp_path)) == (true_bugs(world, twin), true_changes(world))


def test_a_listed_record_that_is_never_served_is_gone_until_verify_finds_it(world, twin, tmp_path):
    number = next(iter(true_bugs(world, twin)))
    twin.faults.active.append(wire.status(404, match=rf"/bugs/{number}\?", count=None))

    summary = launchpad_into(tmp_path, twin.launchpad_root)

    (status,) = Store(tmp_path).status()
    assert (summary.gone, status.n_gone, number in stored_bugs(tmp_path)) == (1, 1, False)
    twin.faults.active.clear()
    launchpad_into(tmp_path, twin.launchpad_root, verify=True)
    assert stored_bugs(tmp_path) == true_bugs(world, twin)


class Terminal(io.StringIO):
    """A stream of a terminal, for which alone the list is counted."""

    def isatty(self):
        return True


@pytest.mark.parametrize("name", ["launchpad: no total", "launchpad: wrong total"])
def test_a_wrong_or_missing_total_affects_only_the_time_left(name, world, twin, tmp_path):
    twin.faults.active.append(CATALOGUE[name](match=r"ws\.show=total_size"))
    twin.log.clear()

    with Store(tmp_path).fetch_session("launchpad", NOVA) as run:
        result = Progress("launchpad nova", unit="bugs", stream=Terminal())
        options = launchpad.Options(verify=True)  # only then the list is counted: else it is read before the bugs
        summary = launchpad.fetch(twin.launchpad_root, "nova", run, policy=QUICK, options=options, progress=result)

    assert (summary.pending, stored_bugs(tmp_path)) == ({}, true_bugs(world, twin))
    assert name == "launchpad: wrong total" or sum(twin.log.faults.values())


def test_a_record_that_becomes_visible_late_is_fetched_by_the_next_run(world, twin, tmp_path):
    """A replica or an index that is a minute behind lists changes from before the first fetch only after it."""
    bug = next(number for number in sorted(true_bugs(world, twin), reverse=True))
    change = next(c.number for c in world.changes.values() if c.status == "MERGED" and not c.is_private)
    world.touch(bug)
    world.changes[change].updated = world.now
    world.pass_time(seconds=60)
    twin.faults.active.append(without_rows(rf"/bugs/{bug}$|^{change}$"))

    launchpad_into(tmp_path, twin.launchpad_root)
    gerrit_into(tmp_path, twin.gerrit_root)
    before = bug in stored_bugs(tmp_path), change in stored_changes(tmp_path)
    twin.faults.active.clear()
    launchpad_into(tmp_path, twin.launchpad_root)
    gerrit_into(tmp_path, twin.gerrit_root)

    assert before == (False, False)
    assert stored_bugs(tmp_path) == true_bugs(world, twin)
    assert stored_changes(tmp_path) == true_changes(world)


def without_rows(named):
    """Lists without the rows whose bug link or number matches."""

    def rewrite(request, value):
        if isinstance(value, dict) and "entries" in value:
            return {**value, "entries": [r for r in value["entries"] if not re.search(named, r.get("bug_link", ""))]}
        if isinstance(value, list):
            return [row for row in value if not re.search(named, str(row.get("_number")))]
        return value

    return rewritten("not visible yet", rewrite, match=r"searchTasks|/changes/\?", count=None)


@pytest.mark.parametrize("hours", [-2, 2])
def test_a_server_clock_that_is_reset_loses_no_change(hours, world, twin, tmp_path):
    launchpad_into(tmp_path, twin.launchpad_root)
    gerrit_into(tmp_path, twin.gerrit_root)
    world.pass_time(hours=hours)
    touched = sorted(true_bugs(world, twin))[:3]
    world.touch(*touched)
    for number in touched:
        world.bugs[number].updated = world.now  # its clock, even if that is before the last update
    changed = next(c for c in world.changes.values() if c.status == "MERGED" and not c.is_private)
    changed.topic, changed.updated = "set-anew", world.now

    launchpad_into(tmp_path, twin.launchpad_root)  # once: a second fetch would find what the first one lost
    gerrit_into(tmp_path, twin.gerrit_root)

    world.pass_time(hours=-hours)
    assert stored_bugs(tmp_path) == true_bugs(world, twin)
    assert stored_changes(tmp_path) == true_changes(world)


@pytest.mark.parametrize(("first", "then"), [(1, 1), (1, 0), (240, 0)], ids=["always", "once", "far, once"])
def test_a_server_date_ahead_of_its_records_loses_no_change(twin, tmp_path, first, then):
    """The Date header is the clock of a proxy, not of the database that writes the times."""
    world = small(build_world(n_bugs=1), bugs=12, changes=25)  # of its own: no other test has set its clock
    with Server(world, clock_skew=timedelta(hours=first)) as served:
        launchpad_into(tmp_path, served.launchpad_root)
        gerrit_into(tmp_path, served.gerrit_root)
        world.pass_time(minutes=25)
        world.touch(*sorted(true_bugs(world, served))[:3])
        changed = next(c for c in world.changes.values() if c.status == "MERGED" and not c.is_private)
        changed.topic, changed.updated = "ahead", world.now
        world.pass_time(minutes=25)
        served.clock_skew = timedelta(hours=then)

        launchpad_into(tmp_path, served.launchpad_root)
        gerrit_into(tmp_path, served.gerrit_root)

        assert stored_bugs(tmp_path) == true_bugs(world, served)
        assert stored_changes(tmp_path) == true_changes(world)


def test_a_server_without_a_date_is_read_completely_each_time(world, twin, tmp_path):
    twin.faults.active.append(CATALOGUE["launchpad list: no date"](match="", count=None))
    launchpad_into(tmp_path, twin.launchpad_root)
    world.pass_time(hours=3)
    world.touch(*sorted(true_bugs(world, twin))[:3])

    summary = launchpad_into(tmp_path, twin.launchpad_root)

    assert summary.listed == len(true_bugs(world, twin))
    assert stored_bugs(tmp_path) == true_bugs(world, twin)
