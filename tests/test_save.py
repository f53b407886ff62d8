"""The records of a data directory, saved to a file and read again."""

import gzip
import json

import pytest

from analysis import cli
from analysis.errors import UsageError
from analysis.ingest import saved
from analysis.store import Scope, Store

LAUNCHPAD, GERRIT = Scope("launchpad.example", "lamps"), Scope("review.example", "shop/lamps")
STAMP = "2026-03-01T08:00:00+00:00"
PROJECT = {"project": {"name": "lamps"}, "series": [], "milestones": [{"name": "m1", "is_active": True}]}


def bug(number, **more):
    facts = {"id": number, "title": "Lamp", "private": False, "information_type": "Public", "date_last_updated": STAMP}
    tasks = [{"target_link": "https://api.example/devel/lamps", "status": "New"}]
    return {"bug": facts | more, "tasks": tasks, "messages": [], "activity": []}


def change(number, **more):
    return {
        "_number": number,
        "project": "shop/lamps",
        "updated": "2026-03-01 08:00:00.000000000",
        "status": "NEW",
    } | more


@pytest.fixture
def data(tmp_path):
    store = Store(tmp_path / "data")
    bugs = [PROJECT, bug(1), bug(2, private=True), bug(3, information_type="Embargoed"), {"bug": {"id": 4}}, bug(5)]
    store.write_snapshot("launchpad", LAUNCHPAD, bugs, kind="fetch", as_of=STAMP)
    store.write_snapshot("gerrit", GERRIT, [change(1), change(2, is_private=True)], kind="fetch", as_of=STAMP)
    return tmp_path / "data"


@pytest.mark.parametrize("suffix", ["jsonl", "jsonl.gz", "jsonl.bz2", "jsonl.xz", "jsonl.zst"])
@pytest.mark.parametrize(("source", "scope"), [("launchpad", LAUNCHPAD), ("gerrit", GERRIT)])
def test_saved_records_can_be_read_again_and_hold_nothing_private(data, tmp_path, source, scope, suffix):
    file, again = tmp_path / f"shared.{suffix}", tmp_path / "again"
    root = [f"--{source}-root", f"https://{scope.host}/"]

    assert cli.main(["--data-dir", str(data), "save", source, str(file)]) == 0
    assert cli.main(["--data-dir", str(again), *root, "fetch", source, "--dump", str(file)]) == 0

    expected = {"launchpad": [PROJECT, bug(1), bug(5)], "gerrit": [change(1)]}[source]
    assert list(Store(again).records(source, scope)) == expected
    assert Store(again).as_of() == Store(data).as_of()


def test_the_same_records_make_the_same_file(data, tmp_path):
    files = [tmp_path / "one.jsonl.gz", tmp_path / "two.jsonl.gz"]

    for file in files:
        cli.main(["--data-dir", str(data), "save", "launchpad", str(file)])

    assert files[0].read_bytes() == files[1].read_bytes()
    assert len(gzip.decompress(files[0].read_bytes()).splitlines()) == 3


def test_an_existing_file_stays_if_saving_fails(tmp_path):
    file = tmp_path / "shared.jsonl"
    file.write_text("kept")

    def broken():
        yield {"a": 1}
        raise ValueError

    with pytest.raises(ValueError):
        saved.write(file, broken())

    assert [each.name for each in tmp_path.iterdir()] == ["shared.jsonl"] and file.read_text() == "kept"


def test_a_file_name_with_an_unknown_ending_is_refused(tmp_path):
    with pytest.raises(UsageError, match="zip"):
        saved.write(tmp_path / "shared.zip", [])


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["save", "gerrit", "--gerrit-project", "shop/lamp", "x.jsonl"], 5),
        (["save", "gerrit", "no/such/folder/x.jsonl"], 4),
    ],
)
def test_a_failed_save_is_reported_in_three_lines(data, words, code, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert cli.main(["--data-dir", str(data), *words]) == code

    text = capsys.readouterr().err
    assert [line.split()[0] for line in text.splitlines()] == ["expected", "found", "do"]
    assert "no/such" in text or "'shop/lamps'" in text


def test_a_saved_bug_without_all_tasks_is_still_so_after_reading(tmp_path):
    store = Store(tmp_path / "data")
    partial = {name: part for name, part in bug(1).items() if name != "activity"} | {"tasks_of": ["lamps"]}
    store.write_snapshot("launchpad", LAUNCHPAD, [partial], kind="dump", as_of=STAMP)

    cli.main(["--data-dir", str(tmp_path / "data"), "save", "launchpad", str(tmp_path / "x.jsonl")])

    assert json.loads((tmp_path / "x.jsonl").read_text()) == partial
