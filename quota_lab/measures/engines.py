"""The races of real engines in numbers: pooled over repetitions, beside the predictions of their models."""

from dataclasses import replace

import pandas as pd

from analysis.tables.counts import counted
from analysis.tables.records import TableRow
from quota_lab.engines import catalogue, kept_results
from quota_lab.engines.catalogue import ENGINES, VARIANTS
from quota_lab.engines.kept_results import FAULTS, IDENTITY, NONE, Result
from quota_lab.journal import JsonObject
from quota_lab.measures.fault_texts import counts, number_of_runs, wrong_answers
from quota_lab.measures.races import interval

_TEXT = pd.StringDtype("pyarrow", na_value=pd.NA)
SUMS = ["n_requests", "n_creates", "n_admitted", "n_refused", "n_gave_up", "n_failed", "n_crashed", "n_over",
        "n_false_refusals", "n_duplicate_usages", "n_deadlocks", "n_serialization", "n_swaps"]  # fmt: skip
MOSTS = ["max_acknowledged_over", "max_rows_over", "rows_over_at_rest", "drift_at_rest", "leaked_reservations"]
COUNTED = (
    ("n_duplicate_usages", "duplicate usage row", "{}"), ("drift_at_rest", "unit", "{} of drift at most"),
    ("leaked_reservations", "unit", "{} reserved for nobody at most"), ("n_failed", "request", "{} ended in an error"),
    ("n_gave_up", "request", "{} gave up"), ("n_deadlocks", "deadlock", "{}"),
)  # fmt: skip
MINOR = {"deadlock", "rows_over"}  # a waiting lock that is broken is no fault; over-admission implies rows over
FORCED = "did not come up in these races, happens when it is forced"
UNTRIED = "did not come up in these races, and no schedule was tried"
HOT = {"isolation": "hot", "serializable": "hot"}  # scenario of a race -> of a forced schedule


def read(data_dir: str) -> Result:
    """The result of the runs under a data directory; the shipped result if it has no runs."""
    return kept_results.read(data_dir)


def _minute(instant: object) -> str:
    """An instant of the provenance, which is in ISO 8601 and UTC, as day and minute.

    >>> _minute("2026-11-30T20:10:37Z")
    '2026-11-30 20:10'
    """
    return str(instant)[:16].replace("T", " ")


def facts(result: Result) -> pd.DataFrame:
    """How much data the page is based on: `fact`, `n`, `text`, `note`."""
    origin, verdicts = result.provenance, result.verdicts
    servers = ", ".join(f"{name} {version}" for name, version in sorted(origin["databases"].items()))
    seeds = ", ".join(map(str, origin["seeds"]))
    rows = [
        ("races", len(verdicts), None, f"seed {seeds}, {counted(origin['repetitions'], 'repetition')}"),
        ("requests", int(verdicts["n_requests"].sum()), None, "each with its call, answer and commit"),
        ("engines", verdicts["engine"].nunique(), None, "as PyPI has them"),
        ("servers", None, servers, "started by the laboratory, with their defaults"),
        (
            "raced",
            None,
            str(origin["raced_to"])[:10],
            f"from {_minute(origin['raced_from'])} to {_minute(origin['raced_to'])} UTC",
        ),
    ]
    return pd.DataFrame(rows, columns=["fact", "n", "text", "note"]).astype({"n": "Float64", "text": _TEXT})


def engines() -> pd.DataFrame:
    """Every engine: engine, design, packages, model, variants."""
    rows = [
        (e.name, e.family, ", ".join(e.packages), e.design, ", ".join(v for v in e.variants if v) or NONE)
        for e in ENGINES.values()
    ]
    return pd.DataFrame(rows, columns=["engine", "how it works", "packages", "model", "variants"]).astype(_TEXT)


