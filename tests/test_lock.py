"""The locks: the exact files that `make setup` installs, on every supported Python."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
EXTRAS = PYPROJECT["project"]["optional-dependencies"]
LOCKS = {
    "requirements.txt": [
        *PYPROJECT["project"]["dependencies"],
        *(line for name, lines in EXTRAS.items() if name != "embeddings" for line in lines),
        *(line for lines in PYPROJECT["dependency-groups"].values() for line in lines),
    ],
    "requirements-embeddings.txt": [*PYPROJECT["project"]["dependencies"], *EXTRAS["embeddings"]],
}
PYTHONS = [
    line.rsplit(" ", 1)[1] for line in PYPROJECT["project"]["classifiers"] if re.search(r":: 3\.\d+$", line)
]  # fmt: skip
SYSTEMS = {"linux": "Linux", "darwin": "Darwin"}
of_both = pytest.mark.parametrize("lock", LOCKS)


def entries(lock):
    """Each package of a lock, as its requirement and the hashes below it."""
    text = (ROOT / lock).read_text().replace("\\\n", " ")
    for line in text.splitlines():
        requirement, *hashes = re.split(r"\s+--hash=", line.strip())
        yield Requirement(requirement), hashes


def installed(lock, python, system):
    """The version of each package that an installer takes from the lock, by its name."""
    place = default_environment() | {"python_version": python, "python_full_version": f"{python}.1"}
    place |= {"sys_platform": system, "platform_system": SYSTEMS[system]}
    return {
        canonicalize_name(entry.name): next(iter(entry.specifier)).version
        for entry, _ in entries(lock)
        if entry.marker is None or entry.marker.evaluate(place)
    }


def test_the_promised_pythons_are_those_of_the_classifiers():
    assert PYTHONS == ["3.11", "3.12", "3.13"]
    assert PYPROJECT["project"]["requires-python"] == f">={PYTHONS[0]}"


@of_both
def test_every_package_of_a_lock_is_one_version_with_its_hashes(lock):
    loose = [str(entry) for entry, hashes in entries(lock) if not re.fullmatch(r"==[^*,]+", str(entry.specifier))
             or not hashes or not all(re.fullmatch(r"sha256:[0-9a-f]{64}", each) for each in hashes)]  # fmt: skip

    assert loose == []


@of_both
def test_a_lock_names_no_place_that_packages_come_from(lock):
    text = (ROOT / lock).read_text()

    assert "://" not in text and not re.search(r"^-", text, re.MULTILINE)


@of_both
@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("system", SYSTEMS)
def test_a_lock_satisfies_every_bound_on_every_promised_python(lock, python, system):
    result = installed(lock, python, system)

    wanted = [Requirement(line) for line in LOCKS[lock]]
    pinned = {each.name: result.get(canonicalize_name(each.name)) for each in wanted}
    assert {str(each): pinned[each.name] for each in wanted if str(pinned[each.name]) not in each.specifier} == {}


def test_the_locks_agree_on_the_version_of_what_both_hold():
    main, more = (installed(lock, "3.11", "linux") for lock in LOCKS)

    assert {name: (main[name], more[name]) for name in main.keys() & more.keys() if main[name] != more[name]} == {}


def test_nobody_who_sets_up_gets_the_gigabytes_of_a_sentence_model():
    assert not {"torch", "sentence-transformers"} & set(installed("requirements.txt", "3.11", "linux"))


def test_the_build_backend_of_set_up_is_that_of_everybody():
    assert PYPROJECT["dependency-groups"]["build"] == PYPROJECT["build-system"]["requires"]


def planned(*words, cwd=ROOT, **environ):
    """The commands of `make --dry-run`, without an active conda environment and with the given PATH."""
    return subprocess.run(
        ["make", "--dry-run", "--always-make", *words],
        cwd=cwd, capture_output=True, text=True, check=True, env={"PATH": "/usr/bin:/bin"} | environ,
    ).stdout  # fmt: skip


def test_set_up_installs_from_the_lock_alone_and_resolves_nothing():
    by_pip = [line for line in planned("setup").splitlines() if "pip install" in line]

    assert len(by_pip) == 2 and all("-m pip install" in line and "--no-deps" in line for line in by_pip)
    assert "--require-hashes" in by_pip[0] and "-r requirements.txt" in by_pip[0]
    assert "--no-build-isolation" in by_pip[1] and by_pip[1].count("-e .") == 1


def test_set_up_uses_uv_where_it_is_on_the_path(tmp_path):
    (tmp_path / "uv").write_text("#!/bin/sh\n")
    (tmp_path / "uv").chmod(0o755)

    by_uv = [line for line in planned("setup", PATH=f"{tmp_path}:/usr/bin:/bin").splitlines() if "pip install" in line]

    assert len(by_uv) == 2 and all("uv pip install --python .venv/bin/python" in line for line in by_uv)


def test_set_up_mends_an_environment_that_was_begun_and_has_no_pip(tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    fakes = {
        ".venv/bin/python": 'test -e whole || { echo "No module named pip" >&2; exit 1; }',
        "bin/python3": 'test "$1" = -c || { echo "$*" >made; touch whole; }',
    }
    for name, lines in fakes.items():
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(f"#!/bin/sh\n{lines}\n")
        (tmp_path / name).chmod(0o755)
    for name in ("pyproject.toml", "requirements.txt"):
        (tmp_path / name).touch()

    environ = {"PATH": f"{tmp_path}/bin:/usr/bin:/bin"}
    subprocess.run(["make", "setup"], cwd=tmp_path, check=True, capture_output=True, env=environ)

    assert (tmp_path / "made").read_text() == "-m venv .venv\n"


def test_set_up_counts_the_packages_for_who_waits():
    counting = re.search(r"awk .*'(/\^Ignoring.*)'$", planned("setup"), re.MULTILINE).group(1)
    log_text = (
        "Ignoring appnope: markers 'sys_platform == \"darwin\"' don't match your environment\n"
        "Collecting pandas==3.0.1 (from -r requirements.txt (line 3))\n  Using cached pandas.whl (12.0 MB)\n"
        "Requirement already satisfied: numpy==2.4.0 in ./lib (from -r requirements.txt (line 4)) (2.4.0)\n"
        "Installing collected packages: pandas\n"
    )

    ran = subprocess.run(["awk", "-v", "all=3", counting], input=log_text, capture_output=True, text=True, check=True)

    assert ran.stdout.split("\n")[:2] == ["   1 of 2  pandas==3.0.1", "   2 of 2  numpy==2.4.0"]
    assert "unpacking" in ran.stdout
