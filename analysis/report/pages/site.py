"""The site for readers: every page, the files beside its tables, and the index of all pages."""

import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import nbformat
from markupsafe import Markup

from analysis.report.figures.html import links_to_pages
from analysis.report.page_registry import DATA_QUALITY, ROLES, START
from analysis.report.pages import assets, downloads, export, glossary, missing_data
from analysis.report.run_record import PageRecord, ReportSet

_TASK = re.compile(r'<li class="task">(?!<a )(?:(?!</?li\b).){0,8000}</li>', re.DOTALL)  # its question leads nowhere
NO_DATA = "these data have nothing that it could show"


def write(
    site: Path,
    entries: Sequence[PageRecord],
    skipped: Mapping[str, str],
    *,
    report_set: ReportSet,
    last_good: Mapping[str, Path],
) -> None:
    """Fill the folder from its executed notebooks. `last_good` has an earlier page for each that may have failed."""
    for name in ("tables", "figures", "rows"):
        (site / name).mkdir()
    assets.write(site)
    lacking = [
        entry for entry in entries if not entry.failure and missing_data.lacks_data(entry.page, _read(site, entry))
    ]
    entries = [entry for entry in entries if entry not in lacking]
    left_out = {**skipped, **{entry.title: NO_DATA for entry in lacking}}
    around_page = {START.name(): _lists(entries, left_out), DATA_QUALITY.name(): {"after": _left_out_text(left_out)}}
    for entry in entries:
        executed = _read(site, entry)
        has_last_good = bool(entry.failure) and entry.page in last_good
        if has_last_good:
            shutil.copy2(last_good[entry.page], site / f"{entry.page}.last-good.html")
        around = around_page.get(entry.page, {})
        html = export.page(
            executed, entry, report_set=report_set, entries=entries, has_last_good=has_last_good, **around
        )
        (site / f"{entry.page}.html").write_text(html, encoding="utf-8")
        for name, small in export.small_pages(executed, entry, report_set=report_set, entries=entries):
            (site / f"{name}.html").write_text(small, encoding="utf-8")
        if rows := assets.rows_script(executed):
            (site / assets.rows_address(entry.page)).write_text(rows, encoding="utf-8")
        downloads.write(executed, entry.page, site)
    record = PageRecord(glossary.PAGE, "Glossary", "The words of these pages, with one meaning each.")
    words = export.shell(glossary.body(), record, report_set=report_set, entries=entries)
    (site / f"{glossary.PAGE}.html").write_text(words, encoding="utf-8")
    if not any(entry.page == START.name() for entry in entries):
        lists = around_page[START.name()]
        (site / "index.html").write_text(_plain_index(entries, lists, report_set=report_set), encoding="utf-8")
    _drop_dead_links(site)


def _drop_dead_links(site: Path) -> None:
    """Leave the words alone of links to pages that this report lacks: pages without data, people without open work.

    A task of the start page whose own page is lacking goes whole.
    """
    pages = {path.name for path in site.glob("*.html")}
    for path in (*site.glob("*.html"), *site.glob("rows/*")):
        html = path.read_text(encoding="utf-8")
        alive = _TASK.sub("", links_to_pages(html, pages))
        if alive != html:
            path.write_text(alive, encoding="utf-8")


def _read(site: Path, entry: PageRecord) -> nbformat.NotebookNode:
    path = site / "notebooks" / f"{entry.page}.ipynb"
    executed: nbformat.NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    return executed


def _left_out_text(reasons: Mapping[str, str]) -> Markup:
    """The note on the data page about missing pages; empty if there are none."""
    return export.fragment("left_out.html.j2", reasons=reasons) if reasons else Markup()


def _lists(entries: Sequence[PageRecord], skipped: Mapping[str, str]) -> dict[str, Markup]:
    """The parts of the start page around its figures: failed pages before them, all pages after them."""
    others = [entry for entry in entries if entry.page != START.name()]
    kinds = dict.fromkeys(entry.kind for entry in others if entry.kind)
    present = dict.fromkeys(entry.audience for entry in others if not entry.is_part)
    audiences = [*(role for role in ROLES if role in present), *(one for one in present if one not in ROLES)]
    groups = {kind: [entry for entry in others if entry.kind == kind] for kind in kinds}
    failures = [entry for entry in entries if entry.failure]
    return {
        "before": export.fragment("failures.html.j2", pages=entries, failures=failures),
        "after": export.fragment("index.html.j2", pages=others, audiences=audiences, groups=groups, skipped=skipped),
    }


def _plain_index(entries: Sequence[PageRecord], lists: Mapping[str, Markup], *, report_set: ReportSet) -> str:
    """A start page without figures, for a report whose own start page was not made."""
    lead = f"The pages that were made of {report_set.title} for {report_set.release}."
    index = PageRecord(START.name(), START.title, lead, doubt=report_set.doubt)
    return export.shell(lists["before"] + lists["after"], index, report_set=report_set, entries=entries)
