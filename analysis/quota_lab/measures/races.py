"""The races in numbers: verdicts pooled over repetitions, with intervals, and the explorer's findings as tables."""

from collections.abc import Sequence
from math import sqrt
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.quota_lab import findings, runs
from analysis.quota_lab.designs import DESIGNS

FOLDER = Path("processed") / "quota_runs"
SUMS = ("n_requests", "n_creates", "n_admitted", "n_refused", "n_gave_up", "n_crashed", "n_over", "n_false_refusals",
        "n_justified_refusals", "leaked_reservations", "n_duplicate_usages", "n_deadlocks", "n_server_deadlocks",
        "n_serialization", "n_busy", "n_timeouts", "n_swaps")  # fmt: skip
MOSTS = ("max_acknowledged_over", "max_rows_over", "rows_over_at_rest", "max_drift", "drift_at_rest")
MEDIANS = ("requests_per_second", "p50_ms", "p99_ms")
LOST = ("n_deadlocks", "n_serialization", "n_busy", "n_timeouts", "n_swaps")
EVERY_DAY = ("hot", "think")


def read(data_dir: Path | str) -> pd.DataFrame:
    """schema.QUOTA_RUNS of every run that is kept; empty when nothing has been raced."""
    return runs.verdicts(Path(data_dir) / FOLDER)


def designs() -> pd.DataFrame:
    """Every design in words: design, source, claim, and when it is expected to break."""
    rows = [
        {
            "design": name,
            "source": design.source,
            "claim": design.claim,
            "breaks": "; ".join(f"{fault.replace('_', ' ')}: {when}" for fault, when in design.breaks.items()) or None,
        }
        for name, design in DESIGNS.items()
    ]
    return pd.DataFrame(rows).astype(pd.StringDtype("pyarrow", na_value=pd.NA))


def pooled(
    verdicts: pd.DataFrame,
    *,
    scenarios: Sequence[str] = EVERY_DAY,
    by: Sequence[str] = ("design", "database"),
    default_isolation: bool | None = True,
) -> pd.DataFrame:
    """Runs pooled: counts summed, extremes kept, speeds as medians, shares with Wilson's 95 % interval.

    Rows are in the order in which designs are listed, then by the other columns of `by`.

    Parameters
    ----------
    verdicts : DataFrame, schema.QUOTA_RUNS
    scenarios : the scenarios to pool
    by : the columns that stay apart
    default_isolation : only the servers' default levels, only the others, or (None) both

    Returns
    -------
    DataFrame
        The columns of `by`; n_runs; sums, maxima and medians; n_clean_runs; over_share, over_low and over_high (of
        admissions); false_share, false_low and false_high (of refusals); lost_per_request.
    """
    chosen = verdicts[verdicts["scenario"].isin(scenarios)]
    if default_isolation is not None:
        chosen = chosen[chosen["is_default_isolation"] == default_isolation]
    chosen = chosen.assign(is_clean=chosen["is_linearisable"] & (chosen["max_rows_over"] == 0))
    groups = chosen.groupby(list(by), sort=True)
    table = pd.concat(
        [
            groups.size().rename("n_runs").astype("Int64"),
            groups["is_clean"].sum().rename("n_clean_runs").astype("Int64"),
            groups[list(SUMS)].sum(min_count=1),
            groups[list(MOSTS)].max(),
            groups[list(MEDIANS)].median(),
        ],
        axis=1,
    ).reset_index()
    return _in_order(_with_shares(table), by)


def _with_shares(table: pd.DataFrame) -> pd.DataFrame:
    lost = table[list(LOST)].sum(axis=1) / table["n_requests"]
    shares: dict[str, Any] = {"lost_per_request": lost}
    for name, part, whole in (("over", "n_over", "n_admitted"), ("false", "n_false_refusals", "n_refused")):
        pairs = [wilson(int(k), int(n)) for k, n in zip(table[part], table[whole], strict=True)]
        shares[f"{name}_share"] = table[part] / table[whole].replace(0, pd.NA)
        shares[f"{name}_low"] = pd.array([low for low, _ in pairs], dtype="Float64")
        shares[f"{name}_high"] = pd.array([high for _, high in pairs], dtype="Float64")
    return table.assign(**shares)


