"""The files that the product ships besides its code: found in a checkout and in a wheel, and replaced by user files."""

import os
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from analysis import shipped
from analysis.shipped import Folder
from twin import build_world, export

ROOT = Path(__file__).parents[1]


@pytest.fixture
def layers(tmp_path):
    for path in ("own/liberty.toml", "shipped/liberty.toml", "shipped/mitaka.toml", "own/zebra.toml"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).touch()
    return Folder((tmp_path / "own", tmp_path / "shipped"))


def test_an_own_file_replaces_the_shipped_one(layers, tmp_path):
    assert layers.file("liberty.toml") == tmp_path / "own" / "liberty.toml"
    assert layers.file("mitaka.toml") == tmp_path / "shipped" / "mitaka.toml"


def test_own_and_shipped_files_are_listed_once_by_name(layers, tmp_path):
    assert [path.relative_to(tmp_path).as_posix() for path in layers.files("*.toml")] == [
        "own/liberty.toml", "shipped/mitaka.toml", "own/zebra.toml",
    ]  # fmt: skip


def test_the_path_of_a_missing_file_is_in_the_shipped_folder(layers, tmp_path):
    assert layers.file("train.toml") == tmp_path / "shipped" / "train.toml"


def test_in_a_checkout_there_is_one_folder(monkeypatch):
    monkeypatch.chdir(ROOT)

    assert shipped.folder("data/areas").layers == (ROOT / "data" / "areas",)


def test_a_folder_in_the_working_directory_is_searched_first(monkeypatch, tmp_path):
    (tmp_path / "data" / "areas").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)

    assert shipped.folder("data/areas").layers == (tmp_path / "data" / "areas", ROOT / "data" / "areas")
    assert shipped.folder("notebooks").layers == (ROOT / "notebooks",)


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with the product as `pip install` leaves it: unpacked from its wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    words = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(words, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


@pytest.mark.line
def test_every_file_that_people_write_is_in_the_wheel(installed):
    listed = subprocess.run(
        ["git", "ls-files", "data", "notebooks"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split()
    held = {path.relative_to(installed).as_posix() for path in installed.rglob("*") if path.is_file()}

    lost = [path for path in listed if f"analysis/_shipped/{path}" not in held]
    assert lost == ["data/quota_bug_labels.csv"]
    assert "quota_lab/_shipped/quota_bug_labels.csv" in held
    assert {"analysis/py.typed", "quota_lab/py.typed", "twin/py.typed"} <= held


def plain_dependencies():
    """The distributions of the plain dependencies in this environment, with their own dependencies."""
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    waiting, packages = [Requirement(line) for line in wanted], {}
    while waiting:
        requirement = waiting.pop()
        name, extras = canonicalize_name(requirement.name), requirement.extras | {""}
        if extras <= packages.get(name, set()):
            continue
        packages[name] = packages.get(name, set()) | extras
        for line in metadata.requires(name) or ():
            below = Requirement(line)
            if below.marker is None or any(below.marker.evaluate({"extra": extra}) for extra in packages[name]):
                waiting.append(below)
    return set(packages)


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """A folder for Python's path that hides every module that only an extra or a group installs."""
    kept = plain_dependencies() | {"pip", "setuptools"}
    brought_by = metadata.packages_distributions()
    hidden = {module for module, names in brought_by.items() if not kept.intersection(map(canonicalize_name, names))}
    hidden -= {"analysis", "quota_lab", "twin"} | sys.stdlib_module_names
    assert {"s3fs", "moto", "pytest", "psycopg", "distributed", "hatchling"} <= hidden
    folder = tmp_path_factory.mktemp("plain")
    (folder / "sitecustomize.py").write_text(
        "import sys\n"
        "from importlib.machinery import PathFinder\n"
        f"HIDDEN = {sorted(hidden)}\n"
        "class Plain(PathFinder):\n"
        "    @classmethod\n"
        "    def find_spec(cls, name, path=None, target=None):\n"
        "        return None if name.partition('.')[0] in HIDDEN else super().find_spec(name, path, target)\n"
        "sys.meta_path[sys.meta_path.index(PathFinder)] = Plain\n"
    )
    return folder


@pytest.mark.line
def test_the_command_and_the_import_need_the_plain_dependencies_alone(installed, plain, tmp_path):
    environ = os.environ | {"PYTHONPATH": f"{plain}{os.pathsep}{installed}"}
    for words in (["-m", "analysis", "--help"], ["-m", "analysis", "--version"], ["-c", "import analysis"]):
        ran = subprocess.run([sys.executable, *words], cwd=tmp_path, env=environ, capture_output=True, text=True)
        assert (ran.returncode, ran.stderr) == (0, "")

    asked = ["-m", "analysis", "--data-dir", "s3://bucket/data", "status"]
    ran = subprocess.run([sys.executable, *asked], cwd=tmp_path, env=environ, capture_output=True, text=True)
    assert ran.returncode == 2 and ".[s3]" in ran.stderr.splitlines()[2]


@pytest.mark.line
def test_the_wheel_makes_a_report_of_plain_dependencies_in_an_empty_folder(installed, plain, tmp_path):
    def run(*words):
        return subprocess.run(
            [sys.executable, "-m", "analysis", *words], cwd=tmp_path, capture_output=True, text=True, timeout=300,
            env=os.environ | {"PYTHONPATH": f"{plain}{os.pathsep}{installed}"},
        )  # fmt: skip

    (tmp_path / "data" / "areas").mkdir(parents=True)
    own = (ROOT / "data" / "areas" / "liberty.toml").read_text().replace('title = "Cells V2"', 'title = "My cells"')
    (tmp_path / "data" / "areas" / "liberty.toml").write_text(own)

    export.write(build_world(n_bugs=40), tmp_path / "made")

    for words in (
        ["fetch", "gerrit", "--dump", "made/changes.json"],
        ["fetch", "git", "--repo", "made/clone"],
        ["build"],
        ["report", "01_overview", "07_quota_record"],
        ["status"],
    ):
        ran = run(*words)
        assert ran.returncode == 0, f"{words}\n{ran.stdout}\n{ran.stderr}"

    page = (tmp_path / "data" / "processed" / "reports" / "liberty" / "index.html").read_text()
    assert "My cells" in page
