"""The store: complete snapshots, read as one, newest first, and tables that match their schema."""

import os
import posix
import shutil
import stat
import subprocess
from pathlib import Path

import msgspec
import pandas as pd
import pyarrow.parquet as pq
import pytest

from analysis.errors import CorruptSnapshotError, LockedError, NewerFormatError, SchemaError, StoreError
from analysis.store import Scope, Store, chunks, files, read_earlier, read_table
from analysis.tables import schema

NOVA = Scope("review.example.org", "openstack/nova")


class Named(msgspec.Struct):
    """The subject of a change."""

    subject: str


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "data")


def change(number, updated="2015-05-01 10:00:00.000000000", **more):
    return {"_number": number, "updated": updated} | more


def dump(store, *changes, **more):
    return store.write_snapshot("gerrit", NOVA, changes, kind="dump", **more)


def numbers(store):
    return [record["_number"] for record in store.records("gerrit", NOVA)]


def test_records_are_read_as_they_were_written_in_the_order_of_their_keys(store):
    inputs = [change(7, subject="\x1b[31m<b>\u202e\ud83d"), change(2, labels={"é": None}, insertions=2**70 + 1)]

    dump(store, *inputs)

    assert list(store.records("gerrit", NOVA)) == [inputs[1], inputs[0]]


def test_only_the_requested_fields_of_a_record_are_read(store):
    dump(store, change(7, subject="whole"), change(8, subject="half \ud83d", labels="not read"))

    result = list(store.records("gerrit", NOVA, Named))

    assert result == [Named("whole"), Named("half \ud83d")]


@pytest.mark.parametrize("subject", [5, ["half \ud83d"]])
def test_a_malformed_record_is_refused_with_the_name_of_the_field(store, subject):
    dump(store, change(7, subject=subject))

    with pytest.raises(SchemaError, match=r"(?s)record 7 to be read as Named.*\$\.subject.*look at the raw record"):
        list(store.records("gerrit", NOVA, Named))


def test_the_later_of_two_records_with_one_key_counts(store):
    dump(store, change(7, status="NEW"), change(7, status="MERGED"))

    assert [record["status"] for record in store.records("gerrit", NOVA)] == ["MERGED"]


def test_a_newer_snapshot_supersedes_an_older_one_record_by_record(store):
    dump(store, change(1, status="NEW"), change(2, status="NEW"))
    dump(store, change(2, "2015-05-02 10:00:00.000000000", status="MERGED"), change(3, status="NEW"))

    by_name = {record["_number"]: record["status"] for record in store.records("gerrit", NOVA)}

    assert by_name == {1: "NEW", 2: "MERGED", 3: "NEW"}


def test_an_old_dump_does_not_hide_newer_records(store):
    dump(store, change(1, "2015-05-02 10:00:00.000000000", status="MERGED"))
    dump(store, change(1, "2012-01-01 10:00:00.000000000", status="NEW"))

    assert [record["status"] for record in store.records("gerrit", NOVA)] == ["MERGED"]


def test_a_later_fetch_is_newer_even_if_the_clock_was_set_back(store):
    fetched(store, change(1, text="first"), since=3)
    dump(store, change(1, text="saved"), as_of="2015-06-02T12:00:00+00:00")
    fetched(store, change(1, text="second"), since=2)

    assert [record["text"] for record in store.records("gerrit", NOVA)] == ["second"]


def test_a_base_snapshot_replaces_all_older_ones_of_its_scope(store):
    dump(store, change(1), change(2))
    dump(store, change(3), base=True)

    assert numbers(store) == [3]


def test_a_gone_record_is_left_out_until_it_is_served_again(store):
    dump(store, change(1), change(2))

    with store.fetch_session("gerrit", NOVA) as run:
        run.mark_gone(2, "404")
        run.seal(kind="fetch", as_of="2015-06-01T00:00:00+00:00")
    without = numbers(store)
    dump(store, change(2, "2015-06-02 10:00:00.000000000"))

    assert (without, numbers(store)) == ([1], [1, 2])


