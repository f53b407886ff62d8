"""A small copy of the large invented world: its records have the form of the servers, and the build finds its truth."""

import contextlib
import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import engine_work
import msgspec
import pandas as pd
import psutil
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from analysis import cli
from analysis.build import engine
from analysis.errors import StoreError
from analysis.store import Scope, Store, dataset, query
from analysis.store.scope import quote_name
from analysis.tables import schema
from twin import scale

pytestmark = pytest.mark.line

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Three projects as `twin world` writes them."""
    folder = tmp_path_factory.mktemp("world")
    words = ["--projects", "3", "--changes", "450", "--workers", "1"]
    assert cli.main(["--data-dir", str(folder), "twin", "world", *words]) == 0
    return folder


@pytest.fixture(scope="module")
def built(world):
    """The projects with tables, made in one process, to compare with those made side by side."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine.Local, "run", engine_work.in_this_process)
        assert cli.main(["--data-dir", str(world), "build"]) == 0
    return world


def truths(folder):
    lines = b"".join(path.read_bytes() for path in sorted((folder / "truth").glob("*.jsonl"))).splitlines()
    return pd.DataFrame([msgspec.json.decode(line) for line in lines]).set_index("change_number")


def with_records_of(built, folder, *projects):
    """A data directory of these projects only, without tables, because building one costs seconds."""
    for project in projects:
        for snapshots in (built / "raw").glob(f"*/*/*{project}"):
            link = folder / snapshots.relative_to(built)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(snapshots)
    return folder


def digests(folder):
    result = sorted((folder / "processed").rglob("*.parquet"))
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in result
        if path.is_file()
    }


def test_the_same_seed_gives_the_same_world_and_another_seed_another():
    def written(seed):
        (project,) = scale.projects(1, 60, seed=seed)
        return [json.dumps(record) for record, _ in scale.changes(project)], list(scale.bugs(project))

    assert written(1) == written(1)
    assert written(1) != written(2)


def test_projects_share_the_numbers_of_one_server_without_overlap():
    projects = list(scale.projects(7, 1000, bugs=301))

    numbers = [n for p in projects for n in range(p.first_change, p.first_change + p.n_changes)]
    assert len(set(numbers)) == len(numbers) == 1000
    assert sum(p.n_bugs for p in projects) == 301
    assert [p.n_changes for p in projects] == sorted((p.n_changes for p in projects), reverse=True)


def test_sizes_have_the_shape_that_was_measured():
    (project,) = scale.projects(1, 4000)

    table = pd.DataFrame([_fields(truth) for _, truth in scale.changes(project)])

    assert 14 < table["n_messages"].mean() < 18
    assert table["n_messages"].median() == pytest.approx(8, abs=1)
    assert table["n_patch_sets"].quantile(0.9) == pytest.approx(7, abs=1)
    assert table["relation"].eq("closes").mean() == pytest.approx(0.236, abs=0.03)


def _fields(truth):
    return {name: getattr(truth, name) for name in truth.__slots__}


def test_every_review_state_equals_that_of_the_scenario(built):
    table = truths(built)["state"].dropna()

    states = Store(built).read_table("review_states").set_index("change_number")["state"]

    assert len(table) > 20
    assert states.astype(object).to_dict() == table.to_dict()


def test_every_footer_is_found_and_no_other(built):
    table = truths(built).dropna(subset="bug_id")

    links = Store(built).read_table("links")

    footers = links[links["evidence"].eq("footer") & links["kind"].eq("change")]
    result = set(zip(footers["ref"].astype(int), footers["bug_id"], footers["relation"], strict=True))
    assert result == {(n, int(b), r) for n, b, r in zip(table.index, table["bug_id"], table["relation"], strict=True)}


def test_no_message_and_no_patch_set_is_missing(built):
    table = truths(built)

    messages = Store(built).read_table("change_messages", columns=["change_number"])["change_number"].value_counts()
    patch_sets = Store(built).read_table("patch_sets", columns=["change_number"])["change_number"].value_counts()

    assert messages.to_dict() == table["n_messages"].to_dict()
    assert patch_sets.to_dict() == table["n_patch_sets"].to_dict()


@pytest.mark.parametrize("name", engine.ENGINES)
def test_tables_are_the_same_to_the_byte_on_every_engine_though_a_worker_dies(built, tmp_path, name):
    with_records_of(built, tmp_path, "project-0001", "project-0002")
    words = [sys.executable, "-m", "analysis", "--data-dir", str(tmp_path), "build", "--engine", name, "--workers", "2"]

    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as building:
        victim = _one_that_writes(building, tmp_path / "processed")
        victim.kill()
        output, _ = building.communicate()

    assert building.returncode == 0
    assert output.count("as of") == 2
    expected = {path: digest for path, digest in digests(built).items() if "project-0003" not in path}
    assert len(expected) > 60
    assert digests(tmp_path) == expected


