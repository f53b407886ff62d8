"""A first fetch: open items come first, then the history backwards, and the stored records are usable at any time."""

import io
import re
import sys
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from lazr.restfulclient import _browser
from twin_fetches import (
    NOVA,
    OPENSTACK_NOVA,
    QUICK,
    gerrit_into,
    launchpad_into,
    parsed,
    serve,
    small,
    stored_bugs,
    stored_changes,
    true_bugs,
    true_changes,
)

from analysis import cli
from analysis.build import fetch
from analysis.errors import ServerError
from analysis.ingest import gerrit, launchpad, session
from analysis.ingest.gerrit import estimate
from analysis.ingest.progress import Progress
from analysis.ingest.session import Schedule
from analysis.ingest.window import Extent
from analysis.store import Store
from twin import Server, World, build_world
from twin.faults import wire

pytestmark = pytest.mark.server
OPEN_ONLY = Extent(history=False)


@pytest.fixture(scope="module")
def server():
    with Server(World(seed=1)) as server:
        yield server


@pytest.fixture
def world():
    return small(build_world(n_bugs=1))


@pytest.fixture
def twin(server, world, monkeypatch):
    monkeypatch.setattr(_browser, "Application", parsed)
    return serve(server, world)


@pytest.fixture
def every_page_is_a_piece(monkeypatch):
    """Seal a snapshot after each page, as if each took minutes."""
    monkeypatch.setattr(session, "FIRST_PIECE", 0.0)
    monkeypatch.setattr(session, "LONGEST_PIECE", 0.0)
    monkeypatch.setattr(sys.modules["analysis.ingest.launchpad.fetch"], "PAGE", 9)


def open_bugs(truth):
    return {number for number, record in truth.items() if any(not task["is_complete"] for task in record["tasks"]
                                                              if task["bug_target_name"] == "nova")}  # fmt: skip


def test_open_bugs_are_fetched_before_closed_ones_and_these_newest_first(world, twin, tmp_path):
    truth = true_bugs(world, twin)

    launchpad_into(tmp_path, twin.launchpad_root, policy=replace(QUICK, concurrency=1))

    asked = [int(match[1]) for target in twin.log.targets if (match := re.search(r"/bugs/(\d+)$", target))]
    n_open = len(open_bugs(truth))
    created = {number: max(task["date_created"] for task in record["tasks"] if task["bug_target_name"] == "nova")
               for number, record in truth.items()}  # fmt: skip
    assert 0 < n_open < len(truth)
    assert set(asked[:n_open]) == open_bugs(truth)
    assert [created[number] for number in asked[n_open:]] == sorted(map(created.get, asked[n_open:]), reverse=True)


def test_a_snapshot_of_open_items_alone_says_that_the_history_is_missing(world, twin, tmp_path):
    bugs, changes = true_bugs(world, twin), true_changes(world)

    of_launchpad = launchpad_into(tmp_path, twin.launchpad_root, extent=OPEN_ONLY)
    gerrit_into(tmp_path, twin.gerrit_root, extent=OPEN_ONLY)

    gaps = {status.source: " ".join(status.gaps) for status in Store(tmp_path).status()}
    assert stored_bugs(tmp_path).keys() == open_bugs(bugs)
    assert stored_changes(tmp_path).keys() == {n for n, change in changes.items() if change["status"] == "NEW"}
    assert of_launchpad.n_left == len(bugs) - len(open_bugs(bugs)) > 0
    assert "closed bugs reported before" in gaps["launchpad"] and f"({of_launchpad.n_left} left)" in gaps["launchpad"]
    assert "closed changes last updated before" in gaps["gerrit"]


def test_the_history_continues_where_it_ended_and_requests_nothing_twice(world, twin, tmp_path):
    launchpad_into(tmp_path, twin.launchpad_root, extent=OPEN_ONLY)
    gerrit_into(tmp_path, twin.gerrit_root, extent=OPEN_ONLY)
    first = set(twin.log.targets)
    twin.log.clear()

    launchpad_into(tmp_path, twin.launchpad_root)
    gerrit_into(tmp_path, twin.gerrit_root)

    again = {target for target in twin.log.targets if "/bugs/" in target or "/comments" in target} & first
    assert again == set()
    assert stored_bugs(tmp_path) == true_bugs(world, twin)
    assert stored_changes(tmp_path) == true_changes(world)
    assert all(status.gaps == () for status in Store(tmp_path).status())


