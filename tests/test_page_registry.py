"""The pages of the report: one record each, and everything that names a page derives from it."""

import re
from pathlib import Path

import nbformat
import pytest

from analysis.report import page_registry
from analysis.report.page_registry import EXPLORING, PAGES, Page
from analysis.report.pages import plan

ROOT = Path(__file__).parents[1]
NOTEBOOKS = {path.stem: path for path in (ROOT / "notebooks").glob("*.ipynb")}
by_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.notebook)


def test_each_notebook_has_a_record_and_each_record_a_notebook():
    assert sorted([*(page.notebook for page in PAGES), *EXPLORING]) == sorted(NOTEBOOKS)


def test_each_record_is_in_the_list():
    records = [value for value in vars(page_registry).values() if isinstance(value, Page)]

    assert records and set(records) == set(PAGES) and len(PAGES) == len(records)


@by_page
def test_the_title_and_question_of_a_record_are_those_of_its_notebook(page):
    opening = nbformat.read(NOTEBOOKS[page.notebook], as_version=4).cells[0].source
    heading, _, rest = opening.partition("\n")

    assert heading == f"# {page.title}"
    assert " ".join(rest.strip().partition("\n\n")[0].split()) == page.question


@by_page
def test_a_page_for_each_value_of_a_parameter_declares_it_and_names_its_subject(page):
    assert bool(page.each) == bool(page.subject)
    assert not page.each or page.each in plan.read(NOTEBOOKS[page.notebook]).parameters


def test_pages_for_the_same_people_stand_together():
    audiences = [page.audience for page in PAGES]

    assert audiences == sorted(audiences, key=audiences.index)


def test_a_report_runs_the_pages_in_the_order_of_their_records():
    result = plan.sources(sorted((ROOT / "notebooks").glob("*.ipynb")))

    assert [source.name for source in result] == [page.notebook for page in PAGES]
    assert [source.page for source in result] == list(PAGES)


def test_a_notebook_without_a_record_is_a_page_after_the_others(tmp_path):
    parameters = nbformat.v4.new_code_cell("release = ''", metadata={"tags": ["parameters"]})
    for name, heading in (("00_mine", "# Mine\n\nWhat do I ask?"), ("17_open_bugs", "# Open bugs\n\nWhich?")):
        table = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(heading), parameters])
        nbformat.write(table, tmp_path / f"{name}.ipynb")

    result = plan.sources(sorted(tmp_path.glob("*.ipynb")))

    assert [source.name for source in result] == ["17_open_bugs", "00_mine"]
    assert (result[1].page.title, result[1].page.question) == ("Mine", "What do I ask?")


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_link_in_a_notebook_leads_to_a_page(name):
    text = "".join(c.source for c in nbformat.read(NOTEBOOKS[name], as_version=4).cells if c.cell_type == "markdown")

    linked = re.findall(r"\]\(([^)#?]+)\.html", text)

    assert set(linked) <= {page.notebook for page in PAGES}


def test_no_module_but_the_registry_spells_the_name_of_a_page():
    spelt = re.compile("|".join(map(re.escape, [*(page.notebook for page in PAGES), *EXPLORING])))
    results = [path.name for path in sorted((ROOT / "analysis").rglob("*.py")) if spelt.search(path.read_text())]

    assert results == ["page_registry.py"], "ask analysis.report.page_registry for the page and its address"


def test_an_address_escapes_what_it_filters_by():
    assert page_registry.OPEN_BUGS.address(part="open_bugs", filtered="a b&c") == (
        "17_open_bugs.html?filter=a%20b%26c#open_bugs"
    )
