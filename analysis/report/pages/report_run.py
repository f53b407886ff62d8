"""One run of a report: stale pages are run, others are kept, and readers see all of it or nothing."""

import json
import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from analysis.errors import NotebookError
from analysis.report.pages import fingerprint, light_jsonschema, plan
from analysis.report.pages.plan import Job, Source, Values
from analysis.report.run_archive import COMPARED, RunArchive, sockets
from analysis.report.run_record import Outcome, PageRecord, ReportSet, RunRecord


@dataclass(frozen=True, slots=True)
class Report:
    """The result of a run: its folder, and the pages that it made, kept, skipped, or could not make."""

    index: Path
    run: str
    pages_made: tuple[str, ...] = ()
    pages_kept: tuple[str, ...] = ()
    pages_skipped: Mapping[str, str] = field(default_factory=dict)
    failures: tuple[Outcome, ...] = ()

    def raise_failures(self) -> None:
        """Raise NotebookError if a page failed; call it after printing the report's address."""
        if self.failures:
            first = self.failures[0]
            reason = first.failure.partition("\n   found ")[2].partition("\n      do ")[0]
            raise NotebookError(
                expected="every page of the report to be made",
                found=f"{len(self.failures)} that failed; the first, {first.page}: {reason}",
                do=f"see {self.index}: it names each failing cell and leads to the last good page",
            )


def run(
    report_set: ReportSet,
    *,
    notebooks: Sequence[Path],
    data_dir: Path,
    values: Values | None = None,
    names: Sequence[str] = (),
    since: str = "",
    hidden: Collection[str] = (),
    beside: Callable[[Path], None] = lambda site: None,
    progress: Callable[[str], None] = lambda line: None,
) -> Report:
    """Bring the report of a release up to date and publish it at `data/processed/reports/<release>/`.

    If another project's report is there, it is published beside it, at `<release>-<project>/`.

    A page is run again only if its notebook, its parameters, the code that it reaches or the tables it reads changed. A
    failing page does not stop the others: it is in `Report.failures`, and the page tells.

    Parameters
    ----------
    values
        Values for the parameters of notebooks, beside those that `report_set` and the folders say.
    names
        Notebooks or pages to bring up to date; none means all. The others stay as they are.
    since
        The kept run that the report is compared with, by its id or a date; empty: the newest on older data.
    hidden
        What the public may not see, such as "bug 9". Where something of it is new, no page from before is shown again:
        every page is run again, named or not, a page that fails has no last good one, and kept runs lose their pages,
        not their tables.
    beside
        Called with the folder of the pages once they are there, to leave more files beside them.
    progress
        Told a line for each page that was run.

    Raises
    ------
    UsageError, ParameterError
        Before anything is run.
    LockedError
        Another report of this release is being made, or one of another project has its place.
    """
    data_dir = data_dir.resolve()
    archive = RunArchive.locate(data_dir / "processed" / "reports", report_set.release, report_set.project)
    with archive.locked():
        archive.refuse_others(report_set.project)
        own = {
            "data_dir": str(data_dir),
            "project": report_set.project,
            "release": report_set.release,
            "as_of": report_set.as_of,
        }
        all_values = (values or Values()).with_common({**own, **_earlier(archive, report_set, since)})
        edition = _plan_edition(report_set, archive, plan.sources(notebooks), all_values, names, hidden)
        if edition.is_shown:
            return Report(
                archive.link / "index.html",
                str(archive.current()),
                pages_kept=edition.pages,
                pages_skipped=edition.skipped,
            )
        with archive.draft() as draft:
            outcomes = _make(edition, draft, archive, progress)
            beside(draft / "site")
            run_id = archive.publish(draft, edition.name)
        archive.keep_hidden(hidden)
        archive.prune()
        if edition.has_turned:
            archive.unpublish_older()
            progress("something that was shown may not be any more: kept runs lost their pages, not their tables")
    failures = tuple(outcome for outcome in outcomes.values() if outcome.failure)
    pages_made = tuple(page for page, outcome in outcomes.items() if not outcome.failure)
    kept_pages = tuple(page for page in edition.pages if page not in outcomes)
    return Report(archive.link / "index.html", run_id, pages_made, kept_pages, edition.skipped, failures)


@dataclass(frozen=True, slots=True)
class _PlannedPage:
    """One page of an edition; `is_stale` if it must be run."""

    job: Job
    entry: PageRecord
    is_stale: bool


@dataclass(frozen=True, slots=True)
class _Edition:
    """The pages of a report, before any of them is run.

    `current` is what the run that they see now wrote of itself, None before the first; `has_turned` when that run shows
    something that the public may not see any more. `skipped` says why some notebooks have no page.
    """

    report_set: ReportSet
    planned_pages: Sequence[_PlannedPage]
    skipped: Mapping[str, str]
    current: RunRecord | None
    has_turned: bool

    @property
    def pages(self) -> tuple[str, ...]:
        return tuple(one.entry.page for one in self.planned_pages)

    @property
    def name(self) -> str:
        """The id of its run: the instant of the data, and a checksum of all inputs of the pages."""
        stands_on = [
            *(one.entry.fingerprint for one in self.planned_pages),
            self.report_set.doubt,
            self.report_set.instants,
        ]
        checksum = fingerprint.of_edition(stands_on, self.skipped)
        return f"{_stamp(self.report_set.as_of)}-{checksum[:8]}"

    @property
    def is_shown(self) -> bool:
        """Whether readers see all of it already."""
        is_same = self.current is not None and self.current.name == self.name
        return is_same and not self.has_turned and not any(one.is_stale for one in self.planned_pages)


