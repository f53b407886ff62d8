"""The whole pipeline: the scopes of a project, the work that a build repeats, and the replay of the past."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from analysis import config, store
from analysis.build.fetch import root, scope
from analysis.build.projects import projects
from analysis.cli import main
from analysis.errors import StoreError
from analysis.store import Scope, Store
from analysis.tables.configuration import Sections
from twin import build_world

pytestmark = pytest.mark.line

NOVA_FILE = Path(__file__).parents[1] / "data" / "projects" / "nova.toml"
NOVA = Sections({"servers": {"launchpad_project": "nova", "gerrit_project": "openstack/nova"}})


def change(number, **fields):
    return {
        "_number": number, "project": "openstack/nova", "branch": "master", "change_id": f"I{number:040d}",
        "status": "NEW", "subject": "Invented", "created": "2015-05-01 10:00:00.000000000",
        "updated": "2015-05-02 10:00:00.000000000", "owner": {"_account_id": 1},
    } | fields  # fmt: skip


def bug(number):
    address = f"https://api.launchpad.example/devel/bugs/{number}"
    return {
        "bug": {"id": number, "title": "Invented", "self_link": address},
        "tasks": [],
        "messages": [],
        "activity": [],
    }


@pytest.fixture
def data(tmp_path):
    return Store(tmp_path / "data")


def keep(data, source, host, project, *records):
    data.write_snapshot(source, Scope(host, project), records, kind="dump", as_of="2015-05-02T10:00:00+00:00")


@pytest.fixture
def typed(data):
    def run(*words):
        return main(["--data-dir", str(data.data_dir), *words])

    return run


@pytest.fixture(scope="module")
def built_once(tmp_path_factory):
    """A data directory with change 7, built."""
    store = Store(tmp_path_factory.mktemp("built") / "data")
    keep(store, "gerrit", "review.opendev.org", "openstack/nova", change(7))
    assert main(["--data-dir", str(store.data_dir), "build"]) == 0
    return store.data_dir


@pytest.fixture
def built(built_once, data):
    """A copy of that directory, which the test may change."""
    shutil.copytree(built_once, data.data_dir)
    return data


def test_a_project_file_joins_launchpad_and_gerrit(data):
    keep(data, "launchpad", "api.launchpad.net", "nova", bug(1))
    keep(data, "gerrit", "review.opendev.org", "openstack/nova", change(7))

    (project,) = projects(data, [NOVA])

    assert (project.name, project.launchpad_project) == ("openstack/nova", "nova")
    assert (project.launchpad.host, project.gerrit.host) == ("api.launchpad.net", "review.opendev.org")


def test_without_a_project_file_the_last_part_of_the_name_joins_them(data):
    keep(data, "launchpad", "api.launchpad.net", "widget", bug(1))
    keep(data, "gerrit", "review.opendev.org", "openstack/widget", change(7, project="openstack/widget"))

    assert [project.name for project in projects(data, [NOVA])] == ["openstack/widget"]


def test_a_launchpad_project_alone_is_a_project(data):
    keep(data, "launchpad", "api.launchpad.net", "nova", bug(1))

    assert [project.name for project in projects(data, [NOVA])] == ["nova"]


def test_the_named_project_file_counts_before_the_shipped_one(data, tmp_path):
    keep(data, "gerrit", "review.opendev.org", "openstack/nova", change(7))
    own = tmp_path / "own.toml"
    own.write_text(NOVA_FILE.read_text().replace("never_reviewed    = 20", "never_reviewed    = 21"))
    chosen = config.load(project=str(own), data_dir=data.data_dir, release=None, overrides={})

    (project,) = projects(data, [file.sections for file in chosen.all_projects])

    assert project.sections["score"]["never_reviewed"] == 21


def test_two_servers_of_one_project_are_refused_in_one_data_directory(data):
    keep(data, "gerrit", "review.opendev.org", "openstack/nova", change(7))
    keep(data, "gerrit", "127.0.0.1:8123", "openstack/nova", change(7))

    with pytest.raises(StoreError, match="a --data-dir of its own"):
        projects(data, [NOVA])


@pytest.mark.parametrize(
    "address", ["https://review.opendev.org/", "https://gerrit.example.org/r/", "http://127.0.0.1:8123/gerrit/"]
)
def test_the_address_of_a_server_follows_from_its_scope(address):
    assert root(scope(address, "openstack/nova")) == address


def test_a_build_does_nothing_until_something_changed(built, typed, capsys):
    written = store.read_table(built.data_dir, "changes")

    typed("build")
    assert "nothing changed" in capsys.readouterr().out

    keep(built, "gerrit", "review.opendev.org", "openstack/nova", change(8))
    typed("build")
    assert "nothing changed" not in capsys.readouterr().out
    assert written["change_number"].tolist() == [7]
    assert store.read_table(built.data_dir, "changes")["change_number"].tolist() == [7, 8]


def test_a_build_with_nothing_to_do_does_not_import_slow_libraries(built):
    code = "import sys; from analysis.cli import main; main(sys.argv[1:]); print({*sys.modules} & {'sklearn', 'scipy'})"

    text = subprocess.run(
        [sys.executable, "-c", code, "--data-dir", str(built.data_dir), "build"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout

    assert "nothing changed" in text
    assert text.endswith("set()\n")


FINGERPRINT = """
import sys
from pathlib import Path
import pandas as pd
from analysis import themes
from analysis.build import fingerprint, projects
from analysis.build.judgement import Judgement
from analysis.judge import areas
from analysis.store import Store
from analysis.tables.configuration import Sections
rules = Path(sys.argv[1])
by = Judgement(
    area_file=areas.parse((rules / "areas" / "liberty.toml").read_text(), path="liberty.toml"),
    failure_modes=themes.parse_failure_modes((rules / "failure_modes.toml").read_text()),
    theme_names=themes.Names.from_toml('[[name]]\\nlabel = "Quota"\\nterms = ["quota", "usage", "tenant", "claim"]'),
    as_of=pd.Timestamp("2015-08-03", tz="UTC"),
)
print(fingerprint.fingerprint(Store(sys.argv[2]), projects.Project("openstack/nova", Sections()), by))
"""


def test_files_that_people_write_are_read_the_same_in_every_process(tmp_path):
    words = [sys.executable, "-c", FINGERPRINT, str(NOVA_FILE.parents[1]), str(tmp_path)]

    names = {
        subprocess.run(
            words, env=os.environ | {"PYTHONHASHSEED": seed}, check=True, capture_output=True, text=True
        ).stdout
        for seed in ("1", "2", "3")
    }

    assert len(names) == 1


def test_the_same_data_gives_the_same_bytes(data, typed, tmp_path):
    keep(data, "gerrit", "review.opendev.org", "openstack/nova", *(change(number) for number in range(1, 50)))
    typed("build")
    before = {path.name: path.read_bytes() for path in data.processed.rglob("*.parquet") if path.is_file()}

    typed("build", "--force")

    after = {path.name: path.read_bytes() for path in data.processed.rglob("*.parquet") if path.is_file()}
    assert before == after


def test_a_build_at_a_past_instant_uses_no_later_event(data, typed):
    later = change(8, created="2015-06-01 10:00:00.000000000", updated="2015-06-01 10:00:00.000000000")
    keep(data, "gerrit", "review.opendev.org", "openstack/nova", change(7, messages=[]), later | {"messages": []})

    assert typed("build", "--as-of", "2015-05-15") == 0

    assert store.read_table(data.data_dir, "changes")["change_number"].tolist() == [7]


def test_a_machine_is_recognised_by_all_its_messages_whatever_the_batches(data, typed, monkeypatch):
    monkeypatch.setattr("analysis.build.normalize.BATCH", 2)
    nightly = {"_account_id": 900, "name": "Nightly Example"}
    report = {"id": "m1", "date": "2015-05-01 12:00:00.000000000", "author": nightly, "_revision_number": 1}
    reports = [report | {"message": "Patch Set 1:\n\nBuild succeeded."}]
    keep(data, "gerrit", "review.opendev.org", "openstack/nova", *(change(n, messages=reports) for n in range(7, 10)))

    assert typed("build") == 0

    accounts, messages = (store.read_table(data.data_dir, name) for name in ("accounts", "change_messages"))
    assert accounts.set_index("account")["kind"].to_dict() == {1: "person", 900: "ci"}
    assert messages["is_ci"].tolist() == [True, True, True]


def test_an_interrupted_build_does_not_pass_for_a_finished_one(built, typed, monkeypatch):
    keep(built, "gerrit", "review.opendev.org", "openstack/nova", change(8))
    monkeypatch.setattr("analysis.judge.links.build", interrupt)
    assert typed("build") == 130
    monkeypatch.undo()

    assert typed("build") == 0
    assert store.read_table(built.data_dir, "changes")["change_number"].tolist() == [7, 8]


def interrupt(**tables):
    raise KeyboardInterrupt


def test_an_interrupted_build_keeps_the_history_of_its_themes(tmp_path, monkeypatch):
    undisturbed, cut_off = Store(tmp_path / "undisturbed"), Store(tmp_path / "cut-off")
    invented = [facts_of(each) for each in build_world(n_bugs=160).bugs.values()]
    keep(undisturbed, "launchpad", "api.launchpad.net", "nova", *invented[::2])
    main(["--data-dir", str(undisturbed.data_dir), "build"])
    keep(undisturbed, "launchpad", "api.launchpad.net", "nova", *invented[1::2])
    shutil.copytree(undisturbed.data_dir, cut_off.data_dir)
    monkeypatch.setattr(Store, "write_marker", interrupted_at_the_end)
    assert main(["--data-dir", str(cut_off.data_dir), "build"]) == 130
    monkeypatch.undo()

    for each in (undisturbed, cut_off):
        assert main(["--data-dir", str(each.data_dir), "build"]) == 0

    assert store.read_table(undisturbed.data_dir, "theme_changes")["kind"].ne("kept").any()
    assert tables_of(cut_off) == tables_of(undisturbed)


def facts_of(invented):
    table = bug(invented.number)
    table["bug"] |= {"title": str(invented.title), "description": str(invented.description), "private": False}
    return table


def interrupted_at_the_end(self, name, value, write_marker=Store.write_marker):
    if value is not None:
        raise KeyboardInterrupt
    write_marker(self, name, value)


def tables_of(data):
    return {path.relative_to(data.processed): path.read_bytes() for path in data.processed.glob("*.parquet/*")}


def test_a_machine_that_the_project_file_names_answers_no_question(data, typed, tmp_path):
    people, asked = "https://api.launchpad.example/devel/~", "2015-01-02T10:00:00+00:00"
    task = {"status": "Incomplete", "target_link": "https://api.launchpad.example/devel/nova", "date_incomplete": asked}

    def said_on(number, name):
        body = {"owner_link": people + name, "date_created": "2015-04-01T10:00:00+00:00", "content": "Invented"}
        served = bug(number) | {"tasks": [task], "messages": [body]}
        served["bug"] |= {"information_type": "Public"}
        return served

    both = said_on(1, "reporter-example"), said_on(2, "robot-example")
    keep(data, "launchpad", "api.launchpad.net", "nova", *both)
    own = tmp_path / "own.toml"
    own.write_text(NOVA_FILE.read_text().replace('"hudson-openstack",', '"robot-example",'))

    assert typed("--project", str(own), "build") == 0

    table = store.read_table(data.data_dir, "hygiene")
    of_questions = table[table["rule"].isin(["G5", "G6"])]
    assert of_questions[["bug_id", "rule"]].to_numpy().tolist() == [[1, "G6"], [2, "G5"]]


def test_a_release_without_an_area_file_is_refused_before_anything_is_built(data, typed):
    keep(data, "gerrit", "review.opendev.org", "openstack/nova", change(7))

    assert typed("build", "--release", "zed") == 3
    assert not data.processed.exists()


def test_status_names_what_is_missing(data, typed, capsys):
    keep(data, "gerrit", "review.opendev.org", "openstack/nova", change(7))

    typed("status")

    output = capsys.readouterr().out
    assert "only saved answers" in output
    assert output.partition("tables of openstack/nova\n")[2].strip() == "none: `build` makes them"


def test_status_says_of_which_instant_the_tables_are(built, typed, capsys):
    def instant_line():
        capsys.readouterr()
        typed("status")
        return capsys.readouterr().out.partition("tables of openstack/nova\n")[2].strip()

    assert instant_line() == "as of      2015-05-02 10:00:00+00:00"

    later = {"kind": "dump", "as_of": "2015-05-03T10:00:00+00:00"}
    built.write_snapshot("gerrit", Scope("review.opendev.org", "openstack/nova"), [change(8)], **later)
    assert "before what was fetched: `build`" in instant_line()


def test_a_dump_of_several_projects_is_stored_project_by_project(data, typed, tmp_path):
    dump = tmp_path / "answer.json"
    dump.write_text(json.dumps([change(7), change(8, project="openstack/neutron")]))

    typed("fetch", "gerrit", "--dump", str(dump))

    assert [scope.project for _, scope in data.scopes()] == ["openstack/neutron", "openstack/nova"]
