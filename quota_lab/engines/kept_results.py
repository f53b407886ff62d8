"""The kept result of the experiment: from the runs in a data directory, else from the full run that is shipped."""

import json
import platform
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

import pandas as pd

from quota_lab import databases, explorer, runs, scenarios
from quota_lab.designs import DESIGNS
from quota_lab.engines import catalogue, environments
from quota_lab.engines.experiment import MATRIX
from quota_lab.journal import JsonObject
from quota_lab.prediction import engine_races

FOLDER = Path("processed") / "quota_engine_runs"
SHIPPED = resources.files("quota_lab.engines.results")
IDENTITY = ["engine", "variant", "scenario", "database", "isolation"]
FAULTS = {  # the explorer's name -> the column of a verdict that counts the fault
    "over_admission": "n_over",
    "rows_over": "max_rows_over",
    "false_refusal": "n_false_refusals",
    "drift": "drift_at_rest",
    "leak": "leaked_reservations",
    "duplicate_usage": "n_duplicate_usages",
    "deadlock": "n_deadlocks",
}
TRACED_COLUMNS = ["engine", "variant", "database", "isolation", "requests", "faults"]
LEVEL_COLUMNS = ["database", "version", "isolation", "anomaly", "meaning", "found", "published"]
NONE = "none"  # no fault is predicted; without a prediction the value is NA
COLUMNS = ["run_id", *IDENTITY, "database_version", "is_default_isolation", "seed", "repetition", "n_workers",
           "n_projects", "n_requests", "n_creates", "n_admitted", "n_refused", "n_gave_up", "n_crashed", "n_failed",
           "n_over", "max_acknowledged_over", "max_rows_over", "rows_over_at_rest", "is_linearisable", "n_unexplained",
           "n_false_refusals", "n_justified_refusals", "drift_at_rest", "leaked_reservations", "reserved_at_rest",
           "n_duplicate_usages", "n_deadlocks", "n_server_deadlocks", "n_serialization", "n_timeouts", "n_swaps",
           "seconds", "requests_per_second", "p50_ms", "p99_ms"]  # fmt: skip
# Scenario of a race -> cases of the explorer with the same question.
CASES = {
    "hot": ("three creates", "room to spare", "two creates, one delete", "sizes one, one and two"),
    "cold": ("no usage row", "three creates"),
    "kill": ("one crash", "create and delete, one crash"),
    "expiry": ("expiry",),
    "resize": ("resize", "three creates", "room to spare", "two creates, one delete"),
}
CASES["isolation"] = CASES["serializable"] = CASES["hot"]
MODELS = {  # variants and scenarios whose design is not that of their engine
    "until_refresh=1": "ReserveWithRefresh",
    "until_refresh=5": "ReserveWithRefresh",
    "recheck_quota=False": "CountOnly",
    "expiry": "ReserveWithExpiry",
}


@dataclass(frozen=True, slots=True)
class Result:
    """The findings of an experiment, and their provenance.

    Verdicts of races (COLUMNS); predictions (IDENTITY, design, predicted); schedules forced in the engines, as
    `forced_schedules.run` returns them; the anomalies that the servers' levels forbid (quota_lab.hermitage.results);
    predictions from one trace of each request (TRACED_COLUMNS), at the servers' default levels; creates killed at each
    step, as `killed_steps.every` returns them.
    """

    verdicts: pd.DataFrame
    predictions: pd.DataFrame
    provenance: JsonObject
    forced: list[JsonObject] = field(default_factory=list)
    levels: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=LEVEL_COLUMNS))
    traced: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=TRACED_COLUMNS))
    killed: list[JsonObject] = field(default_factory=list)


def read(data_dir: Path | str) -> Result:
    """The result of the runs under a data directory; the shipped result if it has no runs."""
    place = Path(data_dir) / FOLDER
    if not runs.names(place):
        return shipped()
    return read_result(place)


def read_result(directory: Path) -> Result:
    """The result of the runs and files in a directory of the experiment."""
    table = verdicts(directory)
    tables = [pd.read_csv(path) for path in sorted(directory.glob("levels-*.csv"))]
    return Result(
        table,
        predictions(table),
        provenance(directory),
        rows(directory, "forced"),
        pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=LEVEL_COLUMNS),
        traced(directory),
        rows(directory, "killed"),
    )


def rows(directory: Path, what: str) -> list[JsonObject]:
    """The rows of the files `<what>-<database>.json` in a directory of the experiment."""
    paths = sorted(directory.glob(f"{what}-*.json"))
    return [row for path in paths for row in json.loads(path.read_text(encoding="utf-8"))]


def shipped() -> Result:
    """The result of the full run that is shipped with the code."""
    origin = json.loads((SHIPPED / "provenance.json").read_text(encoding="utf-8"))
    schedules = json.loads((SHIPPED / "forced.json").read_text(encoding="utf-8"))
    killed = SHIPPED / "killed.json"
    return Result(
        _table("verdicts.csv", ("variant",)),
        _table("predictions.csv", ("variant", "design")),
        origin,
        schedules,
        _table("levels.csv", ()),
        _table("traced.csv", ("variant", "faults")),
        json.loads(killed.read_text(encoding="utf-8")) if killed.is_file() else [],
    )


def _table(name: str, never_unknown: tuple[str, ...]) -> pd.DataFrame:
    with (SHIPPED / name).open(encoding="utf-8") as file:
        table = pd.read_csv(file, dtype_backend="pyarrow", keep_default_na=False, na_values=[""])
    for column in never_unknown:  # an empty text has a meaning in these columns
        table[column] = table[column].fillna("")
    return table


