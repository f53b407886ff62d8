"""The site of the documentation: `make docs` builds it. Commands and tables are written here from the code itself."""

import contextlib
import io
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

project = "bugfix-analysis"
author = "The bugfix-analysis maintainers"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_argparse_cli"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = project
html_show_copyright = False  # the licence is in LICENSE; without a year Sphinx prints an empty notice
html_static_path: list[str] = []
autodoc_member_order = "bysource"
nitpicky = False


def _write_tables(_app: object) -> None:
    """The data dictionary as a page, from the contracts of the tables."""
    from analysis import cli

    page = io.StringIO()
    with contextlib.redirect_stdout(page):
        cli.main(["dictionary"])
    (HERE / "reference" / "tables.md").write_text("# Tables\n\n" + page.getvalue(), encoding="utf-8")


def setup(app: object) -> None:
    """Write the generated page before Sphinx looks for pages."""
    app.connect("builder-inited", _write_tables)  # type: ignore[attr-defined]
