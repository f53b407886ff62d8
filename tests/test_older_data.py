"""A data directory from the first week's version is read, and errors about its stale parts say what to do.

That version wrote `tests/old_data`: snapshots of four invented bugs with a fix each and of three commits, the table
queue, which has other columns today, and the marker of its build.
"""

import shutil
from pathlib import Path

import pytest

import analysis
from analysis import cli
from analysis.errors import SchemaError
from analysis.store import Store

pytestmark = pytest.mark.line

OLD = Path(__file__).parent / "old_data"
FIXES = [186992, 186993, 191376, 191616]


@pytest.fixture
def data_dir(tmp_path):
    return shutil.copytree(OLD, tmp_path / "data")


def test_snapshots_of_the_first_version_are_built_and_answer_today(data_dir, capsys):
    assert cli.main(["--data-dir", str(data_dir), "build"]) == 0
    capsys.readouterr()

    nova = analysis.open(data_dir)
    assert sorted(nova.fixes()["change_number"].unique()) == FIXES
    assert len(nova.bugs()) == 4 and nova.fixes()["waiting_on"].notna().all()
    assert cli.main(["--data-dir", str(data_dir), "todo", "--reviewer", "core-ada-example"]) == 0
    assert "/gerrit/191616" in capsys.readouterr().out


def test_tables_of_the_first_version_are_not_read_as_todays_but_asked_to_be_built(data_dir):
    with pytest.raises(SchemaError) as refused:
        Store(data_dir).read_table("queue", project="openstack/nova")

    assert "columns of queue" in refused.value.expected and "'score'" in refused.value.found
    assert refused.value.do == "run `build` again: the file was written by another version"


def test_the_state_of_older_data_is_told_before_they_are_built(data_dir, capsys):
    assert cli.main(["--data-dir", str(data_dir), "status"]) == 0

    text = capsys.readouterr().out
    assert text.count("in 1 snapshot") == 3 and "none: `build` makes them" in text


def test_neither_pages_nor_jupyterlab_begin_on_tables_of_the_first_version(data_dir, capsys, monkeypatch):
    queue = data_dir / "processed" / "queue.parquet"
    old = shutil.copytree(queue, data_dir / "old")
    assert cli.main(["--data-dir", str(data_dir), "build"]) == 0
    shutil.rmtree(queue)
    old.rename(queue)  # of all tables only this one: the others read well
    capsys.readouterr()
    for start in ("analysis.report.pages.lab.start", "analysis.report.pages.run"):
        monkeypatch.setattr(start, lambda *words, **more: pytest.fail("it was started"))

    for words in (["report"], ["lab", "--no-browser"]):
        assert cli.main(["--data-dir", str(data_dir), *words]) == SchemaError.exit_code
        assert "run `build` again: the file was written by another version" in capsys.readouterr().err
