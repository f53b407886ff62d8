"""Launchpad over HTTP from the twin: complete, incremental, and never with another bug's body."""

import gzip
import itertools
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from launchpadlib.credentials import AccessToken, Credentials
from lazr.restfulclient import _browser
from lazr.restfulclient.authorize.oauth import SystemWideConsumer
from twin_fetches import NOVA, QUICK, endless, launchpad_into, parsed, serve, small, stored_bugs, true_bugs

from analysis.errors import ConfigError, ServerError
from analysis.ingest import launchpad
from analysis.ingest.launchpad.client import Client, PooledHttp
from analysis.ingest.transport import Governor
from analysis.store import Store
from twin import Fault, Server, World, build_world
from twin.exchange import Response
from twin.faults import data as data_faults
from twin.faults import wire

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def server():
    with Server(World(seed=1)) as server:
        yield server


@pytest.fixture
def world():
    return small(build_world(n_bugs=1), bugs=12, changes=25)


@pytest.fixture
def twin(server, world, monkeypatch):
    monkeypatch.setattr(_browser, "Application", parsed)
    return serve(server, world)


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


def requests(twin, part):
    return twin.log.count(part)


def requests_for_the_description(twin):
    return sum(target.endswith("/devel/") for target in twin.log.targets)


def test_every_public_bug_is_stored_as_served(world, twin, data):
    summary = launchpad_into(data, twin.launchpad_root)

    truth = true_bugs(world, twin)
    assert stored_bugs(data) == truth
    assert (summary.changed, summary.pending) == (len(truth), {})


def saved_without_links(record):
    """A bug as some people save it, a while before it is fetched: its parts have no addresses."""
    parts = {
        name: [{key: value for key, value in entry.items() if key != "self_link"} for entry in record[name]]
        for name in ("tasks", "messages", "activity")
    }
    return {"bug": record["bug"] | {"date_last_updated": "2001-01-01T00:00:00+00:00", "message_count": 0}, **parts}


def test_a_fetch_continues_from_saved_bugs_whose_parts_have_no_links(world, twin, data):
    truth = true_bugs(world, twin)
    Store(data).write_snapshot("launchpad", NOVA, map(saved_without_links, truth.values()), kind="dump")

    launchpad_into(data, twin.launchpad_root)

    assert stored_bugs(data) == truth


def test_the_project_is_stored_with_its_series_milestones_and_tags(world, twin, data):
    launchpad_into(data, twin.launchpad_root)

    record = next(Store(data).records("launchpad", NOVA))
    assert record["project"]["name"] == "nova"
    assert [series["name"] for series in record["series"]] == list(world.series)
    assert [milestone["name"] for milestone in record["milestones"]] == list(world.milestones)
    assert record["official_bug_tags"] == sorted(world.official_tags)


def test_the_project_is_fetched_again_after_a_day(world, twin, data):
    launchpad_into(data, twin.launchpad_root)
    world.milestones["liberty-4"] = ("liberty", "2015-09-30", True)

    launchpad_into(data, twin.launchpad_root)
    soon = next(Store(data).records("launchpad", NOVA))["milestones"]
    world.pass_time(days=1)
    launchpad_into(data, twin.launchpad_root)
    later = next(Store(data).records("launchpad", NOVA))["milestones"]

    assert [len(soon), len(later)] == [len(world.milestones) - 1, len(world.milestones)]


def test_a_bug_costs_three_requests_and_one_more_if_it_has_other_tasks(world, twin, data):
    launchpad_into(data, twin.launchpad_root)

    n = len(true_bugs(world, twin))
    with_others = sum(len(bug.tasks) > 1 for bug in world.bugs.values() if not bug.is_private)
    per_bug = requests(twin, "/bugs/") - requests(twin, "/bug_tasks")
    assert per_bug / n <= 3.05
    assert requests(twin, "/bug_tasks") == with_others > 0


def test_the_data_is_dated_by_the_server_and_not_by_this_machine(world, twin, data):
    launchpad_into(data, twin.launchpad_root)

    assert Store(data).as_of() == world.as_of


