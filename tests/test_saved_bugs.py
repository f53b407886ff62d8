"""Saved bugs of Launchpad: every form in which people keep them, and the facts that each form lacks."""

import bz2
import gzip
import json
import lzma
import resource
from contextlib import ExitStack

import pyarrow as pa
import pytest

from analysis import cli
from analysis.errors import DumpError
from analysis.ingest import saved
from analysis.store import Store

API = "https://launchpad.example/devel/"
CREATED = "2026-03-01T08:00:00+00:00"
UPDATED = "2026-03-09T08:00:00+00:00"


def bug(number=1, **more):
    return {
        "id": number, "title": f"Lamp {number} flickers", "description": "It flickers.", "tags": ["lamps"], "heat": 4,
        "private": False, "information_type": "Public", "date_created": CREATED, "date_last_updated": UPDATED,
        "message_count": 1, "owner_link": f"{API}~ines", "resource_type_link": f"{API}#bug",
        "bug_tasks_collection_link": f"{API}bugs/{number}/bug_tasks",
    } | more  # fmt: skip


def task(number=1, target="lamps", **more):
    return {
        "bug_link": f"{API}bugs/{number}", "self_link": f"{API}{target}/+bug/{number}", "status": "Confirmed",
        "importance": "High", "target_link": f"{API}{target}", "bug_target_name": target, "assignee_link": None,
        "date_created": CREATED, "resource_type_link": f"{API}#bug_task",
    } | more  # fmt: skip


def message(number=1, place=0, **more):
    return {
        "self_link": f"{API}lamps/+bug/{number}/comments/{place}", "content": f"comment {place}",
        "date_created": CREATED, "owner_link": f"{API}~ines", "resource_type_link": f"{API}#message",
    } | more  # fmt: skip


def activity(number=1, **more):
    return {
        "bug_link": f"{API}bugs/{number}", "self_link": f"{API}bugs/{number}/activity/0", "datechanged": UPDATED,
        "whatchanged": "lamps: status", "oldvalue": "New", "newvalue": "Confirmed", "person_link": f"{API}~ines",
        "resource_type_link": f"{API}#bug_activity",
    } | more  # fmt: skip


def perceval(number=1, **more):
    item = task(number) | {
        "bug_data": bug(number),
        "messages_data": [message(number)],
        "owner_data": {"mail": "secret"},
    }
    return {
        "backend_name": "Launchpad",
        "category": "issue",
        "origin": "https://launchpad.net/lamps",
        "data": item | more,
    }


def one_file(number=1, **more):
    return {
        "id": number, "index": 0, "status": "Confirmed", "importance": "High", "heat": 4, "tags": ["lamps"],
        "title": f"Lamp {number} flickers", "description": "It flickers.", "created": "2026-03-01 08:00:00+00:00",
        "openned": "2026-03-02 08:00:00+00:00", "last_updated": "2026-03-09 08:00:00.25+00:00", "owner": "None",
        "link": f"https://bugs.launchpad.example/lamps/+bug/{number}",
        "comments": [{"author": "", "content": "It flickers.", "date_created": "2026-03-01 08:00:00+00:00"}],
    } | more  # fmt: skip


WHOLE = {"bug": bug(), "tasks": [task()], "messages": [message()], "activity": [activity()]}


def lines(*items):
    return "".join(json.dumps(item) + "\n" for item in items)


@pytest.fixture
def keep(tmp_path):
    def write(content, name="bugs.json"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def read(*paths, project=None, private=False):
    """The records by project, and the other results."""
    with ExitStack() as stack:
        result = saved.read_bugs(paths, project=project, default="lamps", stack=stack, private=private)
        return {name: list(result.records(name)) for name in result.projects}, result


@pytest.mark.parametrize(
    "content",
    [
        lines(WHOLE),
        json.dumps([WHOLE]),
        json.dumps(WHOLE, indent=2),
        lines(bug(), task(), message(), activity()),
        lines(activity(), message(), task(), bug()),
        lines(*({"entries": [entry], "total_size": 1, "start": 0} for entry in (bug(), task(), message(), activity()))),
        lines(bug() | {"bug_tasks": [task()], "messages": [message()], "activity": {"entries": [activity()]}}),
    ],
    ids=["a line", "a list", "one object", "entries", "entries in another order", "collections", "parts in the bug"],
)
def test_saved_entries_of_the_api_give_the_record_that_a_fetch_stores(keep, content):
    [record] = read(keep(content))[0]["lamps"]

    assert {name: record[name] for name in WHOLE} == WHOLE


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("gz", lambda raw: gzip.compress(raw[:99]) + gzip.compress(raw[99:])),
        ("bz2", bz2.compress),
        ("xz", lambda raw: lzma.compress(raw[:99]) + lzma.compress(raw[99:]) + b"\0\0\0\0"),
        ("zst", lambda raw: pa.Codec("zstd").compress(raw, asbytes=True)),
    ],
)
def test_a_compressed_file_gives_the_same_records_as_the_plain_one(keep, name, pack):
    path = keep(pack(lines(WHOLE, perceval(2)).encode()), f"bugs.json.{name}")

    assert [record["bug"]["id"] for record in read(path)[0]["lamps"]] == [1, 2]


