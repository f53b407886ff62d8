"""The pipeline for another project, Neutron, and for several that share a data directory."""

import json
import shutil
from pathlib import Path

import pytest

from analysis import cli, shipped, store
from analysis.build.projects import projects
from analysis.dataset.origin import read_origin
from analysis.report.pages import Report
from analysis.store import Scope, Store
from analysis.tables import schema
from twin import build_world, export

pytestmark = pytest.mark.line


def test_the_project_file_of_neutron_makes_its_report(tmp_path, capsys):
    world = build_world(n_bugs=60, launchpad_project="neutron", gerrit_project="openstack/neutron")
    export.write_dump(world, tmp_path / "changes.json")
    line = ["--data-dir", str(tmp_path / "data"), "--project", "neutron"]

    for command in (
        ["fetch", "gerrit", "--dump", str(tmp_path / "changes.json")],
        ["build"],
        ["report", "23_areas"],
    ):
        assert cli.main([*line, *command]) == 0, capsys.readouterr().err

    tables = tmp_path / "data" / "processed" / "reports" / "neutron-tags" / "tables"
    areas = json.loads((tables / "23_areas-areas.json").read_text())["rows"]
    assert [row["title"] for row in areas][:2] == ["Access control", "API"]
    assert {row["owners"] for row in areas} == {"No owner"}
    assert sum(row["n_open_fixes"] for row in areas) > 0
    assert "openstack/neutron" in (tables.parent / "index.html").read_text()


def change(number, project):
    return {
        "_number": number, "project": project, "branch": "master", "change_id": f"I{number:040d}", "status": "NEW",
        "subject": "Invented", "created": "2015-05-01 10:00:00.000000000", "updated": "2015-05-02 10:00:00.000000000",
        "owner": {"_account_id": 1},
    }  # fmt: skip


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A data directory of Nova, Neutron and a project without a project file, built by a plain `build`."""
    folder = tmp_path_factory.mktemp("shared")
    names = ["openstack/nova", "openstack/neutron", "openstack/widget"]
    (folder / "answer.json").write_text(json.dumps([change(number, name) for number, name in enumerate(names, 1)]))
    for words in (["fetch", "gerrit", "--dump", str(folder / "answer.json")], ["build"]):
        assert cli.main(["--data-dir", str(folder / "data"), *words]) == 0
    return folder


@pytest.fixture
def typed(shared, tmp_path, capsys):
    shutil.copytree(shared / "data", tmp_path / "data")

    def run(*words):
        code = cli.main(["--data-dir", str(tmp_path / "data"), *words])
        output = capsys.readouterr()
        return code, output.out, output.err

    return run


def fetched_later(tmp_path, project):
    """The same change of one project, as its server shows it a year later."""
    answer = tmp_path / "later.json"
    later = {"created": "2016-05-01 10:00:00.000000000", "updated": "2016-05-02 10:00:00.000000000"}
    answer.write_text(json.dumps([change(9, project) | later]))
    return "fetch", "gerrit", "--dump", str(answer)


def areas_of(tmp_path, project):
    """The releases of a project's areas."""
    return sorted(set(store.read_table(tmp_path / "data", "areas", project=f"openstack/{project}")["release"]))


@pytest.mark.parametrize("named", [("--project", "neutron"), ("--gerrit-project", "openstack/widget")], ids="".join)
def test_each_project_has_the_areas_of_its_own_file(typed, tmp_path, named):
    by_name = {project: areas_of(tmp_path, project) for project in ("nova", "neutron", "widget")}
    assert by_name == {"nova": ["liberty"], "neutron": ["neutron-tags"], "widget": []}

    code, output, _ = typed("build", *named)

    assert (code, output.count("nothing changed")) == (0, 3)


def test_a_typed_release_applies_only_to_the_named_project(typed, tmp_path):
    assert typed("build", "--release", "kilo")[0] == 0

    assert (areas_of(tmp_path, "nova"), areas_of(tmp_path, "neutron")) == (["kilo"], ["neutron-tags"])
    code, _, error = typed("areas", "coverage")
    assert code == 2 and "build --release liberty" in error
    assert typed("areas", "coverage", "--release", "kilo")[0] == 0
    assert typed("areas", "coverage", "--project", "neutron")[0] == 0


def test_tables_without_areas_are_not_taken_for_those_of_a_release(typed, tmp_path):
    Store(tmp_path / "data").write_table("areas", schema.AREAS.empty(), project="openstack/nova")

    for words in (("areas", "coverage"), ("report", "09_backports")):
        code, _, error = typed(*words)
        assert code == 2 and "found tables without areas" in error


def test_coverage_of_a_project_without_a_file_says_that_it_has_no_areas(typed):
    code, output, _ = typed("--gerrit-project", "openstack/widget", "areas", "coverage")

    assert code == 0
    assert "openstack/widget has no areas" in output


def test_a_project_built_by_an_own_file_is_kept_if_the_file_is_not_named(typed, tmp_path):
    own = tmp_path / "widget.toml"
    own.write_text('[servers]\nlaunchpad_project = "widget"\ngerrit_project = "openstack/widget"\nrelease = "mitaka"\n')
    assert typed("build", "--project", str(own))[0] == 0

    code, output, _ = typed("build")

    assert (code, areas_of(tmp_path, "widget")) == (0, ["mitaka"])
    assert "openstack/widget: left as it was judged for mitaka" in output


