"""Saved changes of Gerrit: every form of Gerrit and of people, and every way in which a file can be broken."""

import bz2
import contextlib
import gzip
import json
import lzma
from collections import Counter
from contextlib import ExitStack

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.build import fetch
from analysis.errors import DumpError
from analysis.ingest import saved as saved_files
from analysis.store import Store
from analysis.tables import accounts, changes

ONE = {"_number": 1, "updated": "2015-05-01 10:00:00.000000000", "project": "openstack/nova"}
TWO = {"_number": 2, "updated": "2015-05-01 09:00:00.000000000", "project": "openstack/nova"}
CUT = TWO | {"_more_changes": True}
XSSI = ")]}'\n"


def read(paths, project=None, **how):
    """The changes of all projects, by number within each, and the other results."""
    with ExitStack() as stack:
        result = saved_files.read_changes(paths, project=project, stack=stack, **how)
        return [change for name in result.projects for change in result.records(name)], result


def lines(*items):
    return "".join(json.dumps(item) + "\n" for item in items)


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
        lines(ONE, TWO),
        lines([ONE], [TWO]),
        json.dumps(ONE, indent=1) + XSSI + json.dumps(TWO),
        json.dumps({"changes": [ONE, TWO]}),
        json.dumps({"reviews": [ONE, TWO]}),
        json.dumps({"1": ONE, "2": TWO}),
    ],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_every_form_of_a_dump_gives_the_same_changes(saved, text, pack):
    assert read([saved(pack(text.encode()))])[0] == [ONE, TWO]


def test_pages_in_several_files_are_one_dump(saved):
    paths = [saved(json.dumps([ONE]), "1.json"), saved(gzip.compress(json.dumps([TWO]).encode()), "2.json.gz")]

    assert read(paths)[0] == [ONE, TWO]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_newer_of_two_records_of_a_change_counts(saved, order):
    versions = [ONE | {"status": "NEW"}, ONE | {"status": "MERGED", "updated": "2015-05-03 00:00:00.000000000"}]
    path = saved(json.dumps([versions[i] for i in order]))

    assert [change["status"] for change in read([path])[0]] == ["MERGED"]


@pytest.mark.parametrize("text", [XSSI + "[]", json.dumps({"type": "stats", "rowCount": 0, "moreChanges": False})])
def test_a_dump_without_changes_is_refused(saved, text):
    with pytest.raises(DumpError, match="check the query"):
        read([saved(text)])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (gzip.compress(json.dumps([ONE] * 999).encode())[:-20], "whole gzip file"),
        (gzip.compress(b"[]", mtime=0)[:-9] + b"x" * 9, "whole gzip file"),
        ("<!DOCTYPE html><title>Sign in</title>", "HTML or XML page, perhaps of a login"),
        (json.dumps([ONE, TWO])[:-30], "cut off"),
        (json.dumps([ONE])[:-1], "truncated"),
        ("", "nothing"),
        ("   ", "nothing"),
        ("null", "'null'"),
        ("[1]", "'1]'"),
        ('[{"_number": NaN}]', "NaN"),
        ('[{"a":' * 100_000, "nested too deeply"),
        (json.dumps([{"id": 1}]), "the keys 'id'"),
        (json.dumps([ONE | {"_number": "1"}]), "the keys '_number"),
    ],
)
def test_a_broken_dump_is_refused_before_any_change_is_read(saved, content, reason):
    path = saved(content)

    with pytest.raises(DumpError) as error:
        read([saved(json.dumps([ONE]), "whole.json"), path])

    assert reason in str(error.value)
    assert str(path) in error.value.expected
    assert "\x1b" not in str(error.value)


def test_a_missing_file_is_a_dump_error(tmp_path):
    with pytest.raises(DumpError, match="correct the path"):
        read([tmp_path / "none.json"])


def test_changes_of_another_project_are_not_mixed_in(saved):
    with pytest.raises(DumpError, match="--gerrit-project"):
        read([saved(json.dumps([ONE | {"project": "releng/lftools"}]))], project="openstack/nova")


