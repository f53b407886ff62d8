"""Parts that the data cannot show: a page without content is left out, and so are the empty parts of other pages."""

from collections.abc import Iterator, Sequence

import nbformat

from analysis.report.output_data import DATA, NOT_RUN
from analysis.report.page_registry import PAGES

NEEDS = {page.name(): page.needs for page in PAGES if page.needs}


def lacks_data(page: str, executed: nbformat.NotebookNode) -> bool:
    """Whether the page needs tables (`Page.needs`) and none of them has content: no number except 0, no word."""
    tables = [output.data[DATA] for output in _outputs(executed.cells) if DATA in output.get("data", {})]
    needed = [table for table in tables if table["name"] in NEEDS.get(page, ())]
    return bool(needed) and not any(value for table in needed for row in table["rows"] for value in row[1:])


def without_missing_parts(page: str, executed: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook without the tables and pictures that no kept run shows, and a paragraph that names them.

    A part below a heading of which nothing is left goes whole, with its words. Only pages with `needs` have such parts.
    """
    if page not in NEEDS:
        return executed
    kept, missing = [], []
    for part in _parts(executed.cells):
        outputs = list(_outputs(part))
        absent = [output for output in outputs if _is_missing(output)]
        if absent and len(absent) == len(outputs):
            missing.append(str(part[0].source).partition("\n")[0].lstrip("# "))
            continue
        missing += [str(output.data[DATA]["caption"]) for output in absent]
        kept.append([_drop_missing(cell) for cell in part])
    if missing:
        words = "## Not shown here\n\n" + f"{NOT_RUN} of: " + "; ".join(dict.fromkeys(missing)) + "."
        last = len(kept) - 1 if len(kept) > 1 else len(kept)
        kept.insert(last, [nbformat.NotebookNode(cell_type="markdown", metadata={}, source=words, id="not-shown")])  # type: ignore[no-untyped-call]
    return nbformat.NotebookNode({**executed, "cells": [cell for part in kept for cell in part]})  # type: ignore[no-untyped-call]


def _parts(cells: Sequence[nbformat.NotebookNode]) -> list[list[nbformat.NotebookNode]]:
    """The cells, grouped by the headings that begin a part of the page."""
    parts: list[list[nbformat.NotebookNode]] = [[]]
    for cell in cells:
        if cell.cell_type == "markdown" and str(cell.source).startswith("## "):
            parts.append([])
        parts[-1].append(cell)
    return parts


def _outputs(cells: Sequence[nbformat.NotebookNode]) -> Iterator[nbformat.NotebookNode]:
    for cell in cells:
        yield from (output for output in cell.get("outputs", ()) if output.get("data"))


def _is_missing(output: nbformat.NotebookNode) -> bool:
    data = output.get("data", {})
    return DATA in data and not data[DATA]["rows"] and NOT_RUN in data.get("text/html", "")


def _drop_missing(cell: nbformat.NotebookNode) -> nbformat.NotebookNode:
    if cell.cell_type != "code":
        return cell
    outputs = [output for output in cell.get("outputs", ()) if not _is_missing(output)]
    return nbformat.NotebookNode({**cell, "outputs": outputs})  # type: ignore[no-untyped-call]