def _plan_edition(
    report_set: ReportSet,
    archive: RunArchive,
    sources: Sequence[Source],
    values: Values,
    names: Sequence[str],
    hidden: Collection[str],
) -> _Edition:
    chosen_jobs = plan.jobs(sources, values, names=names)
    everything = plan.jobs(sources, replace(values, overrides={}))
    current = archive.current_record()
    pages_before = current.by_page if current else {}
    has_turned = current is not None and not set(hidden) <= archive.hidden()
    jobs_due = {job.page: job for job in everything if has_turned and job.page in pages_before}
    jobs_due |= {job.page: job for job in chosen_jobs}
    pages, skipped = _planned_pages(everything, jobs_due, pages_before, archive.processed, report_set)
    if has_turned:  # unchanged pages too, because their inputs may have leaked private data in an unknown way
        pages = [replace(one, is_stale=True) for one in pages]
    return _Edition(report_set, pages, skipped, current, has_turned)


def _planned_pages(
    everything: Sequence[Job],
    due: Mapping[str, Job],
    pages_before: Mapping[str, PageRecord],
    processed: Path,
    report_set: ReportSet,
) -> tuple[list[_PlannedPage], dict[str, str]]:
    """The pages of the edition in order, and the reasons why notebooks are left out: tables that were not built."""
    pages, skipped = [], {}
    for job in (due.get(job.page, job) for job in everything):
        if lacking := [name for name in job.source.tables if not (processed / f"{name}.parquet").exists()]:
            skipped[job.title] = f"it reads {', '.join(lacking)}, which this data does not hold"
        elif job.page in due:
            entry = PageRecord(
                job.page,
                job.title,
                job.source.page.question,
                job.source.page.subject if job.subject else "",
                fingerprint.of_job(job, processed),
                audience=job.source.page.audience,
                as_of=report_set.as_of,
                doubt=report_set.doubt if "release" in job.source.parameters else "",
            )
            pages.append(_PlannedPage(job, entry, is_stale=not _is_good(pages_before.get(job.page), entry)))
        elif job.page in pages_before:
            pages.append(_PlannedPage(job, pages_before[job.page], is_stale=False))
    return pages, skipped


def _is_good(last: PageRecord | None, entry: PageRecord) -> bool:
    """Whether a kept page was made from the same inputs."""
    return last is not None and not last.failure and last.fingerprint == entry.fingerprint


def _make(edition: _Edition, draft: Path, archive: RunArchive, progress: Callable[[str], None]) -> dict[str, Outcome]:
    """Fill the draft with all files of the edition; page -> outcome of those that were run."""
    # Imported here, because importing papermill and nbconvert takes longer than detecting that nothing is stale.
    light_jsonschema.load()
    from analysis.report.pages import site
    from analysis.report.pages.execution import execute_all

    stale_jobs = [one.job for one in edition.planned_pages if one.is_stale]
    outcomes = execute_all(stale_jobs, _folder(draft), sockets(draft), progress)
    entries = [_ended(one.entry, outcomes.get(one.entry.page)) for one in edition.planned_pages]
    _carry(archive, draft, [entry for entry in entries if entry.page not in outcomes])
    _keep_tables(archive.processed, draft, edition.report_set.project)
    last_good = {} if edition.has_turned else _last_good(archive, edition.current)
    site.write(draft / "site", entries, edition.skipped, report_set=edition.report_set, last_good=last_good)
    record = RunRecord(edition.name, edition.report_set.project, edition.report_set.as_of, tuple(entries))
    (draft / "run.json").write_text(json.dumps(asdict(record), indent=1) + "\n", encoding="utf-8")
    return outcomes


def _ended(entry: PageRecord, outcome: Outcome | None) -> PageRecord:
    return replace(entry, failure=outcome.failure, seconds=outcome.seconds) if outcome else entry


def _last_good(archive: RunArchive, current: RunRecord | None) -> dict[str, Path]:
    """For each published page its file, or if it failed, the last good file that is kept beside it, if any."""
    pages = current.pages if current else ()
    files = {one.page: archive.link / f"{one.page}{'.last-good' if one.failure else ''}.html" for one in pages}
    return {name: file for name, file in files.items() if file.exists()}


def _carry(archive: RunArchive, draft: Path, entries: Sequence[PageRecord]) -> None:
    """Take executed notebooks that need not run again from the published run."""
    for entry in entries:
        executed = Path("notebooks") / f"{entry.page}.ipynb"
        shutil.copy2(archive.link / executed, draft / "site" / executed)


def _keep_tables(processed: Path, draft: Path, project: str) -> None:
    """Keep the tables for the comparison with the next edition, outside the site, because they have private changes."""
    for path in (path for name in COMPARED for path in fingerprint.parts(processed, name, project)):
        copy = draft / path.relative_to(processed.parent)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, copy)


def _folder(draft: Path) -> Path:
    folder = draft / "site" / "notebooks"
    folder.mkdir(parents=True)
    return folder


def _earlier(archive: RunArchive, report_set: ReportSet, since: str) -> dict[str, str]:
    """The folder of the kept run to compare with, by default the newest one on older data; "" if there is none."""
    runs = [run for run in archive.runs() if archive.project(run) in (None, report_set.project)]
    older = [archive.find(since)] if since else [run for run in runs if run < _stamp(report_set.as_of)]
    return {"since": str(archive.runs_dir / older[-1]) if older else ""}


def _stamp(as_of: str) -> str:
    """An instant as the beginning of a run's id: 20170227T115800Z."""
    return as_of[:19].replace("-", "").replace(":", "") + "Z"
