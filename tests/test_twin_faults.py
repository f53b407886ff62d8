"""Faults on demand: each entry of the catalogue affects the right requests in the right way, and then ends."""

import http.client
import json
import random
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import pytest
import requests

import twin
from twin.exchange import Request, Response
from twin.faults import CATALOGUE, data, wire

pytestmark = pytest.mark.server

BROKEN = (requests.RequestException, http.client.HTTPException, OSError)


@pytest.fixture(scope="module")
def served():
    with twin.Server(twin.build_world(n_bugs=330)) as server:
        yield server


@pytest.fixture(autouse=True)
def no_fault_stays(served):
    yield
    served.faults.active.clear()
    served.log.clear()


def address(served, match):
    """A request that the entry's pattern matches."""
    bugs = sorted(served.worlds[0].bugs)
    public = next(number for number in reversed(bugs) if not served.worlds[0].bugs[number].is_private)
    change = next(iter(c.number for c in served.worlds[0].changes.values() if c.comments and not c.is_private))
    search = f"{served.launchpad_root}devel/nova?ws.op=searchTasks&ws.size=20"
    return {
        "searchTasks": search,
        r"/bugs/\d+\?": f"{served.launchpad_root}devel/bugs/{public}",
        r"/devel/\?$": f"{served.launchpad_root}devel/",
        r"/bugs/\d+/messages\?": f"{served.launchpad_root}devel/bugs/{public}/messages",
        r"ws\.start=[1-9]": f"{search}&ws.start=20",
        r"ws\.show=total_size": f"{search}&ws.show=total_size",
        r"/changes/\?": f"{served.gerrit_root}changes/?q=status:open&n=20&o=MESSAGES&o=DETAILED_LABELS"
        "&o=SUBMIT_REQUIREMENTS",
        r"[?&](S|start)=": f"{served.gerrit_root}changes/?q=status:open&S=20",
        r"/changes/[^/?]+/(detail|comments)": f"{served.gerrit_root}changes/{change}/comments",
    }[match]


def outcome(url, **headers):
    """A client's result: status and body, or the kind of its failure."""
    try:
        answer = requests.get(url, timeout=1.5, allow_redirects=False, headers=headers)
    except BROKEN as failure:
        return type(failure).__name__
    return answer.status_code, answer.headers.get("Content-Type"), answer.headers.get("Date"), answer.content


@pytest.mark.parametrize("name", CATALOGUE)
def test_each_fault_of_the_catalogue_strikes_and_ends(served, name):
    entry = CATALOGUE[name]
    url = address(served, entry.match)
    sound = outcome(url)
    served.faults.active.append(entry(count=1, after=0))

    struck, healed = outcome(url), outcome(url)

    assert sum(served.log.faults.values()) == 1
    assert healed == sound
    if not name.endswith(("slow body", "slow headers", "lying tag", "stale connection", "no topic")):
        assert struck != sound


def test_a_fault_strikes_at_its_turn_and_as_often_as_requested(served):
    url = address(served, "searchTasks")
    served.faults.active.append(wire.status(503, match="searchTasks", after=1, count=2))

    results = [requests.get(url, timeout=5).status_code for _ in range(5)]

    assert results == [200, 503, 503, 200, 200]


def test_a_fault_with_a_probability_follows_its_seed():
    def struck(seed):
        faults = twin.Server(twin.World(), faults=[wire.status(503, count=None, probability=0.3)], seed=seed).faults
        return [faults.active[0].strikes("/", faults._random) for _ in range(40)]

    assert struck(1) == struck(1)
    assert struck(1) != struck(2)
    assert 5 < sum(struck(1)) < 20


def test_a_truncated_body_promises_more_than_it_brings(served):
    parts = urlsplit(address(served, "searchTasks"))
    served.faults.active.append(wire.truncated_body())
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=5)
    connection.request("GET", f"{parts.path}?{parts.query}")

    with pytest.raises(http.client.IncompleteRead):
        connection.getresponse().read()


def test_a_reset_connection_never_answers(served):
    served.faults.active.append(wire.reset_before_headers())

    with pytest.raises(requests.ConnectionError):
        requests.get(address(served, "searchTasks"), timeout=5)


def test_a_bug_may_become_private_between_two_requests():
    world = twin.build_world(n_bugs=330)
    hidden = next(number for number, bug in world.bugs.items() if bug.tasks.get("nova") and not bug.is_private)
    with twin.Server(world) as served:
        url = address(served, "searchTasks")
        before = requests.get(f"{url}&ws.show=total_size", timeout=5).json()
        served.faults.active.append(data.meanwhile(lambda: world.hide_bug(hidden), match="bugs"))

        first = requests.get(f"{served.launchpad_root}devel/bugs/{hidden}", timeout=5)

        assert before > 100
        assert first.status_code == 401


def test_another_bugs_body_comes_with_status_200(served):
    url = address(served, r"/bugs/\d+\?")
    served.faults.active.append(data.another_bug(match="/bugs/"))

    result = requests.get(url, timeout=5)

    assert result.status_code == 200
    assert result.json()["self_link"] != url


def test_the_fault_another_bug_serves_the_same_bug_if_there_is_no_other():
    own = Request("http://127.0.0.1", "/devel/bugs/7", (), {})
    page = json.dumps({"entries": [{"bug_link": f"{own.base}{own.path}"}]}).encode()

    result = data.another_bug().answers(own, lambda asked: Response(body=page if asked != own else b"its own"))

    assert result.body == b"its own"


def test_ties_come_in_another_order_each_time_if_the_server_shuffles_them(served):
    served.launchpad.shuffles_ties = True
    world = served.worlds[0]
    with served.lock:
        when = world.pass_time(seconds=1)
        for bug in list(world.bugs.values())[:50]:
            bug.touch(when)
    url = f"{address(served, 'searchTasks')}&order_by=-date_last_updated&omit_duplicates=false"

    pages = [tuple(row["bug_link"] for row in requests.get(url, timeout=5).json()["entries"]) for _ in range(4)]

    served.launchpad.shuffles_ties = False
    assert len(set(pages)) > 1


def test_the_clock_of_the_server_is_the_worlds_and_may_be_skewed():
    world = twin.build_world(n_bugs=1)
    with twin.Server(world, clock_skew=world.as_of - world.as_of.replace(hour=10)) as served:
        date = requests.get(f"{served.gerrit_root}config/server/version", timeout=5).headers["Date"]

    assert (parsedate_to_datetime(date) - world.as_of).total_seconds() == 2 * 3600


def test_odd_values_arrive_as_they_are_served(served):
    served.faults.active.append(data.field("status", "Half Done", match="searchTasks"))

    rows = requests.get(address(served, "searchTasks"), timeout=5).json()["entries"]

    assert {row["status"] for row in rows} == {"Half Done"}


def test_broken_bytes_are_no_utf8(served):
    served.faults.active.append(data.broken_utf8(match="/bugs/"))

    body = requests.get(address(served, r"/bugs/\d+\?"), timeout=5).content

    with pytest.raises(UnicodeDecodeError):
        json.loads(body.decode("utf-8"))


def test_many_changes_within_one_second_share_their_time():
    world = twin.build_world(n_bugs=330)
    numbers = random.Random(1).sample(sorted(n for n, c in world.changes.items() if c.status == "NEW"), 30)

    when = world.crowd_one_second(*numbers)

    assert {world.changes[number].updated for number in numbers} == {when}
