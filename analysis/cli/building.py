"""The commands between fetching and showing: build the tables, say what they are."""

import argparse
from collections.abc import Iterator

import pandas as pd

from analysis import schema
from analysis.cli.chosen import projects, settings
from analysis.cli.judging import judgement
from analysis.pipeline.build import build as build_tables
from analysis.store import Status, Store


def build(given: argparse.Namespace) -> int:
    """Tables, from the snapshots."""
    chosen = settings(given)
    store = Store(chosen.data_dir)
    as_of = pd.Timestamp(given.as_of).as_unit("us") if given.as_of else store.as_of()
    by = judgement(chosen, as_of=as_of, replays=given.as_of is not None)
    for project in projects(store, chosen):
        built = build_tables(store, project, by, force=given.force)
        print(f"{project.name}, as of {as_of:%Y-%m-%d %H:%M:%S} UTC" + ("" if built.is_new else ": nothing changed"))
        for name, rows in sorted(built.rows.items()) if built.is_new else ():
            print(f"{rows:>12,} {name}")
    return 0


def dictionary(given: argparse.Namespace) -> int:
    """Every table and column in words."""
    print(schema.dictionary())
    return 0


def status(given: argparse.Namespace) -> int:
    """What is stored of each source: age, counts, pending, gaps, size."""
    chosen = settings(given)
    found = Store(chosen.data_dir).status()
    if not found:
        print(f"nothing is stored below {chosen.data_dir}; `fetch` brings it")
    for each in found:
        print("\n".join(_described(each, now=pd.Timestamp.now("UTC"))))
    return 0


def _described(each: Status, *, now: pd.Timestamp) -> Iterator[str]:
    age = each.age(now)
    yield f"{each.source} {each.scope}"
    yield f"    as of      {each.as_of or 'unknown'}" + (f", {age.days} days ago" if age is not None else "")
    yield f"    records    {each.n_records:,}, gone {each.n_gone:,}, pending {each.n_pending:,}"
    yield f"    on disk    {each.n_bytes / 1e6:,.1f} MB in {each.n_snapshots} snapshots"
    yield from (f"    gap        {gap}" for gap in each.gaps)
