"""The command that checks whether a limit is breached; cron can use it as an alarm."""

import argparse

import pandas as pd

from analysis.cli.output import say
from analysis.cli.project_dataset import project_dataset
from analysis.cli.selection import load_settings, select_project
from analysis.errors import LimitBreachedError
from analysis.store import Store
from analysis.tables.counts import counted


def limits(arguments: argparse.Namespace) -> int:
    """Print the fixes that have waited longer than a limit. Raises LimitBreachedError if there is one, for cron."""
    settings = load_settings(arguments)
    store = Store(settings.data_dir)
    project = select_project(store, settings)
    dataset = project_dataset(store, project, settings)
    over = dataset.over_limit()
    # Without votes nobody knows how long a fix has waited: exit code 0 would tell a monitor that all is well.
    is_unknown = over.empty and "votes" in dataset.unserved
    count = "unknown which are over a limit" if is_unknown else f"{len(over):,} over a limit"
    say(f"open fixes of {project.name} as of {dataset.as_of:%Y-%m-%d %H:%M} UTC: {count}")
    for row in over.to_dict("records"):
        turn = str(row["waiting_on"]).replace("_", " ")
        say(f"{row['over_days']:>7,.1f} days over  {row['change_url']}  {row['subject']}")
        limit = f"the limit of {row['limit']} is {row['limit_days']:g} days"
        say(f"{'':>8}waits for {turn} for {row['waiting_days']:,.1f} days; {limit}")
    if unknown := int(dataset.fixes_once["waiting_days"].isna().sum()):
        say(f"for {unknown:,} more it is unknown how long they have waited")
    if over.empty:
        say(over.attrs["note"])
    raise_breaches(over)
    return 0


def raise_breaches(over: pd.DataFrame) -> None:
    """Raise LimitBreachedError if any fix is over a limit."""
    if len(over):
        raise LimitBreachedError(
            expected="no fix to wait longer than the limits of the project file",
            found=f"{counted(len(over), 'fix over a limit', plural='fixes over a limit')}",
            do="review them first: `limits` lists them, and so does the overview; or change [limits]",
        )
