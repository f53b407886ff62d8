"""The command that advises one reviewer."""

import argparse

import pandas as pd

from analysis import queue, todo
from analysis.cli.chosen import project, settings
from analysis.cli.origin import origin, review_rules
from analysis.cli.said import say
from analysis.store import Store


def todo_list(given: argparse.Namespace) -> int:
    """Print the fixes that one reviewer should look at next."""
    chosen = settings(given)
    store = Store(chosen.data_dir)
    about = project(store, chosen)
    score = queue.Score.from_mapping(about.sections.get("score", {}))
    waiting = store.read_table("queue", project=about.name)
    found = todo.build(
        given.reviewer,
        queue=waiting,
        changes=store.read_table("changes", project=about.name),
        change_files=store.read_table("change_files", project=about.name),
        votes=store.read_table("votes", project=about.name),
        accounts=store.read_table("accounts", project=about.name),
        known_points=score.known,
        revisit_points=score.revisit,
        review_label=review_rules(about).review_label,
        most=given.most,
    )
    address = origin(about, chosen)["gerrit_root"]
    for row in found.sort_values("rank").to_dict("records"):
        importance = f" ({row['importance']})" if pd.notna(row["importance"]) else ""
        say(f"{row['rank']:>3}. {address}{row['change_number']}  {row['subject']}")
        say(f"     fixes bug {row['bug_id']}{importance}; {row['score']:.1f} points: {'; '.join(row['reasons'])}")
    unknown = waiting.loc[waiting["waiting_on"].isna(), "change_number"].nunique()
    if not len(found):
        say("nothing is known to wait for this reviewer" if unknown else "nothing waits for this reviewer")
    if unknown:
        say(f"whose turn it is, is unknown for {unknown:,} of the open fixes: their votes are not in the data")
    return 0