def test_as_of_is_the_newest_time_of_a_server_rather_than_of_a_clone(store):
    dump(store, change(1, "2015-05-02 10:00:00.126000000"))
    commit = {"sha": "ab" * 20, "committed_at": "2018-06-01T16:14:23+00:00"}
    store.write_snapshot("git", NOVA, [commit], kind="clone")

    assert store.as_of() == pd.Timestamp("2015-05-02 10:00:00.126", tz="UTC")


def test_as_of_is_the_newest_commit_if_there_is_only_a_clone(store):
    commit = {"sha": "ab" * 20, "committed_at": "2018-06-01T12:14:23-04:00"}
    store.write_snapshot("git", NOVA, [commit], kind="clone")

    assert store.as_of() == pd.Timestamp("2018-06-01 16:14:23", tz="UTC")


def test_an_empty_data_directory_has_no_as_of(store):
    with pytest.raises(StoreError, match="run `fetch` first"):
        store.as_of()


def test_an_import_that_fails_leaves_nothing(store):
    def broken():
        yield change(1)
        raise ValueError("the dump ended early")

    with pytest.raises(ValueError, match="ended early"):
        store.write_snapshot("gerrit", NOVA, broken(), kind="dump")

    assert (store.scopes(), [p.name for p in store.raw.rglob("*") if p.is_file()]) == ([], [".lock"])


def test_an_import_leaves_an_unfinished_fetch_alone(store):
    with store.fetch_session("gerrit", NOVA) as run:
        run.put(change(1))
        run.commit({"page": 1})

    dump(store, change(2))

    with store.fetch_session("gerrit", NOVA) as run:
        assert (run.state, run.stored_records([1, 2, 3])) == ({"page": 1}, {1: change(1), 2: change(2)})


def test_an_unfinished_fetch_is_not_read(store):
    with store.fetch_session("gerrit", NOVA) as run:
        run.put(change(1))
        run.commit({"page": 1})

    assert store.scopes() == []


def test_records_that_were_not_committed_are_fetched_again(store):
    with store.fetch_session("gerrit", NOVA) as run:
        run.put(change(1))
        run.commit({"page": 1})
        run.put(change(2))

    with store.fetch_session("gerrit", NOVA) as run:
        assert run.stored_records([1, 2]) == {1: change(1)}


def test_pending_items_stay_from_run_to_run_until_they_are_stored(store):
    with store.fetch_session("gerrit", NOVA) as run:
        run.mark_pending(5, {"error": "500"})
        run.mark_pending(6, {"error": "500"})
        run.seal(kind="fetch", as_of="2015-06-01T00:00:00+00:00", cursor={"since": "x"})
    with store.fetch_session("gerrit", NOVA) as run:
        inherited = run.pending()
        run.put(change(5))
        left = run.pending()

    assert (inherited, left) == ({"5": {"error": "500"}, "6": {"error": "500"}}, {"6": {"error": "500"}})


def test_the_next_run_starts_from_the_cursor_of_the_last_one(store):
    with store.fetch_session("gerrit", NOVA) as run:
        first = run.previous
        run.seal(kind="fetch", as_of="2015-06-01T00:00:00+00:00", cursor={"since": "2015-06-01"})
    dump(store, change(1))

    with store.fetch_session("gerrit", NOVA) as run:
        assert (first, run.previous, run.state) == ({}, {"since": "2015-06-01"}, {})


def test_an_import_during_an_unfinished_run_removes_nothing_of_it(store):
    with store.fetch_session("gerrit", NOVA) as run:
        run.put(change(1))
        run.commit({"page": 1})
    dump(store, change(2))
    store.compact("gerrit", NOVA)
    dump(store, change(3))
    store.compact("gerrit", NOVA)

    with store.fetch_session("gerrit", NOVA) as run:
        run.seal(kind="fetch", as_of="2015-06-01T00:00:00+00:00", cursor={"since": "x"})

    assert numbers(store) == [1, 2, 3]


