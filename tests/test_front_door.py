"""What a newcomer meets first: make, the environment files, the command line's help, the README."""

import argparse
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from analysis import cli
from analysis.cli.parser import parser
from analysis.errors import UsageError
from analysis.pipeline import judging, serving
from analysis.themes import grouping

ROOT = Path(__file__).parents[1]
MANDATED = {"pandas", "matplotlib", "jupyterlab", "launchpadlib", "scikit-learn", "papermill"}


def pyproject():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def names(requirements):
    return {re.split(r"[\[<>=; ]", line, maxsplit=1)[0].lower().replace(".", "-") for line in requirements}


def commands(chosen, path=()):
    """Every leaf of the command line, as the words that a user types."""
    subcommands = [a for a in chosen._actions if hasattr(a, "choices") and isinstance(a.choices, dict)]
    if not subcommands:
        yield path
    for action in subcommands:
        for name, child in action.choices.items():
            yield from commands(child, (*path, name))


COMMANDS = sorted(commands(parser()))


def test_environment_yml_and_pyproject_name_the_same_packages_with_the_same_bounds():
    listed = re.findall(r"^  - (\S+)$", (ROOT / "environment.yml").read_text(), re.MULTILINE)
    packages = {line for line in listed if re.split(r"[<>=]", line)[0] not in ("conda-forge", "python", "pip")}

    assert packages == set(pyproject()["dependencies"])
    assert f"python{pyproject()['requires-python']}" in listed


def test_the_mandated_packages_are_dependencies():
    assert names(pyproject()["dependencies"]) >= MANDATED


def test_every_dependency_is_pinned_by_the_constraints():
    pinned = {line.split("==")[0] for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line}
    extras = [line for extra in pyproject()["optional-dependencies"].values() for line in extra]

    assert names(pyproject()["dependencies"] + extras) <= pinned


def test_every_dependency_is_explained_in_contributing():
    text = (ROOT / "CONTRIBUTING.md").read_text().replace("lazr.", "lazr-")
    extras = [line for extra in pyproject()["optional-dependencies"].values() for line in extra]

    assert {name for name in names(pyproject()["dependencies"] + extras) if f"`{name}`" not in text} == set()


@pytest.mark.parametrize(
    ("said", "size"),
    [
        ("{:,} records of one project (`BATCH`)", serving.BATCH),
        ("{:,} MB of their JSON (`BATCH_BYTES`)", serving.BATCH_BYTES // 1_000_000),
        ("{:,} messages (`MESSAGES`)", judging.MESSAGES),
        ("{:,} bugs (`MOST_EXACT`)", grouping.MOST_EXACT),
    ],
)
def test_what_a_stage_holds_in_memory_is_what_contributing_says(said, size):
    assert said.format(size) in (ROOT / "CONTRIBUTING.md").read_text()


def test_make_alone_lists_every_target():
    targets = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE).group(1).split()

    listed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert {line.split()[0] for line in listed.splitlines()} == set(targets)


def test_make_takes_another_project_with_its_own_release():
    planned = subprocess.run(
        ["make", "--dry-run", "reports", "PROJECT=neutron"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout

    asked = planned.splitlines()[-1].split()
    assert asked[asked.index("--project") + 1] == "neutron"
    assert "--release" not in asked


def test_make_with_several_jobs_shows_nothing_before_it_is_fetched_and_built(tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "step").write_text("echo begins $* >>log; sleep 0.2; echo ends $* >>log")
    for name in ("pyproject.toml", "constraints.txt", "stamp"):
        (tmp_path / name).touch()

    words = ["make", "-j4", "refresh-data", "reports", "STAMP=stamp", "ANALYSIS=sh step"]
    subprocess.run(words, cwd=tmp_path, check=True, timeout=60)

    steps = ["fetch launchpad", "fetch gerrit", "build", "report"]
    assert (tmp_path / "log").read_text().splitlines() == [
        f"{it} {step}" for step in steps for it in ("begins", "ends")
    ]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_teaches_with_help(words, capsys):
    with pytest.raises(SystemExit) as stopped:
        parser().parse_args([*words, "--help"])

    assert stopped.value.code == 0
    assert len(capsys.readouterr().out) > 200


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_option_says_what_it_is_and_its_default(words):
    command = parser()
    for word in words:
        (subcommands,) = (action for action in command._actions if isinstance(action, argparse._SubParsersAction))
        command = subcommands.choices[word]

    silent = [action.dest for action in command._actions if not action.help]
    unsaid = [action.dest for action in command._actions if type(action.default) in (int, str) and action.default
              and action.default != argparse.SUPPRESS and "(default: " not in action.help]  # fmt: skip
    assert (silent, unsaid) == ([], [])


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_is_in_the_readme(words):
    assert " ".join(words) in re.sub(r"\s+", " ", (ROOT / "README.md").read_text())


@pytest.mark.parametrize(
    "command", [("build",), ("twin", "world"), ("fetch", "gerrit"), ("fetch", "launchpad")], ids=" ".join
)
@pytest.mark.parametrize("number", ["-1", "0", "two"])
def test_fewer_than_one_worker_is_refused(command, number, capsys):
    with pytest.raises(SystemExit) as stopped:
        parser().parse_args([*command, "--workers", number])

    assert stopped.value.code == 2
    assert "--workers" in capsys.readouterr().err


def test_an_expected_error_is_three_lines_and_its_exit_code():
    ran = subprocess.run(
        [sys.executable, "-m", "analysis", "--project", "novva", "status"], cwd=ROOT, capture_output=True, text=True
    )

    assert ran.returncode == 3
    assert [line.split()[0] for line in ran.stderr.splitlines()] == ["expected", "found", "do"]


@pytest.mark.parametrize(
    "address",
    ["http://casey:hush@127.0.0.1:1/", "https://hush@review.example.org/", "http://review.example.org/",
     "review.example.org", "ftp://review.example.org/"],
)  # fmt: skip
def test_an_address_that_is_none_or_holds_a_secret_is_refused_without_saying_it(address, tmp_path, capsys):
    code = cli.main(["--data-dir", str(tmp_path), "fetch", "gerrit", "--gerrit-root", address])

    said = capsys.readouterr()
    assert code == UsageError.exit_code
    assert "gerrit_root" in said.err and "hush" not in said.err + said.out
    assert not list(tmp_path.iterdir())


def test_an_error_cannot_drive_the_terminal(tmp_path):
    ran = subprocess.run(
        [sys.executable, "-m", "analysis", "--data-dir", str(tmp_path), "--project", "\x1b[2Jnova", "status"],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip

    assert ran.returncode == 3
    assert "\x1b" not in ran.stderr
