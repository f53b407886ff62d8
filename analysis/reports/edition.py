"""One edition of a report set: what is stale is run, what is not is kept, and readers see all of it or none."""

import json
import os
import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from analysis.errors import NotebookError
from analysis.reports import fingerprint, plan
from analysis.reports.entry import Entry, Outcome, ReportSet
from analysis.reports.plan import Job
from analysis.reports.publish import Shelf

KINDS = {"area_id": "Area", "theme_id": "Theme"}
COMPARED = ("queue", "review_states")


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
    *,
    notebooks_dir: Path,
    data_dir: Path,
    release: str,
    project: str,
    as_of: str,
    names: Sequence[str] = (),
    common: Mapping[str, Any] | None = None,
    given: Mapping[str, Any] | None = None,
    each: Mapping[str, Mapping[str, str]] | None = None,
    since: str = "",
    hidden: Collection[str] = (),
    workers: int | None = None,
    progress: Callable[[str], None] = lambda line: None,
) -> Report:
    """Bring the report of a release up to date and publish it at `data/processed/reports/<release>/`.

    Where that is another project's report, it is published beside it, at `<release>-<project>/`.

    A page is run again only if its notebook, its parameters, the code or the tables it reads changed. A failing page
    does not stop the others: it is in `Report.failures`, and the page tells.

    Parameters
    ----------
    project
        What the pages call the project, such as "nova".
    as_of
        The instant of the data, ISO 8601 UTC: ages are measured to it, and it names the run.
    names
        Notebooks or pages to bring up to date; none means all. The others stay as they are.
    common
        Values for every notebook that declares them: launchpad_project, gerrit_root, launchpad_root, limits, ...
    given
        Values that a person typed: every notebook that is run must declare them.
    each
        Parameter -> its values, each with the title of its page: `{"area_id": {"quotas": "Simplify quotas"}}`.
    since
        The kept run that the report is compared with, by its id or a date; empty: the newest on older data.
    hidden
        What the public may not see, such as "bug 9". Where something of it is new, no page from before is shown again:
        the pages not named are brought up to date too, a page that fails has no last good one, and kept runs lose
        their pages, not their tables.
    workers
        Kernels side by side; None: one a processor.
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
    of_project = str((common or {}).get("project") or project)
    shelf = Shelf.of(data_dir / "processed" / "reports", release, of_project)
    with shelf.locked():
        shelf.refuse_others(of_project)
        values = {**(common or {}), "data_dir": str(data_dir), "release": release, "as_of": as_of}
        values |= _earlier(shelf, of_project, as_of, since)
        found = plan.sources(notebooks_dir)
        everything = plan.jobs(found, names=(), common=values, given={}, each=each or {})
        chosen = plan.jobs(found, names=names, common=values, given=given or {}, each=each or {})
        before = shelf.current_record()
        known = {page["page"]: page for page in before["pages"]} if before else {}
        has_turned = before is not None and not set(hidden) <= set(before.get("hidden", ()))
        due = {job.page: job for job in everything if has_turned and job.page in known}
        due |= {job.page: job for job in chosen}
        wanted, skipped = _wanted(everything, due, known, data_dir / "processed", as_of)
        stale = [one for one in wanted if _is_stale(one, known)]
        checksum = fingerprint.of_edition([one.entry.fingerprint for one in wanted], skipped)
        name = f"{_stamp(as_of)}-{checksum[:8]}"
        if not stale and not has_turned and before is not None and before["name"] == name:
            return Report(shelf.link / "index.html", str(shelf.current()), kept=_pages(wanted), skipped=skipped)
        # Only now, because papermill and nbconvert take longer to import than to find out that nothing is stale.
        from analysis.reports import site
        from analysis.reports.execution import execute_all

        with shelf.draft() as draft:
            outcomes = execute_all([one.job for one in stale], _folder(draft), workers or os.cpu_count() or 1, progress)
            entries = [_ended(one.entry, outcomes.get(one.entry.page)) for one in wanted]
            _carry(shelf, draft, [entry for entry in entries if entry.page not in outcomes])
            _keep_tables(data_dir / "processed", draft, str(values.get("project", "")))
            of = ReportSet(project, release, as_of)
            last_good = {} if has_turned else _last_good(shelf, known)
            site.write(draft / "site", entries, skipped, of=of, last_good=last_good)
            pages = [asdict(entry) for entry in entries]
            record = {"name": name, "project": of_project, "as_of": as_of, "pages": pages, "hidden": sorted(hidden)}
            (draft / "run.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
            run_id = shelf.publish(draft, name)
        shelf.prune()
        if has_turned:
            shelf.unpublish_older()
            progress("something that was shown may not be any more: kept runs lost their pages, not their tables")
    failures = tuple(outcome for outcome in outcomes.values() if outcome.failure)
    made = tuple(page for page, outcome in outcomes.items() if not outcome.failure)
    kept = tuple(page for page in _pages(wanted) if page not in outcomes)
    return Report(shelf.link / "index.html", run_id, made, kept, skipped, failures)


@dataclass(frozen=True, slots=True)
class _Wanted:
    job: Job
    entry: Entry
    is_chosen: bool


def _wanted(
    everything: Sequence[Job], due: Mapping[str, Job], known: Mapping[str, Any], processed: Path, as_of: str
) -> tuple[list[_Wanted], dict[str, str]]:
    """The pages of the edition in their order, and why some notebooks have none: tables that nobody built."""
    wanted, skipped = [], {}
    for job in (due.get(job.page, job) for job in everything):
        if lacking := [name for name in job.source.tables if not (processed / f"{name}.parquet").exists()]:
            skipped[job.title] = f"it reads {', '.join(lacking)}, which this data does not hold"
        elif job.page in due:
            kind = KINDS.get(job.per, "")
            checksum = fingerprint.of_job(job, processed)
            wanted.append(_Wanted(job, Entry(job.page, job.title, job.source.lead, kind, checksum, as_of=as_of), True))
        elif job.page in known:
            wanted.append(_Wanted(job, Entry(**known[job.page]), False))
    return wanted, skipped


def _is_stale(one: _Wanted, known: Mapping[str, Any]) -> bool:
    last = known.get(one.entry.page)
    is_good = last is not None and not last["failure"] and last["fingerprint"] == one.entry.fingerprint
    return one.is_chosen and not is_good


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


def _pages(wanted: Sequence[_Wanted]) -> tuple[str, ...]:
    return tuple(one.entry.page for one in wanted)


def _earlier(shelf: Shelf, project: str, as_of: str, since: str) -> dict[str, str]:
    """The kept run with which this one is compared, by default the newest on older data; empty if there is none."""
    named = [run for run in shelf.runs() if shelf.project(run) in (None, project)]
    older = [shelf.find(since)] if since else [run for run in named if run < _stamp(as_of)]
    if not older:
        return {"previous_dir": "", "previous_as_of": ""}
    return {"previous_dir": str(shelf.runs_dir / older[-1]), "previous_as_of": shelf.record(older[-1])["as_of"]}


def _stamp(as_of: str) -> str:
    """An instant as the beginning of a run's id: 20170227T115800Z."""
    return as_of[:19].replace("-", "").replace(":", "") + "Z"
