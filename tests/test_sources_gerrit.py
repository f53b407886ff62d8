"""Gerrit over HTTP from the twin, in the versions of ten years: complete, incremental, and beyond every limit."""

import gzip
from dataclasses import replace
from datetime import timedelta

import pytest
from twin_fetches import OPENSTACK_NOVA, QUICK, endless, gerrit_into, serve, small, stored_changes, true_changes

from analysis.errors import ConfigError, ServerError
from analysis.ingest import gerrit
from analysis.store import Store
from twin import Fault, Server, World, build_world
from twin.exchange import Response
from twin.faults import data as data_faults
from twin.faults import wire
from twin.gerrit_site import MEMBER, PASSWORD

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def server():
    with Server(World(seed=1)) as server:
        yield server


@pytest.fixture
def world():
    return small(build_world(n_bugs=1))


@pytest.fixture
def twin(server, world):
    return serve(server, world)


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


def lists(twin):
    return sum("/changes/?" in target for target in twin.log.targets)


@pytest.mark.parametrize("version", [(2, 8), (2, 11), (2, 16), (3, 4), (3, 10)])
def test_every_public_change_is_stored_as_served(world, data, version):
    with Server(world, version=version) as twin:
        summary = gerrit_into(data, twin.gerrit_root, page=20)

        assert stored_changes(data) == true_changes(world, version=version)
        assert (summary.changed, summary.pending) == (len(true_changes(world)), {})