@pytest.mark.parametrize("name", ["gz", "bz2", "xz"])
def test_a_truncated_compressed_file_is_named(keep, name):
    pack = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}[name]
    path = keep(pack(lines(*({"x": place} | WHOLE for place in range(99))).encode())[:-30])

    with pytest.raises(DumpError, match="whole") as error:
        read(path)

    assert str(path) in error.value.expected


def test_parts_that_perceval_does_not_save_are_absent(keep):
    [record] = read(keep(lines(perceval())))[0]["lamps"]

    assert record.keys() == {"bug", "tasks", "messages", "tasks_of"}
    assert record["tasks_of"] == ["lamps"]
    assert record["tasks"] == [task()]
    assert "secret" not in json.dumps(record)


def test_activity_in_a_perceval_file_is_read(keep):
    [record] = read(keep(lines(perceval(activity_data=[activity()]))))[0]["lamps"]

    assert record["activity"] == [activity()]


def test_a_truncated_file_in_a_folder_is_skipped_and_named(keep, tmp_path):
    keep(json.dumps(one_file(1)), "set/bug-1.json")
    keep(
        json.dumps(one_file(2, status="Fix Released", owner=f"{API}~worker", closed="2026-03-08 08:00:00+00:00")),
        "set/bug-2.json",
    )
    cut = keep(json.dumps(one_file(3))[:50], "set/bug-3.json")
    keep("# about", "set/README.md")
    keep("{}", "set/.git/index.json")

    records, result = read(tmp_path / "set")

    first, second = records["lamps"]
    assert list(result.passed_over) == [str(cut)]
    assert (first["tasks"][0]["assignee_link"], "date_closed" in first["tasks"][0]) == (None, False)
    assert second["tasks"][0]["date_closed"] == "2026-03-08T08:00:00+00:00"
    assert "owner_link" not in first["bug"] and first["bug"]["date_last_updated"] == "2026-03-09T08:00:00.250000+00:00"
    assert first["tasks_of"] == ["lamps"] and "activity" not in first


def test_a_bad_date_costs_only_its_record_and_is_named_with_the_field(keep):
    bad = perceval(2, date_closed="yesterday")
    to_come = perceval(3)
    to_come["data"]["messages_data"][0]["date_created"] = "9999-01-01T00:00:00+00:00"

    records, result = read(keep(lines(perceval(1), bad, to_come, perceval(4))))

    assert [record["bug"]["id"] for record in records["lamps"]] == [1, 4]
    assert "date_closed" in result.passed_over["bug 2"] and "yesterday" in result.passed_over["bug 2"]
    assert "messages.date_created is still to come" in result.passed_over["bug 3"]


@pytest.mark.parametrize(
    "part", [{"title": 5}, {"tags": "lamps"}, {"heat": "hot"}, {"id": "1"}, {"id": -1}, {"id": 2**70}, {"id": None}]
)
def test_a_field_of_another_type_costs_that_record_only(keep, part):
    strange = perceval(2, bug_data=bug(2) | part)

    records, result = read(keep(lines(perceval(1), strange)))

    assert [record["bug"]["id"] for record in records["lamps"]] == [1]
    assert len(result.passed_over) == 1


def test_a_private_bug_is_left_out_and_its_number_kept_to_hide_its_fix(keep):
    path = keep(lines(perceval(1), perceval(2, bug_data=bug(2, information_type="Private Security", private=True))))

    records, result = read(path)
    with_private, _ = read(path, private=True)

    assert [record["bug"]["id"] for record in records["lamps"]] == [1]
    assert result.private == {"lamps": [2]}
    assert len(with_private["lamps"]) == 2


def test_a_bug_in_two_items_has_the_tasks_of_both_and_the_newer_fields(keep):
    older = perceval(1, bug_data=bug(1, title="Old", date_last_updated="2026-03-02T08:00:00+00:00"))
    in_series = perceval(1) | {"data": perceval(1)["data"] | task(1, "lamps/spring")}

    [record] = read(keep(lines(in_series, older)))[0]["lamps"]

    assert record["bug"]["title"] == "Lamp 1 flickers"
    assert record["tasks_of"] == ["lamps", "lamps/spring"]
    assert record["messages"] == [message()]