def test_the_rest_of_an_interrupted_snapshot_is_removed(store):
    folder = dump(store, change(1)).folder.parent / "000002"
    folder.mkdir()
    (folder / ".records.jsonl.zst.1.part").write_bytes(b"half of it")

    dump(store, change(2))

    assert [p.name for p in sorted(folder.iterdir())] == ["manifest.json", "records.jsonl.zst"]
    assert numbers(store) == [1, 2]


def test_a_damaged_record_of_an_unfinished_run_is_named(store):
    dump(store, change(1))
    (store.raw / "gerrit" / NOVA.folder / "run.sqlite").write_bytes(b"no database at all" * 100)

    with pytest.raises(StoreError, match="remove the file"), store.fetch_session("gerrit", NOVA):
        pass

    assert numbers(store) == [1]


def test_a_run_that_never_began_leaves_no_trace(store):
    with pytest.raises(ValueError, match="no such project"), store.fetch_session("gerrit", NOVA):
        raise ValueError("no such project")

    assert store.status() == []


def test_a_second_run_at_the_same_time_is_refused_with_the_holder_of_the_lock(store):
    with store.fetch_session("gerrit", NOVA), pytest.raises(LockedError) as error, store.fetch_session("gerrit", NOVA):
        pass

    assert "process" in error.value.found
    assert "fetching gerrit review.example.org/openstack/nova" in error.value.found


def test_the_rest_of_a_killed_write_is_removed_unless_it_may_be_running(tmp_path):
    left = [tmp_path / f".bugs.parquet.{number}.part" for number in (1, 2)]
    other = tmp_path / ".changes.parquet.1.part"
    for path in (*left, other):
        path.write_bytes(b"half of it")
    for path in (left[0], other):
        os.utime(path, (0, 0))

    with files.new_file(tmp_path / "bugs.parquet") as file:
        file.write(b"all of it")

    assert {path.name for path in tmp_path.iterdir()} == {"bugs.parquet", left[1].name, other.name}


def test_a_file_is_on_disk_before_it_has_its_name_and_the_folder_after(tmp_path, monkeypatch):
    happened, rename = [], Path.replace

    def sync(descriptor):
        happened.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        posix.fsync(descriptor)  # that of `os` is taken away from all tests

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(Path, "replace", lambda *paths: (happened.append("name"), rename(*paths))[1])
    with files.new_file(tmp_path / "bugs.parquet") as file:
        file.write(b"all of it")

    assert happened == ["file", "name", "folder"]


def test_compaction_keeps_records_gone_keys_and_the_cursor(store):
    dump(store, change(1), change(2), change(3))
    with store.fetch_session("gerrit", NOVA) as run:
        run.put(change(2, "2015-06-01 00:00:00.000000000"))
        run.mark_gone(3, "404")
        run.mark_pending(9, {"error": "500"})
        run.seal(kind="fetch", as_of="2015-06-01T00:00:00+00:00", cursor={"since": "x"})
    before = list(store.records("gerrit", NOVA)), store.as_of()

    store.compact("gerrit", NOVA)

    (left,) = store.snapshots("gerrit", NOVA)
    assert (list(store.records("gerrit", NOVA)), store.as_of()) == before
    assert (left.manifest.gone, left.manifest.pending) == ({3: "404"}, {"9": {"error": "500"}})
    with store.fetch_session("gerrit", NOVA) as run:
        assert (run.previous, run.pending()) == ({"since": "x"}, {"9": {"error": "500"}})


def test_an_interrupted_compaction_loses_nothing(store, monkeypatch):
    dump(store, change(1))
    dump(store, change(1, status="MERGED"), change(2))
    before = list(store.records("gerrit", NOVA))
    monkeypatch.setattr(files, "remove", lambda path: (_ for _ in ()).throw(KeyboardInterrupt))

    with pytest.raises(KeyboardInterrupt):
        store.compact("gerrit", NOVA)

    assert len(list(store.raw.glob("gerrit/*/*/*/manifest.json"))) == 3
    assert list(store.records("gerrit", NOVA)) == before


