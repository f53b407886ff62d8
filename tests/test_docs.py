"""The documentation: its commands and its Python run, its links work, and it leaves nothing out."""

import gzip
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import analysis
import twin
from analysis import cli
from analysis.cli.parser import parser
from analysis.errors import AreaFileError
from twin import export

pytestmark = pytest.mark.line

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
ADDRESS = re.compile(r"\]\(([^)#:\s]+)(?:#[^)\s]*)?\)")


def name_of(page):
    return str(page.relative_to(ROOT / "docs"))


def blocks(page, language):
    return [text for kind, text in FENCE.findall(page.read_text(encoding="utf-8")) if kind == language]


def typed(page):
    """The commands of a page that the test runs, in order."""
    return [line[2:] for text in blocks(page, "console") for line in text.splitlines() if line.startswith("$ ")]


@pytest.fixture(scope="module")
def desk(invented_project, tmp_path_factory):
    """The files that the pages mention: saved bugs and answers, a clone, a priorities document, a data directory."""
    folder = tmp_path_factory.mktemp("desk")
    shutil.copytree(invented_project, folder / "data")
    world = twin.build_world(n_bugs=60)  # as the project was fetched
    world.write_git(folder / "nova.git")
    export.write_dump(world, folder / "answer.json")
    (folder / "saved-answer.json.gz").write_bytes(gzip.compress((folder / "answer.json").read_bytes()))
    assert cli.main(["--data-dir", str(folder / "data"), "save", "launchpad", str(folder / "saved-bugs.jsonl.gz")]) == 0
    (folder / "saved-bugs").mkdir()
    shutil.copy(folder / "saved-bugs.jsonl.gz", folder / "saved-bugs")
    (folder / "priorities.rst").write_text(
        "==================\nLiberty Priorities\n==================\n\nLamps that last\n===============\n\n"
        "Owner: Robin Example (robin)\n\nLamps go out.\n"
    )
    return folder


@pytest.mark.parametrize("page", [page for page in PAGES if typed(page)], ids=name_of)
def test_every_command_of_a_page_runs(page, desk, tmp_path, monkeypatch, capsys):
    shutil.copytree(desk, tmp_path / "desk")
    monkeypatch.chdir(tmp_path / "desk")

    for line in typed(page):
        words = shlex.split(line)
        assert words[:3] == ["python", "-m", "analysis"], line
        assert cli.main(words[3:]) == 0, f"{line}\n{capsys.readouterr().err}"


def test_the_files_of_another_project_suffice_in_an_empty_folder(tmp_path, monkeypatch, capsys):
    project, areas = blocks(ROOT / "docs" / "howto" / "another_project.md", "toml")
    monkeypatch.chdir(tmp_path)
    with twin.Server(twin.build_world(n_bugs=1)) as server:
        for name in ("launchpad_root", "gerrit_root"):
            project = re.sub(rf'({name} += )".*"', rf'\1"{getattr(server, name)}"', project)
        served = project.replace('"openstack/yours"', '"openstack/nova"').replace(
            'project = "yours"', 'project = "nova"'
        )
        Path("yours.toml").write_text(served)
        command = ["--data-dir", "data", "--project", "yours.toml", "refresh"]

        assert cli.main(command) == AreaFileError.exit_code  # before a request is sent
        assert "data/areas/yours.toml" in capsys.readouterr().err and not Path("data", "raw").exists()

        Path("data", "areas").mkdir(parents=True)
        Path("data", "areas", "yours.toml").write_text(areas)
        assert cli.main(command) == 0
    assert {"api", "all"} <= set(analysis.open("data").fixes()["area_ids"].explode())


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "sh")], ids=name_of)
def test_every_command_that_needs_a_network_is_one_that_exists(page):
    for line in "".join(blocks(page, "sh")).splitlines():
        words = shlex.split(line, comments=True)
        if words[:1] == ["make"]:
            subprocess.run(["make", "--dry-run", *words[1:]], cwd=ROOT, check=True, capture_output=True)
        elif words[:3] == ["python", "-m", "analysis"]:
            parser().parse_args(words[3:])
        elif words:
            assert words[:2] in (["source", ".venv/bin/activate"], ["git", "clone"], ["ln", "-s"]), line


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=name_of)
def test_every_python_example_runs(page, desk, tmp_path, monkeypatch):
    shutil.copytree(desk / "data", tmp_path / "data")
    shutil.copytree(desk / "data", tmp_path / "october")
    monkeypatch.chdir(tmp_path)

    for text in blocks(page, "python"):
        exec(compile(text, name_of(page), "exec"), {})


@pytest.mark.parametrize("page", [*PAGES, ROOT / "README.md", ROOT / "CONTRIBUTING.md"], ids=lambda page: page.name)
def test_every_address_within_the_repository_leads_somewhere(page):
    result = {"reference/tables.md"}
    lost = [
        address
        for address in ADDRESS.findall(page.read_text(encoding="utf-8"))
        if not any((page.parent / f"{address}{end}").exists() for end in ("", ".md")) and address not in result
    ]

    assert lost == []


def test_every_page_is_in_the_table_of_contents():
    listed = set(re.findall(r"^(?:tutorial|(?:howto|explanation|reference)/\w+|quota_findings)$",
                            (ROOT / "docs" / "index.md").read_text(), re.MULTILINE))  # fmt: skip
    pages = {name_of(page).removesuffix(".md") for page in PAGES} - {"index"}

    assert pages - listed == set() and listed - pages <= {"reference/tables"}


@pytest.mark.parametrize(
    "page", [ROOT / "docs" / "index.md", ROOT / "docs" / "tutorial.md", *(ROOT / "docs" / "explanation").glob("*.md")],
    ids=name_of,
)  # fmt: skip
def test_pages_that_explain_lead_to_the_words(page):
    assert "reference/glossary.md" in page.read_text(encoding="utf-8")


def test_the_site_is_built_without_a_warning(tmp_path):
    built = subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", str(ROOT / "docs"), str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip

    assert (built.returncode, built.stderr) == (0, "")
    assert "openstack-bugs-ml" in (tmp_path / "tutorial.html").read_text()
    assert "bug_tasks" in (tmp_path / "reference" / "tables.html").read_text()
    assert "fetch launchpad" in (tmp_path / "reference" / "commands.html").read_text()
