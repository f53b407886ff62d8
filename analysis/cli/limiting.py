"""The command that asks whether a limit is breached: an alarm for cron."""

import argparse
from typing import Any

import pandas as pd

from analysis import measures
from analysis.cli.chosen import project, settings
from analysis.cli.origin import origin
from analysis.cli.said import say
from analysis.errors import LimitBreachedError
from analysis.pipeline.built import built_as_of
from analysis.pipeline.projects import Project
from analysis.store import Store


def limits(given: argparse.Namespace) -> int:
    """Print the fixes that have waited longer than a limit. Raises LimitBreachedError where there is one, for cron."""
    chosen = settings(given)
    store = Store(chosen.data_dir)
    about = project(store, chosen)
    allowed, fixes, over = over_limits(store, about)
    say(f"open fixes of {about.name} as of {built_as_of(store, about):%Y-%m-%d %H:%M} UTC: {len(over):,} over a limit")
    to = origin(about, chosen)
    places = {name: to[name] for name in ("gerrit_root", "launchpad_root")}
    for row in measures.with_addresses(over, **places).to_dict("records"):
        turn = str(row["waiting_on"]).replace("_", " ")
        say(f"{row['over_days']:>7,.1f} days over  {row['change_url']}  {row['subject']}")
        limit = f"the limit of {row['limit']} is {row['limit_days']:g} days"
        say(f"{'':>8}waits for {turn} for {row['waiting_days']:,.1f} days; {limit}")
    if unknown := int(fixes["waiting_days"].isna().sum()):
        say(f"for {unknown:,} more it is unknown how long they have waited")
    if over.empty:
        say(measures.why_no_breach(allowed))
    raise_breaches(over)
    return 0


def over_limits(store: Store, about: Project) -> tuple[measures.Limits, pd.DataFrame, pd.DataFrame]:
    """The limits of the project, its open fixes, each once, and those that are over a limit."""
    allowed = measures.Limits.from_mapping(about.sections.get("limits", {}))
    names = ("queue", "changes", "review_states", "links", "bugs", "bug_tasks")
    tables: dict[str, Any] = {name: store.read_table(name, project=about.name) for name in names}
    fixes = measures.open_fixes(**tables, launchpad_project=about.launchpad_project, as_of=built_as_of(store, about))
    return allowed, measures.each_once(fixes), measures.breaches(fixes, allowed)


def raise_breaches(over: pd.DataFrame) -> None:
    """Raise LimitBreachedError unless none is over a limit."""
    if len(over):
        raise LimitBreachedError(
            expected="no fix to wait longer than the limits of the project file",
            found=f"{len(over)} that do",
            do="review them first: `limits` lists them, and so does the overview; or change [limits]",
        )
