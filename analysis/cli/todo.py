"""The command that prints one person's tasks, and what they should review next."""

import argparse

import pandas as pd

from analysis.cli.output import say
from analysis.cli.project_dataset import project_dataset
from analysis.cli.selection import load_settings, select_project
from analysis.store import Store
from analysis.tables import schema
from analysis.tables.counts import counted
from analysis.tables.records import TableRow


def todo_list(arguments: argparse.Namespace) -> int:
    """Print one person's page as text: their tasks, what to review next, and what waits for others."""
    settings = load_settings(arguments)
    store = Store(settings.data_dir)
    dataset = project_dataset(store, select_project(store, settings), settings)
    person = dataset.person(arguments.reviewer)
    _section("Mine to do", [_change(row) for row in person.to_do.to_dict("records")])
    fixes = person.todo(most=arguments.most, minutes=arguments.minutes)
    budget = f", in {counted(arguments.minutes, 'minute')}" if arguments.minutes else ""
    _section(f"I could review{budget}", [line for row in fixes.to_dict("records") for line in _fix(row)])
    unknown = int(dataset.fixes()["waiting_on"].isna().sum())
    if not len(fixes):
        say("nothing is known to wait for this reviewer" if unknown else "nothing waits for this reviewer")
    if unknown:
        say(f"for {unknown:,} of the open fixes it is unknown who must act: their votes are not in the data")
    _section("Mine, waiting for others", [_change(row) for row in person.waits.to_dict("records")])
    _section("Mine, their turn unknown", [_change(row) for row in person.turn_unknown.to_dict("records")])
    _section("Bugs assigned on Launchpad", [_bug(row) for row in person.assigned.to_dict("records")])
    return 0


def _section(heading: str, lines: list[str]) -> None:
    if lines:
        say(f"{heading}:")
    for line in lines:
        say(line)


def _fix(row: TableRow) -> list[str]:
    importance: str = f" ({row['importance']})" if pd.notna(row["importance"]) else ""
    minutes: str = "" if pd.isna(row["minutes"]) else f"; about {counted(row['minutes'], 'minute')}"
    reasons = "; ".join(row["reasons"])
    return [
        f"{row['rank']:>3}. {row['change_url']}  {row['subject']}",
        f"     fixes bug {row['bug_id']}{importance}{minutes}; {counted(row['score'], 'point', digits=1)}: {reasons}",
    ]


def _change(row: TableRow) -> str:
    turn = row["waiting_on"]
    waits: str = "turn unknown" if pd.isna(turn) else f"waits on {schema.TURN_LABELS[str(turn)]}"
    days: str = "" if pd.isna(row["waiting_days"]) else f" for {counted(row['waiting_days'], 'day')}"
    return f"   - {row['change_url']}  {row['subject']} ({waits}{days})"


def _bug(row: TableRow) -> str:
    importance: str = "importance unknown" if pd.isna(row["importance"]) else row["importance"]
    return f"   - {row['bug_url']}  {row['bug_title']} ({importance}; {row['need']})"
