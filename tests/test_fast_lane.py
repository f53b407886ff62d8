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


def test_what_nobody_can_install_is_skipped_by_name_also_where_parts_are_required(monkeypatch, tmp_path):
    monkeypatch.setenv("ANALYSIS_REQUIRE", "1")

    with pytest.raises(pytest.skip.Exception, match=r"the real data .* is missing"):
        conftest.folder_of_real_data(tmp_path / "shared")
    with pytest.raises(pytest.fail.Exception, match="a browser is missing"):
        conftest.missing("a browser")
