"""A record that cannot be fetched stops nothing: the others are stored, and it is named and tried ever less often."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

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

from analysis.errors import ServerError
from analysis.ingest.pending import failed_item, is_due
from analysis.ingest.transport import Policy
from analysis.store import Store
from twin import Fault, Server, World, build_world
from twin.exchange import Response
from twin.faults import wire

# Delays as in earnest, so that a fetch which waits for one record would be seen; but two minutes are two seconds.
EARNEST = Policy(rate=None, timeout=5.0, first_delay=0.01, longest_delay=2.0, patience=15.0, late=2.0)


@pytest.fixture(scope="module")
def server():
    with Server(World(seed=1)) as server:
        yield server


@pytest.fixture
def world():
    return small(build_world(n_bugs=1), bugs=30, changes=40)


@pytest.fixture
def twin(server, world, monkeypatch):
    monkeypatch.setattr(_browser, "Application", parsed)
    return serve(server, world)


def busy(numbers, **when):
    """503 with Launchpad's Retry-After for each of these bugs."""
    match = rf"/bugs/({'|'.join(map(str, numbers))})\?"
    return wire.status(503, retry_after="900", match=match, count=None, **when)


def asked_for(twin, number):
    return [place for place, target in enumerate(twin.log.targets) if target.endswith(f"/bugs/{number}")]


@pytest.mark.parametrize("n", [1, 2, 12])
def test_bugs_that_always_fail_cost_little_time_however_many_there_are(world, twin, tmp_path, n):
    truth = true_bugs(world, twin)
    stubborn = list(truth)[3 : 3 + n]
    twin.faults.active.append(busy(stubborn))

    begun = time.monotonic()
    summary = launchpad_into(tmp_path, twin.launchpad_root, policy=EARNEST)
    seconds = time.monotonic() - begun

    assert set(summary.pending) == {f"bug {number}" for number in stubborn}
    assert stored_bugs(tmp_path) == {number: bug for number, bug in truth.items() if number not in stubborn}
    assert seconds < EARNEST.longest_delay + EARNEST.late + 3  # not one pause of all workers, and the time for the late


def test_a_bug_that_fails_is_requested_once_and_again_after_all_others(world, twin, tmp_path):
    stubborn = next(iter(true_bugs(world, twin)))
    twin.faults.active.append(busy([stubborn]))

    launchpad_into(tmp_path, twin.launchpad_root, policy=EARNEST)

    _, *again = asked_for(twin, stubborn)
    last_of_others = max(place for place, target in enumerate(twin.log.targets)
                         if "/bugs/" in target and not target.endswith(f"/bugs/{stubborn}"))  # fmt: skip
    assert again and min(again) > last_of_others


def test_records_that_failed_before_are_requested_last(world, twin, tmp_path):
    stubborn = next(iter(true_bugs(world, twin)))
    fault = busy([stubborn])
    twin.faults.active.append(fault)
    launchpad_into(tmp_path, twin.launchpad_root)
    world.pass_time(hours=1)
    others = [number for number in true_bugs(world, twin) if number != stubborn][:5]
    world.touch(*others)
    twin.log.clear()

    launchpad_into(tmp_path, twin.launchpad_root)

    n_before = min(asked_for(twin, stubborn))
    assert all("searchTasks" not in target for target in twin.log.targets[n_before:])
    assert all(max(asked_for(twin, number)) < n_before for number in others)


def test_records_that_keep_failing_are_requested_less_often(world, twin, tmp_path):
    stubborn = next(iter(true_bugs(world, twin)))
    twin.faults.active.append(busy([stubborn]))
    runs_that_asked = []

    for run in range(20):
        twin.log.clear()
        summary = launchpad_into(tmp_path, twin.launchpad_root)
        assert list(summary.pending) == [f"bug {stubborn}"]
        runs_that_asked += [run] if asked_for(twin, stubborn) else []
        world.pass_time(hours=2)

    assert runs_that_asked[:3] == [0, 1, 2]
    assert len(runs_that_asked) <= 8
    (status,) = Store(tmp_path).status()
    assert f"503 (1): {stubborn}" in " ".join(status.gaps)


