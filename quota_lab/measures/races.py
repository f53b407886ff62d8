"""The races in numbers: verdicts pooled over repetitions, with intervals."""

from collections.abc import Sequence
from math import sqrt
from pathlib import Path

import pandas as pd

from analysis.tables.records import TableRow
from quota_lab import runs
from quota_lab.designs import DESIGNS
from quota_lab.designs.base import Design
from quota_lab.journal import JsonObject
from quota_lab.judge import LOST
from quota_lab.measures.fault_texts import counts, number_of_runs, wrong_answers
from quota_lab.statements import Statement

FOLDER = Path("processed") / "quota_runs"
SUMS = ("n_requests", "n_creates", "n_admitted", "n_refused", "n_gave_up", "n_crashed", "n_over", "n_false_refusals",
        "n_justified_refusals", "leaked_reservations", "n_duplicate_usages", "n_server_deadlocks", *LOST)  # fmt: skip
MOSTS = ("max_acknowledged_over", "max_rows_over", "rows_over_at_rest", "max_drift", "drift_at_rest")
MEDIANS = ("requests_per_second", "p50_ms", "p99_ms")
EVERY_DAY = ("hot", "think")
COUNTED = (
    ("max_drift", "", "tally off by up to {}"),
    ("leaked_reservations", "unit", "{} reserved for nobody"),
    ("n_duplicate_usages", "duplicate usage row", "{}"),
)


def read(data_dir: Path | str) -> pd.DataFrame:
    """schema.QUOTA_RUNS of every kept run; empty if nothing has been raced."""
    return runs.verdicts(Path(data_dir) / FOLDER)


def kept(verdicts: pd.DataFrame) -> pd.DataFrame:
    """The size of the kept runs, as facts: `fact`, `n`, `note`."""
    facts = [
        ("races", len(verdicts), "with their repetitions"),
        ("requests", verdicts["n_requests"].sum(), "each written down with its answer"),
        ("designs", verdicts["design"].nunique(), "that were raced"),
        ("databases", verdicts["database"].nunique(), "that they were raced on"),
    ]
    return pd.DataFrame(facts, columns=["fact", "n", "note"]).astype({"n": "Float64"})


def designs() -> pd.DataFrame:
    """Every design in words: design, source, claim, and when it is expected to break."""
    rows = [
        {
            "design": name,
            "source": design.source,
            "claim": design.claim,
            "breaks": _breaks(design) or "nothing that is expected",
        }
        for name, design in DESIGNS.items()
    ]
    return pd.DataFrame(rows).astype(pd.StringDtype("pyarrow", na_value=pd.NA))


def _breaks(design: type[Design]) -> str:
    faults: dict[str, list[str]] = {}
    for fault, when in design.breaks.items():
        faults.setdefault(when, []).append(fault.replace("_", " "))
    return "; ".join(f"{', '.join(names)}: {when}" for when, names in faults.items())


def statements() -> pd.DataFrame:
    """Every statement that a schedule can name, with its text: statement, sql, meaning."""
    # Keyed by name: a dataclass with slots is a second class, and the first class of that name may still exist.
    kinds = {kind.__name__: kind for kind in _below(Statement)}
    rows = [
        {
            "statement": name,
            "sql": kind.sql.replace("{for_update}", "FOR UPDATE"),
            "meaning": (kind.__doc__ or "").splitlines()[0],
        }
        for name, kind in sorted(kinds.items())
    ]
    return pd.DataFrame(rows).astype(pd.StringDtype("pyarrow", na_value=pd.NA))


def _below(kind: type[Statement]) -> set[type[Statement]]:
    return {kind_below for child in kind.__subclasses__() for kind_below in ({child} | _below(child)) if kind_below.sql}


