"""Bad input leads to three lines (expected, found, do), an exit code, and no half-written file."""

import dataclasses
import gzip
import json
import shutil

import pytest

from analysis import config, shipped, store
from analysis.cli import main
from analysis.cli.judgements import judgements
from analysis.cli.releases import area_file
from analysis.errors import AreaFileError, ConfigError
from analysis.shipped import Folder

pytestmark = pytest.mark.line

CHANGE = {
    "_number": 7, "project": "openstack/nova", "branch": "master", "change_id": "I" + 40 * "0", "status": "NEW",
    "subject": "Invented", "created": "2015-05-01 10:00:00.000000000", "updated": "2015-05-02 10:00:00.000000000",
    "owner": {"_account_id": 1},
}  # fmt: skip


def written(path, text):
    path.write_text(text)
    return path


def truncated(path):
    whole = gzip.compress(json.dumps([CHANGE] * 500).encode())
    path.write_bytes(whole[: len(whole) // 2])
    return path


@pytest.fixture
def run(tmp_path, capsys):
    """Run a command, and return its exit code and the first words of its lines on the error stream."""

    def typed(*words):
        code = main(["--data-dir", str(tmp_path / "data"), *map(str, words)])
        return code, [line.split()[0] for line in capsys.readouterr().err.splitlines()]

    return typed


THREE = ["expected", "found", "do"]
DUMPS = {
    "a truncated gzip": lambda folder: truncated(folder / "cut.json.gz"),
    "a login page": lambda folder: written(folder / "page.html", "<html><title>Sign in</title></html>"),
    "an object": lambda folder: written(folder / "object.json", json.dumps({"kind": "not a list"})),
    "no file": lambda folder: folder / "missing.json",
    "an empty list": lambda folder: written(folder / "empty.json", ")]}'\n[]"),
}


@pytest.mark.parametrize("make", DUMPS.values(), ids=DUMPS)
def test_a_bad_dump_is_refused_and_nothing_is_stored(make, run, tmp_path):
    assert run("fetch", "gerrit", "--dump", make(tmp_path)) == (4, THREE)
    assert not list((tmp_path / "data").rglob("*.zst"))


def test_the_newer_record_of_a_change_served_twice_counts(run, tmp_path):
    older = CHANGE | {"subject": "Older", "updated": "2015-05-01 11:00:00.000000000"}
    dump = written(tmp_path / "twice.json", json.dumps([CHANGE, older]))

    assert run("fetch", "gerrit", "--dump", dump) == (0, [])
    assert run("build") == (0, [])

    assert store.read_table(tmp_path / "data", "changes")["subject"].tolist() == ["Invented"]


def test_a_folder_that_is_not_a_clone_is_refused(run, tmp_path):
    assert run("fetch", "git", "--repo", tmp_path) == (4, THREE)


def test_a_build_without_data_says_what_to_fetch(run):
    assert run("build") == (5, THREE)


def test_a_release_without_areas_is_refused(run, tmp_path):
    run("fetch", "gerrit", "--dump", written(tmp_path / "one.json", json.dumps([CHANGE])))

    assert run("build", "--release", "libertty") == (3, THREE)


def test_a_notebook_parameter_that_does_not_exist_is_refused(run, tmp_path):
    run("fetch", "gerrit", "--dump", written(tmp_path / "one.json", json.dumps([CHANGE])))
    run("build")

    assert run("report", "01_overview", "-p", "releese=liberty") == (7, THREE)
    assert not (tmp_path / "data" / "processed" / "reports" / "liberty").exists()


def test_a_misspelt_key_in_a_project_file_is_refused(run, tmp_path):
    project = written(tmp_path / "mine.toml", '[servers]\ngerit_root = "https://review.example.org/"\n')

    assert run("status", "--project", project) == (3, THREE)


def test_a_project_file_that_names_no_project_is_refused(run, tmp_path):
    project = written(tmp_path / "mine.toml", '[servers]\nlaunchpad_project = "widget"\n')

    assert run("status", "--project", project) == (3, THREE)


NOVA = (shipped.HOME / "data" / "projects" / "nova.toml").read_bytes()
NO_TOML = {
    "not UTF-8": "# caf\u00e9".encode("latin-1"),
    "a nest without end": b"x = " + b"[" * 10_000,
    "a number without end": b"x = " + b"9" * 10_000,
    "bytes of a picture": b"\x89PNG\r\n\x1a\n\0\0",
}


@pytest.mark.parametrize("content", NO_TOML.values(), ids=NO_TOML)
def test_a_project_file_that_is_not_toml_is_refused(content, run, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_bytes(NOVA + content)

    assert run("status", "--project", path) == (3, THREE)


@pytest.mark.parametrize("content", NO_TOML.values(), ids=NO_TOML)
@pytest.mark.parametrize("name", ["areas/liberty.toml", "failure_modes.toml", "theme_names.toml"])
def test_a_rules_file_that_is_not_toml_gives_an_error_without_a_traceback(name, content, run, tmp_path):
    run("fetch", "gerrit", "--dump", written(tmp_path / "changes.json", json.dumps([CHANGE])))
    rules = shutil.copytree(
        shipped.HOME / "data", tmp_path / "rules", ignore=shutil.ignore_patterns("raw", "processed")
    )
    (rules / name).write_bytes(content)
    chosen = config.load(project="nova", data_dir=tmp_path / "data", release="liberty", overrides={})

    with pytest.raises(ConfigError):
        judgements(
            store.Store(chosen.data_dir),
            dataclasses.replace(chosen, area_files=Folder((rules / "areas",)), word_lists=Folder((rules,))),
        )


WRITTEN = {
    "areas/liberty.toml": b"""release = "liberty"\nsource = ""\nstarts = 2015-04-30\nends = 2015-10-15\n
[areas.api]\ntitle = "The API"\ntgas = ["api"]\n""",
    "failure_modes.toml": b"[[failure_mode]]\n",
    "theme_names.toml": b"[[name]]\nlabel = 1\n",
    "projects/nova.toml": NOVA.replace(b"[limits]", b"[limits]\nwaiting_dasy = 3"),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_configuration_that_no_build_accepts_is_refused_before_a_fetch(name, run, tmp_path, monkeypatch):
    (tmp_path / "data" / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "data" / name).write_bytes(WRITTEN[name])
    monkeypatch.chdir(tmp_path)
    nowhere = ["--launchpad-root", "http://127.0.0.1:9/", "--gerrit-root", "http://127.0.0.1:9/"]

    code, error_lines = run(*nowhere, "refresh")

    assert (code, error_lines) == (3, THREE)
    assert not (tmp_path / "data" / "raw").exists()


def test_a_byte_order_mark_in_a_project_file_is_ignored(run, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xef\xbb\xbf" + NOVA)

    assert run("status", "--project", path) == (0, [])


def test_an_area_file_named_after_another_release_is_refused(tmp_path):
    chosen = config.load(project="nova", data_dir=tmp_path, release="mitaka", overrides={})
    shutil.copy(shipped.HOME / "data" / "areas" / "liberty.toml", tmp_path / "mitaka.toml")

    with pytest.raises(AreaFileError) as refused:
        area_file(dataclasses.replace(chosen, area_files=Folder((tmp_path,))), "mitaka")

    assert refused.value.found == "'liberty'"


def test_an_area_file_without_read_permission_is_not_reported_as_missing(tmp_path):
    chosen = config.load(project="nova", data_dir=tmp_path, release="liberty", overrides={})
    (tmp_path / "liberty.toml").mkdir()

    with pytest.raises(AreaFileError) as refused:
        area_file(dataclasses.replace(chosen, area_files=Folder((tmp_path,))), "liberty")

    assert refused.value.found == "Is a directory"


@pytest.mark.parametrize("name", config.SECTIONS)
@pytest.mark.parametrize("value", ["5", "[{}]"])
def test_a_section_of_a_project_file_that_is_not_a_table_is_refused(name, value, run, tmp_path):
    servers = '[servers]\nlaunchpad_project = "a"\ngerrit_project = "a"\nrelease = "a"\n' * (name != "servers")
    project = written(tmp_path / "mine.toml", f"{name} = {value}\n{servers}")

    assert run("status", "--project", project) == (3, THREE)


@pytest.mark.parametrize(
    "words",
    [
        ["status"],
        ["build"],
        ["report"],
        ["runs"],
        ["limits"],
        ["todo", "--reviewer", "casey"],
        ["demo"],
        ["twin", "world", "--projects", "1", "--changes", "1"],
        ["quota-lab", "list"],
        ["quota-lab", "run"],
    ],
    ids=" ".join,
)
def test_a_file_as_data_directory_gives_an_error_without_a_traceback(words, tmp_path, capsys):
    for place in (tmp_path / ("long" * 100), written(tmp_path / "file", "text") / "below"):
        code = main(["--data-dir", str(place), *words])

        lines = [line.split()[0] for line in capsys.readouterr().err.splitlines()]
        assert (code, lines) in [(5, THREE), (2, THREE), (0, [])]
    assert (tmp_path / "file").read_text() == "text"
