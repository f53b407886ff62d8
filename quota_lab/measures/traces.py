"""Predictions from one trace of each request, in numbers: compared with the explorer, and with the engines' races."""

import pandas as pd

from quota_lab import databases
from quota_lab.engines import catalogue, forced_schedules, kept_results
from quota_lab.engines.forced_clients import KILL
from quota_lab.engines.forced_schedules import CREATE
from quota_lab.engines.kept_results import FAULTS, Result

TEXT = pd.StringDtype("pyarrow", na_value=pd.NA)
SCENARIOS = {"first": "cold", "later": "hot"}  # kind of request -> the scenario of a race that has such pairs
SHOWN = {fault: column for fault, column in FAULTS.items() if fault not in ("deadlock", "rows_over")}
FORCED = {  # schedules of two requests and nothing else: no kill, no expiry
    (schedule.title, schedule.story): "first" if schedule.is_cold else "later"
    for schedule in forced_schedules.SCHEDULES
    if [kind for kind, _, _ in schedule.requests] == [CREATE, CREATE]
    and not any(until == KILL for _, until, _ in schedule.moves)
}
WRONG_TALLY, FOLLOWING = {"drift", "leak"}, {"over_admission", "false_refusal"}
ENGINE_COLUMNS = ["engine", "variant", "requests", "database", "predicted", "seen", "agrees"]


def designs() -> pd.DataFrame:
    """The predictions for the designs compared with the explorer, one row for each level and one for all.

    database, isolation, n_pairs, n_explored (faults that the explorer finds in them), n_predicted, n_both; recall, and
    false_share: the share of predictions that no schedule shows. NA without predictions. It covers every pair of every
    design, so there is no sample and no interval.
    """
    table = kept_results.shipped_design_races()
    rows = [
        {"database": database, "isolation": isolation, **_counts(runs)}
        for (database, isolation), runs in table.groupby(["database", "isolation"], sort=False)
    ]
    rows.append({"database": "all", "isolation": "all", **_counts(table)})
    return pd.DataFrame(rows).astype({"isolation": TEXT, "recall": "Float64", "false_share": "Float64"})


def _counts(table: pd.DataFrame) -> dict[str, float | int | None]:
    by_trace, by_explorer = table["by_trace"].astype("boolean"), table["by_explorer"].astype("boolean")
    n_both, n_explored, n_predicted = int((by_trace & by_explorer).sum()), int(by_explorer.sum()), int(by_trace.sum())
    return {
        "n_pairs": len(table[["design", "database", "isolation", "pair"]].drop_duplicates()),
        "n_explored": n_explored, "n_predicted": n_predicted, "n_both": n_both,
        "recall": n_both / n_explored if n_explored else None,
        "false_share": 1 - n_both / n_predicted if n_predicted else None,
    }  # fmt: skip


def engines(result: Result) -> pd.DataFrame:
    """The predictions from one trace of each request, beside the results of races and forced schedules: ENGINE_COLUMNS.

    One row for each engine, variant, kind of request and database; `seen` is NA if it was not raced. A predicted fault
    that no race showed may still be real, because races try few schedules.
    """
    seen = _observed_faults(result)
    rows = []
    for row in result.traced.to_dict("records"):
        key = (row["engine"], row["variant"], row["requests"], row["database"])
        predicted = set(str(row["faults"]).split())
        rows.append((*key, _spelt(predicted), _spelt(seen.get(key)), _agreement(predicted, seen.get(key))))
    table = pd.DataFrame(rows, columns=ENGINE_COLUMNS).astype(TEXT)
    order = {name: place for place, name in enumerate(catalogue.ENGINES)}
    places = table["engine"].map(order)
    table = table.assign(place=places).sort_values(["place", "database"], kind="stable", ignore_index=True)
    table = table.drop(columns="place")
    return table.assign(variant=table["variant"].replace("", "default"))


def _observed_faults(result: Result) -> dict[tuple[str, ...], set[str]]:
    """The faults that any race at the default level or any forced schedule showed."""
    runs = result.verdicts[result.verdicts["is_default_isolation"].astype("boolean")]
    seen: dict[tuple[str, ...], set[str]] = {}
    for when, scenario in SCENARIOS.items():
        races = runs[runs["scenario"].eq(scenario)]
        for (engine, variant, database), part in races.groupby(["engine", "variant", "database"]):
            faults = {f for f, column in SHOWN.items() if part[column].fillna(0).ne(0).any()}
            seen[str(engine), str(variant), when, str(database)] = faults
    for row in result.forced:
        if row["isolation"] != databases.named(row["database"]).isolations[0]:
            continue
        if row["happens"] and (requests := FORCED.get((row["engine"], row["story"]))) and row["fault"] in SHOWN:
            engine = catalogue.variant(row["engine"])[0].name
            key = (engine, row["engine"].removeprefix(engine).strip(), requests, row["database"])
            seen.setdefault(key, set()).add(row["fault"])
    return seen


def _spelt(faults: set[str] | None) -> str | None:
    if faults is None:
        return None
    return ", ".join(fault.replace("_", " ") for fault in SHOWN if fault in faults) or kept_results.NONE


def _agreement(predicted: set[str], seen: set[str] | None) -> str | None:
    if seen is None:
        return None
    more = seen - predicted
    # Two requests are predicted. A tally that they leave wrong misleads a third one, which races have.
    if more and more <= FOLLOWING and predicted & WRONG_TALLY:
        return "as predicted, and what follows" if predicted <= seen else "less than predicted"
    if more:
        return "more than predicted"
    return "as predicted" if seen == predicted else "less than predicted"
