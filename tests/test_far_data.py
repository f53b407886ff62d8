"""A data directory on a real S3 server has the same content as a folder, made by the same commands."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import boto3
import engine_work
import pandas as pd
import pytest
from moto.server import ThreadedMotoServer

from analysis import cli
from analysis.build import engine
from analysis.errors import LockedError, StoreError, UsageError
from analysis.store import Scope, Store, as_path, dataset, files, query, read_table, remote
from analysis.tables import schema
from twin import scale

pytestmark = pytest.mark.line

ROOT = Path(__file__).parents[1]
FAR = "s3://bugdata/some where"
NOVA = Scope("review.example.org", "openstack/nova")


@pytest.fixture(scope="module", autouse=True)
def bucket(tmp_path_factory):
    """An S3 server on loopback with one bucket, and a cache for files that must be on a disk."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", "invented")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "invented-too")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        boto3.client("s3").create_bucket(Bucket="bugdata")
        yield
    server.stop()


def typed(*words):
    """A command as a user types it, in a process of its own."""
    return subprocess.run([sys.executable, "-m", "analysis", *words], cwd=ROOT, capture_output=True, text=True)


def kept(store, project):
    """The records of an invented project, in a data directory."""
    gerrit, launchpad = Scope(scale.GERRIT, project.gerrit_project), Scope(scale.LAUNCHPAD, project.launchpad_project)
    inputs = {"kind": "dump", "as_of": scale.AS_OF.isoformat(), "base": True}
    store.write_snapshot("gerrit", gerrit, (record for record, _ in scale.changes(project)), **inputs)
    store.write_snapshot("launchpad", launchpad, scale.bugs(project), **inputs)


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """The same two projects in a folder and in the bucket, built in one process and by the command."""
    near, far = Store(tmp_path_factory.mktemp("near")), Store(FAR)
    for project in scale.projects(2, 110):
        kept(near, project)
        kept(far, project)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine.Local, "run", engine_work.in_this_process)
        assert cli.main(["--data-dir", str(near.data_dir), "build"]) == 0
    built = typed("--data-dir", FAR, "build", "--workers", "2")
    assert built.returncode == 0, built.stderr
    return near, far


def contents(store):
    """Every table's file, by its name, as bytes."""
    names = [name for name in files.names(store.processed) if name.endswith(".parquet")]
    paths = [store.processed / name / file for name in names for file in files.names(store.processed / name)]
    return {f"{path.parent.name}/{path.name}": files.read(path) for path in paths}


def test_tables_on_far_data_are_the_same_to_the_byte(both):
    near, far = both

    assert len(contents(near)) > 60
    assert contents(far) == contents(near)


def test_records_on_far_data_are_the_same(both):
    near, far = both

    assert far.scopes() == near.scopes()
    assert all(list(far.records(*pair)) == list(near.records(*pair)) for pair in near.scopes())


def test_a_dask_cluster_builds_the_same_tables_on_far_data(both):
    near, _ = both
    second = list(scale.projects(2, 110))[1]
    there = Store("s3://bugdata/of a cluster")
    kept(there, second)

    built = typed("--data-dir", "s3://bugdata/of a cluster", "build", "--engine", "dask", "--workers", "1")

    assert built.returncode == 0, built.stderr
    expected = {path: held for path, held in contents(near).items() if second.launchpad_project in path}
    assert len(expected) > 30
    assert contents(there) == expected


def test_a_build_without_changes_does_nothing(both, capsys):
    assert cli.main(["--data-dir", FAR, "build"]) == 0

    assert capsys.readouterr().out.count("nothing changed") == 2


def test_status_on_far_data_is_the_same(both, capsys):
    near, far = ((cli.main(["--data-dir", str(store.data_dir), "status"]), *capsys.readouterr()) for store in both)

    assert far[1].count("records") == 4
    assert far == near


def test_a_query_over_all_projects_is_answered_from_far_data(both):
    near, far = both
    question = "select in_project, count(*) as n from changes where status = ? group by all order by 1"

    table = query(far.data_dir, question, "MERGED")

    assert table["n"].sum() > 50
    pd.testing.assert_frame_equal(table, query(near.data_dir, question, "MERGED"))
    assert dataset(FAR, "votes").count_rows() == len(near.read_table("votes"))


def test_a_report_on_far_data_is_made_on_the_local_disk(both, capsys):
    words = ["--data-dir", FAR, "--gerrit-project", "invented/project-0002", "report", "11_data_quality"]

    first, second = ((cli.main(words), capsys.readouterr().out) for _ in range(2))

    assert (first[0], second[0]) == (0, 0)
    index = Path(first[1].partition("; open ")[2].strip())
    assert "1 page made" in first[1]
    assert "0 pages made" in second[1]
    assert "invented/project-0002" in index.read_text(encoding="utf-8")
    copies = sorted(path.name for path in index.parents[2].glob("bugs.parquet/*"))
    assert copies == ["invented%2Fproject-0002.parquet"]


