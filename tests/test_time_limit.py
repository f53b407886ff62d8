"""A slow pattern or parser is stopped during its work, with an error that says so."""

import re
import time

import pytest

from analysis.ingest.record_check import RecordError, within_limit
from analysis.time_limit import TooSlowError, time_limit

SLOW = re.compile(r"(?:a|aa)+$")  # exponential, as no pattern of the product is


def test_a_pattern_is_stopped_during_a_match():
    begun = time.thread_time()

    with pytest.raises(TooSlowError, match=r"0\.2 s"), time_limit(0.2):
        SLOW.match("a" * 100 + "b")

    assert time.thread_time() - begun < 2


def test_waiting_time_does_not_count():
    with time_limit(0.05):
        time.sleep(0.2)


def test_code_that_catches_every_error_is_stopped_again(monkeypatch):
    monkeypatch.setattr("analysis.time_limit.AGAIN", 0.1)
    n_stopped = 0

    with pytest.raises(TooSlowError), time_limit(0.1):
        while n_stopped < 2:
            try:
                SLOW.match("a" * 100 + "b")
            except TooSlowError:
                n_stopped += 1
        SLOW.match("a" * 100 + "b")

    assert n_stopped == 2


def test_an_outer_time_limit_continues_after_an_inner_one():
    with pytest.raises(TooSlowError, match=r"0\.3 s"), time_limit(0.3):
        with time_limit(5):
            pass
        SLOW.match("a" * 100 + "b")


def test_a_slow_record_is_named_with_the_reason(monkeypatch):
    monkeypatch.setattr("analysis.time_limit.RECORD_SECONDS", 0.2)

    with pytest.raises(RecordError, match=r"more than 0\.2 s of the processor") as error:
        within_limit("bug 5", lambda: SLOW.match("a" * 100 + "b"))

    assert error.value.name == "bug 5"
