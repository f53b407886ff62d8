"""Every example in a docstring is true."""

import doctest
from importlib import import_module
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "analysis"
MODULES = [path for path in sorted(PACKAGE.rglob("*.py")) if ">>> " in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_example_of_a_module_gives_what_it_says(path):
    module = import_module(".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"))

    found = doctest.testmod(module)

    assert found.attempted > 0 and found.failed == 0, "its own output, above, says which"


def test_the_parsers_have_examples():
    assert {"links/hook.py", "sources/served.py", "text/tokens.py"} <= {str(m.relative_to(PACKAGE)) for m in MODULES}
