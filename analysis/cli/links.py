"""The commands about links: lines that name a bug and made no link, and links whose sources contradict each other."""

import argparse

import pandas as pd

from analysis.cli.output import say
from analysis.cli.selection import load_settings, select_project
from analysis.judge import links, privacy
from analysis.store import Store


def links_unread(arguments: argparse.Namespace) -> int:
    """Print every line of a commit message that names a bug but made no link, so that a person can judge it."""
    lines = _public_tables(arguments)["unread_lines"]
    say(f"lines that name a bug, or read like a footer, and made no link: {len(lines):,}")
    for row in lines.to_dict("records"):
        say(f"  {row['kind']} {row['ref'][:12]}, line {row['line_number'] + 1}: {row['line'].strip()}")
    return 0


def links_disagreements(arguments: argparse.Namespace) -> int:
    """Print the links that another source contradicts: how many of each kind, then each link with its source text."""
    pairs = links.disagreements(_public_tables(arguments)["links"])
    for kind, n in pairs["meaning"].str.replace(r"bug [0-9]+$", "another bug", regex=True).value_counts().items():
        say(f"{n:>6,} {kind}")
    for row in pairs.to_dict("records"):
        where = f"bug {row['bug_id']}, {row['kind']} {row['ref'][:12]}"
        say(f"  {where}, {row['evidence']} {row['source_text'].strip()!r}: {row['meaning']}")
    if not len(pairs):
        say("no source contradicts another")
    return 0


def _public_tables(arguments: argparse.Namespace) -> dict[str, pd.DataFrame]:
    """The public rows of the tables of the last build."""
    settings = load_settings(arguments)
    store = Store(settings.data_dir)
    project = select_project(store, settings)
    names = ("bugs", "changes", "links", "unread_lines")
    return privacy.visible_tables({name: store.read_table(name, project=project.name) for name in names})