def test_several_projects_in_one_file_are_stored_apart_or_one_is_chosen(keep):
    path = keep(lines(perceval(1), perceval(2), perceval(3, **task(3, "chairs"))))

    split, _ = read(path)
    chosen, result = read(path, project="chairs")

    assert {name: len(records) for name, records in split.items()} == {"lamps": 2, "chairs": 1}
    assert [record["bug"]["id"] for record in chosen["chairs"]] == [3]
    assert result.left_out == {"lamps": 2}
    with pytest.raises(DumpError, match="--launchpad-project"):
        read(path, project="tables")


def test_a_bug_with_tasks_of_other_projects_does_not_make_a_second_project(keep):
    both = WHOLE | {"tasks": [task(), task(1, "chairs")]}

    records, _ = read(keep(lines(both, WHOLE | {"bug": bug(2), "tasks": [task(2)]})))

    assert [len(result) for result in records.values()] == [2]
    assert "tasks_of" not in records["lamps"][0]


def test_parts_without_their_bug_are_named(keep):
    _, result = read(keep(lines(bug(1), task(1), message(2))))

    assert list(result.passed_over) == ["bug 2"]


@pytest.mark.parametrize(
    ("content", "name", "do"),
    [
        (lines(WHOLE).encode("utf-16"), "UTF-16", "iconv"),
        (lines(WHOLE).encode("utf-16-le"), "UTF-16", "iconv"),
        (lines(WHOLE).encode("utf-32"), "UTF-32", "iconv"),
        ("id,title,status\n1,Lamp,New\n", "CSV", "JSON"),
        ('"id";"title"\n1;"a {b}"\n', "CSV", "JSON"),
        ("<html><title>Log in</title>", "HTML", "server"),
        (str([WHOLE]), "Python", "json.dumps"),
        (b"PK\x03\x04", "zip", "unpack"),
        (gzip.compress(gzip.compress(lines(WHOLE).encode())), "packed twice", "unpack"),
        (b"\x16\0\0\0\x07_id\0" + b"x" * 20, "BSON", "mongoexport"),
        (json.dumps([{"_id": {"$oid": "5"}, "id": {"$numberInt": "5"}}]), "mongoexport", "relaxed"),
        (json.dumps([{"_number": 1, "change_id": "I1"}]), "Gerrit", "fetch gerrit"),
        (json.dumps([{"key": "LAMP-1"}]), "'key'", "forms"),
    ],
)
def test_an_unsupported_form_is_refused_with_the_way_to_a_supported_one(keep, content, name, do):
    with pytest.raises(DumpError) as error:
        read(keep(content))

    assert name in error.value.found and do in error.value.do


@pytest.mark.long
def test_a_compressed_file_of_blanks_is_read_quickly(keep):
    path = keep(gzip.compress(b"[" + b" " * (1 << 26), compresslevel=9))

    with pytest.raises(DumpError, match="without any record"):
        read(path)


def test_a_record_that_is_nested_too_deeply_is_refused(keep):
    with pytest.raises(DumpError, match="nested too deeply"):
        read(keep('{"bug": ' + '{"a":' * 100_000))


def test_the_command_stores_saved_bugs_and_keeps_skipped_ones_as_pending(keep, tmp_path, capsys):
    path = keep(lines(perceval(1), perceval(2, date_closed="never")))
    data = tmp_path / "data"

    code = cli.main(
        ["--data-dir", str(data), "fetch", "launchpad", "--launchpad-project", "lamps", "--dump", str(path)]
    )

    assert code == 0
    assert "1 bug of lamps, as of 2026-03-09" in capsys.readouterr().out
    [(_, scope)] = Store(data).scopes()
    [snapshot] = Store(data).snapshots("launchpad", scope)
    assert (snapshot.manifest.kind, list(snapshot.manifest.pending)) == ("dump", ["bug 2"])


@pytest.mark.real_data
def test_the_bugs_of_nova_are_stored_in_bounded_time_and_memory(real_data, tmp_path):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_utime

    with ExitStack() as stack:
        result = saved.read_bugs(
            [real_data / "launchpad-nova-2017-10-17.jsonl.gz"], project="nova", default="nova", stack=stack
        )
        counts = [(1, len(record["messages"])) for record in result.records("nova")]

    assert [sum(column) for column in zip(*counts, strict=True)] == [13_251, 81_605]
    assert not result.passed_over and result.as_of["nova"].startswith("2017-10-17")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_utime - before < 25


def test_an_endless_record_is_refused_before_it_fills_the_memory(keep, monkeypatch):
    monkeypatch.setattr("analysis.ingest.saved.json_items.LONGEST", 1 << 21)
    path = keep(gzip.compress(b'{"title": "' + b"x" * (1 << 24)))

    with pytest.raises(DumpError, match="longer than"):
        read(path)