def test_an_old_dump_stays_older_than_a_compacted_snapshot(store):
    dump(store, change(1, status="MERGED"))
    dump(store, change(2))
    store.compact("gerrit", NOVA)

    dump(store, change(1, "2012-01-01 00:00:00.000000000", status="NEW"), change(3, "2012-01-01 00:00:00.000000000"))

    by_name = {record["_number"]: record.get("status") for record in store.records("gerrit", NOVA)}
    assert by_name == {1: "MERGED", 2: None, 3: None}


def test_only_a_scope_with_many_snapshots_is_compacted(store):
    for number in range(4):
        dump(store, change(number))

    store.tidy("gerrit", NOVA, most=4)
    untouched = len(store.snapshots("gerrit", NOVA))
    store.tidy("gerrit", NOVA, most=3)

    assert (untouched, len(store.snapshots("gerrit", NOVA)), numbers(store)) == (4, 1, [0, 1, 2, 3])


def test_status_counts_the_records_and_names_every_gap(store):
    dump(store, change(1), change(2))
    with store.fetch_session("gerrit", NOVA) as run:
        run.put(change(2))
        run.mark_gone(1, "404")
        run.mark_pending(9, {"error": "500"})
        run.seal(kind="fetch", as_of="2015-06-01T00:00:00+00:00", cursor={"since": "x"})
    with store.fetch_session("gerrit", NOVA) as run:
        run.commit({"page": 1})

    (status,) = store.status()

    assert (status.n_records, status.n_gone, status.n_pending, status.n_snapshots) == (1, 1, 1, 2)
    assert status.age(pd.Timestamp("2015-06-02", tz="UTC")) == pd.Timedelta(days=1)
    assert status.n_bytes == sum(p.stat().st_size for p in store.raw.rglob("*") if p.is_file())
    assert [gap.split(":")[0] for gap in status.gaps] == [
        "a fetch was cut off, 0 records so far, 1 listed and pending",
        "1 items were listed but could not be fetched",
    ]


def fetched(store, *changes, since, pending=()):
    with store.fetch_session("gerrit", NOVA) as run:
        for each in changes:
            run.put(each)
        for key in pending:
            run.mark_pending(key, {"error": "500"})
        return run.seal(kind="fetch", as_of=f"2015-06-0{since}T00:00:00+00:00", cursor={"since": since})


def test_after_a_removed_snapshot_a_run_continues_from_the_last_complete_one(store):
    fetched(store, change(1), since=1)
    folders = [fetched(store, change(n), since=n, pending=[n * 10]).folder for n in (2, 3, 4)]
    shutil.rmtree(folders[1])

    with store.fetch_session("gerrit", NOVA) as run:
        previous, pending = run.previous, list(run.pending())
        run.seal(kind="fetch", cursor={"since": 5})
    with store.fetch_session("gerrit", NOVA) as run:
        healed = run.previous

    assert (previous, pending, healed) == ({"since": 2}, ["20"], {"since": 5})


def test_a_removed_snapshot_is_a_gap_until_the_next_fetch(store):
    folders = [fetched(store, change(n), since=n).folder for n in (1, 2, 3)]
    shutil.rmtree(folders[1])

    before = store.status()[0].gaps
    fetched(store, change(2), since=4)

    assert before == ("snapshots [2] were removed: the next fetch asks again for what they held",)
    assert store.status()[0].gaps == ()
    assert numbers(store) == [1, 2, 3]


def test_compaction_keeps_the_gap_of_a_removed_snapshot(store):
    folders = [fetched(store, change(n), since=n).folder for n in (1, 2, 3)]
    shutil.rmtree(folders[1])

    store.compact("gerrit", NOVA)

    with store.fetch_session("gerrit", NOVA) as run:
        assert run.previous == {"since": 1}


def test_an_unfinished_run_starts_again_if_a_snapshot_was_removed(store):
    folder = fetched(store, change(1), since=1).folder
    with store.fetch_session("gerrit", NOVA) as run:
        run.commit({"since": 1})
    shutil.rmtree(folder)

    with store.fetch_session("gerrit", NOVA) as run:
        assert (run.previous, run.state) == ({}, {})