def test_a_local_copy_follows_the_far_data():
    store = Store("s3://bugdata/copied")
    table = pd.DataFrame({"bug_id": [1, 2], "rule": ["one", "two"], "evidence": ["", ""], "proposal": ["", ""]})
    for name in ("one", "two"):
        store.write_table("hygiene", schema.HYGIENE.frame(table), project=name)
        store.write_table("milestones", schema.MILESTONES.empty(), project=name)
    copies = store.local_copy("one", whole={"milestones"}) / "processed"
    kept = (copies / "milestones.parquet" / "one.parquet").stat().st_mtime_ns

    store.write_table("hygiene", schema.HYGIENE.frame(table.head(1)), project="one")
    store.local_copy("one", whole={"milestones"})

    assert len(read_table(copies.parent, "hygiene")) == 1
    assert sorted(path.name for path in (copies / "milestones.parquet").iterdir()) == ["one.parquet", "two.parquet"]
    assert (copies / "milestones.parquet" / "one.parquet").stat().st_mtime_ns == kept
    remote.remove(store.processed / "hygiene.parquet" / "one.parquet")
    store.local_copy("one", whole={"milestones"})
    assert not (copies / "hygiene.parquet" / "one.parquet").exists()


def test_an_interrupted_fetch_continues_on_the_same_machine():
    store = Store("s3://bugdata/cut-off")
    change = {"_number": 3, "updated": "2015-06-02 00:00:00.000000000"}
    with store.fetch_session("gerrit", NOVA) as run:
        run.put(change)
        run.commit({"page": 1})

    with store.fetch_session("gerrit", NOVA) as run:
        assert run.state == {"page": 1}
        run.seal(kind="fetch", as_of="2015-06-03T00:00:00+00:00", cursor={"since": "x"})
    assert list(store.records("gerrit", NOVA)) == [change]


def test_a_write_that_fails_leaves_the_old_file(both):
    path = as_path(FAR) / "half"
    with files.new_file(path) as file:
        file.write(b"whole")

    with pytest.raises(ZeroDivisionError), files.new_file(path) as file:
        file.write(b"ha")
        _ = 1 / 0

    assert files.read(path) == b"whole"


def test_a_second_machine_is_refused_with_the_holder_of_the_lock(monkeypatch):
    store = Store("s3://bugdata/two-machines")
    with store.fetch_session("gerrit", NOVA):
        monkeypatch.setattr(socket, "gethostname", lambda: "another-machine")
        monkeypatch.setenv("XDG_CACHE_HOME", os.environ["XDG_CACHE_HOME"] + "-of-another")
        with pytest.raises(LockedError, match="fetching gerrit"), store.fetch_session("gerrit", NOVA):
            pass


def test_the_lock_of_a_killed_run_on_this_machine_blocks_nobody():
    store = Store("s3://bugdata/killed")
    path = store.raw / "gerrit" / NOVA.folder / ".lock"
    assert remote.create(path, f"process 1 on {socket.gethostname()}, fetching".encode())

    with store.fetch_session("gerrit", NOVA):
        pass

    assert not remote.exists(path)


def test_an_address_that_cannot_be_reached_is_named(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")

    result = typed("--data-dir", "s3://bugdata/unreachable", "status")

    assert result.returncode == StoreError.exit_code
    assert "expected to reach s3://bugdata/unreachable" in result.stderr


def test_a_missing_bucket_is_named():
    with pytest.raises(StoreError) as error:
        Store("s3://nobucket/data").write_snapshot("gerrit", NOVA, [], kind="dump")

    assert "expected to reach s3://nobucket/data" in str(error.value)
    assert "bucket does not exist" in error.value.found


@pytest.mark.parametrize(
    ("address", "message"),
    [("s3://key:word@bugdata/x", "without a password"), ("nonsense://bugdata/x", "s3://bucket/data")],
)
def test_an_invalid_address_is_refused(address, message, capsys):
    with pytest.raises(UsageError, match=message):
        as_path(address)

    assert cli.main(["--data-dir", address, "status"]) == UsageError.exit_code
    assert "word" not in capsys.readouterr().err.replace("password", "")


@pytest.mark.parametrize("words", [["demo"], ["twin", "world", "--changes", "10"], ["quota-lab", "list"]])
def test_a_command_that_needs_a_local_folder_says_so(words, capsys):
    assert cli.main(["--data-dir", FAR, *words]) == UsageError.exit_code
    assert "a folder on this machine" in capsys.readouterr().err