def test_a_second_fetch_of_an_unchanged_project_requests_only_the_list(world, twin, data):
    launchpad_into(data, twin.launchpad_root)
    twin.log.clear()

    summary = launchpad_into(data, twin.launchpad_root)

    assert len(twin.log.targets) == requests(twin, "searchTasks") + requests_for_the_description(twin) == 2
    assert (summary.changed, stored_bugs(data)) == (0, true_bugs(world, twin))


def test_a_refresh_costs_at_most_three_requests_a_changed_bug(twin, data):
    world = small(build_world(n_bugs=1))  # with ten bugs side by side that have a task in one project only
    serve(twin, world)
    launchpad_into(data, twin.launchpad_root)
    world.pass_time(hours=1)
    changed = [bug.number for bug in world.bugs.values() if not bug.is_private][5:15]
    world.touch(*changed)
    twin.log.clear()

    summary = launchpad_into(data, twin.launchpad_root)

    assert stored_bugs(data) == true_bugs(world, twin)
    assert summary.changed == len(changed)
    assert len(twin.log.targets) <= 1 + 3 * len(changed) + requests(twin, "searchTasks")


def test_a_refresh_requests_only_the_end_of_a_long_discussion(world, twin, data):
    bug = next(bug for bug in world.bugs.values() if not bug.is_private)
    for n in range(320):
        bug.comment(world.pass_time(seconds=1), bug.reporter, f"Me too, {n}.")
    launchpad_into(data, twin.launchpad_root)
    world.pass_time(hours=1)
    world.touch(bug.number)
    twin.log.clear()

    launchpad_into(data, twin.launchpad_root)

    (asked,) = [target for target in twin.log.targets if f"/{bug.number}/messages" in target]
    assert "ws.start=" in asked
    assert stored_bugs(data) == true_bugs(world, twin)


def test_a_list_that_does_not_continue_the_stored_one_is_read_again(world, twin, data):
    bug = next(bug for bug in world.bugs.values() if len(bug.messages) > 2 and not bug.is_private)
    launchpad_into(data, twin.launchpad_root)
    world.pass_time(hours=1)
    del bug.messages[1]
    world.touch(bug.number)
    world.touch(bug.number)

    launchpad_into(data, twin.launchpad_root)

    assert stored_bugs(data) == true_bugs(world, twin)


def test_a_private_bug_is_left_out_unless_private_bugs_are_wanted(world, twin, data):
    private = {bug.number for bug in world.bugs.values() if bug.is_private}

    launchpad_into(data, twin.launchpad_root)

    assert private and not private & stored_bugs(data).keys()


def test_a_bug_that_became_private_is_gone_after_its_next_update(world, twin, data):
    number = next(iter(true_bugs(world, twin)))
    launchpad_into(data, twin.launchpad_root)
    world.hide_bug(number)

    verified = launchpad_into(data, twin.launchpad_root, verify=True)

    assert number not in stored_bugs(data)
    assert verified.gone == 1


def test_a_bug_that_was_moved_to_another_project_is_found_by_verify(world, twin, data):
    number = next(iter(true_bugs(world, twin)))
    launchpad_into(data, twin.launchpad_root)
    task = world.bugs[number].tasks.pop("nova")
    task.target = "cinder"
    world.bugs[number].tasks["cinder"] = task

    launchpad_into(data, twin.launchpad_root, verify=True)

    assert [task["bug_target_name"] for task in stored_bugs(data)[number]["tasks"]] == ["cinder"]


def test_no_bug_is_lost_if_the_project_changes_during_a_fetch(world, twin, data, monkeypatch):
    monkeypatch.setattr("analysis.ingest.launchpad.listing.PAGE", 7)
    numbers = [bug.number for bug in world.bugs.values() if not bug.is_private]
    untouched = set(numbers)

    def move():
        world.touch(*numbers[::9], act=lambda bug, when: bug.set_tags(when, bug.reporter, ["seen"]))
        if len(untouched) > len(numbers) - 9:
            hidden = numbers[len(numbers) - len(untouched)]
            world.hide_bug(hidden)
            untouched.discard(hidden)

    twin.faults.active.append(data_faults.meanwhile(move, match="searchTasks", count=None))
    launchpad_into(data, twin.launchpad_root)
    twin.faults.active.clear()

    assert untouched <= stored_bugs(data).keys()
    world.pass_time(hours=1)
    launchpad_into(data, twin.launchpad_root, verify=True)
    assert stored_bugs(data) == true_bugs(world, twin)


