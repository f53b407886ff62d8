"""The progress of a fetch, for a person at a terminal and for a log."""

import io
import re
from dataclasses import replace

import pytest
from tqdm import tqdm
from twin_fetches import NOVA, OPENSTACK_NOVA, QUICK, launchpad_into, small

import twin
from analysis.ingest import gerrit, launchpad
from analysis.ingest.progress import EVERY, Progress
from analysis.ingest.session import Summary
from analysis.ingest.transport import Traffic
from analysis.store import Store
from twin.faults import wire


class Terminal(io.StringIO):
    """The stream of a terminal."""

    def isatty(self):
        return True


@pytest.fixture
def clock():
    class Clock:
        now = 0.0

        def __call__(self):
            return self.now

    return Clock()


def test_a_log_gets_a_plain_line_from_time_to_time(clock):
    stream = io.StringIO()
    with Progress("launchpad nova", unit="bugs", stream=stream, clock=clock) as progress:
        progress.expect(400)
        for _ in range(80):
            clock.now += EVERY / 40
            progress.step()

    assert stream.getvalue().splitlines() == [
        "launchpad nova: 40 of 400 bugs, 4.0/s, 90 s left",
        "launchpad nova: 80 of 400 bugs, 4.0/s, 80 s left",
    ]


def test_without_a_total_there_is_a_rate_and_no_time_left(clock):
    stream = io.StringIO()
    with Progress("gerrit openstack/nova", unit="changes", stream=stream, clock=clock) as progress:
        clock.now += EVERY
        progress.step(30)

    assert stream.getvalue() == "gerrit openstack/nova: 30 changes, 3.0/s\n"


def test_a_terminal_gets_a_bar_with_rate_and_time_left():
    stream = Terminal()
    with Progress("launchpad nova", unit="bugs", stream=stream) as progress:
        progress.expect(10)
        progress.step(10)

    assert "100%" in stream.getvalue() and "10/10" in stream.getvalue()
    assert not tqdm._instances


def test_a_terminal_shows_the_reason_of_a_wait_until_it_ends():
    stream = Terminal()
    with Progress("launchpad nova", unit="bugs", stream=stream) as progress:
        progress.note("waiting 60 s after 503")
        waiting = stream.getvalue()
        progress.step(10)

    assert waiting.endswith("waiting 60 s after 503]")
    assert "503" not in stream.getvalue().removeprefix(waiting)


def test_a_log_shows_the_reason_of_a_wait_but_not_at_every_try(clock):
    stream = io.StringIO()
    with Progress("launchpad nova", unit="bugs", stream=stream, clock=clock) as progress:
        for _ in range(40):
            clock.now += EVERY / 20
            progress.note("waiting 1 s after 503")

    assert stream.getvalue().splitlines() == ["launchpad nova: waiting 1 s after 503"] * 2


def test_a_new_stage_counts_from_zero(clock):
    stream = io.StringIO()
    with Progress("launchpad nova", unit="bugs", stream=stream, clock=clock) as progress:
        progress.step(70)
        progress.stage("launchpad nova, once more")
        clock.now += EVERY
        progress.step(20)

    assert stream.getvalue().splitlines() == ["launchpad nova, once more", "launchpad nova, once more: 20 bugs, 2.0/s"]


@pytest.mark.server
def test_the_bar_of_a_resumed_fetch_counts_only_what_is_left(tmp_path):
    stream = Terminal()
    with twin.Server(small(twin.build_world(n_bugs=1))) as served:
        served.faults.active.append(wire.status(500, match="/activity", count=None))
        launchpad_into(tmp_path, served.launchpad_root, policy=replace(QUICK, tries=1))
        served.faults.active.clear()
        n_left = launchpad_pending(tmp_path)
        with Store(tmp_path).fetch_session("launchpad", NOVA) as run:
            result = Progress("launchpad nova", unit="bugs", stream=stream)
            summary = launchpad.fetch(served.launchpad_root, "nova", run, policy=QUICK, progress=result)

    assert n_left > 20
    assert summary.pending == {}
    assert f"{n_left}/{n_left}" in stream.getvalue()


def launchpad_pending(data):
    return Store(data).status()[0].n_pending


@pytest.mark.server
def test_the_time_left_of_gerrits_list_follows_from_the_share_that_was_read(tmp_path):
    stream = Terminal()
    with twin.Server(small(twin.build_world(n_bugs=1), changes=100)) as served:
        with Store(tmp_path).fetch_session("gerrit", OPENSTACK_NOVA) as run:
            result = Progress("gerrit openstack/nova", unit="changes", stream=stream)
            options = gerrit.Options(page=10)
            summary = gerrit.fetch(served.gerrit_root, "openstack/nova", run, policy=QUICK, options=options,
                                   progress=result)  # fmt: skip
        probes = [target for target in served.log.targets if target.endswith("n=1")]

    estimates = {int(total) for total in re.findall(r"\d+/(\d+)", stream.getvalue())}
    assert len(estimates) > 3
    assert f"{summary.listed}/{summary.listed}" in stream.getvalue()
    assert 1 <= len(probes) <= 5


def test_the_summary_counts_what_was_fetched_and_what_is_left():
    summary = Summary("launchpad", "nova", listed=7, changed=4, unchanged=1, gone=1, pending={"bug 9": "500"})
    summary.traffic = Traffic(requests=21, retries=2, bytes=1_500_000)
    summary.notes.append("read anew: history was rewritten")

    assert str(summary).splitlines() == [
        "launchpad nova: 7 listed, 4 changed, 1 unchanged, 1 gone, 1 pending; 21 requests, 2 retries, 1.5 MB",
        "read anew: history was rewritten",
    ]