def test_changes_during_the_history_are_fetched_with_the_next_window(world, twin, tmp_path):
    launchpad_into(tmp_path, twin.launchpad_root, extent=OPEN_ONLY)
    gerrit_into(tmp_path, twin.gerrit_root, extent=OPEN_ONLY)
    world.pass_time(hours=2)
    world.touch(*list(true_bugs(world, twin))[::4])
    for change in list(world.changes.values())[::5]:
        change.topic, change.updated = "moved-meanwhile", world.pass_time(seconds=1)

    launchpad_into(tmp_path, twin.launchpad_root, extent=OPEN_ONLY)
    gerrit_into(tmp_path, twin.gerrit_root, extent=OPEN_ONLY)
    between = stored_bugs(tmp_path), stored_changes(tmp_path)
    launchpad_into(tmp_path, twin.launchpad_root)
    gerrit_into(tmp_path, twin.gerrit_root)

    truth = true_bugs(world, twin), true_changes(world)
    for stored, true in zip(between, truth, strict=True):
        assert {number: true[number] for number in stored} == stored  # nothing of it is stale
    assert (stored_bugs(tmp_path), stored_changes(tmp_path)) == truth


def test_a_long_history_is_sealed_piece_by_piece(world, twin, tmp_path, every_page_is_a_piece):
    launchpad_into(tmp_path, twin.launchpad_root)
    gerrit_into(tmp_path, twin.gerrit_root, page=10)

    store = Store(tmp_path)
    assert min(len(store.snapshots("launchpad", NOVA)), len(store.snapshots("gerrit", OPENSTACK_NOVA))) > 4
    assert stored_bugs(tmp_path) == true_bugs(world, twin)
    assert stored_changes(tmp_path) == true_changes(world)
    assert all(status.gaps == () for status in store.status())


def test_a_lost_fetch_continues_from_its_sealed_pieces(world, twin, tmp_path, every_page_is_a_piece):
    """The snapshots are enough without the file of an unfinished fetch, as on another machine."""
    twin.faults.active.append(wire.reset_before_headers(match=r"/bugs/|/devel/nova\?$", count=None, after=100))
    with pytest.raises(ServerError):
        launchpad_into(tmp_path, twin.launchpad_root, policy=replace(QUICK, patience=0.2, tries=90))
    twin.faults.active.clear()
    n_before = len(stored_bugs(tmp_path))
    for left in tmp_path.rglob("run.sqlite*"):
        left.unlink()
    twin.log.clear()

    launchpad_into(tmp_path, twin.launchpad_root)

    assert 10 < n_before < len(true_bugs(world, twin))
    assert twin.log.count("/activity") <= len(true_bugs(world, twin)) - n_before + 1
    assert stored_bugs(tmp_path) == true_bugs(world, twin)


