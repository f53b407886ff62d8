"""One edition of a report set: what is stale is run, what is not is kept, and readers see all of it or none."""

import json
import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from analysis.errors import NotebookError
from analysis.reports import fingerprint, plan
from analysis.reports.entry import Entry, Outcome, ReportSet
from analysis.reports.plan import Job, Source, Values
from analysis.reports.publish import Shelf, sockets

KINDS = {"area_id": "Area", "theme_id": "Theme"}
COMPARED = ("queue", "review_states", "bug_tasks")


@dataclass(frozen=True, slots=True)
class Report:
    """What a run left behind: where, which pages it made, kept, skipped, or could not make."""

    index: Path
    run: str
    made: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    skipped: Mapping[str, str] = field(default_factory=dict)
    failures: tuple[Outcome, ...] = ()

    def raise_failures(self) -> None:
        """Raise NotebookError when a page failed; call it after saying where the report is."""
        if self.failures:
            first = self.failures[0]
            found = first.failure.partition("\n   found ")[2].partition("\n      do ")[0]
            raise NotebookError(
                expected="every page of the report to be made",
                found=f"{len(self.failures)} that failed; the first, {first.page}: {found}",
                do=f"see {self.index}: it names each failing cell and leads to the last good page",
            )


def run(
    of: ReportSet,
    *,
    notebooks_dir: Path,
    data_dir: Path,
    values: Values | None = None,
    names: Sequence[str] = (),
    since: str = "",
    hidden: Collection[str] = (),
    progress: Callable[[str], None] = lambda line: None,
) -> Report:
    """Bring the report of a release up to date and publish it at `data/processed/reports/<release>/`.

    Where that is another project's report, it is published beside it, at `<release>-<project>/`.

    A page is run again only if its notebook, its parameters, the code or the tables it reads changed. A failing page
    does not stop the others: it is in `Report.failures`, and the page tells.

    Parameters
    ----------
    values
        Values for the parameters of notebooks, beside those that `of` and the folders say.
    names
        Notebooks or pages to bring up to date; none means all. The others stay as they are.
    since
        The kept run that the report is compared with, by its id or a date; empty: the newest on older data.
    hidden
        What the public may not see, such as "bug 9". Where something of it is new, no page from before is shown again:
        the pages not named are brought up to date too, a page that fails has no last good one, and kept runs lose
        their pages, not their tables.
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
    shelf = Shelf.of(data_dir / "processed" / "reports", of.release, of.project)
    with shelf.locked():
        shelf.refuse_others(of.project)
        known = {"data_dir": str(data_dir), "project": of.project, "release": of.release, "as_of": of.as_of}
        told = (values or Values()).with_common({**known, **_earlier(shelf, of, since)})
        edition = _planned(of, shelf, plan.sources(notebooks_dir), told, names, hidden)
        if edition.is_shown:
            return Report(shelf.link / "index.html", str(shelf.current()), kept=edition.pages, skipped=edition.skipped)
        with shelf.draft() as draft:
            outcomes = _make(edition, draft, shelf, progress)
            run_id = shelf.publish(draft, edition.name)
        shelf.prune()
        if edition.has_turned:
            shelf.unpublish_older()
            progress("something that was shown may not be any more: kept runs lost their pages, not their tables")
    failures = tuple(outcome for outcome in outcomes.values() if outcome.failure)
    made = tuple(page for page, outcome in outcomes.items() if not outcome.failure)
    kept = tuple(page for page in edition.pages if page not in outcomes)
    return Report(shelf.link / "index.html", run_id, made, kept, edition.skipped, failures)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One page of an edition; `is_stale` when it must be run."""

    job: Job
    entry: Entry
    is_stale: bool


@dataclass(frozen=True, slots=True)
class _Edition:
    """What readers shall see, before anything of it is run.

    `shown` is what the run that they see now wrote of itself, None before the first; `has_turned` when that run shows
    something that the public may not see any more. `skipped` says why some notebooks have no page.
    """

    of: ReportSet
    wanted: Sequence[_Wanted]
    skipped: Mapping[str, str]
    hidden: Collection[str]
    shown: Mapping[str, Any] | None
    has_turned: bool

    @property
    def pages(self) -> tuple[str, ...]:
        return tuple(one.entry.page for one in self.wanted)

    @property
    def name(self) -> str:
        """Of its run: the instant of the data, and a checksum of everything that the pages stand on."""
        stands_on = [*(one.entry.fingerprint for one in self.wanted), self.of.doubt]
        checksum = fingerprint.of_edition(stands_on, self.skipped)
        return f"{_stamp(self.of.as_of)}-{checksum[:8]}"

    @property
    def is_shown(self) -> bool:
        """Whether readers see all of it already."""
        is_same = self.shown is not None and self.shown["name"] == self.name
        return is_same and not self.has_turned and not any(one.is_stale for one in self.wanted)