def test_the_pause_before_a_failed_record_is_requested_doubles_up_to_a_week():
    now, item, pauses = datetime(2015, 8, 3, tzinfo=UTC), {}, []
    for _ in range(12):
        item = failed_item(item, ServerError(expected="a bug", found="503", do="wait"), now, is_new_run=True)
        pauses.append(item["not_before"] and datetime.fromisoformat(item["not_before"]) - now)

    assert pauses[:4] == [None, timedelta(hours=1), timedelta(hours=2), timedelta(hours=4)]
    assert pauses[-1] == timedelta(days=7)
    assert item["since"] == now.isoformat()
    assert [is_due(item, now), is_due(item, now + timedelta(days=7))] == [False, True]


def test_a_server_that_is_in_trouble_as_a_whole_makes_all_workers_wait(world, twin, tmp_path):
    down_until = time.monotonic() + 1.0
    n_asked = []

    def answers(request, answer):
        if time.monotonic() < down_until:
            n_asked.append(request.path)
            return Response(503, b"busy", headers={"Retry-After": "900"})
        return answer(request)

    twin.faults.active.append(Fault("down", match=r"/bugs/\d+\?|devel/nova\?$", count=None, after=4, answers=answers))
    policy = replace(EARNEST, longest_delay=1.2)

    summary = launchpad_into(tmp_path, twin.launchpad_root, policy=policy)

    assert summary.pending == {}
    assert stored_bugs(tmp_path) == true_bugs(world, twin)
    assert len(n_asked) < 20  # not every bug of the list was thrown at a server that is down


@pytest.mark.parametrize("part", ["messages", "activity"])
@pytest.mark.parametrize("status", [301, 401, 403, 404, 500])
def test_a_bug_is_stored_without_a_part_that_fails_and_says_so(world, twin, tmp_path, part, status):
    truth = true_bugs(world, twin)
    number = next(number for number, record in truth.items() if len(record["tasks"]) == 1)
    fault = wire.redirect if status == 301 else lambda **when: wire.status(status, **when)
    twin.faults.active.append(fault(match=f"/bugs/{number}/{part}", count=None))

    first = launchpad_into(tmp_path, twin.launchpad_root)
    stored = stored_bugs(tmp_path)
    twin.faults.active.clear()
    second = launchpad_into(tmp_path, twin.launchpad_root)

    kept = stored.pop(number)
    assert list(first.pending) == [f"bug {number}"]
    assert kept["bug"] == truth[number]["bug"] and part not in kept and kept["incomplete"] == [part]
    assert stored == {other: record for other, record in truth.items() if other != number}
    assert (second.pending, stored_bugs(tmp_path)) == ({}, truth)


def test_comments_that_always_fail_delay_no_other_change(world, twin, tmp_path):
    truth = true_changes(world)
    number = next(n for n, change in truth.items() if change["_comments"])
    twin.faults.active.append(wire.status(500, match=f"/changes/{number}/comments", count=None))

    summary = gerrit_into(tmp_path, twin.gerrit_root, policy=EARNEST)

    stored = stored_changes(tmp_path)
    assert list(summary.pending) == [f"change {number}"]
    assert stored.pop(number) == {name: value for name, value in truth.pop(number).items() if name != "_comments"}
    assert stored == truth


def fails_with(names, *, unless=lambda request: False):
    """500 for every list with one of these, however long it is."""

    def answers(request, answer):
        response = answer(request)
        is_hit = any(name in response.body for name in names) and not unless(request)
        return Response(500, b"Server Error") if is_hit else response

    return Fault("a record that no list can hold", match=r"searchTasks|/changes/\?", count=None, answers=answers)


