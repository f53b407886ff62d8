"""The quota laboratory in a few figures and rows, for the start page of a report."""

import pandas as pd

from analysis.report import page_registry
from analysis.tables.counts import counted
from quota_lab.engines.kept_results import Result
from quota_lab.measures.races import held

HELD = "held in "  # the beginning of the text of `races.held` for a design without a fault


def facts(verdicts: pd.DataFrame, engines: Result, bug_facts: pd.DataFrame) -> pd.DataFrame:
    """The facts of bugs, then the numbers of raced designs and of real engines: fact, n, note, fact_page.

    The engines' races come with the program unless others were run, so they are there where no design was raced.

    Parameters
    ----------
    verdicts : DataFrame, schema.QUOTA_RUNS
    engines : the result of the real engines' races
    bug_facts : DataFrame, facts as `figures.fact_list` shows them
    """
    rows: list[tuple[str, int, str, object]] = []
    if len(verdicts):
        by_design = held(verdicts)
        rows.append(("designs raced", len(by_design), "creates and deletes under one limit", pd.NA))
        held_note = "nothing over, no false refusal, a right tally, on every database"
        rows.append(("designs that held", int(_holds(by_design).sum()), held_note, pd.NA))
    day = str(engines.provenance["raced_to"])[:10]
    races = f"{counted(len(engines.verdicts), 'race')} on {day}, apart from these bugs"
    n_engines = engines.verdicts["engine"].nunique()
    rows.append(("real engines raced", n_engines, races, page_registry.QUOTA_ENGINES.address()))
    frame = pd.DataFrame(rows, columns=["fact", "n", "note", "fact_page"])
    text = dict.fromkeys(("fact", "note", "fact_page"), "string")
    return pd.concat([bug_facts, frame.astype({"n": "Float64", **text})], ignore_index=True)


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


EMPTY = (
    "No race of quota designs is kept beside these data, so it is unknown what they did. The races of real engines, "
    "which come with the program, have a page of their own."
)
