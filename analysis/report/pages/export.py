"""HTML pages: an executed notebook without its code, in the common page frame with the shared files."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache

import nbformat
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from nbconvert.exporters import HTMLExporter, TemplateExporter

from analysis.report.output_data import DATA, DOCUMENT, DRAWING, PAGES
from analysis.report.page_registry import ROLES
from analysis.report.pages import assets, missing_data
from analysis.report.pages.assets import TEMPLATES
from analysis.report.run_record import PageRecord, ReportSet, in_words
from analysis.tables.completeness import NO_SUBJECTS

NOTHING = Markup()


def page(
    executed: nbformat.NotebookNode,
    entry: PageRecord,
    *,
    report_set: ReportSet,
    entries: Sequence[PageRecord],
    has_last_good: bool = False,
    before: Markup = NOTHING,
    after: Markup = NOTHING,
) -> str:
    """The page of an executed notebook, between `before` and `after`; if the notebook failed, the error comes first."""
    failed = fragment("failed.html.j2", entry=entry, has_last_good=has_last_good) if entry.failure else Markup()
    notebook = missing_data.without_missing_parts(entry.page, executed)
    body = before + failed + Markup(_say_once(_cells(notebook, entry.page), NO_SUBJECTS)) + after
    rest = assets.rows_script(executed)
    rows = f"{assets.rows_address(entry.page)}?v={assets.checksum(rest)}" if rest else ""
    return shell(body, entry, report_set=report_set, entries=entries, rows=rows)


def small_pages(
    executed: nbformat.NotebookNode, entry: PageRecord, *, report_set: ReportSet, entries: Sequence[PageRecord]
) -> Iterator[tuple[str, str]]:
    """The small pages in the outputs of an executed notebook: name and HTML of each."""
    for output in (output for cell in executed.cells for output in cell.get("outputs", ())):
        if PAGES in output.get("data", {}):
            for one in output.data[PAGES]["pages"]:
                record = replace(
                    entry, page=one["page"], title=one["title"], lead=one["lead"], kind=output.data[PAGES]["kind"]
                )
                body = Markup(_say_once(one["html"], NO_SUBJECTS))
                yield one["page"], shell(body, record, report_set=report_set, entries=entries,
                                         notebook=entry.page)  # fmt: skip


def _say_once(html: str, sentence: str) -> str:
    """The HTML with the sentence in the first caption alone that ends with it.

    >>> _say_once("<p>A. So.</p><p>B. So.</p>", "So.")
    '<p>A. So.</p><p>B</p>'
    """
    before, first, after = html.partition(sentence)
    return before + first + after.replace(f". {sentence}", "")


def shell(
    body: Markup,
    entry: PageRecord,
    *,
    report_set: ReportSet,
    entries: Sequence[PageRecord],
    rows: str = "",
    notebook: str = "",
) -> str:
    """A body of HTML in the common page frame: it loads nothing from elsewhere, and only the pages' own script may run.

    `rows` is the address of the script with the rows that the page leaves out, see assets.rows_script. `notebook` names
    the page whose notebook made it, where that is another.
    """
    nonce = assets.checksum(entry.page, report_set.as_of, body)
    return _environment().get_template("shell.html.j2").render(
        body=body, page=entry.page, title=entry.title, lead=entry.lead, kind=entry.kind,
        notebook=notebook or entry.page, set=report_set, pages=entries,
        role=entry.audience, roles=_roles(entries), siblings=_siblings(entry, entries),
        instants=report_set.instants if entry.as_of in ("", report_set.as_of) else "",
        doubt=entry.doubt, as_of=entry.as_of or report_set.as_of, as_of_words=in_words(entry.as_of or report_set.as_of),
        style=f"{assets.STYLE}?v={assets.version()}", script=f"{assets.SCRIPT}?v={assets.version()}", rows=rows,
        search=f"{assets.SEARCH}?v={assets.checksum(report_set.as_of)}", nonce=nonce, policy=policy(nonce),
    )  # fmt: skip


def _roles(entries: Sequence[PageRecord]) -> dict[str, str]:
    """The address in the menu for each role with a page: the first page, never a part of another page."""
    first_pages = {entry.audience: f"{entry.page}.html" for entry in reversed(entries) if not entry.is_part}
    return {role: first_pages[role] for role in ROLES if role in first_pages}


def _siblings(entry: PageRecord, entries: Sequence[PageRecord]) -> list[PageRecord]:
    """The pages for the same role, without those that are one of many."""
    return [other for other in entries if entry.audience and other.audience == entry.audience and not other.is_part]


def fragment(template: str, **values: object) -> Markup:
    """A template of this folder filled in, every value escaped."""
    return Markup(_environment().get_template(template).render(**values))


def policy(nonce: str) -> str:
    """The page's Content-Security-Policy: only files beside it, and only scripts with this nonce.

    The nonce is a checksum of the whole page: the author of a part of it, such as the title of a bug, cannot write the
    nonce into that part. Allowing 'self' would allow every file of a server that others may write to.
    """
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self' file: 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _cells(executed: nbformat.NotebookNode, name: str) -> str:
    exporter = _exporter()
    exporter.environment.globals["downloads"] = lambda output: _downloads(output, name)
    # Not HTMLExporter's own, which reads the whole page again to change JupyterLab's markup, which our pages lack.
    body, _ = TemplateExporter.from_notebook_node(exporter, _drop_opening(executed))
    return str(body)


@cache
def _exporter() -> HTMLExporter:
    """The exporter, made once for all pages, because compiling its templates takes as long as filling them in.

    It amends no cell beforehand: our template leaves out what a page does not show, and each of nbconvert's own steps
    copies and checks the whole notebook.
    """
    template = str(TEMPLATES / "cells.html.j2")
    return HTMLExporter(template_file=template, default_preprocessors=[])  # type: ignore[no-untyped-call]


def _drop_opening(executed: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook without papermill's cells, and without its first heading and paragraph, which the frame shows."""
    cells = [cell for cell in executed.cells if "papermill-error-cell-tag" not in cell.metadata.get("tags", [])]
    if cells and cells[0].cell_type == "markdown":
        _, _, rest = cells[0].source.partition("\n")
        _, _, after = rest.strip().partition("\n\n")
        cells[0] = nbformat.NotebookNode(cell_type="markdown", metadata={}, source=after, id="opening")  # type: ignore[no-untyped-call]
    return nbformat.NotebookNode({**executed, "cells": cells})  # type: ignore[no-untyped-call]


def _downloads(output: nbformat.NotebookNode, page: str) -> str:
    if DOCUMENT in output["data"]:
        name = escape(output["data"][DOCUMENT]["name"])
        return f'<p class="downloads"><a href="{name}">{name}</a></p>'
    table = output["data"].get(DATA)
    if table is None or not table["rows"] or table["name"].endswith("facts"):
        return ""
    stem = f"tables/{page}-{table['name']}"
    drawing = f'<a href="figures/{page}-{table["name"]}.svg">SVG</a>' if DRAWING in output["data"] else ""
    links = "".join(f'<a href="{stem}.{kind}">{label}</a>' for kind, label in
                    (("csv", "CSV"), ("json", "JSON"), ("parquet", "Parquet")))  # fmt: skip
    return f'<p class="downloads">{links}{drawing}</p>'


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