def test_since_leaves_old_closed_work_out_and_says_so(world, twin, tmp_path):
    bugs, changes = true_bugs(world, twin), true_changes(world)
    since = sorted(record["bug"]["date_last_updated"] for record in bugs.values())[len(bugs) // 2]
    extent = Extent(since=since[:19] + "+00:00")

    launchpad_into(tmp_path, twin.launchpad_root, extent=extent)
    gerrit_into(tmp_path, twin.gerrit_root, extent=extent)

    recent = {number for number, record in bugs.items() if record["bug"]["date_last_updated"] > extent.since}
    assert stored_bugs(tmp_path).keys() == recent | open_bugs(bugs) != bugs.keys()
    assert {n for n, change in changes.items() if change["status"] == "NEW" or change["updated"] > since[:10]} == set(
        stored_changes(tmp_path)
    )
    assert all("were not asked for (--since)" in " ".join(status.gaps) for status in Store(tmp_path).status())


def test_an_earlier_since_fetches_what_was_left_out_and_none_keeps_the_last(world, twin, tmp_path):
    launchpad_into(tmp_path, twin.launchpad_root, extent=Extent(since="2015-07-01T00:00:00+00:00"))
    gerrit_into(tmp_path, twin.gerrit_root, extent=Extent(since="2015-07-01T00:00:00+00:00"))
    first = stored_bugs(tmp_path).keys(), stored_changes(tmp_path).keys()

    launchpad_into(tmp_path, twin.launchpad_root)
    gerrit_into(tmp_path, twin.gerrit_root)
    as_before = stored_bugs(tmp_path).keys(), stored_changes(tmp_path).keys()
    launchpad_into(tmp_path, twin.launchpad_root, extent=Extent(since=""))
    gerrit_into(tmp_path, twin.gerrit_root, extent=Extent(since=""))

    assert first == as_before
    assert stored_bugs(tmp_path) == true_bugs(world, twin)
    assert stored_changes(tmp_path) == true_changes(world)


def test_a_fetch_whose_time_is_up_ends_cleanly_and_can_continue(world, twin, tmp_path):
    twin.latency = 0.01
    try:
        first = launchpad_into(tmp_path, twin.launchpad_root, extent=Extent(seconds=0.4))
        n_first = len(stored_bugs(tmp_path))
    finally:
        twin.latency = 0.0
    twin.log.clear()

    second = launchpad_into(tmp_path, twin.launchpad_root)

    n_bugs = len(true_bugs(world, twin))
    assert first.pending == second.pending == {}
    assert n_first < n_bugs and twin.log.count("/activity") == n_bugs - n_first
    assert stored_bugs(tmp_path) == true_bugs(world, twin)


def test_the_first_piece_is_sealed_after_five_minutes_and_later_ones_less_often():
    now = [0.0]
    schedule = Schedule(Extent(seconds=7200), clock=lambda: now[0])
    sealed = []
    for now[0] in range(0, 7200, 10):
        if schedule.is_piece_due():
            sealed.append(now[0])
            schedule.begin_piece()

    assert sealed[:3] == [300, 900, 2100]
    assert not schedule.is_over()
    now[0] = 7200.0
    assert schedule.is_over()


def test_a_fetch_prints_its_cost_before_it_starts(world, twin, tmp_path):
    stream = io.StringIO()
    with Store(tmp_path).fetch_session("launchpad", NOVA) as run:
        result = Progress("launchpad nova", unit="bugs", stream=stream)
        launchpad.fetch(twin.launchpad_root, "nova", run, policy=replace(QUICK, rate=500.0), progress=result)

    truth = true_bugs(world, twin)
    n_open, n_rest = len(open_bugs(truth)), len(truth) - len(open_bugs(truth))
    line = stream.getvalue().splitlines()[0]
    assert f"{n_open} bugs that are open or changed come first: {3 * n_open} requests" in line
    assert f"then {n_rest} closed ones, newest first: {3 * n_rest} requests" in line and "at 500 a second" in line


def test_the_number_of_closed_changes_is_estimated_before_they_are_read(world, twin, tmp_path):
    stream = io.StringIO()
    with Store(tmp_path).fetch_session("gerrit", OPENSTACK_NOVA) as run:
        result = Progress("gerrit openstack/nova", unit="changes", stream=stream)
        gerrit.fetch(twin.gerrit_root, "openstack/nova", run, policy=replace(QUICK, rate=500.0), progress=result)

    n_closed = sum(change["status"] != "NEW" for change in true_changes(world).values())
    assert f"about {n_closed} closed ones" in stream.getvalue()


def test_the_number_of_changes_is_estimated_from_their_density_in_time(monkeypatch):
    monkeypatch.setattr(estimate, "SAMPLE", 10)

    class Steady:
        """A change every hour of two years."""

        def get(self, path, query, *, read):
            end = datetime.fromisoformat(re.search(r'before:"([^"]+)"', dict(query)["q"])[1])
            hours = [end - timedelta(hours=n) for n in range(10)]
            return read([{"updated": f"{hour:%Y-%m-%d %H:%M:%S}.000000000"} for hour in hours])

    result = estimate.total(Steady(), "q", datetime(2014, 1, 1), datetime(2016, 1, 1))

    assert 0.9 * 2 * 365 * 24 < result < 1.2 * 2 * 365 * 24


def test_inline_comments_are_requested_for_open_changes_only(world, twin, tmp_path):
    commented = [change for change in world.changes.values() if change.comments and not change.is_private]
    for change in commented[::2]:
        change.status = "MERGED"

    gerrit_into(tmp_path, twin.gerrit_root, comments="open")

    stored, truth = stored_changes(tmp_path), true_changes(world)
    with_comments = {n for n, change in truth.items() if change["_comments"]}
    is_open = {n for n in with_comments if truth[n]["status"] == "NEW"}
    assert twin.log.count("/comments") == len(is_open) < len(with_comments)
    assert {n for n in with_comments if "_comments" in stored[n]} == is_open  # of the others they are unknown, not none


def test_comments_of_an_open_change_are_kept_when_it_is_merged(world, twin, tmp_path):
    change = next(c for c in world.changes.values() if c.status == "NEW" and c.comments and not c.is_private)
    gerrit_into(tmp_path, twin.gerrit_root, comments="open")
    change.status, change.updated = "MERGED", world.pass_time(hours=1)

    gerrit_into(tmp_path, twin.gerrit_root, comments="open")

    assert stored_changes(tmp_path)[change.number]["_comments"] == true_changes(world)[change.number]["_comments"]


def test_a_fetch_that_began_with_all_comments_continues_without_them(world, twin, tmp_path):
    gerrit_into(tmp_path, twin.gerrit_root, comments="all")

    summary = gerrit_into(tmp_path, twin.gerrit_root, comments="open")

    n_open = sum(change["status"] == "NEW" for change in true_changes(world).values())
    assert (summary.listed, summary.changed) == (n_open, 0)


def test_items_of_the_other_server_that_open_items_name_are_fetched_too(world, twin, tmp_path):
    store = Store(tmp_path)
    bugs, changes = true_bugs(world, twin), true_changes(world)
    launchpad_into(tmp_path, twin.launchpad_root, extent=OPEN_ONLY)
    named = fetch.changes_named(store, NOVA, gerrit=OPENSTACK_NOVA)

    gerrit_into(tmp_path, twin.gerrit_root, extent=OPEN_ONLY, needed_numbers=named)
    back = fetch.bugs_named(store, OPENSTACK_NOVA, launchpad=NOVA)
    launchpad_into(tmp_path, twin.launchpad_root, extent=OPEN_ONLY, needed_numbers=back)

    closed = {n for n in named & changes.keys() if changes[n]["status"] != "NEW"}
    assert closed and closed <= stored_changes(tmp_path).keys()
    assert back & bugs.keys() and back & bugs.keys() <= stored_bugs(tmp_path).keys()
    assert launchpad_into(tmp_path, twin.launchpad_root).listed == 0  # an old bug that is named sets no window back


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Reviewed: https://review.example.org/191919\n", 191919),
        ("see https://review.example.org/c/openstack/nova/+/201234 for more", 201234),
        ("https://review.example.org/#/c/77123/4", 77123),
    ],
)
def test_a_change_is_recognised_in_every_form_of_gerrits_addresses(text, number):
    assert [int(match[1]) for match in fetch.NAMES_CHANGE.finditer(text)] == [number]


