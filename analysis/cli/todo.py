"""The command that advises one reviewer."""

import argparse

import pandas as pd

from analysis.cli.output import say
from analysis.cli.project_dataset import project_dataset
from analysis.cli.selection import load_settings, select_project
from analysis.store import Store


def todo_list(arguments: argparse.Namespace) -> int:
    """Print the fixes that one reviewer should look at next."""
    settings = load_settings(arguments)
    store = Store(settings.data_dir)
    dataset = project_dataset(store, select_project(store, settings), settings)
    fixes = dataset.person(arguments.reviewer).todo(most=arguments.most)
    for row in fixes.sort_values("rank").to_dict("records"):
        importance = f" ({row['importance']})" if pd.notna(row["importance"]) else ""
        say(f"{row['rank']:>3}. {row['change_url']}  {row['subject']}")
        say(f"     fixes bug {row['bug_id']}{importance}; {row['score']:.1f} points: {'; '.join(row['reasons'])}")
    unknown = int(dataset.fixes()["waiting_on"].isna().sum())
    if not len(fixes):
        say("nothing is known to wait for this reviewer" if unknown else "nothing waits for this reviewer")
    if unknown:
        say(f"whose turn it is, is unknown for {unknown:,} of the open fixes: their votes are not in the data")
    return 0