def test_many_bugs_of_one_instant_are_all_read(world, twin, data, monkeypatch):
    monkeypatch.setattr("analysis.ingest.launchpad.listing.PAGE", 7)
    bugs = list(world.bugs.values())
    for bug in bugs[20:60]:
        for task in bug.tasks.values():
            task.created = bugs[20].created

    launchpad_into(data, twin.launchpad_root)

    assert stored_bugs(data) == true_bugs(world, twin)


def test_a_status_that_the_server_does_not_know_is_not_requested(world, twin, data, monkeypatch):
    monkeypatch.setattr("analysis.ingest.launchpad.listing.STATUSES", ("New", "Beyond Repair"))

    launchpad_into(data, twin.launchpad_root)

    assert stored_bugs(data) == true_bugs(world, twin)


def test_eight_threads_each_get_the_bug_that_they_requested(world, twin):
    governor = Governor(QUICK)
    client = Client(twin.launchpad_root, governor)
    numbers = list(true_bugs(world, twin)) * 4

    with ThreadPoolExecutor(8) as pool:
        result = list(pool.map(lambda n: client.get(f"{client.root}bugs/{n}", lambda entry: entry["id"]), numbers))

    assert result == numbers
    assert twin.log.most_in_flight > 1


def test_the_body_of_another_bug_is_an_error_and_is_not_stored(world, twin, data):
    wrong, right = list(true_bugs(world, twin))[:2]

    def swapped(request, answer):
        return answer(replace(request, path=request.path.replace(str(wrong), str(right))))

    twin.faults.active.append(Fault("another body", match=f"/bugs/{wrong}", count=None, answers=swapped))
    summary = launchpad_into(data, twin.launchpad_root)

    assert list(summary.pending) == [f"bug {wrong}"]
    assert "body of bug" in summary.pending[f"bug {wrong}"]
    assert wrong not in stored_bugs(data)
    assert stored_bugs(data)[right] == true_bugs(world, twin)[right]


def test_pending_items_are_fetched_by_the_next_run(world, twin, data):
    number = next(iter(true_bugs(world, twin)))
    twin.faults.active.append(wire.status(500, match=f"/bugs/{number}/activity", count=QUICK.tries))
    first = launchpad_into(data, twin.launchpad_root)

    second = launchpad_into(data, twin.launchpad_root)

    assert (list(first.pending), second.pending) == ([f"bug {number}"], {})
    assert stored_bugs(data) == true_bugs(world, twin)


def test_a_server_that_is_not_launchpad_is_named(twin, data):
    with pytest.raises(ServerError) as error:
        launchpad_into(data, twin.gerrit_root)

    assert twin.gerrit_root in str(error.value)


def test_an_unknown_project_is_named(twin, data):
    with pytest.raises(ServerError, match="404"), Store(data).fetch_session("launchpad", NOVA) as run:
        launchpad.fetch(twin.launchpad_root, "no-such-project", run, policy=QUICK)


def test_requests_identify_the_user_only_by_consumer_name_and_contact(twin, data):
    launchpad_into(data, twin.launchpad_root, contact="casey-example@example.org")

    assert set(twin.log.agents) == {"bugfix-analysis (casey-example@example.org)"}


@pytest.fixture
def signed_in(tmp_path, monkeypatch):
    """Invented credentials in launchpadlib's own place, which work on a twin only."""
    path = tmp_path / "credentials"
    credentials = Credentials(None, access_token=AccessToken("token-example", "secret-example"))
    credentials.consumer = SystemWideConsumer("bugfix-analysis")
    credentials.save_to_path(str(path))
    monkeypatch.setenv("LP_CREDENTIALS_FILE", str(path))
    monkeypatch.setenv("HOME", str(tmp_path))


def test_a_credentials_file_is_made_readable_for_its_owner_only(twin, data, signed_in, tmp_path):
    (tmp_path / "credentials").chmod(0o644)

    launchpad_into(data, twin.launchpad_root, signed_in=True)

    assert (tmp_path / "credentials").stat().st_mode & 0o777 == 0o600