def test_a_fetch_of_one_project_does_not_change_another(typed, tmp_path):
    assert typed(*fetched_later(tmp_path, "openstack/widget"))[0] == 0

    _, status, _ = typed("status")
    code, output, _ = typed("build")

    assert status.count("before what was fetched") == 1
    assert code == 0
    assert [line for line in output.splitlines() if line.startswith("openstack/")] == [
        "openstack/neutron, as of 2015-05-02 10:00:00 UTC: nothing changed",
        "openstack/nova, as of 2015-05-02 10:00:00 UTC: nothing changed",
        "openstack/widget, as of 2016-05-02 10:00:00 UTC",
    ]


def test_a_typo_in_the_rules_of_one_project_stops_only_its_build(typed, tmp_path, monkeypatch):
    shutil.copytree(shipped.HOME / "data" / "projects", tmp_path / "house" / "data" / "projects")
    rules = tmp_path / "house" / "data" / "projects" / "neutron.toml"
    rules.write_text(rules.read_text(encoding="utf-8").replace("never_reviewed", "never_reviwed"), encoding="utf-8")
    monkeypatch.chdir(tmp_path / "house")

    code, output, error = typed("build", "--force")

    assert code == 3
    assert f"expected the keys of [score] of {rules} among " in error and "write 'never_reviewed'" in error
    built = [line.partition(",")[0] for line in output.splitlines() if line.startswith("openstack/")]
    assert sorted(built) == ["openstack/neutron: failed", "openstack/nova", "openstack/widget"]
    assert typed("--project", "nova", "areas", "coverage")[0] == 0


def test_a_truncated_snapshot_stops_only_the_build_of_its_project(typed, tmp_path):
    (records,) = (tmp_path / "data" / "raw").glob("gerrit/*/*neutron*/*/records.jsonl.zst")
    size = records.stat().st_size
    records.chmod(0o600)
    records.write_bytes(records.read_bytes()[:-1])

    code, output, error = typed("build")

    assert code == 5
    for line in (f"expected {records} to hold {size} bytes", f"found {size - 1} bytes", "do "):
        assert line in error
    assert [line for line in output.splitlines() if line.startswith("openstack/")] == [
        "openstack/neutron: failed",
        "openstack/nova, as of 2015-05-02 10:00:00 UTC: nothing changed",
        "openstack/widget, as of 2015-05-02 10:00:00 UTC: nothing changed",
    ]
    code, output, _ = typed("status")
    assert code == 0
    assert output.count("what was fetched since cannot be read") == 1


def test_ages_of_a_project_are_measured_to_its_own_newest_source(tmp_path):
    data = Store(tmp_path)
    for source, name, day in [
        ("launchpad", "nova", "2015-05-03"),
        ("gerrit", "openstack/nova", "2015-05-02"),
        ("launchpad", "glance", "2015-06-01"),
        ("gerrit", "openstack/cinder", "2015-04-01"),
        ("git", "openstack/cinder", "2015-07-01"),
    ]:
        key = {"gerrit": {"_number": 1, "project": name}, "git": {"sha": "ab" * 20}}.get(source, {"bug": {"id": 1}})
        data.write_snapshot(source, Scope("invented.example", name), [key], kind="dump", as_of=f"{day}T10:00:00+00:00")

    by_name = {each.name: f"{each.as_of(data):%Y-%m-%d}" for each in projects(data, [])}

    assert by_name == {"glance": "2015-06-01", "openstack/cinder": "2015-04-01", "openstack/nova": "2015-05-03"}


def test_a_replayed_instant_applies_to_all_projects(typed, tmp_path):
    assert typed(*fetched_later(tmp_path, "openstack/widget"))[0] == 0

    code, output, _ = typed("build", "--as-of", "2015-05-02", "--workers", "1")

    assert (code, output.count("as of 2015-05-02 00:00:00")) == (0, 3)


def test_a_notebook_in_the_lab_gets_the_settings_of_its_project(typed, tmp_path, monkeypatch):
    of_pages = {}

    def keep_values(of, *, values, **chosen):
        of_pages.update(values.common)
        return Report(Path(), "")

    monkeypatch.setattr("analysis.report.pages.run", keep_values)
    monkeypatch.setattr("analysis.report.pages.lab.start", lambda **given: 0)

    assert typed("--project", "neutron", "report")[0] == 0
    assert typed("--project", "neutron", "lab")[0] == 0

    kept = read_origin(Store(tmp_path / "data"), project="openstack/neutron", release="")
    in_lab = {name: getattr(kept, name) for name in of_pages if hasattr(kept, name)}
    assert in_lab == {name: of_pages[name] for name in in_lab}
    wanted = {"project": "openstack/neutron", "launchpad_project": "neutron", "release": "neutron-tags",
              "as_of": "2015-05-02T10:00:00Z"}  # fmt: skip
    assert wanted.items() <= in_lab.items()
    assert {"gerrit_root", "launchpad_root", "limits", "starts", "ends", "sources"} <= in_lab.keys()
