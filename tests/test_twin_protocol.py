"""The twin behaves like the real servers: limits, ETags, refusals, private items, old versions."""

import json
from urllib.parse import quote, urlencode

import pytest
import requests

import twin
from twin import gerrit_site

pytestmark = pytest.mark.server

EVERY = ["New", "Incomplete", "Opinion", "Invalid", "Won't Fix", "Expired", "Confirmed", "Triaged", "In Progress",
         "Deferred", "Fix Committed", "Fix Released"]  # fmt: skip


@pytest.fixture(scope="module")
def world():
    return twin.build_world(n_bugs=330)


def search(served, **parameters):
    words = urlencode(
        [(k.replace("__", "."), x) for k, v in parameters.items() for x in (v if isinstance(v, list) else [v])]
    )
    return requests.get(f"{served.launchpad_root}devel/nova?ws.op=searchTasks&{words}", timeout=10)


def changes(served, query, *, auth=None, **more):
    root = served.gerrit_root + ("a/" if auth else "")
    result = requests.get(f"{root}changes/", params={"q": query, **more}, timeout=10, auth=auth)
    return json.loads(result.text.partition("\n")[2])


def numbers(rows):
    return [int(row["bug_link"].rpartition("/")[2]) for row in rows]


def test_a_json_list_and_repeated_words_ask_for_the_same(served):
    bare = search(served, status=["New", "Triaged"], order_by=["datecreated", "id"])
    as_json = search(served, status=json.dumps(["New", "Triaged"]), order_by=json.dumps(["datecreated", "id"]))

    assert numbers(bare.json()["entries"]) == numbers(as_json.json()["entries"])


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"ws__size": 301}, "300"),
        ({"order_by": "colour"}, "Unrecognized order_by"),
        ({"status": "Half Done"}, "Half Done"),
    ],
)
def test_launchpad_refuses_unknown_parameters_and_values(served, parameters, message):
    result = search(served, **parameters)

    assert result.status_code == 400
    assert message in result.text


def test_a_page_links_to_the_next_one_of_the_same_size(served):
    first = search(served, ws__size=50, status=EVERY, omit_duplicates="false", order_by="id").json()
    second = requests.get(first["next_collection_link"], timeout=10).json()

    assert second["start"] == 50
    assert numbers(second["entries"])[0] > numbers(first["entries"])[-1]
    assert "ws.size=50" in second["next_collection_link"]


def test_a_secret_bug_is_served_only_after_signing_in_and_shortens_its_page(served, world):
    secret = {row["ref"] for row in world.truth.rows("private", kind="bug")}
    words = f"ws.op=searchTasks&ws.size=300&omit_duplicates=false&{urlencode([('status', s) for s in EVERY])}"
    url = f"{served.launchpad_root}devel/nova?{words}"
    token = {"Authorization": 'OAuth realm="OAuth", oauth_consumer_key="app", oauth_token="invented"'}

    outside, inside = requests.get(url, timeout=20).json(), requests.get(url, timeout=20, headers=token).json()

    assert len(inside["entries"]) == 300 > len(outside["entries"])
    assert not secret & set(numbers(outside["entries"]))


def test_modified_since_is_strictly_later(served, world):
    newest = max(bug.updated for bug in world.bugs.values())
    parameters = {"status": EVERY, "omit_duplicates": "false"}

    assert search(served, modified_since=newest.isoformat(), **parameters).json()["entries"] == []


def test_an_unchanged_bug_is_answered_304_and_a_touched_one_in_full(world):
    number = next(n for n, bug in world.bugs.items() if "nova" in bug.tasks and not bug.is_private)
    with twin.Server(world) as served:
        url = f"{served.launchpad_root}devel/bugs/{number}"
        tag = requests.get(url, timeout=5).headers["ETag"]

        same = requests.get(url, timeout=5, headers={"If-None-Match": tag.replace('"', "") + "-gzip"})
        world.touch(number)
        moved = requests.get(url, timeout=5, headers={"If-None-Match": tag})

    assert (same.status_code, same.content) == (304, b"")
    assert moved.status_code == 200
    assert moved.headers["ETag"] != tag


@pytest.mark.parametrize(("name", "status"), [("left-example", 410), ("renamed-example", 404), ("casey-example", 200)])
def test_a_person_who_left_or_was_renamed_is_not_served(served, name, status):
    assert requests.get(f"{served.launchpad_root}devel/~{name}", timeout=5).status_code == status