def test_a_change_that_cannot_be_listed_is_skipped_and_named(world, twin, tmp_path):
    truth = true_changes(world)
    number = list(truth)[len(truth) // 2]
    mark = f'"_number":{number},'.encode()
    twin.faults.active.append(
        fails_with([mark, mark.replace(b":", b": ")], unless=lambda request: not request.one("o"))
    )
    twin.faults.active.append(wire.status(500, match=rf"/changes/{number}\?", count=None))

    summary = gerrit_into(tmp_path, twin.gerrit_root)
    stored = stored_changes(tmp_path)
    twin.faults.active.clear()
    later = gerrit_into(tmp_path, twin.gerrit_root)

    assert list(summary.pending) == [f"change {number}"]
    assert stored.keys() == truth.keys()  # its number, subject and status are known
    del stored[number]
    assert stored == {n: change for n, change in truth.items() if n != number}
    result = stored_changes(tmp_path)
    assert later.pending == {} and result.keys() == truth.keys()
    assert result[number].items() >= truth[number].items()  # alone, it is asked for with what open changes have


def test_an_unlistable_change_of_unknown_number_is_pending_and_found_later(world, twin, tmp_path):
    truth = true_changes(world)
    number = list(truth)[len(truth) // 2]
    mark = f'"_number":{number},'.encode()
    twin.faults.active.append(fails_with([mark, mark.replace(b":", b": ")]))

    summary = gerrit_into(tmp_path, twin.gerrit_root)
    stored = stored_changes(tmp_path)
    twin.faults.active.clear()
    later = gerrit_into(tmp_path, twin.gerrit_root)

    assert len(summary.pending) == 1 and "a change before" in next(iter(summary.pending))
    assert stored == {n: change for n, change in truth.items() if n != number}
    assert (later.pending, stored_changes(tmp_path)) == ({}, truth)


def test_a_bug_that_cannot_be_listed_is_requested_by_its_number(world, twin, tmp_path, monkeypatch):
    monkeypatch.setattr("analysis.ingest.launchpad.listing.PAGE", 7)
    truth = true_bugs(world, twin)
    numbers = sorted(truth, key=lambda number: truth[number]["bug"]["date_created"])
    number = next(b for a, b, c in zip(numbers, numbers[1:], numbers[2:], strict=False) if a < b < c < a + 400)
    twin.faults.active.append(fails_with([f'/bugs/{number}"'.encode()]))

    summary = launchpad_into(tmp_path, twin.launchpad_root)

    stored = stored_bugs(tmp_path)
    assert any("cannot be listed" in note for note in summary.notes)
    assert summary.pending == {}
    assert stored.keys() == truth.keys()
    assert stored[number]["bug"] == truth[number]["bug"]


def test_a_list_that_fails_altogether_is_an_error(twin, tmp_path):
    twin.faults.active.append(wire.status(500, match="searchTasks", count=None))

    with pytest.raises(ServerError, match="500"):
        launchpad_into(tmp_path, twin.launchpad_root)

    assert twin.log.count("searchTasks") < 50
    assert Store(tmp_path).snapshots("launchpad", NOVA) == []


def test_records_before_a_server_failed_are_sealed_and_marked_as_incomplete(world, twin, tmp_path):
    launchpad_into(tmp_path, twin.launchpad_root)
    world.pass_time(hours=1)
    world.touch(*list(true_bugs(world, twin))[:9])
    twin.faults.active.append(wire.reset_before_headers(match=r"/bugs/|devel/nova\?$", count=None, after=12))

    with pytest.raises(ServerError):
        launchpad_into(tmp_path, twin.launchpad_root, policy=replace(QUICK, patience=0.3, tries=50))

    between = Store(tmp_path).status()[0]
    twin.faults.active.clear()
    launchpad_into(tmp_path, twin.launchpad_root)
    assert any("cut off" in gap for gap in between.gaps)
    assert Store(tmp_path).status()[0].gaps == ()
    assert stored_bugs(tmp_path) == true_bugs(world, twin)


def test_status_counts_pending_items_with_their_date_and_reason(world, twin, tmp_path):
    number = next(n for n, change in true_changes(world).items() if change["_comments"])
    twin.faults.active.append(wire.status(500, match=f"/changes/{number}/comments", count=None))

    gerrit_into(tmp_path, twin.gerrit_root)

    (status,) = Store(tmp_path).status()
    assert status.n_pending == 1
    day = f"{world.as_of:%Y-%m-%d}"
    assert status.gaps == (
        f"1 items were listed but could not be fetched, the oldest since {day}: 500 (1): {number}; "
        "later fetches try them again",
    )
    assert Store(tmp_path).snapshots("gerrit", OPENSTACK_NOVA)
