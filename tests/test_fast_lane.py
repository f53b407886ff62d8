"""The fast lane is what its name says: its list of markers is one, and a test in it starts nothing."""

import socket
from pathlib import Path

import conftest
import pytest

MAKEFILE = Path(__file__).parents[1] / "Makefile"


def test_make_leaves_out_every_slow_marker():
    (line,) = [line for line in MAKEFILE.read_text(encoding="utf-8").splitlines() if ' -m "not (' in line]

    assert line.partition("not (")[2].rstrip('")').split(" or ") == list(conftest.SLOW)


def test_a_test_of_the_fast_lane_cannot_connect_even_to_loopback():
    with socket.socket() as client, pytest.raises(AssertionError, match="mark it with one of"):
        client.connect(("127.0.0.1", 9))
