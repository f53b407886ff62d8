"""The explorer's findings as tables: faults with their shortest schedules, and the size of the search."""

from pathlib import Path

import pandas as pd

from quota_lab import findings
from quota_lab.journal import JsonObject
from quota_lab.measures.races import FOLDER, in_order


def finding_rows(data_dir: Path | str) -> pd.DataFrame:
    """The explorer's findings by fault, level and design: scenario, n_moves, needs_crash, replays, story.

    If several cases show a fault, the row is of the case that was replayed.
    """
    rows: list[JsonObject] = [
        {
            **{name: record[name] for name in ("design", "database", "isolation", "scenario")},
            **{name: example[name] for name in ("fault", "needs_crash", "replays", "story")},
            "n_moves": len(example["moves"]),
        }
        for record in findings.read(Path(data_dir) / FOLDER)
        for example in record["counter_examples"]
        if example["replays"] is not None
    ]
    columns = ["design", "database", "isolation", "fault", "scenario", "n_moves", "needs_crash", "replays", "story"]
    table = pd.DataFrame(rows, columns=columns)
    return in_order(table, ("design", "database", "isolation", "fault"))


def explored(data_dir: Path | str) -> pd.DataFrame:
    """The size of the search: database, isolation, n_cases, n_states, n_complete."""
    rows = pd.DataFrame(
        [
            {name: record[name] for name in ("database", "isolation", "n_states", "is_complete")}
            for record in findings.read(Path(data_dir) / FOLDER)
        ],
        columns=["database", "isolation", "n_states", "is_complete"],
    )
    groups = rows.groupby(["database", "isolation"])
    return groups.agg(
        n_cases=("n_states", "size"), n_states=("n_states", "sum"), n_complete=("is_complete", "sum")
    ).reset_index()


def example(data_dir: Path | str, design: str, fault: str, database: str) -> JsonObject | None:
    """The replayed counter-example of one design and fault, with its moves, which pictures.trace draws.

    None if the explorer has not been run there, or found none.
    """
    for record in findings.read(Path(data_dir) / FOLDER):
        if (record["design"], record["database"]) == (design, database):
            for one in record["counter_examples"]:
                if one["fault"] == fault and one["replays"] is not None:
                    return {**{name: record[name] for name in ("design", "database", "isolation", "scenario")}, **one}
    return None
