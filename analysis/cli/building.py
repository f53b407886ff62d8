"""The commands between fetching and showing: build the tables, say what they are."""

import argparse
from collections.abc import Iterator, Mapping

import pandas as pd

from analysis import engine, schema
from analysis.cli.chosen import named, projects, settings
from analysis.cli.judging import judgements
from analysis.cli.said import say
from analysis.engine import Outcome
from analysis.errors import AnalysisError, IncompleteError
from analysis.pipeline.build import HEAVY, Built, build_all
from analysis.pipeline.built import built_as_of, built_for, was_built
from analysis.pipeline.projects import Project
from analysis.store import Status, Store


def build(given: argparse.Namespace) -> int:
    """Tables, from the snapshots."""
    chosen = settings(given)
    store = Store(chosen.data_dir)
    replayed = pd.Timestamp(given.as_of).as_unit("us") if given.as_of else None
    found = judgements(store, chosen, replayed=replayed, sentence_model=given.sentence_model)
    for name in (f"{about.name}: left as it was judged for {built_for(store, about)}" for about, by in found if not by):
        say(f"{name}; to judge it anew, name its file with --project")
    on = engine.chosen(given.engine, workers=given.workers, scheduler=given.scheduler, preload=HEAVY)
    failed: dict[str, Exception] = {}
    judged = [(about, by) for about, by in found if by]
    instants = {about.name: by.as_of for about, by in judged}
    for each in build_all(store, judged, on, force=given.force):
        if each.error:
            failed[each.name] = each.error
        say("\n".join(_told(each, instants[each.name])))
    _raise(failed)
    return 0


def _told(each: Outcome, as_of: pd.Timestamp) -> Iterator[str]:
    if each.error:
        yield f"{each.name}: failed"
        return
    built: Built = each.result
    yield f"{each.name}, as of {as_of:%Y-%m-%d %H:%M:%S} UTC" + ("" if built.is_new else ": nothing changed")
    yield from (f"{rows:>12,} {name}" for name, rows in sorted(built.rows.items()) if built.is_new)


def _raise(failed: Mapping[str, Exception]) -> None:
    """The error of the only project that failed, as it is; or one that names them all, after the others were built."""
    first = next(iter(failed.values()), None)
    if first is None:
        return
    # What is not an error of ours is a bug of ours: it keeps its traceback, even if others failed too.
    unexpected = next((error for error in failed.values() if not isinstance(error, AnalysisError)), None)
    if unexpected or len(failed) == 1:
        raise unexpected or first
    raise IncompleteError(
        expected="every project to be built",
        found="; ".join(f"{name} failed: {' | '.join(str(error).splitlines())}" for name, error in failed.items()),
        do="mend these, and run the same command again: the others are built and are not made anew",
    ) from first


def dictionary(given: argparse.Namespace) -> int:
    """Every table and column in words."""
    say(schema.dictionary())
    return 0


def status(given: argparse.Namespace) -> int:
    """What is stored of each source: age, counts, pending, gaps, size; and of which instant the tables are."""
    chosen = settings(given)
    store = Store(chosen.data_dir)
    found = store.status()
    if not found:
        say(f"nothing is stored below {chosen.data_dir}; `fetch` brings it")
        return 0
    for each in found:
        say("\n".join(_described(each, now=pd.Timestamp.now("UTC"))))
    held = projects(store, chosen)
    for about in held:
        say(f"tables of {about.name}\n    {_instant(store, about)}")
    if chosen.names_project and named(held, chosen) is None:
        say(f"tables of {chosen.servers.gerrit_project}\n    none, and nothing of it is stored here: `fetch` brings it")
    return 0


def _instant(store: Store, project: Project) -> str:
    if not was_built(store, project):
        return "none: `build` makes them"
    as_of = built_as_of(store, project)
    behind = (
        ", which is before what was fetched: `build` brings them up to date" if as_of < project.as_of(store) else ""
    )
    return f"as of      {as_of}{behind}"


def _described(each: Status, *, now: pd.Timestamp) -> Iterator[str]:
    age = each.age(now)
    yield f"{each.source} {each.scope}"
    yield f"    as of      {each.as_of or 'unknown'}" + (f", {_ago(age)} ago" if age is not None else "")
    yield f"    records    {each.n_records:,}, gone {each.n_gone:,}, pending {each.n_pending:,}"
    yield f"    on disk    {each.n_bytes / 1e6:,.1f} MB in {_counted(each.n_snapshots, 'snapshot')}"
    yield from (f"    gap        {gap}" for gap in each.gaps)


def _ago(age: pd.Timedelta) -> str:
    for unit, seconds in (("day", 86_400), ("hour", 3_600)):
        if age.total_seconds() >= seconds:
            return _counted(int(age.total_seconds() // seconds), unit)
    return _counted(max(0, int(age.total_seconds() // 60)), "minute")


def _counted(n: int, unit: str) -> str:
    return f"{n:,} {unit}" + ("" if n == 1 else "s")
