"""The fast tests: there is one list of markers, and no test without a marker starts anything."""

import re
import socket
import subprocess
from pathlib import Path
from types import SimpleNamespace

import conftest
import pytest

MAKEFILE = Path(__file__).parents[1] / "Makefile"


@pytest.mark.parametrize(
    ("target", "left_out"),
    [
        (["test-fast"], [*conftest.SLOW, conftest.LONG]),
        (["test-fast", "LONG=yes"], [*conftest.SLOW]),
        (["test-lowest"], [*conftest.SLOW]),
    ],
    ids=" ".join,
)
def test_make_leaves_out_every_slow_marker_and_no_other_one(target, left_out):
    words = ["make", "--dry-run", *target]
    planned = subprocess.run(words, cwd=MAKEFILE.parent, capture_output=True, text=True, check=True).stdout

    (line,) = [line for line in planned.splitlines() if " -m pytest " in line]

    assert re.search(r' -m "not \((.*)\)"$', line)[1].split(" or ") == left_out


def test_the_whole_run_leaves_nothing_out():
    words = ["make", "--dry-run", "test"]
    planned = subprocess.run(words, cwd=MAKEFILE.parent, capture_output=True, text=True, check=True).stdout

    (line,) = [line for line in planned.splitlines() if " -m pytest " in line]

    assert '"' not in line and " -k " not in line and line.count(" -m ") == 1


def test_the_longest_files_begin_first_and_quick_ones_last():
    def item(name, *markers):
        return SimpleNamespace(path=Path(name), get_closest_marker=markers.__contains__, fixturenames=())

    named = [item("test_a.py"), item("test_b.py", "line"), *(item(f"{name}.py") for name in reversed(conftest.LONGEST))]

    conftest.pytest_collection_modifyitems(named)

    assert [each.path.stem for each in named] == [*conftest.LONGEST, "test_b", "test_a"]
    assert all((Path(__file__).parent / f"{name}.py").is_file() for name in conftest.LONGEST)


def test_a_test_of_the_fast_lane_cannot_connect_even_to_loopback():
    with socket.socket() as client, pytest.raises(AssertionError, match="mark it with one of"):
        client.connect(("127.0.0.1", 9))


def test_what_nobody_can_install_is_skipped_by_name_also_where_parts_are_required(monkeypatch, tmp_path):
    monkeypatch.setenv("ANALYSIS_REQUIRE", "1")

    with pytest.raises(pytest.skip.Exception, match=r"the real data .* is missing"):
        conftest.folder_of_real_data(tmp_path / "shared")
    with pytest.raises(pytest.fail.Exception, match="a browser is missing"):
        conftest.missing("a browser")