def test_signed_in_private_bugs_are_still_left_out(world, twin, data, signed_in):
    launchpad_into(data, twin.launchpad_root, signed_in=True)

    assert stored_bugs(data) == true_bugs(world, twin)


def test_private_bugs_are_stored_and_marked_if_signed_in_and_wanted(world, twin, data, signed_in):
    launchpad_into(data, twin.launchpad_root, signed_in=True, private=True)

    marked = {number for number, record in stored_bugs(data).items() if record["bug"]["private"]}
    assert stored_bugs(data) == true_bugs(world, twin, private=True)
    assert marked == {bug.number for bug in world.bugs.values() if bug.is_private}


def test_no_secret_is_in_any_file_or_message(twin, data, signed_in, capsys):
    twin.faults.active.append(wire.status(500, match="/activity", count=None))

    summary = launchpad_into(data, twin.launchpad_root, signed_in=True, policy=replace(QUICK, tries=1))

    assert summary.pending
    assert "secret-example" not in f"{summary} {summary.pending} {capsys.readouterr()}"
    assert not any(b"secret-example" in path.read_bytes() for path in data.rglob("*") if path.is_file())


def test_a_redirect_to_another_host_gets_no_signature(twin, data, signed_in):
    with Server(build_world(n_bugs=1)) as other:
        elsewhere = wire.redirect(lambda request: f"{other.launchpad_root}devel/nova", match="/activity", count=None)
        twin.faults.active.append(elsewhere)

        summary = launchpad_into(data, twin.launchpad_root, signed_in=True, policy=replace(QUICK, tries=1))

        assert (bool(summary.pending), other.log.targets) == (True, [])