@pytest.fixture
def typed(tmp_path, monkeypatch, capsys):
    """Commands on a server without pauses between two tries, which do not matter here."""
    quick = replace(QUICK, tries=3)
    monkeypatch.setattr("analysis.cli.fetch.Policy", lambda: quick)
    monkeypatch.setattr(gerrit, "POLICY", quick)

    def run(served, *words):
        roots = ["--launchpad-root", served.launchpad_root, "--gerrit-root", served.gerrit_root]
        code = cli.main(["--data-dir", str(tmp_path), *roots, *words])
        return code, *capsys.readouterr()

    return run


@pytest.mark.line
def test_a_refresh_continues_after_a_record_or_a_server_fails(typed):
    with Server(small(build_world(n_bugs=1), bugs=12, changes=25)) as served:
        stubborn = next(iter(true_bugs(served.worlds[0], served)))
        served.faults.active.append(wire.status(500, match=rf"/bugs/{stubborn}\?", count=None))

        code, output, _ = typed(served, "refresh")
        assert code == 0
        assert "1 pending" in output and "bug_tasks" in output  # fetched what there was, and built

        served.faults.active.append(wire.status(404, match="/launchpad/", count=None))
        code, output, error = typed(served, "refresh")
        assert code == 0
        assert "launchpad failed, and what was fetched of it before was used: 404" in error
        assert "gerrit openstack/nova" in output

        assert typed(served, "refresh", "--strict")[0] == 4
        code, output, _ = typed(served, "status", "--fail-on-pending")
        assert code == 9
        assert "the last fetch failed" in output and f": {stubborn}" in output


@pytest.mark.line
def test_a_refresh_that_fetched_nothing_is_an_error(typed):
    with Server(small(build_world(n_bugs=1), bugs=2, changes=2)) as served:
        served.faults.active.append(wire.status(404, match="", count=None))

        code, _, error = typed(served, "refresh")

    assert code == 4 and "404" in error
