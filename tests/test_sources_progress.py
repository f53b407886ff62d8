"""How far a fetch is, for a person at a terminal and for a log."""

import io

import pytest
from tqdm import tqdm

from analysis.sources.progress import EVERY, Progress
from analysis.sources.summary import Summary
from analysis.sources.transport import Traffic


class Terminal(io.StringIO):
    """A stream that somebody watches."""

    def isatty(self):
        return True


@pytest.fixture
def clock():
    class Clock:
        now = 0.0

        def __call__(self):
            return self.now

    return Clock()


def test_a_log_gets_a_plain_line_now_and_then(clock):
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


def test_the_summary_says_what_was_done_and_what_is_left():
    summary = Summary("launchpad", "nova", listed=7, changed=4, unchanged=1, gone=1, pending={"bug 9": "500"})
    summary.traffic = Traffic(requests=21, retries=2, bytes=1_500_000)
    summary.notes.append("read anew: history was rewritten")

    assert str(summary).splitlines() == [
        "launchpad nova: 7 listed, 4 changed, 1 unchanged, 1 gone, 1 pending; 21 requests, 2 retries, 1.5 MB",
        "read anew: history was rewritten",
    ]