def _in_order(table: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    order = {name: place for place, name in enumerate(DESIGNS)}
    ranked = table.assign(_place=table["design"].map(order))
    rest = [name for name in by if name != "design"]
    return ranked.sort_values(["_place", *rest], kind="stable", ignore_index=True).drop(columns="_place")


def wilson(k: int, n: int, z: float = 1.96) -> tuple[float | None, float | None]:
    """Wilson's interval for k of n, 95 %; (None, None) for n = 0."""
    if n == 0:
        return None, None
    middle, spread = k + z * z / 2, z * sqrt(k * (n - k) / n + z * z / 4)
    return max((middle - spread) / (n + z * z), 0.0), min((middle + spread) / (n + z * z), 1.0)


def spread(
    verdicts: pd.DataFrame, column: str, *, scenario: str, by: Sequence[str] = ("design", "database")
) -> pd.DataFrame:
    """Least, median and most of one column over the repetitions of a scenario: what a repetition differs by."""
    chosen = verdicts[(verdicts["scenario"] == scenario) & verdicts["is_default_isolation"]]
    found = chosen.groupby(list(by))[column].agg(least="min", median="median", most="max").reset_index()
    return _in_order(found, by)


def by_workers(verdicts: pd.DataFrame) -> pd.DataFrame:
    """The pooled verdicts of hot (8 workers) and workers (1, 2, 4, 16), by design, database and n_workers."""
    some = verdicts[verdicts["scenario"] == "workers"]["design"].unique()
    chosen = verdicts[verdicts["design"].isin(some) & verdicts["database"].isin(["postgresql", "mariadb"])]
    return pooled(chosen, scenarios=("hot", "workers"), by=("design", "database", "n_workers"))


def compared(verdicts: pd.DataFrame, one: str, other: str, *, column: str = "requests_per_second") -> pd.DataFrame:
    """One design against another, repetition by repetition: the median ratio and its least and most.

    Both ran with the same seed, settings and repetition, in shuffled order; the ratio still carries the noise of a
    shared machine, which is why least and most stand beside it.
    """
    keys = ["scenario", "database", "isolation", "n_workers", "n_projects", "repetition"]
    pair = [verdicts[verdicts["design"] == name][[*keys, column]] for name in (one, other)]
    both = pair[0].merge(pair[1], on=keys, suffixes=("_one", "_other"), validate="one_to_one")
    both = both.assign(ratio=both[f"{column}_one"] / both[f"{column}_other"])
    found = both.groupby(["scenario", "database", "isolation"])["ratio"].agg(
        n_pairs="size", least="min", median="median", most="max"
    )
    return found.reset_index()


def found(data_dir: Path | str) -> pd.DataFrame:
    """The explorer's findings, a row a fault, level and design: scenario, n_moves, needs_crash, replays, story.

    Of several cases that show a fault, the row is the one that was replayed.
    """
    rows: list[dict[str, Any]] = [
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
    return _in_order(table, ("design", "database", "isolation", "fault"))


def explored(data_dir: Path | str) -> pd.DataFrame:
    """How much was tried: database, isolation, n_cases, n_states, n_complete."""
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


def example(data_dir: Path | str, design: str, fault: str, database: str) -> dict[str, Any]:
    """The replayed counter-example of one design and fault, with its moves: what pictures.trace draws.

    Raises LookupError when the explorer has not been run there, or found none.
    """
    for record in findings.read(Path(data_dir) / FOLDER):
        if (record["design"], record["database"]) == (design, database):
            for one in record["counter_examples"]:
                if one["fault"] == fault and one["replays"] is not None:
                    return {**{name: record[name] for name in ("design", "database", "isolation", "scenario")}, **one}
    raise LookupError(f"no {fault} of {design} on {database} is kept: run `quota-lab run --matrix full`")