def verdicts(directory: Path) -> pd.DataFrame:
    """One row for each race, with the engine and its variant in two columns."""
    rows = runs.verdicts(directory)
    rows = rows[rows["matrix"] == MATRIX]
    parts = [catalogue.variant(title) for title in rows["design"]]
    titles = rows["design"].tolist()
    engines = [engine.name for engine, _ in parts]
    variants = [title.removeprefix(name).strip() for title, name in zip(titles, engines, strict=True)]
    table = rows.assign(engine=engines, variant=variants)
    order = {name: place for place, name in enumerate(catalogue.ENGINES)}
    table = table.assign(place=table["engine"].map(order))
    keys = ["place", "variant", "scenario", "database", "isolation", "repetition"]
    return table.sort_values(keys, kind="stable", ignore_index=True)[COLUMNS]


def predictions(table: pd.DataFrame) -> pd.DataFrame:
    """For each raced scenario, the faults that the explorer finds in the engine's model.

    `design` names the model; it is empty if the laboratory has none, as for Neutron, and `predicted` is then NA.
    """
    rows = []
    for record in table[IDENTITY].drop_duplicates().to_dict("records"):
        design = model(str(record["engine"]), str(record["variant"]), str(record["scenario"]))
        if record["scenario"] == "resize" and design and not DESIGNS[design].claims_resize:
            design = ""
        faults = (
            _faults(design, str(record["scenario"]), str(record["database"]), str(record["isolation"]))
            if design
            else None
        )
        rows.append({**record, "design": design, "predicted": faults})
    return pd.DataFrame(rows, columns=[*IDENTITY, "design", "predicted"])


def traced(directory: Path) -> pd.DataFrame:
    """The predictions of the kept traces of single requests: TRACED_COLUMNS; `faults` are columns of a verdict.

    `requests` is "first" or "later" (`engine_races.PAIRS`); the level is each server's default.
    """
    rows = []
    for path in sorted(directory.glob("traces-*.json")):
        for kept in json.loads(path.read_text(encoding="utf-8")):
            engine, _ = catalogue.variant(kept["title"])
            if kept["title"].endswith(catalogue.SOMETIMES):
                continue
            level = databases.named(kept["database"]).isolations[0]
            for when, faults in engine_races.predicted(kept, level).items():
                rows.append(
                    {
                        "engine": engine.name, "variant": kept["title"].removeprefix(engine.name).strip(),
                        "database": kept["database"], "isolation": level, "requests": when,
                        "faults": " ".join(fault for fault in FAULTS if fault in faults),
                    }
                )  # fmt: skip
    return pd.DataFrame(rows, columns=TRACED_COLUMNS)


def shipped_design_races() -> pd.DataFrame:
    """Predictions from traces of the designs beside the explorer's findings, at every level: design_races.COLUMNS."""
    return _table("design_races.csv", ())


def model(engine: str, variant: str, scenario: str) -> str:
    """The design that models an engine's variant in a scenario; empty if there is none."""
    if "max_age" in variant or engine.startswith("neutron"):
        return ""
    return MODELS.get(variant) or MODELS.get(scenario) or catalogue.named(engine).design


def _faults(design: str, scenario: str, database: str, isolation: str) -> str:
    kind = DESIGNS[design]
    names = [name for name in CASES[scenario] if scenarios.SCENARIOS[name][1](kind)]
    shown_faults = {
        example.fault
        for name in names
        for example in explorer.explore(scenarios.case(name, design, database, isolation)).counter_examples
    }
    return " ".join(fault for fault in FAULTS if fault in shown_faults) or NONE


def provenance(directory: Path) -> JsonObject:
    """Versions, dates, seeds and the machine of the runs in a directory."""
    kept = [runs.settings(directory, name) for name in runs.names(directory)]
    times = [(directory / name / runs.SETTINGS).stat().st_mtime for name in runs.names(directory)]
    day = [pd.Timestamp(at, unit="s", tz="UTC").strftime("%Y-%m-%dT%H:%M:%SZ") for at in (min(times), max(times))]
    return {
        "n_races": len(kept),
        "raced_from": day[0],
        "raced_to": day[1],
        "seeds": sorted({setting["seed"] for setting in kept}),
        "repetitions": max(setting["repetition"] for setting in kept) + 1,
        "packages": sorted({package for setting in kept for package in setting["packages"]}),
        "libraries": {era: environments.digest(environments.pinned(era))[:12] for era in _eras(kept)},
        "databases": {setting["database"]: setting["database_version"] for setting in kept},
        "server_settings": {setting["database"]: setting["server_settings"] for setting in kept},
        "respelt": {name: environments.respelt(catalogue.named(name)) for name in _installed(kept)},
        "files_not_as_in_their_wheel": {
            name: len(environments.differences(catalogue.named(name))) for name in _installed(kept)
        },
        "python": platform.python_version(),
        "machine": platform.machine(),
        "note": "latencies were measured on two cores that other work shared: orientation only",
    }


def _eras(kept: Iterable[JsonObject]) -> list[str]:
    return sorted({catalogue.named(setting["engine"]).era for setting in kept})


def _installed(kept: Iterable[JsonObject]) -> list[str]:
    names = sorted({setting["engine"] for setting in kept})
    return [name for name in names if not environments.missing(catalogue.named(name))]


def write(result: Result, folder: Path) -> None:
    """Write the figures of a result to files, without the requests."""
    tables = {
        "verdicts": result.verdicts,
        "predictions": result.predictions,
        "levels": result.levels,
        "traced": result.traced,
    }
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False, float_format="%.3f")
    for name, what in (("provenance", result.provenance), ("forced", result.forced), ("killed", result.killed)):
        text = json.dumps(what, indent=1, sort_keys=True) + "\n"
        (folder / f"{name}.json").write_text(text, encoding="utf-8")
