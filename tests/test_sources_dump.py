"""Saved Gerrit answers: every form that Gerrit and people leave, and every way in which one can be broken."""

import contextlib
import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import DumpError
from analysis.sources import gerrit

ONE = {"_number": 1, "updated": "2015-05-01 10:00:00.000000000", "project": "openstack/nova"}
TWO = {"_number": 2, "updated": "2015-05-01 11:00:00.000000000", "project": "openstack/nova", "_more_changes": True}
XSSI = ")]}'\n"


@pytest.fixture
def saved(tmp_path):
    def save(text, name="dump.json"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
        return path

    return save


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([ONE, TWO]),
        json.dumps([ONE, TWO], indent=4),
        XSSI + json.dumps([ONE, TWO]),
        XSSI + json.dumps([ONE]) + "\n" + XSSI + json.dumps([TWO]),
        json.dumps([ONE]) + json.dumps([TWO]),
        json.dumps([[ONE], [TWO]]),
        json.dumps([[ONE], [], [TWO, {"_more_changes": True}]]),
        "\ufeff" + json.dumps([ONE, TWO]) + "\n\n",
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_every_form_of_a_dump_gives_the_same_changes(saved, text, packed):
    path = saved(gzip.compress(text.encode(), mtime=0) if packed else text)

    assert list(gerrit.read_dump([path])) == [ONE, TWO]


def test_pages_in_several_files_are_one_dump(saved):
    paths = [saved(json.dumps([ONE]), "1.json"), saved(gzip.compress(json.dumps([TWO]).encode()), "2.json.gz")]

    assert list(gerrit.read_dump(paths)) == [ONE, TWO]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_a_change_that_occurs_twice_the_newer_wins(saved, order):
    versions = [ONE | {"status": "NEW"}, ONE | {"status": "MERGED", "updated": "2015-05-03 00:00:00.000000000"}]
    path = saved(json.dumps([versions[i] for i in order]))

    assert [change["status"] for change in gerrit.read_dump([path])] == ["MERGED"]


def test_an_empty_list_is_a_dump_without_changes(saved):
    assert list(gerrit.read_dump([saved(XSSI + "[]")])) == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (gzip.compress(json.dumps([ONE] * 999).encode())[:-20], "whole gzip file"),
        (gzip.compress(b"[]", mtime=0)[:-9] + b"x" * 9, "whole gzip file"),
        ("<!DOCTYPE html><title>Sign in</title>", "HTML page, probably of a login"),
        (XSSI + json.dumps(ONE), "an object instead of a list"),
        (json.dumps([ONE, TWO])[:-30], "cut off"),
        (json.dumps([ONE])[:-1], "truncated"),
        ("", "nothing"),
        ("   ", "nothing"),
        ("null", "'null'"),
        ("[1]", "'1]'"),
        (json.dumps([{"id": 1}]), "_number and updated"),
        (json.dumps([ONE | {"_number": "1"}]), "_number and updated"),
        (json.dumps([ONE | {"updated": "2015-02-30 10:00:00.000000000"}]), "times of the past"),
        (json.dumps([ONE | {"updated": "9999-12-31 10:00:00.000000000"}]), "times of the past"),
        (json.dumps([TWO, ONE | {"updated": ""}]), "times of the past"),
        (json.dumps([ONE | {"created": "yesterday"}]), "times of the past"),
        (json.dumps([ONE | {"submitted": 1430474400}]), "times of the past"),
        ('[{"_number": NaN}]', "NaN"),
        ('[{"a":' * 100_000, "cut off or not JSON"),
    ],
)
def test_a_broken_dump_is_named_before_any_change_is_given(saved, content, said):
    path = saved(content)

    with pytest.raises(DumpError) as error:
        next(gerrit.read_dump([saved(json.dumps([ONE]), "whole.json"), path]))

    assert said in str(error.value)
    assert str(path) in error.value.expected
    assert "\x1b" not in str(error.value)


def test_a_missing_file_is_a_dump_error(tmp_path):
    with pytest.raises(DumpError, match="correct the path"):
        list(gerrit.read_dump([tmp_path / "none.json"]))


def test_changes_of_another_project_are_not_mixed_in(saved):
    with pytest.raises(DumpError, match="--gerrit-project"):
        list(gerrit.read_dump([saved(json.dumps([ONE | {"project": "releng/lftools"}]))], project="openstack/nova"))


def test_a_broken_letter_does_not_cost_a_change(saved):
    path = saved(b'[{"_number":1,"updated":"2015-05-01 10:00:00","subject":"\\ud83d \xff \\ud83d\\ude00"}]')

    assert [change["subject"] for change in gerrit.read_dump([path])] == ["\ufffd \ufffd \U0001f600"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab]}'\"\\[{é", max_size=4), inner, max_size=3),
    max_leaves=10,
)


@given(
    st.lists(st.dictionaries(st.sampled_from(["subject", "labels", "x]}"]), JSON), max_size=8),
    st.integers(1, 64),
    st.booleans(),
)
def test_what_was_saved_is_read_back_whatever_the_size_of_a_chunk(tmp_path_factory, changes, chunk, ascii_only):
    changes = [{"_number": number, "updated": ONE["updated"]} | change for number, change in enumerate(changes)]
    path = tmp_path_factory.mktemp("dump") / "dump.json"
    path.write_text(json.dumps(changes, ensure_ascii=ascii_only), encoding="utf-8")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("analysis.sources.gerrit.dump.CHUNK", chunk)
        assert list(gerrit.read_dump([path])) == changes


@given(st.binary(max_size=60) | st.text("[]{}:,\"'1a)\n \\u").map(str.encode))
def test_no_bytes_at_all_make_it_fail_otherwise(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("dump") / "dump.json"
    path.write_bytes(content)

    with contextlib.suppress(DumpError):
        assert all("_number" in change for change in gerrit.read_dump([path]))


@pytest.mark.real_data
def test_the_nova_dump_holds_its_2830_changes(real_data):
    found = list(gerrit.read_dump([real_data / "nova-reviews-2017-02-27.json.gz"], project="openstack/nova"))

    statuses = [change["status"] for change in found]
    assert (len(found), *map(statuses.count, ["NEW", "MERGED", "ABANDONED"])) == (2830, 674, 1333, 823)
