"""The twin, read by its real clients: unmodified launchpadlib, and plain HTTP for Gerrit."""

import gzip
import json
import subprocess
import urllib.request
from urllib.parse import urlencode

import pytest
from launchpadlib.credentials import AccessToken, Credentials
from launchpadlib.launchpad import Launchpad
from lazr.restfulclient.errors import RestfulError

import twin
from twin import export

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def world():
    return twin.build_world(n_bugs=120)


@pytest.fixture(scope="module")
def launchpad(served, tmp_path_factory):
    cache = tmp_path_factory.mktemp("launchpadlib")
    return Launchpad.login_anonymously("twin-test", served.launchpad_root, str(cache), version="devel")


def get(address, **headers):
    with urllib.request.urlopen(urllib.request.Request(address, headers=headers)) as answer:
        body = answer.read()
        return gzip.decompress(body) if answer.headers["Content-Encoding"] == "gzip" else body


def changes(served, *, query="project:openstack/nova", options=(), **more):
    asked = urlencode([("q", query), *(("o", option) for option in options), *more.items()])
    body = get(f"{served.gerrit_root}changes/?{asked}").decode()
    guard, _, answer = body.partition("\n")
    assert guard == ")]}'"
    return json.loads(answer)


def test_launchpadlib_reads_every_public_bug(launchpad, world):
    every = ["New", "Incomplete", "Opinion", "Invalid", "Won't Fix", "Expired", "Confirmed", "Triaged", "In Progress",
             "Fix Committed", "Fix Released"]  # fmt: skip

    tasks = launchpad.projects["nova"].searchTasks(status=every, omit_duplicates=False, order_by=["datecreated", "id"])

    public = [bug for bug in world.bugs.values() if not bug.is_private and "nova" in bug.tasks]
    expected = [bug.number for bug in sorted(public, key=lambda bug: (bug.tasks["nova"].created, bug.number))]
    assert [int(task.bug_link.rpartition("/")[2]) for task in tasks] == expected


def test_launchpadlib_reads_a_bug_with_its_messages_activity_and_people(launchpad, world):
    truth = next(bug for bug in world.bugs.values() if len(bug.activity) > 3 and len(bug.messages) > 2)

    bug = launchpad.bugs[truth.number]

    assert (bug.title, bug.description, list(bug.tags)) == (truth.title, truth.description, truth.tags)
    assert [message.content for message in bug.messages] == [message.content for message in truth.messages]
    assert [entry.whatchanged for entry in bug.activity] == [entry.what for entry in truth.activity]
    assert bug.owner.display_name == truth.reporter.display_name
    assert [task.status for task in bug.bug_tasks] == [task.status for task in truth.tasks.values()]


def test_gerrit_serves_every_public_change_page_by_page(served, world):
    found, start = [], 0
    while True:
        page = changes(served, n=7, S=start)
        found += page
        if not page[-1].get("_more_changes"):
            break
        start += 7

    assert sorted(row["_number"] for row in found) == sorted(n for n, c in world.changes.items() if not c.is_private)


def test_the_same_seed_writes_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        export.write_dump(twin.build_world(n_bugs=120), tmp_path / name)

    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_git_computes_the_predicted_shas(world, tmp_path):
    world.write_git(tmp_path / "clone")

    listed = subprocess.run(["git", "-C", tmp_path / "clone", "show-ref"], capture_output=True, text=True, check=True)
    heads = {line.split("refs/heads/")[1]: line.split()[0] for line in listed.stdout.splitlines()}
    assert heads == world.repository.heads


@pytest.mark.parametrize("version", ["1.0", "beta"])
def test_launchpadlib_works_with_the_older_versions_of_the_api(served, world, tmp_path, version):
    launchpad = Launchpad.login_anonymously("twin-test", served.launchpad_root, str(tmp_path), version=version)

    result = launchpad.projects["nova"].searchTasks(status=["In Progress"], omit_duplicates=False)

    true = [bug for bug in world.bugs.values() if bug.tasks.get("nova") and bug.tasks["nova"].status == "In Progress"]
    assert len(result) == len(true)  # the size counts those that a reader may not see, as the real one does


def test_launchpadlib_signed_in_reads_a_secret_bug(served, world, tmp_path):
    held = Credentials("twin-test")
    held.access_token = AccessToken("invented", "invented")
    secret = next(row["ref"] for row in world.truth.rows("private", kind="bug"))

    launchpad = Launchpad(held, None, None, service_root=served.launchpad_root, cache=str(tmp_path), version="devel")

    assert launchpad.bugs[secret].information_type.startswith("Private")


def test_launchpadlib_is_refused_a_secret_bug_without_signing_in(launchpad, world):
    for row in world.truth.rows("private", kind="bug"):
        with pytest.raises((KeyError, RestfulError)):
            launchpad.bugs[row["ref"]].title  # noqa: B018


def test_launchpadlib_reads_more_comments_than_a_page_holds(launchpad, world):
    number = next(row["ref"] for row in world.truth.rows("hostile", what="talkative"))

    messages = list(launchpad.bugs[number].messages)

    assert len(messages) == len(world.bugs[number].messages) > 300
    assert any(message.owner_link is None for message in messages)