def test_a_page_of_n_new_rows_costs_one_request(world, twin, data):
    gerrit_into(data, twin.gerrit_root, page=10)

    is_open = [change["status"] == "NEW" for change in true_changes(world).values()]
    pages = -(-sum(is_open) // 10) + -(-(len(is_open) - sum(is_open)) // 10)
    assert lists(twin) == pages <= -(-len(is_open) // 10) + 1


def test_all_changes_of_the_second_in_which_a_page_ends_are_stored(world, twin, data):
    alike = [change for change in world.changes.values() if not change.is_private]
    for place, change in enumerate(alike):  # some servers compare a second with its fractions, as this one does
        change.updated = world.now.replace(microsecond=0) + timedelta(milliseconds=900 * place / len(alike))

    gerrit_into(data, twin.gerrit_root, page=10)

    assert stored_changes(data).keys() == true_changes(world).keys()


def test_comments_are_requested_only_if_there_are_new_ones(world, twin, data):
    gerrit_into(data, twin.gerrit_root)
    first = twin.log.count("/comments")
    twin.log.clear()

    gerrit_into(data, twin.gerrit_root)

    assert first == sum(bool(change.comments) for change in world.changes.values() if not change.is_private) > 0
    assert twin.log.count("/comments") == 0


def test_the_data_is_dated_by_the_server_and_not_by_this_machine(world, twin, data):
    gerrit_into(data, twin.gerrit_root)

    assert Store(data).as_of() == world.as_of


def test_a_second_fetch_brings_what_changed_and_nothing_else(world, twin, data):
    gerrit_into(data, twin.gerrit_root)
    world.pass_time(hours=1)
    closed = next(change for change in world.changes.values() if change.status == "MERGED")
    closed.topic, closed.updated = "renamed", world.pass_time(seconds=1)

    summary = gerrit_into(data, twin.gerrit_root)

    assert summary.changed == 1
    assert stored_changes(data) == true_changes(world)


def test_an_open_change_that_changed_without_a_new_date_is_fetched(world, twin, data):
    gerrit_into(data, twin.gerrit_root)
    change = next(c for c in world.changes.values() if c.status == "NEW" and not c.is_private and c.is_mergeable)
    change.is_mergeable = False

    gerrit_into(data, twin.gerrit_root)

    assert stored_changes(data)[change.number]["mergeable"] is False


def test_an_open_change_that_went_private_is_gone(world, twin, data):
    number = next(n for n, change in true_changes(world).items() if change["status"] == "NEW")
    gerrit_into(data, twin.gerrit_root)
    world.hide_change(number)

    summary = gerrit_into(data, twin.gerrit_root)

    assert (summary.gone, number in stored_changes(data)) == (1, False)


def test_a_closed_change_that_went_private_is_found_by_verify(world, twin, data):
    number = next(n for n, change in true_changes(world).items() if change["status"] == "MERGED")
    gerrit_into(data, twin.gerrit_root)
    world.hide_change(number)

    gerrit_into(data, twin.gerrit_root, verify=True)

    assert stored_changes(data) == true_changes(world)


@pytest.mark.parametrize("size", [3, 10])
def test_a_server_that_silently_shortens_pages_loses_no_change(world, twin, data, size):
    twin.gerrit.limit = size

    gerrit_into(data, twin.gerrit_root, page=50)

    assert stored_changes(data) == true_changes(world)


def test_a_cap_on_offsets_is_never_reached(world, twin, data):
    twin.gerrit.max_pages = 1

    gerrit_into(data, twin.gerrit_root, page=5)

    assert stored_changes(data) == true_changes(world)


@pytest.mark.parametrize("limit", [7, 500])
def test_more_changes_in_one_second_than_a_page_holds_are_all_read(world, twin, data, limit):
    twin.gerrit.limit = limit
    instant = max(change.updated for change in world.changes.values())
    for n, change in enumerate(world.changes.values()):
        change.updated = instant if n % 3 else change.updated

    gerrit_into(data, twin.gerrit_root, page=7)

    assert stored_changes(data) == true_changes(world)


def test_no_change_is_lost_if_the_project_changes_during_a_fetch(world, twin, data):
    numbers, touched = list(true_changes(world)), set()

    def move():
        for number in numbers[:: len(twin.log.targets) + 2]:
            touched.add(number)
            world.changes[number].updated = world.pass_time(seconds=1)

    twin.faults.active.append(data_faults.meanwhile(move, match=r"/changes/\?", count=None))
    gerrit_into(data, twin.gerrit_root, page=9)
    twin.faults.active.clear()

    assert 0 < len(touched) < len(numbers)
    assert stored_changes(data).keys() >= set(numbers) - touched
    gerrit_into(data, twin.gerrit_root)
    assert stored_changes(data) == true_changes(world)


def test_a_page_that_is_too_large_for_the_server_is_requested_in_halves(world, twin, data):
    def heavy(request, answer):
        return answer(request) if int(request.one("n") or 0) < 20 else Response(500, b"Server Error")

    twin.faults.active.append(Fault("heavy", match=r"/changes/\?", count=None, answers=heavy))
    gerrit_into(data, twin.gerrit_root, page=100)

    assert stored_changes(data) == true_changes(world)


def test_a_change_whose_comments_fail_is_stored_and_pending(world, twin, data):
    number = next(n for n, change in true_changes(world).items() if change["_comments"])
    twin.faults.active.append(wire.status(500, match=f"/changes/{number}/comments", count=6))

    first = gerrit_into(data, twin.gerrit_root)
    kept = stored_changes(data)[number]
    second = gerrit_into(data, twin.gerrit_root)

    assert (list(first.pending), "_comments" in kept) == ([f"change {number}"], False)
    assert (second.pending, stored_changes(data)) == ({}, true_changes(world))


def test_a_login_page_is_an_error_and_not_an_empty_project(twin, data):
    twin.faults.active.append(wire.page("<html>Sign in</html>", match=r"/changes/\?", count=None))

    with pytest.raises(ServerError) as error:
        gerrit_into(data, twin.gerrit_root)

    assert "<html>Sign in" in str(error.value)
    assert Store(data).snapshots("gerrit", OPENSTACK_NOVA) == []


def test_an_unknown_project_is_an_error_and_not_an_empty_one(twin, data):
    with pytest.raises(ServerError, match="404"), Store(data).fetch_session("gerrit", OPENSTACK_NOVA) as run:
        gerrit.fetch(twin.gerrit_root, "openstack/no-such-project", run, policy=QUICK)

    assert Store(data).snapshots("gerrit", OPENSTACK_NOVA) == []


def test_a_project_that_is_suddenly_hidden_removes_no_stored_change(world, twin, data):
    gerrit_into(data, twin.gerrit_root)
    twin.faults.active.append(wire.status(404, match="/projects/", count=None))
    twin.faults.active.append(
        data_faults.rewritten("hidden", lambda request, value: [], match=r"/changes/\?", count=None)
    )

    with pytest.raises(ServerError, match="404"):
        gerrit_into(data, twin.gerrit_root)

    assert stored_changes(data) == true_changes(world)


@pytest.fixture
def credentials(monkeypatch):
    monkeypatch.setenv("GERRIT_USERNAME", MEMBER)
    monkeypatch.setenv("GERRIT_HTTP_PASSWORD", PASSWORD)


def test_signed_in_private_changes_are_still_left_out(world, twin, data, credentials):
    gerrit_into(data, twin.gerrit_root, signed_in=True)

    assert stored_changes(data) == true_changes(world)


def test_private_changes_are_stored_and_marked_if_signed_in_and_wanted(world, twin, data, credentials):
    gerrit_into(data, twin.gerrit_root, signed_in=True, private=True)

    private = {n for n, change in stored_changes(data).items() if change.get("is_private")}
    assert stored_changes(data) == true_changes(world, private=True)
    assert private == {c.number for c in world.changes.values() if c.is_private} != set()


def test_an_anonymous_fetch_does_not_use_netrc(twin, data, tmp_path, monkeypatch):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login casey-example password secret-example")
    monkeypatch.setenv("HOME", str(tmp_path))
    seen = []

    def look(request, answer):
        seen.append(request.headers)
        return answer(request)

    twin.faults.active.append(Fault("look", count=None, answers=look))

    gerrit_into(data, twin.gerrit_root)

    assert seen and not any("authorization" in headers for headers in seen)


def test_a_wrong_password_is_refused_and_not_shown(twin, data, monkeypatch, capsys):
    monkeypatch.setenv("GERRIT_USERNAME", MEMBER)
    monkeypatch.setenv("GERRIT_HTTP_PASSWORD", "wrong-and-secret")

    with pytest.raises(ServerError, match="401") as error:
        gerrit_into(data, twin.gerrit_root, signed_in=True)

    assert "wrong-and-secret" not in f"{error.value}{capsys.readouterr()}"
    assert not any(b"wrong-and-secret" in p.read_bytes() for p in data.rglob("*") if p.is_file())


def test_signing_in_without_credentials_says_where_to_put_them(twin, data, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))

    with pytest.raises(ConfigError, match="GERRIT_HTTP_PASSWORD"):
        gerrit_into(data, twin.gerrit_root, signed_in=True)


def strange(name, value):
    """A fault that sets this field to this value in every row of every list."""
    return data_faults.field(name, value, match=r"/changes/\?", count=None)


@pytest.mark.parametrize("number", [2**63, 0, -7, "7", True])
def test_an_impossible_change_number_is_an_error_and_no_crash(twin, data, number):
    twin.faults.active.append(strange("_number", number))

    with pytest.raises(ServerError, match="no change"):
        gerrit_into(data, twin.gerrit_root)


@pytest.mark.parametrize(
    "updated", ["9999-12-31 23:59:59.000000000", "2015-05-01T10:00:00+02:00", "0000-00-00 00:00:00"]
)
def test_a_time_that_gerrit_never_writes_is_an_error_and_no_crash(twin, data, updated):
    twin.faults.active.append(strange("updated", updated))

    with pytest.raises(ServerError, match="no change"):
        gerrit_into(data, twin.gerrit_root)


@pytest.mark.parametrize("field", ["status", "messages"])
def test_a_change_that_lacks_fields_is_stored_as_served(world, data, field):
    with Server(world, version=(2, 8)) as twin:  # an old server, whose messages alone tell of comments
        twin.faults.active.append(strange(field, None))

        summary = gerrit_into(data, twin.gerrit_root)

    assert summary.pending == {}
    assert {change[field] for change in stored_changes(data).values()} == {None}


def test_a_list_that_starts_again_on_every_page_is_an_error(twin, data):
    first = []

    def answers(request, answer):
        first.append(first[0] if first else answer(request))
        return first[0]

    twin.faults.active += [
        Fault("the first page for ever", match=r"/changes/\?", count=None, answers=answers),
    ]

    with pytest.raises(ServerError, match="nothing new on them"):
        gerrit_into(data, twin.gerrit_root, page=5)


def test_an_endless_answer_is_an_error_and_does_not_fill_the_memory(twin, data):
    small_policy = replace(QUICK, largest=1 << 20, tries=2)
    twin.faults.active.append(Fault("endless", match=r"/changes/\?", count=None, sends=endless))

    with pytest.raises(ServerError, match="an answer of more than 1 MB"):
        gerrit_into(data, twin.gerrit_root, policy=small_policy)


def test_an_answer_that_unpacks_to_too_much_is_an_error(twin, data):
    def answers(request, answer):
        return Response(200, gzip.compress(b" " * (4 << 20)), headers={"Content-Encoding": "gzip"})

    twin.faults.active.append(Fault("a bomb", match=r"/changes/\?", count=None, answers=answers))

    with pytest.raises(ServerError, match="an answer of more than 1 MB"):
        gerrit_into(data, twin.gerrit_root, policy=replace(QUICK, largest=1 << 20, tries=2))