def pooled(
    verdicts: pd.DataFrame,
    *,
    scenarios: Sequence[str] = EVERY_DAY,
    by: Sequence[str] = ("design", "database"),
    default_isolation: bool | None = True,
) -> pd.DataFrame:
    """Pooled runs: sums of counts, extremes, medians of speeds, shares with their 95 % intervals over the runs.

    The rows are in the order of the designs, then of the other columns of `by`.

    Parameters
    ----------
    verdicts : DataFrame, schema.QUOTA_RUNS
    scenarios : the scenarios to pool
    by : the columns to group by
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
    )
    shares: JsonObject = {"lost_per_request": table[list(LOST)].sum(axis=1) / table["n_requests"]}
    for name, part, whole in (("over", "n_over", "n_admitted"), ("false", "n_false_refusals", "n_refused")):
        pairs = [interval(runs[part], runs[whole]) for _, runs in groups]
        shares[f"{name}_share"] = table[part] / table[whole].replace(0, pd.NA)
        shares[f"{name}_low"] = pd.array([low for low, _ in pairs], dtype="Float64")
        shares[f"{name}_high"] = pd.array([high for _, high in pairs], dtype="Float64")
    return in_order(table.assign(**shares).reset_index(), by)


def recheck(verdicts: pd.DataFrame) -> pd.DataFrame:
    """The cost of the recheck, and the part that a tie-break saves: shares in per cent with their intervals.

    Returns
    -------
    DataFrame
        design, scenario, database, n_runs; n_refused and, of these, false_*_percent; n_admitted and over_*_percent.
    """
    chosen = verdicts[verdicts["design"].isin(["CountAndRecheck", "RecheckWithTieBreak"])]
    by = ["design", "scenario", "database"]
    shares_of_runs = pooled(chosen, scenarios=["hot", "think", "cold"], by=by)
    shares = {kind: [f"{kind}_{end}" for end in ("share", "low", "high")] for kind in ("false", "over")}
    percent = (100 * shares_of_runs[[*shares["false"], *shares["over"]]]).round(1).add_suffix("_percent")
    false, over = ([f"{name}_percent" for name in names] for names in shares.values())
    return percent.join(shares_of_runs)[[*by, "n_runs", "n_refused", *false, "n_admitted", *over]]


def in_order(table: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """The rows in the order in which the laboratory lists the designs, then of the rest of `by`."""
    order = {name: place for place, name in enumerate(DESIGNS)}
    ranked = table.assign(_place=table["design"].map(order))
    rest = [name for name in by if name != "design"]
    return ranked.sort_values(["_place", *rest], kind="stable", ignore_index=True).drop(columns="_place")


def interval(parts: pd.Series, wholes: pd.Series) -> tuple[float | None, float | None]:
    """Wilson's 95 % interval for the share of all parts in all wholes, one row for each run; (None, None) without rows.

    Requests of one run resemble each other, so the counts are not independent draws. If the runs differ by more than
    independent draws would (the design effect of survey statistics), the interval assumes fewer draws accordingly.
    """
    k, n, runs = int(parts.sum()), int(wholes.sum()), int((wholes > 0).sum())
    if runs < 2 or k in (0, n):
        return wilson(k, n)
    share = k / n
    between = runs / (runs - 1) * float(((parts - share * wholes) ** 2).sum()) / n**2
    effect = max(1.0, between / (share * (1 - share) / n))
    return wilson(k / effect, n / effect)


def wilson(k: float, n: float) -> tuple[float | None, float | None]:
    """Wilson's interval for k of n, 95 %; (None, None) for n = 0.

    SciPy's takes whole numbers only, and k and n are reduced numbers of draws here, see `interval`.
    """
    if n == 0:
        return None, None
    z = 1.96
    middle, spread = k + z * z / 2, z * sqrt(k * (n - k) / n + z * z / 4)
    return max((middle - spread) / (n + z * z), 0.0), min((middle + spread) / (n + z * z), 1.0)


def spread(verdicts: pd.DataFrame, column: str, *, scenario: str) -> pd.DataFrame:
    """Minimum, median and maximum of one column over the repetitions of a scenario, by design and database."""
    by = ["design", "database"]
    chosen = verdicts[(verdicts["scenario"] == scenario) & verdicts["is_default_isolation"]]
    table = chosen.groupby(by)[column].agg(least="min", median="median", most="max").reset_index()
    return in_order(table, by)


def conflicts(verdicts: pd.DataFrame) -> pd.DataFrame:
    """Lost attempts by design, database and scenario: those that the workers saw, and the server's count of deadlocks.

    Rows without a lost attempt are left out. `n_server_deadlocks` can be higher, because a sampler or a sweeper may be
    the victim too.
    """
    chosen = verdicts[verdicts["is_default_isolation"]]
    columns = [*LOST, "n_server_deadlocks", "n_gave_up"]
    by = ["design", "database", "scenario"]
    table = chosen.groupby(by)[["n_requests", *columns]].sum(min_count=1).reset_index()
    return in_order(table[table[columns].fillna(0).sum(axis=1) > 0], by)


def by_workers(verdicts: pd.DataFrame) -> pd.DataFrame:
    """The pooled verdicts of the scenarios hot (8 workers) and workers (1, 2, 4, 16) by design, database, n_workers."""
    some = verdicts[verdicts["scenario"] == "workers"]["design"].unique()
    chosen = verdicts[verdicts["design"].isin(some) & verdicts["database"].isin(["postgresql", "mariadb"])]
    return pooled(chosen, scenarios=("hot", "workers"), by=("design", "database", "n_workers"))


def compared(verdicts: pd.DataFrame, one: str, other: str, *, column: str = "requests_per_second") -> pd.DataFrame:
    """One design against another, repetition by repetition: the median, minimum and maximum of their ratio.

    Both ran with the same seed, settings and repetition, in shuffled order. The ratio still contains the noise of a
    shared machine, so the minimum and maximum are shown with it.
    """
    keys = ["scenario", "database", "isolation", "n_workers", "n_projects", "repetition"]
    pair = [verdicts[verdicts["design"] == name][[*keys, column]] for name in (one, other)]
    both = pair[0].merge(pair[1], on=keys, suffixes=("_one", "_other"), validate="one_to_one")
    both = both.assign(ratio=both[f"{column}_one"] / both[f"{column}_other"])
    ratios = both.groupby(["scenario", "database", "isolation"])["ratio"].agg(
        n_pairs="size", least="min", median="median", most="max"
    )
    return ratios.reset_index()


def held(
    verdicts: pd.DataFrame, *, scenarios: Sequence[str] = EVERY_DAY, default_isolation: bool = True
) -> pd.DataFrame:
    """The results of every design in words: design, then a column for each database; NA if it was not raced."""
    table = pooled(verdicts, scenarios=scenarios, by=("design", "database"), default_isolation=default_isolation)
    in_words = table.assign(said=[_fault_text(row) for row in table.to_dict("records")])
    wide = in_words.pivot(index="design", columns="database", values="said").reset_index().rename_axis(columns=None)
    return in_order(wide.astype(pd.StringDtype("pyarrow", na_value=pd.NA)), ("design",))


def _fault_text(row: TableRow) -> str:
    words = COUNTED if row["design"] == "Serializable" else (*COUNTED, ("n_deadlocks", "deadlock", "{}"))
    return "; ".join([*wrong_answers(row), *counts(row, words)]) or f"held in {number_of_runs(row)}"


def prices(verdicts: pd.DataFrame, *, scenario: str) -> pd.DataFrame:
    """The costs of a design: requests per second (median, minimum, maximum), latency, lost attempts, give-ups."""
    table = pooled(verdicts, scenarios=(scenario,))
    rates = spread(verdicts, "requests_per_second", scenario=scenario)
    both = table.merge(rates, on=["design", "database"], validate="one_to_one")
    return pd.DataFrame(
        {
            "design": both["design"],
            "database": both["database"],
            "requests_per_second": both["median"].round().astype("Int64"),
            "least": both["least"].round().astype("Int64"),
            "most": both["most"].round().astype("Int64"),
            "p50_ms": both["p50_ms"].round(1),
            "p99_ms": both["p99_ms"].round(1),
            "lost_per_request": both["lost_per_request"].astype("Float64").round(2),
            "n_gave_up": both["n_gave_up"],
        }
    )