def _one_that_writes(building, folder):
    """A process of the build with an open table, so that it can be killed in the middle of its work."""
    while building.poll() is None:
        if not folder.exists():
            time.sleep(0.05)  # it imports what it needs, and needs the processor for that
            continue
        for each in psutil.Process(building.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                if any(str(folder) in file.path for file in each.open_files()):
                    return each
    raise AssertionError("the build ended before anything was seen to write")


def test_a_build_without_changes_does_nothing(built):
    before = {path: path.stat().st_mtime_ns for path in (built / "processed").rglob("*.parquet")}
    words = [sys.executable, "-m", "analysis", "--data-dir", str(built), "build"]

    # Another process, with another order of its sets: what a build was made from must not depend on it.
    result = subprocess.run(words, env=os.environ | {"PYTHONHASHSEED": "7"}, cwd=ROOT, capture_output=True, text=True)

    assert result.stdout.count("nothing changed") == 3
    assert {path: path.stat().st_mtime_ns for path in (built / "processed").rglob("*.parquet")} == before


def test_a_project_that_fails_is_named_and_the_one_after_it_is_built(tmp_path, capsys):
    store = Store(tmp_path)
    for project in scale.projects(2, 70):
        records = [record for record, _ in scale.changes(project)]
        where = Scope(scale.GERRIT, project.gerrit_project)
        store.write_snapshot("gerrit", where, records, kind="dump", as_of=scale.AS_OF.isoformat(), base=True)
    (damaged,) = tmp_path.glob("raw/**/*project-0001/*/records.*")
    content = damaged.read_bytes()
    damaged.write_bytes(content[:1000] + bytes(1000) + content[2000:])

    code = cli.main(["--data-dir", str(tmp_path), "build", "--workers", "2"])

    result = capsys.readouterr()
    assert code == 5
    assert "invented/project-0001: failed" in result.out
    assert str(damaged.parent) in result.err
    assert store.has_table("queue", project="invented/project-0002")
    assert not store.has_table("changes", project="invented/project-0001")


@pytest.mark.parametrize("bound, most", [("BATCH", 15), ("BATCH_BYTES", 60_000)])
def test_records_are_read_in_batches_that_do_not_change_the_tables(built, tmp_path, monkeypatch, bound, most):
    monkeypatch.setattr(f"analysis.build.normalize.{bound}", most)
    monkeypatch.setattr("analysis.build.review_stages.MESSAGES", 300)
    with_records_of(built, tmp_path, "project-0003")  # the smallest; alone it is built in this process

    assert cli.main(["--data-dir", str(tmp_path), "build"]) == 0

    third = "invented/project-0003"
    assert pq.ParquetFile(tmp_path / "processed/changes.parquet" / f"{quote_name(third)}.parquet").num_row_groups > 5
    for name in ("changes", "votes", "change_messages", "accounts", "review_states", "queue", "hygiene", "turns"):
        result = Store(tmp_path).read_table(name, project=third)
        pd.testing.assert_frame_equal(result, Store(built).read_table(name, project=third))


def test_a_wide_question_is_answered_from_the_files(built):
    table = truths(built)
    question = "select in_project, count(*) as n from changes where status = ? group by all order by in_project"

    result = query(built, question, "MERGED")

    assert result["in_project"].tolist() == [f"invented/project-000{n}" for n in (1, 2, 3)]
    assert result["n"].sum() == table["status"].eq("MERGED").sum()
    newest = query(built, "select max(updated_at) as newest from changes")["newest"]
    assert newest.dtype == schema.CHANGES.dtypes["updated_at"]


def test_the_error_for_an_invalid_question_says_what_is_wrong(built):
    with pytest.raises(StoreError, match="nonsense") as error:
        query(built, "select nonsense from changes")

    assert "dictionary" in error.value.do


def test_a_table_of_all_projects_is_scanned_and_not_read(built):
    result = dataset(built, "queue")

    in_first = ds.field("in_project") == "invented/project-0001"
    assert result.count_rows() == len(Store(built).read_table("queue"))
    assert result.count_rows(filter=in_first) == len(Store(built).read_table("queue", project="invented/project-0001"))
    with pytest.raises(StoreError, match="quota_runs"):
        dataset(built, "quota_runs")