def test_an_unfinished_run_continues_after_a_compaction(store):
    fetched(store, change(1), since=1)
    fetched(store, change(2), since=2)
    with store.fetch_session("gerrit", NOVA) as run:
        run.commit({"page": 7})
    store.compact("gerrit", NOVA)

    with store.fetch_session("gerrit", NOVA) as run:
        assert (run.previous, run.state) == ({"since": 2}, {"page": 7})


def test_a_lost_manifest_is_named_and_its_records_are_not_removed(store):
    lost = dump(store, change(1))
    dump(store, change(2))
    (lost.folder / "manifest.json").unlink()

    with pytest.raises(CorruptSnapshotError, match="no such file"):
        numbers(store)
    with pytest.raises(CorruptSnapshotError, match="no such file"):
        dump(store, change(3))

    assert lost.path.exists()


def test_a_file_that_cannot_be_read_is_named(store):
    path = dump(store, change(1)).folder / "manifest.json"
    path.unlink()
    path.mkdir()

    with pytest.raises(StoreError, match="expected to read"):
        numbers(store)


def test_status_shows_the_progress_and_the_holder_of_a_run(store):
    with store.fetch_session("gerrit", NOVA) as run:
        run.put(change(1))
        run.mark_pending(2, {})
        run.commit({"page": 1})
        (during,) = store.status()
    (after,) = store.status()

    assert during.gaps[0].startswith(f"process {os.getpid()} on ")
    assert during.gaps[0].endswith("fetching gerrit review.example.org/openstack/nova: "
                                   "1 records so far, 1 listed and pending")  # fmt: skip
    assert after.gaps == (
        "a fetch was cut off, 1 records so far, 1 listed and pending: run it again, it goes on from there",
    )


def test_status_of_an_incomplete_dump_says_that_the_rest_is_unknown(store):
    dump(store, change(1))

    (status,) = store.status()

    assert status.gaps == ("only saved answers: what gerrit had besides is not known",)


def test_status_names_a_damaged_snapshot_and_describes_the_others(store):
    dump(store, change(1))
    path = dump(store, change(2)).path
    path.write_bytes(b"x" * path.stat().st_size)

    (status,) = store.status()

    assert status.gaps[0].startswith(f"unusable: {path}")


def many(n):
    return (change(number, text=f"{number} " * 2000) for number in range(n))


def test_a_snapshot_is_one_file_that_any_zstd_tool_reads(store, tmp_path):
    snapshot = dump(store, *many(400))

    lines = subprocess.run(["zstd", "-dc", str(snapshot.path)], capture_output=True, check=True).stdout.splitlines()

    assert len(snapshot.manifest.frames) > 2
    assert [msgspec.json.decode(line)["_number"] for line in lines] == list(range(400))


def test_single_records_are_read_without_reading_the_others(store, monkeypatch):
    dump(store, *many(400))
    read = []
    lines = chunks.lines
    monkeypatch.setattr(chunks, "lines", lambda path, frame: read.append(frame) or lines(path, frame))

    with store.fetch_session("gerrit", NOVA) as run:
        result = run.stored_records([17])

    assert (list(result), len(read)) == ([17], 1)


@pytest.mark.parametrize("harm", ["truncated", "flipped"])
def test_a_damaged_file_is_named_and_not_used(store, harm):
    path = dump(store, *many(400)).path
    content = path.read_bytes()
    path.write_bytes(content[:-1] if harm == "truncated" else content[:-9] + bytes([content[-9] ^ 1]) + content[-8:])

    with pytest.raises(CorruptSnapshotError, match="restore the file from a copy"):
        list(store.records("gerrit", NOVA))


def test_a_damaged_manifest_is_named(store):
    manifest = dump(store, change(1)).folder / "manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b"2015-05-01", b"2025-05-01"))

    with pytest.raises(CorruptSnapshotError, match="another checksum"):
        list(store.records("gerrit", NOVA))
    assert store.scopes() == [("gerrit", NOVA)]  # that it is there is known: it ends the build of its project alone