def test_gerrit_silently_reduces_a_large_n(world):
    with twin.Server(world) as served:
        served.gerrit.limit = 20
        rows = changes(served, "project:openstack/nova", n=1000)

    assert len(rows) == 20
    assert rows[-1]["_more_changes"]


def test_gerrit_refuses_a_request_beyond_its_last_page(world):
    with twin.Server(world) as served:
        served.gerrit.max_pages = 3
        inside = requests.get(f"{served.gerrit_root}changes/?q=status:open&n=10&S=20", timeout=5)
        beyond = requests.get(f"{served.gerrit_root}changes/?q=status:open&n=10&S=30", timeout=5)

    assert inside.status_code == 200
    assert (beyond.status_code, beyond.text) == (400, "Cannot go beyond page 3 of results")


@pytest.mark.parametrize(
    ("query", "holds"),
    [
        ("status:open", lambda c: c.status == "NEW"),
        ("NOT status:open", lambda c: c.status != "NEW"),
        ("-is:open branch:stable/kilo", lambda c: c.status != "NEW" and c.branch == "stable/kilo"),
        ("status:merged OR status:abandoned", lambda c: c.status in ("MERGED", "ABANDONED")),
        ("(status:merged OR is:wip) branch:^stable/.*",
         lambda c: (c.status == "MERGED" or c.is_wip) and c.branch.startswith("stable/")),
        ("topic:bp/simplify-quotas", lambda c: c.topic == "bp/simplify-quotas"),
        ('after:"2015-07-01 00:00:00" before:"2015-07-31 00:00:00"',
         lambda c: "2015-07-01" <= c.updated.isoformat() <= "2015-07-31T00:00:00+00:00"),
    ],
)  # fmt: skip
def test_gerrit_understands_what_clients_ask(served, world, query, holds):
    rows = changes(served, f"project:openstack/nova ({query})", n=500)

    expected = {c.number for c in world.changes.values() if holds(c) and not c.is_private}
    assert {row["_number"] for row in rows} == expected


def test_a_private_change_is_served_only_after_signing_in(served, world):
    secret = {row["ref"] for row in world.truth.rows("private", kind="change")}
    member = (gerrit_site.MEMBER, gerrit_site.PASSWORD)

    outside = {row["_number"] for row in changes(served, "status:open", n=500)}
    inside = {row["_number"] for row in changes(served, "status:open", n=500, auth=member)}

    assert inside - outside == secret
    assert requests.get(f"{served.gerrit_root}a/changes/", timeout=5, auth=("x", "y")).status_code == 401


OPTIONS = ("DETAILED_LABELS", "DETAILED_ACCOUNTS", "MESSAGES", "ALL_REVISIONS", "CURRENT_COMMIT", "CURRENT_FILES")


@pytest.mark.parametrize(
    ("version", "absent", "present"),
    [
        ((2, 8), {"hashtags", "submitted", "unresolved_comment_count", "meta_rev_id"}, {"_sortkey", "mergeable"}),
        ((2, 16), {"total_comment_count", "meta_rev_id", "_sortkey"}, {"hashtags", "unresolved_comment_count"}),
        ((3, 10), {"_sortkey"}, {"meta_rev_id", "total_comment_count", "current_revision_number"}),
    ],
)
def test_an_old_gerrit_serves_only_the_fields_it_had(world, version, absent, present):
    with twin.Server(world, version=version) as served:
        rows = changes(served, "status:open", n=500, o=OPTIONS)
        unknown = requests.get(f"{served.gerrit_root}changes/?q=status:open&o=STAR", timeout=5)

    keys = {key for row in rows for key in row}
    tags = {message.get("tag") for row in rows for message in row["messages"]}
    assert not keys & absent
    assert keys >= present
    assert (tags == {None}) == (version < (2, 15))
    assert unknown.status_code == (200 if version >= (3, 9) else 400)


def test_nothing_is_ever_written_to_a_twin(served):
    number = next(iter(served.worlds[0].bugs))

    refused = requests.patch(f"{served.launchpad_root}devel/bugs/{number}", json={"title": "x"}, timeout=5)

    assert refused.status_code == 405


def test_the_log_counts_requests_and_how_many_were_under_way(world):
    with twin.Server(world, latency=0.01) as served:
        requests.get(f"{served.launchpad_root}devel/{quote('~casey-example')}", timeout=5)
        requests.get(f"{served.gerrit_root}config/server/version", timeout=5)

    assert served.log.count("/launchpad/") == served.log.count("/gerrit/") == 1
    assert served.log.statuses == {200: 2}
    assert served.log.most_in_flight == 1
