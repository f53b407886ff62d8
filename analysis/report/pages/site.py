"""What readers open: every page, the files beside its tables, and the index that leads to all of them."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import nbformat
from markupsafe import Markup

from analysis.report.page_registry import PAGES
from analysis.report.pages import assets, downloads, export
from analysis.report.run_record import PageRecord, ReportSet

ON_INDEX = {page.notebook: page.on_index for page in PAGES}


def write(
    site: Path,
    entries: Sequence[PageRecord],
    skipped: Mapping[str, str],
    *,
    report_set: ReportSet,
    last_good: Mapping[str, Path],
) -> None:
    """Fill the folder from its executed notebooks. `last_good` has a page from before for each that may have failed."""
    for name in ("tables", "figures", "rows"):
        (site / name).mkdir()
    assets.write(site)
    summary = Markup()
    for entry in entries:
        executed = nbformat.read(site / "notebooks" / f"{entry.page}.ipynb", as_version=4)  # type: ignore[no-untyped-call]
        has_last_good = bool(entry.failure) and entry.page in last_good
        if has_last_good:
            shutil.copy2(last_good[entry.page], site / f"{entry.page}.last-good.html")
        html = export.page(executed, entry, report_set=report_set, entries=entries, has_last_good=has_last_good)
        (site / f"{entry.page}.html").write_text(html, encoding="utf-8")
        if rows := assets.rows_script(executed):
            (site / assets.rows_address(entry.page)).write_text(rows, encoding="utf-8")
        downloads.write(executed, entry.page, site)
        summary += Markup().join(export.table_html(executed, name) for name in ON_INDEX.get(entry.page, ()))
    (site / "index.html").write_text(_index(entries, skipped, summary, report_set=report_set), encoding="utf-8")


def _index(entries: Sequence[PageRecord], skipped: Mapping[str, str], summary: Markup, *, report_set: ReportSet) -> str:
    kinds = dict.fromkeys(entry.kind for entry in entries if entry.kind)
    body = export.fragment(
        "index.html.j2",
        pages=entries,
        failures=[entry for entry in entries if entry.failure],
        audiences=dict.fromkeys(entry.audience for entry in entries if not entry.is_part),
        groups={kind: [entry for entry in entries if entry.kind == kind] for kind in kinds},
        skipped=skipped,
        summary=summary,
    )
    lead = f"Which bug fixes of {report_set.title} wait for review, per priority area of {report_set.release}."
    index = PageRecord("index", "Bug fixes that wait for review", lead, doubt=report_set.doubt)
    return export.shell(body, index, report_set=report_set, entries=entries)