def test_a_newer_format_is_refused_and_not_changed(store):
    manifest = dump(store, change(1)).folder / "manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b'"format":1', b'"format":2'))

    with pytest.raises(NewerFormatError, match="upgrade"):
        list(store.records("gerrit", NOVA))


def commits(*shas):
    frame = schema.COMMITS.frame(
        {"sha": list(shas), "project": ["openstack/nova"] * len(shas), "is_merge": [None] * len(shas)}
    )
    return schema.COMMITS.ordered(frame)


def test_a_table_keeps_its_dtypes_and_unknown_values(store):
    table = commits("b", "a")

    store.write_table("commits", table, project="openstack/nova")

    pd.testing.assert_frame_equal(store.read_table("commits"), table)
    pd.testing.assert_frame_equal(read_table(store.data_dir, "commits", ["is_merge"]), table[["is_merge"]])


def test_batches_become_row_groups_of_one_file_that_pandas_reads(store):
    rows = store.write_table("commits", iter([commits("a", "b"), commits("c")]), project="openstack/nova")

    folder = store.processed / "commits.parquet"
    assert (rows, pq.ParquetFile(folder / "openstack%2Fnova.parquet").num_row_groups) == (3, 2)
    assert pd.read_parquet(folder)["sha"].tolist() == ["a", "b", "c"]


def test_batches_out_of_order_leave_the_table_as_it_was(store):
    store.write_table("commits", commits("a"), project="openstack/nova")

    with pytest.raises(SchemaError, match="order"):
        store.write_table("commits", iter([commits("c"), commits("b")]), project="openstack/nova")

    assert store.read_table("commits")["sha"].tolist() == ["a"]


def test_the_same_rows_give_the_same_bytes(store):
    table = commits("a", "b")
    path = store.processed / "commits.parquet" / "nova.parquet"

    store.write_table("commits", table, project="nova")
    first = path.read_bytes()
    store.write_table("commits", table.copy(), project="nova")

    assert path.read_bytes() == first


def test_projects_are_read_together_or_alone_and_a_shared_row_occurs_once(store):
    store.write_table("commits", commits("b", "c"), project="nova")
    store.write_table("commits", commits("a", "c"), project="cinder")

    assert store.read_table("commits")["sha"].tolist() == ["a", "b", "c"]
    assert store.read_table("commits", project="nova", columns=["sha"])["sha"].tolist() == ["b", "c"]


@pytest.mark.parametrize(("name", "message"), [("commit", "a table among"), ("commits", "run `build`")])
def test_a_table_that_was_never_written_is_an_error(store, name, message):
    with pytest.raises(StoreError, match=message):
        store.read_table(name)


@pytest.mark.parametrize("project", ["..", "a/../../b", "x" * 50, ".", "é\x00"])
def test_no_project_name_leads_out_of_the_data_directory(store, project):
    scope = Scope("host", project)

    store.write_snapshot("gerrit", scope, [change(1)], kind="dump")

    assert store.scopes() == [("gerrit", scope)]
    assert len(list(store.raw.glob("gerrit/host/*/000001/manifest.json"))) == 1


def test_empty_tables_can_be_merged_on_text_columns_after_reading(tmp_path):
    held = Store(tmp_path)
    held.write_table("areas", schema.AREAS.empty(), project="p")
    key = ["release", "area_id"]

    read, other = held.read_table("areas"), held.read_table("areas", columns=[*key, "title"])

    assert read.merge(other, "outer", key, validate="1:1").empty


def test_a_table_that_an_earlier_report_did_not_keep_has_no_rows(tmp_path):
    tasks = schema.BUG_TASKS.frame({"bug_id": [7], "target": ["nova"], "status": ["New"], "is_open": [True]})
    Store(tmp_path).write_table("bug_tasks", tasks, project="openstack/nova")

    assert read_earlier(tmp_path, "bug_tasks", project="openstack/nova")["bug_id"].tolist() == [7]
    for folder, name in ((tmp_path, "queue"), ("", "bug_tasks")):
        table = read_earlier(folder, name, project="openstack/nova")
        assert table.empty and list(table) == list(schema.TABLES[name].columns)
