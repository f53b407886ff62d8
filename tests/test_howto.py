"""The table "To add something" of CONTRIBUTING has a row for each list that is made to grow; its places exist."""

import re
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("analysis", "quota_lab", "twin")
KINDS = (".py", ".md", ".csv", ".txt", ".ipynb")
# What people add, and the lists and classes that grow by it. Where one of these moves, its row must follow.
GROWS = {
    "a spelling of a footer": ["analysis.judge.links.footers.FORMS", "analysis.judge.links.lines.ABOUT"],
    "a rule of areas": ["analysis.judge.areas.file.RULES", "analysis.judge.areas.file.DeclaredArea"],
    "a rule for inconsistent bugs": ["analysis.judge.inconsistencies.rules.RULES"],
    "a review state": ["analysis.tables.schema.states", "analysis.judge.review_state.machine._conditions"],
    "a fact that a review state asks for": ["analysis.judge.review_state.evidence.owner_requests"],
    "a kind of correction": ["analysis.judge.corrections.file.Corrections"],
    "a form of saved data": [
        "analysis.ingest.saved.launchpad_forms.SAVED_FORMS",
        "analysis.ingest.saved.gerrit_forms.SAVED_FORMS",
    ],
    "a table or column": ["analysis.tables.schema", "analysis.build.stages"],
    "a number on a page": ["analysis.report.measures", "analysis.dataset"],
    "a sentence that says that something is none or 0": ["test_unknown_on_pages.BOUND"],
    "a page": ["analysis.report.page_registry.PAGES"],
    "a column of a page": ["analysis.tables.schema.labels", "analysis.report.page_columns"],
    "a picture": ["analysis.report.figures.bar_chart", "analysis.report.figures.survival_chart"],
    "a quota design": ["quota_lab.designs.DESIGNS", "quota_lab.statements.Statement"],
    "a quota engine": ["quota_lab.engines.catalogue", "quota_lab.prediction.engine_races.ROLES"],
    "a fault of a server": ["twin.faults.catalogue.Entry"],
    "a command": ["analysis.cli.parser", "analysis.cli.quota_lab_parser"],
}


def table():
    """The rows of the table: what is added, where, and the tests."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    part = text.split("\n## To add something\n")[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in part.splitlines() if line[:2] == "| "]
    return {what.partition(" ([")[0]: (where, tests) for what, where, tests in rows[1:]}  # without a link to a guide


ROWS = table()


def quoted(text):
    return re.findall(r"`([^`]+)`", text)


def files(place):
    """The files of the checkout that a place names: a file, a folder, or a pattern, from the root or from a package."""
    place = place.rstrip("/")
    starts = ["", *(f"{package}/" for package in PACKAGES)]
    named = [path for start in starts for path in ROOT.glob(f"{start}{place}")]
    if not named and "." in place:  # beside what the row named before
        named = [path for package in PACKAGES for path in (ROOT / package).rglob(place)]
    inside = [file for path in named for file in (path.rglob("*") if path.is_dir() else [path])]
    return [file for file in inside if file.suffix in KINDS]


def existing(name):
    """The module or the value of a dotted name; raises ImportError or AttributeError if there is none."""
    try:
        return import_module(name)
    except ModuleNotFoundError:
        module, _, value = name.rpartition(".")
        return getattr(import_module(module), value)


def test_the_table_has_a_row_for_each_list_that_is_made_to_grow_and_no_other_row():
    assert list(ROWS) == list(GROWS)


@pytest.mark.parametrize("what", GROWS)
def test_a_row_names_the_list_that_grows(what):
    where = " ".join(ROWS[what])

    for name in GROWS[what]:
        grows = existing(name)
        own = getattr(grows, "__name__", name).rpartition(".")[2]
        assert own in re.findall(r"\w+", where), f"{name} is not in the row"


@pytest.mark.parametrize("what", ROWS)
def test_every_place_and_name_in_a_row_exists(what):
    where, tests = ROWS[what]
    places = {token: files(token) for token in quoted(f"{where} {tests}") if " " not in token}
    text = "\n".join(path.read_text(encoding="utf-8") for paths in places.values() for path in paths)
    names = [token for token, paths in places.items() if not paths]

    assert [name for name in names if "/" in name or name.endswith((".py", ".md", ".csv"))] == []
    lost = [name for name in names if not re.search(rf"\b{re.split(r'[(]', name)[0].rpartition('.')[2]}\b", text)]
    assert lost == []


@pytest.mark.parametrize("what", ROWS)
def test_every_row_names_a_test_that_goes_red(what):
    _, tests = ROWS[what]

    assert [place for place in quoted(tests) if place.startswith("tests/")]
