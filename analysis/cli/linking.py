"""The commands about links: what names a bug and made none, and where sources contradict each other."""

import argparse

import pandas as pd

from analysis import links, visible
from analysis.cli.chosen import project, settings
from analysis.cli.said import say
from analysis.store import Store


def links_unread(given: argparse.Namespace) -> int:
    """Print every line of a commit message that names a bug and made no link, for a person to judge."""
    found = _shown(given)["unread_lines"]
    say(f"lines that name a bug, or read like a footer, and made no link: {len(found):,}")
    for row in found.to_dict("records"):
        say(f"  {row['kind']} {row['ref'][:12]}, line {row['line_number'] + 1}: {row['line'].strip()}")
    return 0


def links_disagreements(given: argparse.Namespace) -> int:
    """Print the links that another source contradicts: first how many of each kind, then each with what it says."""
    found = links.disagreements(_shown(given)["links"])
    for kind, n in found["meaning"].str.replace(r"bug [0-9]+$", "another bug", regex=True).value_counts().items():
        say(f"{n:>6,} {kind}")
    for row in found.to_dict("records"):
        where = f"bug {row['bug_id']}, {row['kind']} {row['ref'][:12]}"
        say(f"  {where}, {row['evidence']} {row['source_text'].strip()!r}: {row['meaning']}")
    if not len(found):
        say("no source contradicts another")
    return 0


def _shown(given: argparse.Namespace) -> dict[str, pd.DataFrame]:
    """The tables of the last build that the public may see."""
    chosen = settings(given)
    store = Store(chosen.data_dir)
    about = project(store, chosen)
    names = ("bugs", "changes", "links", "unread_lines")
    return visible.visible_tables({name: store.read_table(name, project=about.name) for name in names})
