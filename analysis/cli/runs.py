"""The commands about kept runs of a report: list them, and compare two of them."""

import argparse

from analysis import config
from analysis.build.projects import Project
from analysis.cli.output import say
from analysis.cli.project_dataset import project_dataset
from analysis.cli.releases import check_release, release_of
from analysis.cli.selection import load_settings, select_project
from analysis.errors import UsageError
from analysis.report import figures, measures
from analysis.report.run_archive import RunArchive
from analysis.store import Store


def runs(arguments: argparse.Namespace) -> int:
    """Print every kept run, oldest data first."""
    settings = load_settings(arguments)
    project = select_project(Store(settings.data_dir), settings)
    archive = _archive(project, settings)
    for run in archive.runs():
        pages = archive.record(run).pages
        failed = sum(bool(page.failure) for page in pages)
        seen = ", what readers see now" if run == archive.current() else ""
        say(
            f"{run}  {len(pages)} page{'s' if len(pages) != 1 else ''}"
            + (f", {failed} failed" if failed else "")
            + seen
        )
    if not archive.runs():
        say(f"no report of {archive.release} is kept; `report` makes one")
    return 0


def compare(arguments: argparse.Namespace) -> int:
    """Print what happened to open fixes and to bugs between two kept runs."""
    settings = load_settings(arguments)
    store = Store(settings.data_dir)
    project = select_project(store, settings)
    check_release(store, project, settings)
    archive = _archive(project, settings)
    old, new = archive.find(arguments.old), archive.find(arguments.new or archive.current() or "now")
    then, now = (archive.record(run).as_of for run in (old, new))
    if old == new:
        raise UsageError(
            expected="two runs to compare",
            found=f"{old} twice" if arguments.new else f"only {old}, which is what readers see now",
            do="name an older one; `runs` lists them, and `report` after a `build` of newer data makes the next",
        )
    if then >= now:
        is_same = then == now
        raise UsageError(
            expected="two runs on data of different instants" if is_same else "the older run first",
            found=f"{old}, then {new}" + (f", both as of {now}" if is_same else ""),
            do="name an older one; `runs` lists them" if is_same else "name them in the order of their data",
        )
    dataset = project_dataset(
        store,
        project,
        settings,
        as_of=now,
        kept=archive.runs_dir / new,
        since_folder=archive.runs_dir / old,
        since=then,
    )
    tasks = dataset.tables.bug_tasks, dataset.earlier("bug_tasks")
    comparison = figures.comparison(
        dataset.news(),
        dataset.bug_news(),
        project=project.name,
        then=then,
        now=now,
        no_bug_news=measures.why_no_bug_news(*tasks, previous_as_of=then),
    )
    say(comparison.text.rstrip())
    return 0


def _archive(project: Project, settings: config.Settings) -> RunArchive:
    return RunArchive.locate(settings.data_dir / "processed" / "reports", release_of(project, settings), project.name)
