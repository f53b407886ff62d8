"""The files that pages share: the script, the style, and the rows outside a page."""

import hashlib
import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.errors import ReportError
from analysis.report.output_data import ROWS, RowsData
from analysis.report.pages import glossary

if TYPE_CHECKING:
    import nbformat

TEMPLATES = Path(__file__).parent / "templates"
SCRIPT, STYLE, SEARCH = "assets/page.js", "assets/style.css", "assets/search.js"
PARTS = ("tables.js", "copying.js", "search.js", "words.js", "print.js")  # of our script, in their order
_EXPORTED = re.compile(r"export\s{0,9}\{([^{}]{0,9999})\}\s*;?\s*")


@cache
def script() -> str:
    """The script of every page: DataTables from the wheel of itables, then our own lines.

    It is a plain script and no module, because a page opened from a disk may not load a module from another file.
    """
    spec = find_spec("itables")
    if spec is None or not spec.submodule_search_locations:
        raise ReportError(
            expected="itables, whose wheel carries DataTables", found="it is not installed", do="run `make setup`"
        )
    bundle = (Path(spec.submodule_search_locations[0]) / "html" / "dt_bundle.js").read_text(encoding="utf-8")
    bound = _EXPORTED.sub(_bound, bundle).replace("<!--", r"<\!--").replace("</script", r"<\/script")
    # The libraries are wrapped in a function, so that their names are not names of the page.
    own = "\n".join((TEMPLATES / name).read_text(encoding="utf-8") for name in PARTS)
    words = glossary.words()
    places = {word: glossary.place(first).removeprefix("word-") for word, first in glossary.first_words().items()}
    constants = f"const GLOSSARY = {as_script(words)}, PLACES = {as_script(places)};"
    return f"(() => {{\n'use strict';\n{bound}\n{constants}\n{own}}})();\n"


def _bound(exported: "re.Match[str]") -> str:
    pairs = [part.strip().split(" as ") for part in exported[1].split(",")]
    return f";const DataTable={next(local for local, public in pairs if public == 'default')};"


@cache
def style() -> str:
    """The style of every page."""
    return (TEMPLATES / "style.css").read_text(encoding="utf-8")


@cache
def version() -> str:
    """A version in the addresses of shared files, so that no browser shows a page with old files."""
    return checksum(script(), style())


def checksum(*texts: str) -> str:
    """A short checksum of texts, the same for the same texts."""
    return hashlib.blake2b("\0".join(texts).encode("utf-8", "replace"), digest_size=9).hexdigest()


def write(site: Path) -> None:
    """Write the shared files into the folder of the pages."""
    (site / "assets").mkdir(exist_ok=True)
    for name, text in ((SCRIPT, script()), (STYLE, style())):
        (site / name).write_text(text, encoding="utf-8")


def rows_address(page: str) -> str:
    """The address of the rows outside a page."""
    return f"rows/{page}.js"


def rows_script(executed: "nbformat.NotebookNode") -> str:
    """A script with the rows of a page's tables that are outside the page; empty if there are none.

    A script, because a page opened from a disk can read no other kind of file. The rows are HTML, escaped already.
    """
    tables = {rows["name"]: rows["html"] for rows in _rows(executed)}
    return f"window.tableRows = {as_script(tables)};\n" if tables else ""


def as_script(value: object) -> str:
    """Plain data as an expression of a script, which may stand inside a page, too."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", r"\u003c").replace("\u2028", r"\u2028").replace("\u2029", r"\u2029")


def _rows(executed: "nbformat.NotebookNode") -> Iterator[RowsData]:
    for cell in executed.cells:
        for output in cell.get("outputs", ()):
            if ROWS in output.get("data", {}):
                yield output.data[ROWS]
