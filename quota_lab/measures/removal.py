"""Does removing the cached tally help? The cost of each way of knowing the usage, per thousand requests."""

import pandas as pd

from quota_lab.engines.kept_results import Result

WAYS = {  # engine and variant -> how it knows the usage, and the cost of adopting it
    ("nova-15.1.5", ""): ("cached tally, reservations, row lock", "what Liberty has"),
    ("nova-15.1.5", "until_refresh=5"): ("the same, recounted at every fifth request", "one option"),
    ("nova-15.1.5", "until_refresh=1"): ("the same, recounted at every request", "one option; nothing cached is used"),
    ("cinder-29.0.0", ""): ("cached tally, reservations, row lock, unique key", "a migration that merges duplicates"),
    ("nova-34.0.0", "recheck_quota=False"): ("counted, without reservations", "no usage table, no reservations"),
    ("nova-34.0.0", ""): ("counted, and counted again", "the same, and a second count and its cleaning up"),
    ("placement-16.0.0", ""): ("counted, with a generation", "a generation on what is limited, and retries"),
}  # fmt: skip
CACHED, RECOUNTED = ("nova-15.1.5", ""), ("nova-15.1.5", "until_refresh=1")
WRONG = ["over_per_1000", "false_per_1000"]
COLUMNS = [
    "way", "database", "over_per_1000", "false_per_1000", "errors_per_1000", "lost_per_1000", "over_per_1000_first",
    "false_per_1000_first", "cost to adopt", "engine", "variant", "n_requests", "latency_ratio",
]  # fmt: skip


def table(result: Result) -> pd.DataFrame:
    """One row for each way of knowing the usage and each database, at the servers' default isolation levels.

    way, cost to adopt, engine, variant, database; per thousand requests of the races with existing usage rows:
    admissions over, false refusals, errors, lost attempts; the first two again per thousand first requests;
    latency_ratio: the median latency of a create, divided by that of the same engine's default. NA if it was not raced.
    """
    verdicts = result.verdicts[result.verdicts["is_default_isolation"].astype("boolean")]
    rows = []
    for (engine, variant), (way, cost) in WAYS.items():
        runs = verdicts[verdicts["engine"].eq(engine) & verdicts["variant"].eq(variant)]
        for database, part in runs[runs["scenario"].isin(["hot", "cold"])].groupby("database"):
            hot, cold = (part[part["scenario"].eq(name)] for name in ("hot", "cold"))
            rows.append(
                {
                    "way": way, "cost to adopt": cost, "engine": engine, "variant": variant or "default",
                    "database": database, "n_requests": int(part["n_requests"].sum()),
                    "over_per_1000": _per_1000(hot, "n_over"),
                    "false_per_1000": _per_1000(hot, "n_false_refusals"),
                    "errors_per_1000": _per_1000(hot, "n_failed", "n_gave_up"),
                    "lost_per_1000": _per_1000(hot, "n_deadlocks", "n_serialization", "n_swaps"),
                    "over_per_1000_first": _per_1000(cold, "n_over"),
                    "false_per_1000_first": _per_1000(cold, "n_false_refusals"),
                    "latency_ratio": _latency_ratio(verdicts, engine, variant, str(database)),
                }
            )  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS).round(1)


def _per_1000(verdicts: pd.DataFrame, *columns: str) -> float | None:
    n = int(verdicts["n_requests"].sum())
    return 1000 * int(verdicts[list(columns)].sum().sum()) / n if n else None


def _latency_ratio(verdicts: pd.DataFrame, engine: str, variant: str, database: str) -> float | None:
    hot = verdicts[verdicts["scenario"].eq("hot") & verdicts["engine"].eq(engine) & verdicts["database"].eq(database)]
    own, default = (hot.loc[hot["variant"].eq(name), "p50_ms"].median() for name in (variant, ""))
    return None if pd.isna(own) or pd.isna(default) else float(own / default)


def answer(result: Result) -> str:
    """The question of Liberty's page in a few sentences; empty unless both sides of it were raced."""
    rows = table(result)
    rows = rows.assign(variant=rows["variant"].replace("default", ""))
    ways = {way: runs for way, runs in rows.groupby(["engine", "variant"]) if runs[WRONG].notna().all(axis=None)}
    if not {CACHED, RECOUNTED} <= set(ways):
        return ""
    cached, recounted = (ways[way][WRONG].sum(axis=1) for way in (CACHED, RECOUNTED))
    if recounted.min() > cached.max():
        verdict = "does not help"
    elif recounted.max() < cached.min():
        verdict = "helps"
    else:
        verdict = "made no clear difference"
    over, refused = ([_span(ways[way][column]) for way in (RECOUNTED, CACHED)] for column in WRONG)
    first = ways[CACHED]["over_per_1000_first"].dropna()
    return (
        f"Recounting at every request, and nothing else, {verdict}: of a thousand requests {over[0]} go over and "
        f"{refused[0]} are refused although they fit, with the cached tally {over[1]} and {refused[1]}"
        + (f"; of first requests, which find no row to lock, it lets {_span(first)} over" if len(first) else "")
    )


def _span(values: pd.Series) -> str:
    """The least and the most, or the one number where they are the same.

    >>> _span(pd.Series([47.2, 61.1])), _span(pd.Series([0.0, 0.0]))
    ('47 to 61', '0')
    """
    low, high = f"{values.min():.0f}", f"{values.max():.0f}"
    return low if low == high else f"{low} to {high}"