def pooled(result: Result) -> pd.DataFrame:
    """One row for each scenario: IDENTITY, n_runs, n_clean_runs, sums, extremes, shares with their 95 % intervals."""
    verdicts = result.verdicts.assign(is_clean=_is_clean(result.verdicts))
    groups = verdicts.groupby(IDENTITY, sort=False, dropna=False)
    table = pd.concat(
        [
            groups.size().rename("n_runs").astype("Int64"),
            groups["is_clean"].sum().rename("n_clean_runs").astype("Int64"),
            groups[SUMS].sum(min_count=1),
            groups[MOSTS].max(),
            groups[["p50_ms", "requests_per_second"]].median(),
        ],
        axis=1,
    )
    shares: JsonObject = {}
    for name, part, whole in (("over", "n_over", "n_admitted"), ("false", "n_false_refusals", "n_refused")):
        pairs = [interval(runs[part], runs[whole]) for _, runs in groups]
        shares[f"{name}_share"] = table[part] / table[whole].replace(0, pd.NA)
        shares[f"{name}_low"] = pd.array([low for low, _ in pairs], dtype="Float64")
        shares[f"{name}_high"] = pd.array([high for _, high in pairs], dtype="Float64")
    return table.assign(**shares).reset_index()


def _is_clean(verdicts: pd.DataFrame) -> pd.Series:
    faults = verdicts[[c for f, c in FAULTS.items() if f != "deadlock"]].fillna(0).gt(0).any(axis=1)
    return ~faults & verdicts["is_linearisable"].astype("boolean") & verdicts["n_failed"].eq(0)


def outcomes(result: Result, scenario: str, *, default_isolation: bool = True) -> pd.DataFrame:
    """One scenario in words: engine, variant, isolation, then a column for each database; NA if it was not raced."""
    chosen = result.verdicts[
        result.verdicts["scenario"].eq(scenario) & result.verdicts["is_default_isolation"].eq(default_isolation)
    ]
    table = pooled(replace(result, verdicts=chosen))
    table = table.assign(words=[described(row) for row in table.to_dict("records")])
    wide = table.pivot(index=["engine", "variant"], columns="database", values="words").reset_index()
    order = {name: place for place, name in enumerate(ENGINES)}
    wide = wide.assign(place=wide["engine"].map(order)).sort_values(["place", "variant"], ignore_index=True)
    wide = wide.drop(columns="place").rename_axis(columns=None).astype(_TEXT)
    return wide.assign(variant=wide["variant"].replace("", "default"))


def described(row: TableRow) -> str:
    """The results of a scenario's repetitions in words.

    >>> described({"n_runs": 5, "n_over": 0, "max_rows_over": 0, "n_false_refusals": 0, "n_failed": 0})
    'no fault in 5 runs'
    """
    words = [*wrong_answers(row), *counts(row, COUNTED)]
    return f"{'; '.join(words)} ({number_of_runs(row)})" if words else f"no fault in {number_of_runs(row)}"


def compared(result: Result) -> pd.DataFrame:
    """The model's prediction beside the engine's result: IDENTITY, design, predicted, did, agrees, explanation.

    `did` lists the faults that any repetition showed. The model predicts that some schedule shows a fault, so an
    engine that shows fewer faults in a few races does not contradict it; an engine that shows more does.
    """
    verdicts = result.verdicts
    did = {
        key: " ".join(f for f, column in FAULTS.items() if runs[column].fillna(0).gt(0).any())
        for key, runs in verdicts.groupby(IDENTITY, dropna=False)
    }
    table = result.predictions.copy()
    table["did"] = [did.get(tuple(row), "") for row in table[IDENTITY].itertuples(index=False)]
    pairs = list(zip(table["predicted"], table["did"], strict=True))
    table["agrees"] = [_agreement(predicted, real) for predicted, real in pairs]
    by_schedule = schedules(result)
    failed = verdicts.groupby(IDENTITY, dropna=False)["n_failed"].sum().to_dict()
    table["n_failed"] = [failed.get(tuple(row), 0) for row in table[IDENTITY].itertuples(index=False)]
    table["explanation"] = [_why(row, by_schedule) for row in table.to_dict("records")]
    return table.drop(columns="n_failed").assign(
        variant=table["variant"].replace("", "default"),
        predicted=pd.array([_spelt(predicted) for predicted, _ in pairs], dtype=_TEXT),
        did=pd.array([_spelt(real) for _, real in pairs], dtype=_TEXT),
    )


def _spelt(faults: str | None) -> str | None:
    if faults is None or pd.isna(faults):
        return None
    return ", ".join(fault.replace("_", " ") for fault in str(faults).split()) or NONE


def _agreement(predicted: str | None, did: str) -> str:
    if predicted is None or pd.isna(predicted):
        return "no model"
    foretold, real = set(str(predicted).split()) - {NONE}, set(did.split())
    if real - foretold - MINOR:
        return "more than predicted"
    return "as predicted" if foretold - MINOR == real - MINOR else "less than predicted"