def test_a_broken_character_does_not_lose_a_change(saved):
    path = saved(
        b'[{"_number":1,"project":"p","updated":"2015-05-01 10:00:00","subject":"\\ud83d \xff \\ud83d\\ude00"}]'
    )

    assert [change["subject"] for change in read([path])[0]] == ["\ufffd \ufffd \U0001f600"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab]}'\"\\[{é", max_size=4), inner, max_size=3),
    max_leaves=10,
)


@pytest.mark.long
@given(
    st.lists(st.dictionaries(st.sampled_from(["subject", "x]}"]), JSON), min_size=1, max_size=8),
    st.integers(1, 64),
    st.booleans(),
)
def test_saved_changes_are_read_whatever_the_size_of_a_chunk(tmp_path_factory, values, chunk, ascii_only):
    result = [change | ONE | {"_number": number} for number, change in enumerate(values, start=1)]
    path = tmp_path_factory.mktemp("dump") / "dump.json"
    path.write_text(json.dumps(result, ensure_ascii=ascii_only), encoding="utf-8")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("analysis.ingest.saved.json_items.CHUNK", chunk)
        assert read([path])[0] == result


@given(st.binary(max_size=60) | st.text("[]{}:,\"'1a)\n \\u").map(str.encode))
def test_any_bytes_give_changes_or_a_dump_error(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("dump") / "dump.json"
    path.write_bytes(content)

    with contextlib.suppress(DumpError):
        assert all("_number" in change for change in read([path])[0])


@pytest.mark.real_data
def test_the_nova_dump_holds_its_2830_changes(real_data):
    changes, result = read([real_data / "nova-reviews-2017-02-27.json.gz"], project="openstack/nova")

    statuses = [change["status"] for change in changes]
    assert not result.is_cut
    assert (len(changes), *map(statuses.count, ["NEW", "MERGED", "ABANDONED"])) == (2830, 674, 1333, 823)


SSH = {
    "project": "lamps/core", "branch": "master", "id": "I5a", "number": "77", "subject": "Mend the switch",
    "owner": {"name": "Ines Vale", "username": "ines"}, "commitMessage": "Mend the switch\n\nCloses-Bug: #5\n",
    "createdOn": 1772438400, "lastUpdated": 1772524800, "status": "NEW", "wip": True,
    "comments": [
        {"timestamp": 1772438400, "reviewer": {"username": "ines"}, "message": "Uploaded patch set 1."},
        {"timestamp": 1772450000, "reviewer": {"name": "Otto", "email": "otto@example.org"},
         "message": "Patch Set 2: Code-Review-1\n\nno"},
    ],
    "patchSets": [
        {"number": "1", "revision": "a" * 40, "uploader": {"username": "ines"}, "createdOn": 1772438400},
        {"number": 2, "revision": "b" * 40, "parents": ["c" * 40], "uploader": {"username": "ines"}, "kind": "REWORK",
         "createdOn": 1772440000, "sizeInsertions": 5, "sizeDeletions": -3,
         "files": [{"file": "lamp.py", "type": "MODIFIED", "insertions": 5, "deletions": -3}],
         "approvals": [
             {"type": "CRVW", "description": "Code Review", "value": "-1", "grantedOn": 1772450000,
              "by": {"name": "Otto", "email": "otto@example.org"}},
             {"type": "Verified", "value": "2", "grantedOn": 1772450001, "by": {"username": "gate"}}]},
    ],
}  # fmt: skip
STATS = {"type": "stats", "rowCount": 1, "moreChanges": False}


def tables(result):
    return changes.tables((fetch_kind(change) for change in result), accounts=accounts.Rules())


def fetch_kind(change):

    return msgspec.convert(change, changes.ChangeInfo)


@pytest.mark.parametrize("wrap", [lambda ssh: ssh, lambda ssh: {"backend_name": "Gerrit", "data": ssh, "tag": "x"}])
def test_a_query_over_ssh_gives_the_same_rows_as_rest(saved, wrap):
    (change,) = read([saved(lines(wrap(SSH), STATS))])[0]

    rows = tables([change])

    [made] = rows["changes"].to_dict("records")
    assert (made["change_number"], made["change_id"], made["patch_set_number"]) == (77, "I5a", 2)
    assert (made["insertions"], made["deletions"], made["is_wip"]) == (5, 3, True)
    assert made["message"].endswith("Closes-Bug: #5\n") and made["parent_sha"] == "c" * 40
    assert str(made["updated_at"]) == "2026-03-03 08:00:00+00:00"
    votes = rows["votes"]
    assert votes[["patch_set_number", "label", "value", "is_standing"]].to_numpy().tolist() == [
        [2, "Code-Review", -1, True], [2, "Verified", 2, True]
    ]  # fmt: skip
    names = rows["accounts"].set_index("account")["name"]
    assert names[votes["account"]].tolist()[0] == "Otto" and (rows["accounts"]["account"] < 0).all()
    assert rows["change_files"][["path", "insertions", "deletions"]].to_numpy().tolist() == [["lamp.py", 5, 3]]
    assert rows["change_messages"]["patch_set_number"].tolist() == [1, 2]


def test_votes_that_a_query_did_not_request_are_unknown(saved):
    bare = SSH | {"patchSets": [{name: SSH["patchSets"][1][name] for name in ("number", "revision")}]}
    silent = {name: value for name, value in bare.items() if name != "comments"}

    rows = tables(read([saved(lines(silent, STATS))])[0])["changes"]

    assert not rows["has_labels"][0] and not rows["has_messages"][0]


def test_an_unknown_account_stays_unknown_over_ssh(saved):
    ownerless = SSH | {"owner": {}, "comments": [{"timestamp": 1772438400, "message": "Patch Set 1: Code-Review+2"}]}

    rows = tables(read([saved(lines(ownerless))])[0])

    assert rows["changes"]["owner"].isna().all() and rows["change_messages"]["account"].isna().all()


@pytest.mark.parametrize(
    ("files", "is_cut"),
    [
        ([[ONE, CUT]], True),
        ([[CUT]], True),
        ([[ONE, CUT], [TWO | {"_number": 3}]], False),
        ([[TWO | {"_number": 3}], [ONE, CUT]], False),
        ([[ONE, CUT, TWO | {"_number": 3}]], False),
        ([[ONE, CUT], [ONE | {"_number": 3}]], True),
        ([[SSH, STATS | {"moreChanges": True}]], True),
        ([[SSH, STATS]], False),
        ([[ONE, TWO, {"_more_changes": True}]], True),
    ],
)
def test_a_list_is_incomplete_unless_another_file_continues_it(saved, files, is_cut):
    paths = [saved(lines(*items), f"{place}.json") for place, items in enumerate(files)]

    assert read(paths)[1].is_cut is is_cut


def test_status_reports_an_incomplete_list(saved, tmp_path):
    store = Store(tmp_path / "data")

    fetch.changes_dump(store, [saved(lines(ONE, CUT))], root="https://review.example/", project=None)

    [status] = store.status()
    assert status.n_records == 2 and any("there is more" in gap for gap in status.gaps)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("updated", "2015-02-30 10:00:00.000000000"),
        ("updated", "9999-12-31 10:00:00.000000000"),
        ("updated", ""),
        ("created", "yesterday"),
        ("submitted", 1430474400),
        ("messages", [{"date": "noon", "message": "x"}]),
        ("labels", {"Verified": {"all": [{"_account_id": 1, "value": 1, "date": "noon"}]}}),
        ("revisions", {"a": {"_number": 1, "created": "noon"}}),
        ("_comments", {"a.py": [{"id": "1", "updated": "noon"}]}),
    ],
)
def test_a_bad_time_costs_only_its_change_and_is_named_with_the_field(saved, field, value):
    result, more = read([saved(json.dumps([TWO, ONE | {field: value}]))])

    assert [change["_number"] for change in result] == [2]
    assert field.strip("_") in more.passed_over["change 1"]


