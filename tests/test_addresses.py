"""Messages of a fetch about an address: no network, a host on an intranet, a name on Launchpad that is no project."""

import argparse
import socket
from dataclasses import replace

import pytest
from lazr.restfulclient import _browser
from twin_fetches import NOVA, QUICK, gerrit_into, launchpad_into, parsed, serve, small

from analysis import cli
from analysis.build import fetch
from analysis.cli.fetch import policy_for
from analysis.errors import ServerError
from analysis.ingest import launchpad
from analysis.ingest.transport import Policy
from analysis.store import Scope, Store
from twin import Server, World, build_world
from twin.faults import data as data_faults

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def server():
    with Server(World(seed=1)) as server:
        yield server


@pytest.fixture
def twin(server, monkeypatch):
    monkeypatch.setattr(_browser, "Application", parsed)
    return serve(server, small(build_world(n_bugs=1), bugs=5, changes=5))


@pytest.mark.parametrize("into", [launchpad_into, gerrit_into])
def test_without_a_network_the_error_says_so_and_how_to_load_saved_data(into, tmp_path, monkeypatch):
    tried = []

    def unknown(host, *rest, **more):
        tried.append(host)
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    with pytest.raises(ServerError) as error:
        into(tmp_path, "https://tracker.example.org/", policy=replace(QUICK, tries=6))

    assert error.value.expected == "a way to tracker.example.org"
    assert "no network" in error.value.found
    assert all(way in error.value.do for way in ("--dump", "--repo", "https_proxy"))
    assert 2 <= len(tried) <= 6  # once more, in case, and not for minutes


def test_a_refused_connection_is_not_reported_as_a_missing_network(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}/"

    with pytest.raises(ServerError, match="Connection refused") as error:
        gerrit_into(tmp_path, address, policy=replace(QUICK, tries=2))

    assert "no network" not in str(error.value)


KINDS = {
    "distribution": "distribution",
    "project_group": "project group",
    "distribution_source_package": "source package",
    "project_series": "series of a project",
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_launchpad_name_that_is_no_project_is_refused_with_what_it_is(kind, twin, tmp_path):
    entry = data_faults.field("resource_type_link", f"{twin.launchpad_root}devel/#{kind}", match=r"devel/nova\?$")
    twin.faults.active.append(entry)

    with pytest.raises(ServerError) as error:
        launchpad_into(tmp_path, twin.launchpad_root)

    assert KINDS[kind] in error.value.found and "name " in error.value.do
    assert twin.log.count("searchTasks") == 0


def test_an_alias_is_refused_with_the_name_of_its_project(twin, tmp_path):
    twin.faults.active.append(data_faults.field("name", "nova-compute", match=r"devel/nova\?$", count=None))

    with pytest.raises(ServerError, match="an alias of the project 'nova-compute'"):
        launchpad_into(tmp_path, twin.launchpad_root)


def test_the_tasks_of_every_bug_are_fetched_if_the_option_says_so(twin, tmp_path):
    with Store(tmp_path).fetch_session("launchpad", NOVA) as run:
        options = launchpad.Options(tasks="always")
        summary = launchpad.fetch(twin.launchpad_root, "nova", run, policy=QUICK, options=options)

    assert twin.log.count("/bug_tasks") == summary.changed > 0


def test_a_plain_address_of_another_machine_is_refused_until_it_is_allowed(tmp_path, capsys):
    words = ["--data-dir", str(tmp_path), "--launchpad-root", "http://tracker.intranet:8080/", "status"]

    refused, allowed = cli.main(words), cli.main(["--allow-http", *words])

    assert (refused, allowed) == (2, 0)
    assert "--allow-http" in capsys.readouterr().err


def test_a_password_is_never_sent_over_plain_http(tmp_path, capsys):
    words = ["--data-dir", str(tmp_path), "--allow-http", "--gerrit-root", "http://review.intranet/",
             "fetch", "gerrit", "--sign-in"]  # fmt: skip

    code = cli.main(words)

    assert code == 2 and "https to sign in" in capsys.readouterr().err


@pytest.mark.parametrize(
    "address", ["https://review.example.org/r/", "http://127.0.0.1:8080/gerrit/", "http://review.intranet:8080/"]
)
def test_the_address_of_a_server_can_be_rebuilt_from_its_scope(address):
    assert fetch.root(fetch.scope(address, "openstack/nova")) == address


def test_only_a_server_on_this_machine_gets_requests_without_a_pause():
    assert fetch.is_on_this_machine(fetch.scope("http://127.0.0.1:1/", "nova"))
    assert not fetch.is_on_this_machine(fetch.scope("http://tracker.intranet/", "nova"))
    assert not fetch.is_on_this_machine(Scope("api.launchpad.net", "nova"))


@pytest.mark.parametrize(
    ("host", "asked", "workers", "rate"),
    [("127.0.0.1:8080", None, 8, None), ("127.0.0.1:8080", 2, 2, None), ("api.launchpad.net", None, 4, 5.0)],
)
def test_a_server_on_this_machine_gets_more_workers_than_any_other(host, asked, workers, rate):
    arguments = argparse.Namespace(workers=asked, sign_in=False)

    policy = policy_for(Scope(host, "nova"), Policy(), arguments)

    assert (policy.concurrency, policy.rate) == (workers, rate)