def schedules(result: Result) -> dict[tuple[str, str, str, str, str], str]:
    """What was forced: (engine and variant, scenario, database, isolation, fault) -> FORCED, else why it cannot be."""
    results: dict[tuple[str, str, str, str, str], str] = {}
    for row in result.forced:
        key = (row["engine"], row["scenario"], row["database"], row["isolation"], row["fault"])
        results[key] = FORCED if row["happens"] or results.get(key) == FORCED else row["impossible"] or "not reached"
    return results


def _why(row: TableRow, by_schedule: dict[tuple[str, str, str, str, str], str]) -> str | None:
    """Why an engine did not do what its model does, fault by fault: forced, impossible, or neither is known."""
    if row["agrees"] in ("as predicted", "no model"):
        return None
    if row["agrees"] == "more than predicted" and row["n_failed"]:
        failed = counted(row["n_failed"], "request")
        return f"{failed} ended in an error that the engine does not try again, and left what they had"
    if row["agrees"] == "more than predicted":
        return "a client of the model makes one request: what one leaves wrong meets no later one there"
    missing = [f for f in str(row["predicted"]).split() if f not in str(row["did"]).split() and f not in MINOR]
    title = catalogue.title(str(row["engine"]), str(row["variant"]))
    # What happens without a kill or an expiry may happen beside them too.
    places = dict.fromkeys([HOT.get(str(row["scenario"]), str(row["scenario"])), "hot"])
    reasons: dict[str, list[str]] = {}
    for fault in missing:
        keys = [(title, place, str(row["database"]), str(row["isolation"]), fault) for place in places]
        reason = next((by_schedule[key] for key in keys if key in by_schedule), UNTRIED)
        reasons.setdefault(reason, []).append(fault.replace("_", " "))
    return "; ".join(f"{', '.join(faults)}: {reason}" for reason, faults in reasons.items())


def forced(result: Result) -> pd.DataFrame:
    """Every forced schedule: engine, fault, story, then its result in a column for each database; NA if not run."""
    rows = [
        {
            "engine": row["engine"],
            "fault": row["fault"].replace("_", " "),
            "schedule": row["story"],
            "database": row["database"],
            "words": _forced(row),
        }
        for row in result.forced
    ]
    table = pd.DataFrame(rows, columns=["engine", "fault", "schedule", "database", "words"])
    order = table["engine"].map({title: n for n, title in enumerate(VARIANTS)})
    wide = table.assign(place=order).pivot(
        index=["place", "engine", "fault", "schedule"], columns="database", values="words"
    )
    return wide.reset_index().drop(columns="place").rename_axis(columns=None).astype(_TEXT)


def _forced(row: JsonObject) -> str:
    if not row["happens"]:
        return f"impossible: {row['impossible']}" if row["impossible"] else "did not happen"
    left = row["left"]
    words = [f"{left['counted']} of {row['limit']} used"]
    if "tallied" in left and left["tallied"] != left["counted"]:
        words.append(f"the tally says {left['tallied']}")
    if left.get("n_usage_rows", 0) > 1:
        words.append(counted(left["n_usage_rows"], "usage row"))
    if left.get("open_reservations", 0) > 0:
        words.append(f"{left['open_reservations']} reserved for nobody")
    elif left.get("reserved", 0):
        words.append(f"{left['reserved']} reserved when all have ended")
    return f"happens ({', '.join(row['outcomes'])}): {', '.join(words)}"


def levels(result: Result) -> pd.DataFrame:
    """One row for each level: database, isolation, a column for each anomaly, and how many differ from Hermitage."""
    verdicts = result.levels
    names = list(dict.fromkeys(verdicts["anomaly"]))
    signs = {"happens": "happens", "prevented": "-", "only for reads prevented": "by a write"}
    keys = ["database", "version", "isolation"]
    wide = verdicts.assign(sign=verdicts["found"].map(signs)).pivot(index=keys, columns="anomaly", values="sign")
    differ = (
        verdicts["found"]
        .ne(verdicts["published"])
        .groupby([verdicts[key] for key in keys])
        .sum()
        .rename("n_other_than_published")
    )
    return wide[names].join(differ).reset_index().rename_axis(columns=None).astype(dict.fromkeys(names, _TEXT))