def test_signing_in_without_credentials_or_a_terminal_says_what_to_do(twin, data, tmp_path, monkeypatch):
    monkeypatch.setenv("LP_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("HOME", str(tmp_path))

    with pytest.raises(ConfigError, match="sign in once at a terminal"):
        launchpad_into(data, twin.launchpad_root, signed_in=True)


def test_signing_in_without_a_keyring_says_what_to_do(twin, data, tmp_path, monkeypatch):
    monkeypatch.delenv("LP_CREDENTIALS_FILE", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setitem(sys.modules, "keyring", None)

    with pytest.raises(ConfigError, match="LP_CREDENTIALS_FILE"):
        launchpad_into(data, twin.launchpad_root, signed_in=True)


def test_no_thread_is_left_behind(twin, data):
    launchpad_into(data, twin.launchpad_root)

    assert not [thread for thread in threading.enumerate() if thread.name.startswith("launchpad")]


def served_with(match, **fields):
    """A fault that sets these fields in every answer to such a request."""

    def rewrite(request, value):
        return {**value, **{name: made(request) if callable(made) else made for name, made in fields.items()}}

    return data_faults.rewritten("strange fields", rewrite, match=match, count=None)


def elsewhere(request):
    return f"http://127.0.0.2:1{request.path}"


def without_part(record, name):
    """The record of a bug without a part that could not be fetched, which it names."""
    return {part: value for part, value in record.items() if part != name} | {"incomplete": [name]}


def part_of(link):
    """The part of a bug's record behind one of its links."""
    return "messages" if link == "next_collection_link" else link.removesuffix("_collection_link")


LINKS = {
    "messages_collection_link": r"/bugs/\d+\?",
    "activity_collection_link": r"/bugs/\d+\?",
    "next_collection_link": r"/messages\?",
}


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("to", [elsewhere, "http://[::1", 7])
def test_a_link_that_leads_elsewhere_is_not_followed_with_the_signature(twin, data, signed_in, monkeypatch, link, to):
    asked = []
    send = PooledHttp._send_once
    monkeypatch.setattr(
        PooledHttp, "_send_once", lambda self, url, headers: asked.append(url) or send(self, url, headers)
    )
    twin.faults.active.append(served_with(LINKS[link], **{link: to}))

    summary = launchpad_into(data, twin.launchpad_root, signed_in=True)

    assert summary.pending and not any(part_of(link) in record for record in stored_bugs(data).values())
    assert asked and all(url.startswith(twin.base) for url in asked)


@pytest.mark.parametrize("link", [7, "http://[::1", elsewhere])
def test_a_list_that_leads_elsewhere_is_an_error(twin, data, link):
    twin.faults.active.append(served_with("searchTasks", next_collection_link=link, entries=[]))

    with pytest.raises(ServerError, match="a link to"):
        launchpad_into(data, twin.launchpad_root)


@pytest.mark.parametrize("number", [2**63, -4, "\u0663"])
def test_an_impossible_bug_number_is_an_error_and_no_crash(twin, data, number):
    def rewrite(request, value):
        return {**value, "entries": [{**row, "bug_link": f"{twin.base}/bugs/{number}"} for row in value["entries"]]}

    twin.faults.active.append(data_faults.rewritten("a number", rewrite, match="searchTasks", count=None))

    with pytest.raises(ServerError, match="no page of bug tasks"):
        launchpad_into(data, twin.launchpad_root)


@pytest.mark.parametrize("created", ["0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59.999999+00:00"])
def test_bugs_dated_in_year_1_or_9999_are_all_fetched(world, twin, data, monkeypatch, created):
    monkeypatch.setattr("analysis.ingest.launchpad.listing.PAGE", 7)
    twin.faults.active.append(data_faults.field("date_created", created, match="searchTasks", count=None))

    summary = launchpad_into(data, twin.launchpad_root)

    assert (stored_bugs(data).keys(), summary.pending) == (true_bugs(world, twin).keys(), {})


def another_link_each_time():
    n = itertools.count()
    return lambda request: f"{request.base}{request.path}?ws.op=searchTasks&ws.start={next(n)}"


def test_an_endless_list_is_an_error(twin, data):
    twin.faults.active.append(served_with("searchTasks", next_collection_link=another_link_each_time(), entries=[]))

    with pytest.raises(ServerError, match="nothing new on them"):
        launchpad_into(data, twin.launchpad_root)


def test_a_bug_with_an_endless_discussion_is_pending_and_others_are_fetched(world, twin, data):
    number = next(iter(true_bugs(world, twin)))
    twin.faults.active.append(served_with(f"/bugs/{number}/messages", next_collection_link=another_link_each_time()))

    summary = launchpad_into(data, twin.launchpad_root)

    truth, stored = true_bugs(world, twin), stored_bugs(data)
    assert list(summary.pending) == [f"bug {number}"] and "nothing new on them" in summary.pending[f"bug {number}"]
    assert stored.pop(number) == without_part(truth.pop(number), "messages")
    assert stored == truth


def test_malformed_entries_make_a_bug_pending_without_a_crash(twin, data):
    twin.faults.active.append(served_with("/messages", entries=["x", None]))

    summary = launchpad_into(data, twin.launchpad_root)

    assert summary.pending and all("no page" in reason for reason in summary.pending.values())


def test_an_endless_answer_is_an_error_and_does_not_fill_the_memory(twin, data):
    twin.faults.active.append(Fault("endless", match="searchTasks", count=None, sends=endless))

    with pytest.raises(ServerError, match="exceeds hard limit 1048576"):
        launchpad_into(data, twin.launchpad_root, policy=replace(QUICK, largest=1 << 20, tries=2))


def test_an_answer_that_unpacks_to_too_much_is_an_error(twin, data):
    bomb = gzip.compress(b" " * (20 << 20))  # httplib2 looks at the ratio from 10 MB on

    def answers(request, answer):
        return Response(200, bomb, headers={"Content-Encoding": "gzip"})

    twin.faults.active.append(Fault("a bomb", match="searchTasks", count=None, answers=answers))

    with pytest.raises(ServerError, match="DecodeRatioError"):
        launchpad_into(data, twin.launchpad_root, policy=replace(QUICK, tries=2))


def test_a_server_with_an_empty_wadl_is_refused(twin, data):
    empty = b'<wadl:application xmlns:wadl="http://research.sun.com/wadl/2006/10"></wadl:application>'
    twin.faults.active.append(
        Fault("empty", match=r"/devel/\?$", count=None, answers=lambda request, answer: Response(200, empty))
    )

    with pytest.raises(ServerError, match="to describe itself as Launchpad does"):
        launchpad_into(data, twin.launchpad_root)
