"""A newcomer's first contact: make, the environment files, the help of the command line, the README."""

import argparse
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

import analysis
from analysis import cli
from analysis.build import normalize, review_stages
from analysis.cli import demo
from analysis.cli.parser import parser
from analysis.errors import UsageError
from analysis.themes import theme_tables

pytestmark = pytest.mark.line

ROOT = Path(__file__).parents[1]
MANDATED = {"pandas", "matplotlib", "jupyterlab", "launchpadlib", "scikit-learn", "papermill"}


def pyproject():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def names(requirements):
    bare = (re.split(r"[\[<>=; ]", line, maxsplit=1)[0] for line in requirements)
    return {re.sub(r"[._]", "-", name.lower()) for name in bare}


def commands(chosen, path=()):
    """Every command, as the words that a user types."""
    subcommands = [a for a in chosen._actions if hasattr(a, "choices") and isinstance(a.choices, dict)]
    if not subcommands:
        yield path
    for action in subcommands:
        for name, child in action.choices.items():
            yield from commands(child, (*path, name))


COMMANDS = sorted(commands(parser()))


def test_environment_yml_and_pyproject_name_the_same_packages_with_the_same_bounds():
    *listed, by_pip = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    listed = [line.replace("python-duckdb", "duckdb") for line in listed]  # as conda-forge calls it
    packages = {line for line in listed if re.split(r"[<>=]", line)[0] not in ("python", "pip")}

    assert packages | set(by_pip["pip"]) == set(pyproject()["dependencies"])
    assert f"python{pyproject()['requires-python']}" in listed


def test_what_conda_forge_does_not_have_is_asked_of_pip():
    by_pip = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"][-1]["pip"]

    assert names(by_pip) == {"launchpadlib", "lazr-restfulclient"}  # by its list of 2026-08-22


def test_the_mandated_packages_are_dependencies():
    assert names(pyproject()["dependencies"]) >= MANDATED


def test_every_dependency_is_explained_in_contributing():
    text = (ROOT / "CONTRIBUTING.md").read_text().replace("lazr.", "lazr-")
    whole = tomllib.loads((ROOT / "pyproject.toml").read_text())
    more = whole["project"]["optional-dependencies"] | whole["dependency-groups"]
    every = names(pyproject()["dependencies"] + [line for lines in more.values() for line in lines])

    assert {name for name in every if f"`{name}`" not in text} == set()


@pytest.mark.parametrize(
    ("sentence", "size"),
    [
        ("{:,} records of one project (`BATCH`)", normalize.BATCH),
        ("{:,} MB of their JSON (`BATCH_BYTES`)", normalize.BATCH_BYTES // 1_000_000),
        ("{:,} messages (`MESSAGES`)", review_stages.MESSAGES),
        ("{:,} bugs (`MOST_EXACT`)", theme_tables.MOST_EXACT),
    ],
)
def test_what_a_stage_holds_in_memory_is_what_contributing_says(sentence, size):
    assert sentence.format(size) in (ROOT / "CONTRIBUTING.md").read_text()


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
    for name in ("pyproject.toml", "requirements.txt", "stamp"):
        (tmp_path / name).touch()

    words = ["make", "-j4", "refresh-data", "reports", "STAMP=stamp", "ANALYSIS=sh step"]
    subprocess.run(words, cwd=tmp_path, check=True, timeout=60)

    steps = ["refresh", "report"]
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
def test_every_command_is_on_the_page_of_commands(words):
    page = (ROOT / "docs" / "reference" / "commands.md").read_text()
    assert f"`{' '.join(words)}" in re.sub(r"\s+", " ", page)


@pytest.mark.parametrize(
    "command", [("build",), ("twin", "world"), ("fetch", "gerrit"), ("fetch", "launchpad")], ids=" ".join
)
@pytest.mark.parametrize("number", ["-1", "0", "two"])
def test_fewer_than_one_worker_is_refused(command, number, capsys):
    assert cli.main([*command, "--workers", number]) == 2
    assert "--workers" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "near"),
    [
        (["biuld"], "'build'"),
        (["fetch", "gerit"], "'gerrit'"),
        (["build", "--relese", "liberty"], "--release"),
        (["fetch", "gerrit", "--commments", "all"], "--comments"),
        (["fetch", "gerrit", "--comments", "al"], "'all'"),
        (["quota-lab", "run", "--database", "postgres"], "'postgresql'"),
    ],
)
def test_a_typo_names_the_nearest_word_in_three_lines(words, near, capsys):
    assert cli.main(words) == 2

    expected, found, do = capsys.readouterr().err.splitlines()
    assert near in do and expected.startswith("expected ") and found.strip().startswith("found ")


def test_the_readme_shows_every_picture_of_the_gallery_and_each_is_small():
    result = re.findall(r"!\[[^\]]+\]\((docs/pictures/\w+\.png)\)", (ROOT / "README.md").read_text())
    kept = [path.relative_to(ROOT).as_posix() for path in (ROOT / "docs" / "pictures").iterdir()]

    assert len(result) == 5 and sorted(result) == sorted(kept)
    assert [path for path in result if (ROOT / path).stat().st_size >= 120_000] == []


def test_the_version_is_the_same_wherever_it_is_said(capsys):
    with pytest.raises(SystemExit) as stopped:
        cli.main(["--version"])

    assert (stopped.value.code, capsys.readouterr().out) == (0, f"bugfix-analysis {analysis.__version__}\n")
    released = re.search(r"^## (\d\S*) - (\d{4}-\d\d-\d\d)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    citation = (ROOT / "CITATION.cff").read_text()
    assert released.group(1) == analysis.__version__
    assert f"\nversion: {released.group(1)}\ndate-released: {released.group(2)}\n" in citation
    assert pyproject()["dynamic"] == ["version"]


def test_what_the_demo_says_to_try_next_are_commands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "my data" / "demo"

    result = demo.what_next(folder, folder / "index.html").splitlines()

    assert result[0] == f"Open {(folder / 'index.html').as_uri()}"
    assert "invented servers, which have stopped" in result[1]
    typed = [shlex.split(line, comments=True) for line in result[3:]]
    assert [words[:3] for words in typed] == [["python", "-m", "analysis"]] * 4
    asked = [parser().parse_args(words[3:]) for words in typed]
    assert [each.run for each in asked] == [
        "report.lab_server", "todo.todo_list", "limits.limits", "refresh.refresh",
    ]  # fmt: skip
    assert [str(each.data_dir) for each in asked[:3]] == ["my data/demo"] * 3


def test_who_installed_the_command_is_told_of_no_python_to_run_it_with(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "bin" / "bugfix-analysis"), "demo"])

    texts = [demo.what_next(tmp_path, tmp_path / "index.html"), parser().format_help()]

    assert all("bugfix-analysis" in text and "python" not in text for text in texts)


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

    output = capsys.readouterr()
    assert code == UsageError.exit_code
    assert "gerrit_root" in output.err and "hush" not in output.err + output.out
    assert not list(tmp_path.iterdir())


def test_an_error_cannot_drive_the_terminal(tmp_path):
    ran = subprocess.run(
        [sys.executable, "-m", "analysis", "--data-dir", str(tmp_path), "--project", "\x1b[2Jnova", "status"],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip

    assert ran.returncode == 3
    assert "\x1b" not in ran.stderr