def _planned(
    of: ReportSet, shelf: Shelf, found: Sequence[Source], values: Values, names: Sequence[str], hidden: Collection[str]
) -> _Edition:
    chosen = plan.jobs(found, values, names=names)
    everything = plan.jobs(found, replace(values, given={}))
    shown = shelf.current_record()
    known = _pages_of(shown)
    has_turned = shown is not None and not set(hidden) <= set(shown.get("hidden", ()))
    due = {job.page: job for job in everything if has_turned and job.page in known}
    due |= {job.page: job for job in chosen}
    wanted, skipped = _wanted(everything, due, known, shelf.processed, of)
    return _Edition(of, wanted, skipped, hidden, shown, has_turned)


def _pages_of(shown: Mapping[str, Any] | None) -> dict[str, Mapping[str, Any]]:
    return {page["page"]: page for page in shown["pages"]} if shown else {}


def _wanted(
    everything: Sequence[Job], due: Mapping[str, Job], known: Mapping[str, Any], processed: Path, of: ReportSet
) -> tuple[list[_Wanted], dict[str, str]]:
    """The pages of the edition in their order, and why some notebooks have none: tables that nobody built."""
    wanted, skipped = [], {}
    for job in (due.get(job.page, job) for job in everything):
        if lacking := [name for name in job.source.tables if not (processed / f"{name}.parquet").exists()]:
            skipped[job.title] = f"it reads {', '.join(lacking)}, which this data does not hold"
        elif job.page in due:
            entry = Entry(
                job.page,
                job.title,
                job.source.lead,
                KINDS.get(job.per, ""),
                fingerprint.of_job(job, processed),
                as_of=of.as_of,
                doubt=of.doubt if "release" in job.source.parameters else "",
            )
            wanted.append(_Wanted(job, entry, is_stale=not _is_good(known.get(job.page), entry)))
        elif job.page in known:
            wanted.append(_Wanted(job, Entry(**known[job.page]), is_stale=False))
    return wanted, skipped


def _is_good(last: Mapping[str, Any] | None, entry: Entry) -> bool:
    """Whether a page was made before of all that it would be made of now."""
    return last is not None and not last["failure"] and last["fingerprint"] == entry.fingerprint


def _make(edition: _Edition, draft: Path, shelf: Shelf, progress: Callable[[str], None]) -> dict[str, Outcome]:
    """Fill the draft with everything that is published of the edition; page -> outcome of those that were run."""
    # Only now, because papermill and nbconvert take longer to import than to find out that nothing is stale.
    from analysis.reports import site
    from analysis.reports.execution import execute_all

    stale = [one.job for one in edition.wanted if one.is_stale]
    outcomes = execute_all(stale, _folder(draft), sockets(draft), progress)
    entries = [_ended(one.entry, outcomes.get(one.entry.page)) for one in edition.wanted]
    _carry(shelf, draft, [entry for entry in entries if entry.page not in outcomes])
    _keep_tables(shelf.processed, draft, edition.of.project)
    last_good = {} if edition.has_turned else _last_good(shelf, _pages_of(edition.shown))
    site.write(draft / "site", entries, edition.skipped, of=edition.of, last_good=last_good)
    record = {
        "name": edition.name,
        "project": edition.of.project,
        "as_of": edition.of.as_of,
        "pages": [asdict(entry) for entry in entries],
        "hidden": sorted(edition.hidden),
    }
    (draft / "run.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return outcomes


def _ended(entry: Entry, outcome: Outcome | None) -> Entry:
    return replace(entry, failure=outcome.failure, seconds=outcome.seconds) if outcome else entry


def _last_good(shelf: Shelf, known: Mapping[str, Any]) -> dict[str, Path]:
    """For each page that readers see now, its file; where it failed, the good one that is kept beside it, if any."""
    ending = {name: ".last-good.html" if page["failure"] else ".html" for name, page in known.items()}
    files = {name: shelf.link / f"{name}{ending[name]}" for name in known}
    return {name: file for name, file in files.items() if file.exists()}


def _carry(shelf: Shelf, draft: Path, entries: Sequence[Entry]) -> None:
    """Executed notebooks that need not run again come along from the run that readers see now."""
    for entry in entries:
        executed = Path("notebooks") / f"{entry.page}.ipynb"
        shutil.copy2(shelf.link / executed, draft / "site" / executed)


def _keep_tables(processed: Path, draft: Path, project: str) -> None:
    """The tables that the next edition compares itself with. They stay outside the site: they know private changes."""
    for path in (path for name in COMPARED for path in fingerprint.parts(processed, name, project)):
        kept = draft / path.relative_to(processed.parent)
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, kept)


def _folder(draft: Path) -> Path:
    folder = draft / "site" / "notebooks"
    folder.mkdir(parents=True)
    return folder


def _earlier(shelf: Shelf, of: ReportSet, since: str) -> dict[str, str]:
    """The kept run with which this one is compared, by default the newest on older data; empty if there is none."""
    named = [run for run in shelf.runs() if shelf.project(run) in (None, of.project)]
    older = [shelf.find(since)] if since else [run for run in named if run < _stamp(of.as_of)]
    if not older:
        return {"previous_dir": "", "previous_as_of": ""}
    return {"previous_dir": str(shelf.runs_dir / older[-1]), "previous_as_of": shelf.record(older[-1])["as_of"]}


def _stamp(as_of: str) -> str:
    """An instant as the beginning of a run's id: 20170227T115800Z."""
    return as_of[:19].replace("-", "").replace(":", "") + "Z"
