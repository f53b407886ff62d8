"""What readers open: every page, the files beside its tables, and the index that leads to all of them."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import nbformat
from markupsafe import Markup

from analysis.reports import downloads, pages
from analysis.reports.entry import Entry, ReportSet

OVERVIEW, GLANCE = "01_overview", ("facts", "next", "areas")


def write(
    site: Path, entries: Sequence[Entry], skipped: Mapping[str, str], *, of: ReportSet, last_good: Mapping[str, Path]
) -> None:
    """Fill the folder from its executed notebooks. `last_good` has a page from before for each that may have failed."""
    for name in ("tables", "figures"):
        (site / name).mkdir()
    glance = Markup()
    for entry in entries:
        executed = nbformat.read(site / "notebooks" / f"{entry.page}.ipynb", as_version=4)  # type: ignore[no-untyped-call]
        has_last_good = bool(entry.failure) and entry.page in last_good
        if has_last_good:
            shutil.copy2(last_good[entry.page], site / f"{entry.page}.last-good.html")
        html = pages.page(executed, entry, of=of, entries=entries, has_last_good=has_last_good)
        (site / f"{entry.page}.html").write_text(html, encoding="utf-8")
        downloads.write(executed, entry.page, site)
        if entry.page == OVERVIEW:
            glance = Markup().join(pages.shown(executed, name) for name in GLANCE)
    (site / "index.html").write_text(_index(entries, skipped, glance, of=of), encoding="utf-8")


def _index(entries: Sequence[Entry], skipped: Mapping[str, str], glance: Markup, *, of: ReportSet) -> str:
    kinds = dict.fromkeys(entry.kind for entry in entries if entry.kind)
    body = pages.fragment(
        "index.html.j2",
        pages=entries,
        failures=[entry for entry in entries if entry.failure],
        groups={kind: [entry for entry in entries if entry.kind == kind] for kind in kinds},
        skipped=skipped,
        glance=glance,
    )
    lead = f"Which bug fixes of {of.title} wait for review, per priority area of {of.release}."
    index = Entry("index", "Bug fixes that wait for review", lead, doubt=of.doubt)
    return pages.shell(body, index, of=of, entries=entries)