def test_a_field_of_another_type_is_refused_before_it_is_stored(saved, tmp_path):
    path = saved(json.dumps([TWO, ONE | {"subject": 5}]))

    result, [snapshot] = fetch.changes_dump(Store(tmp_path / "data"), [path], root="https://r.example/", project=None)

    assert snapshot.manifest.n_records == 1
    assert "subject" in result.passed_over["change 1"]


def test_if_no_change_is_usable_the_error_gives_the_reason(saved):
    with pytest.raises(DumpError, match="change 1: updated is no time"):
        read([saved(json.dumps([ONE | {"updated": "noon"}]))])


def test_two_different_changes_with_one_number_are_refused(saved):
    path = saved(json.dumps([ONE | {"change_id": "Ia"}, ONE | {"change_id": "Ib"}]))

    with pytest.raises(DumpError, match="the number 1"):
        read([path])


def test_an_imported_change_is_kept_apart_from_the_change_with_its_number(saved):
    imported = ONE | {"change_id": "Ib", "virtual_id_number": 900_001}
    path = saved(json.dumps([ONE | {"change_id": "Ia", "virtual_id_number": 1}, imported]))

    assert [(each["_number"], each["change_id"]) for each in read([path])[0]] == [(1, "Ia"), (900_001, "Ib")]


