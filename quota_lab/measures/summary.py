"""The quota laboratory in three figures and a few rows, for the start page of a report."""

import pandas as pd

from quota_lab.measures.races import held

HELD = "held in "  # the beginning of the text of `races.held` for a design without a fault


def facts(verdicts: pd.DataFrame, bug_facts: pd.DataFrame) -> pd.DataFrame:
    """The facts of bugs, then the numbers of raced designs and of those that held on every database: fact, n, note.

    Parameters
    ----------
    verdicts : DataFrame, schema.QUOTA_RUNS
    bug_facts : DataFrame, facts as `figures.fact_list` shows them
    """
    by_design = held(verdicts) if len(verdicts) else pd.DataFrame({"design": []})
    note = "creates and deletes under one limit" if len(verdicts) else "nothing was raced here"
    rows = pd.DataFrame(
        {
            "fact": ["designs raced", "designs that held"],
            "n": pd.array([len(by_design), int(_holds(by_design).sum())] if len(verdicts) else [None, None], "Float64"),
            "note": [note, "nothing over, no false refusal, a right tally, on every database"],
        }
    )
    return pd.concat([bug_facts, rows.astype({"fact": "string", "note": "string"})], ignore_index=True)


def designs(verdicts: pd.DataFrame, *, most: int) -> pd.DataFrame:
    """The results of the first designs, those that held first: design, then a column for each database."""
    rows = held(verdicts) if len(verdicts) else pd.DataFrame({"design": pd.Series(dtype="string")})
    order = (~_holds(rows)).sort_values(kind="stable").index if len(rows) else rows.index
    return rows.loc[order].head(most).reset_index(drop=True)


def _holds(by_design: pd.DataFrame) -> "pd.Series[bool]":
    """For each design whether it held on every database on which it was raced."""
    held_everywhere = pd.Series(True, by_design.index)
    for database in by_design.columns.drop("design"):
        held_everywhere &= by_design[database].str.startswith(HELD).fillna(True)
    return held_everywhere


EMPTY = "No race of quota designs is kept beside these data, so it is unknown what they did."
