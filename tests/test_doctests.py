"""Every example in a docstring is true."""

import doctest
from importlib import import_module
from pathlib import Path

import invented_tables
import pytest

import analysis

ROOT = Path(__file__).parents[1]
PACKAGES = ("analysis", "quota_lab", "twin")
MODULES = [
    path
    for package in PACKAGES
    for path in sorted((ROOT / package).rglob("*.py"))
    if ">>> " in path.read_text(encoding="utf-8")
]


@pytest.fixture(scope="module")
def nova(tmp_path_factory):
    """The dataset of the invented tables, which the examples of the questions use."""
    frames = invented_tables.with_people_and_themes(invented_tables.tables())
    return analysis.open(invented_tables.write(tmp_path_factory.mktemp("examples"), frames))


@pytest.mark.long
@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_example_of_a_module_gives_what_it_says(path, nova):
    module = import_module(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))

    result = doctest.testmod(module, extraglobs={"nova": nova})

    assert result.attempted > 0 and result.failed == 0, "its own output, above, says which"


def test_the_parsers_have_examples():
    assert {
        "analysis/judge/links/hook_footers.py",
        "analysis/ingest/json_body.py",
        "analysis/themes/text/tokens.py",
    } <= {str(m.relative_to(ROOT)) for m in MODULES}