def test_changes_of_several_projects_are_stored_apart_or_counted(saved):
    path = saved(json.dumps([ONE, TWO, ONE | {"_number": 3, "project": "openstack/os-vif"}]))

    assert read([path])[1].projects == {"openstack/nova": 2, "openstack/os-vif": 1}
    assert read([path], project="openstack/nova")[1].left_out == {"openstack/os-vif": 1}


def test_a_private_change_is_left_out_unless_private_changes_are_wanted(saved):
    path = saved(json.dumps([ONE, TWO | {"is_private": True}]))

    assert [change["_number"] for change in read([path])[0]] == [1]
    assert len(read([path], private=True)[0]) == 2


@pytest.mark.parametrize(
    ("item", "name", "do"),
    [
        ({"_id": {"$oid": "5"}, "_number": {"$numberInt": "1"}}, "mongoexport", "relaxed"),
        ({"type": "comment-added", "change": {"number": 1}, "eventCreatedOn": 5}, "stream-events", "gerrit query"),
        ({"type": "error", "message": "Unsupported query"}, "error", "query"),
        ({"bug": {"id": 1}, "tasks": []}, "Launchpad", "fetch launchpad"),
    ],
)
def test_an_unsupported_form_is_refused_with_the_way_to_a_supported_one(saved, item, name, do):
    with pytest.raises(DumpError) as error:
        read([saved(json.dumps([item]))])

    assert name in error.value.found and do in error.value.do


REAL = {
    "gerrit-nova-closed-2012-04.json.gz": 2334,
    "gerrit-cinder-merged-2015-02.json.gz": 3031,
    "gerrit-swift-merged-2015-02.json.gz": 1749,
    "gerrit-nova-open-2017-10-06.json.gz": 598,
}


@pytest.mark.real_data
@pytest.mark.parametrize("name", REAL)
def test_messages_and_standing_votes_of_real_changes_equal_a_plain_reading(real_data, name):
    with gzip.open(real_data / name, "rt", encoding="utf-8") as file:
        plain = json.loads(file.read().removeprefix(")]}'"))
    messages = Counter((each["_number"], len(each.get("messages", ()))) for each in plain)
    votes = Counter(
        (each["_number"], label, vote["_account_id"], vote["value"])
        for each in plain
        for label, held in each.get("labels", {}).items()
        for vote in held.get("all", ())
        if vote.get("value")
    )

    rows = tables(read([real_data / name])[0])

    sent = rows["change_messages"].groupby("change_number").size()
    assert len(rows["changes"]) == REAL[name] == len(plain)
    assert Counter((number, int(sent.get(number, 0))) for number in rows["changes"]["change_number"]) == messages
    standing = rows["votes"][rows["votes"]["source"].isin(["labels", "both"]) & rows["votes"]["is_standing"]]
    result = standing[["change_number", "label", "account", "value"]].itertuples(index=False, name=None)
    assert Counter(result) == votes
