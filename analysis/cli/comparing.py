"""The commands about kept runs of a report: which there are, and what happened between two of them."""

import argparse
from typing import Any

import pandas as pd

from analysis import config, figures, measures
from analysis.cli.chosen import project, settings
from analysis.cli.origin import origin, review_rules
from analysis.cli.releases import check_release, release_of
from analysis.cli.said import say
from analysis.errors import UsageError
from analysis.pipeline.projects import Project
from analysis.reports.publish import Shelf
from analysis.store import Store, read_earlier


def runs(given: argparse.Namespace) -> int:
    """Every kept run, oldest data first."""
    chosen = settings(given)
    about = project(Store(chosen.data_dir), chosen)
    shelf = _shelf(about, chosen)
    for run in shelf.runs():
        pages = shelf.record(run)["pages"]
        failed = sum(bool(page["failure"]) for page in pages)
        seen = ", what readers see now" if run == shelf.current() else ""
        say(
            f"{run}  {len(pages)} page{'s' if len(pages) != 1 else ''}"
            + (f", {failed} failed" if failed else "")
            + seen
        )
    if not shelf.runs():
        say(f"no report of {shelf.release} is kept; `report` makes one")
    return 0


def compare(given: argparse.Namespace) -> int:
    """What happened to open fixes and to bugs between two kept runs. What these are called is what they are today."""
    chosen = settings(given)
    store = Store(chosen.data_dir)
    about = project(store, chosen)
    check_release(store, about, chosen)
    shelf = _shelf(about, chosen)
    old, new = shelf.find(given.old), shelf.find(given.new or shelf.current() or "now")
    then, now = (shelf.record(run)["as_of"] for run in (old, new))
    if old == new:
        raise UsageError(
            expected="two runs to compare",
            found=f"{old} twice" if given.new else f"only {old}, which is what readers see now",
            do="name an older one; `runs` lists them, and `report` after a `build` of newer data makes the next",
        )
    if then >= now:
        is_same = then == now
        raise UsageError(
            expected="two runs on data of different instants" if is_same else "the older run first",
            found=f"{old}, then {new}" + (f", both as of {now}" if is_same else ""),
            do="name an older one; `runs` lists them" if is_same else "name them in the order of their data",
        )
    news = _news(store, Store(shelf.runs_dir / old), Store(shelf.runs_dir / new), about, then=then, now=now)
    areas = store.read_table("areas", project=about.name)
    roots = {name: value for name, value in origin(about, chosen).items() if name.endswith("_root")}
    once = measures.each_event_once(news, areas, release=shelf.release)
    tasks = {run: read_earlier(shelf.runs_dir / run, "bug_tasks", project=about.name) for run in (old, new)}
    of_bugs = measures.bugs_since(
        tasks[new],
        tasks[old],
        **{name: store.read_table(name, project=about.name) for name in ("bugs", "area_members")},
        areas=areas,
        launchpad_project=about.launchpad_project,
        release=shelf.release,
        previous_as_of=then,
    )
    said = figures.comparison(
        *(measures.with_addresses(found, **roots) for found in (once, of_bugs)),
        project=about.name,
        then=then,
        now=now,
        no_bug_news=measures.why_no_bug_news(tasks[new], tasks[old], previous_as_of=then),
    )
    say(said.text.rstrip())
    return 0


def _shelf(about: Project, chosen: config.Settings) -> Shelf:
    return Shelf.of(chosen.data_dir / "processed" / "reports", release_of(about, chosen), about.name)


def _news(store: Store, before: Store, after: Store, about: Project, *, then: str, now: str) -> pd.DataFrame:
    """What measures.since and with_time make of the queues that two runs kept, and of all else as it is today."""
    names = ("changes", "links", "bugs", "bug_tasks", "votes", "accounts")
    known: dict[str, Any] = {name: store.read_table(name, project=about.name) for name in names}
    fixes = measures.open_fixes(
        queue=after.read_table("queue", project=about.name),
        review_states=after.read_table("review_states", project=about.name),
        **{name: known[name] for name in ("changes", "links", "bugs", "bug_tasks")},
        launchpad_project=about.launchpad_project,
        as_of=pd.Timestamp(now),
    )
    queue = before.read_table("queue", project=about.name)
    return measures.with_time(
        measures.since(fixes, queue, **{name: known[name] for name in ("changes", "links", "bugs")}),
        fixes,
        **{name: known[name] for name in ("votes", "accounts", "changes")},
        limits=measures.Limits.from_mapping(about.sections.get("limits", {})),
        review_label=review_rules(about).review_label,
        previous_as_of=then,
        as_of=pd.Timestamp(now),
    )
