"""The judge: the verdict on a race. Each figure is exact or a lower bound, so that no design is wrongly accused."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.tables import schema
from quota_lab import linearisability
from quota_lab.history import FOREVER, Counter, History, Operation, histories
from quota_lab.journal import JsonObject

LATENCIES = {"p50_ms": 0.5, "p90_ms": 0.9, "p99_ms": 0.99}
LOST = ("n_deadlocks", "n_serialization", "n_busy", "n_timeouts", "n_swaps")  # attempts, by reason


def verdict(
    requests: pd.DataFrame, samples: pd.DataFrame, limits: Mapping[Counter, int], settings: JsonObject
) -> pd.DataFrame:
    """One row of schema.QUOTA_RUNS for one race.

    Parameters
    ----------
    requests : DataFrame, schema.QUOTA_REQUESTS
    samples : DataFrame, schema.QUOTA_SAMPLES
    limits : mapping of (project, resource) to the hard limit, parents included
    settings : mapping
        The run's settings: matrix, scenario, design, database, isolation, seed, repetition, workers, projects.
    """
    row = _identity(settings) | _outcomes(requests) | _over(requests, limits) | _rest(samples, limits)
    row |= {"max_drift": _max_drift(requests, samples), "n_server_deadlocks": settings["n_server_deadlocks"]}
    table = schema.QUOTA_RUNS.frame({name: [value] for name, value in row.items()})
    return schema.validate(table, schema.QUOTA_RUNS)


def _identity(settings: JsonObject) -> JsonObject:
    same = ("run_id", "matrix", "scenario", "design", "database", "database_version", "seed", "repetition")
    isolation = settings["reported_isolation"]
    return {name: settings[name] for name in same} | {
        "isolation": isolation,
        "is_default_isolation": not settings["isolation"],
        "n_workers": settings["workers"],
        "n_projects": settings["projects"],
    }


def _outcomes(requests: pd.DataFrame) -> JsonObject:
    work = requests[requests["kind"] != "sweep"]
    growing = work[work["amounts"].map(max, na_action="ignore") > 0]
    outcomes = work["outcome"].value_counts()
    latency = growing["latency_ms"].dropna()
    started, ended = work["called_ns"].min(), work["answered_ns"].max()
    seconds = (ended - started) / 1e9
    return {
        "n_requests": len(work),
        "n_creates": len(growing),
        "n_admitted": int((growing["outcome"] == "admitted").sum()),
        "n_refused": int(outcomes.get("refused", 0)),
        "n_gave_up": int(outcomes.get("gave_up", 0)),
        "n_crashed": int(outcomes.get("crashed", 0)),
        "n_failed": int(outcomes.get("failed", 0)),
        **{name: int(requests[name].sum()) for name in LOST},
        "seconds": seconds,
        "requests_per_second": int(work["answered_ns"].notna().sum()) / seconds,
        **{name: latency.quantile(q) if len(latency) else None for name, q in LATENCIES.items()},
    }


def _over(requests: pd.DataFrame, limits: Mapping[Counter, int]) -> JsonObject:
    verdicts = [_verdict(history) for history in histories(requests, limits)]
    return {
        "n_over": sum(f["n_over"] for f in verdicts),
        "max_acknowledged_over": max((f["max_acknowledged_over"] for f in verdicts), default=0),
        "max_rows_over": max((f["max_rows_over"] for f in verdicts), default=0),
        "is_linearisable": all(f["n_unexplained"] == 0 for f in verdicts),
        "n_unexplained": sum(f["n_unexplained"] for f in verdicts),
        "n_false_refusals": sum(f["n_false"] for f in verdicts),
        "n_justified_refusals": sum(f["n_justified"] for f in verdicts),
    }


def _verdict(history: History) -> dict[str, int]:
    n_over, most = acknowledged_over(history)
    false, justified = refusals(history)
    return {
        "n_over": n_over,
        "max_acknowledged_over": most,
        "max_rows_over": rows_over(history),
        "n_unexplained": linearisability.n_unexplained(history),
        "n_false": len(false),
        "n_justified": len(justified),
    }


def acknowledged_over(history: History) -> tuple[int, int]:
    """The number of admissions that ended with acknowledged use over a limit, and the largest excess.

    Use is acknowledged from the answer to the request that takes it to the call of the request that gives it back.
    If this use never exceeds a limit, some order of the admissions keeps the limits, and only then: the best order
    grows as late and shrinks as early as possible.
    """
    grown = [(o.answered, True, o.deltas) for o in _effects(history) if o.is_growing and o.answered < FOREVER]
    shrunk = [(o.called, False, o.deltas) for o in _effects(history) if not o.is_growing]
    used, n_over, most = [0] * len(history.limits), 0, 0
    for _, is_growth, deltas in sorted(grown + shrunk, key=lambda e: (e[0], e[1])):
        used = [u + d for u, d in zip(used, deltas, strict=True)]
        over = max((u - limit for u, limit, d in zip(used, history.limits, deltas, strict=True) if d > 0), default=0)
        n_over += is_growth and over > 0
        most = max(most, over)
    return n_over, most


def rows_over(history: History) -> int:
    """The largest excess over a limit of rows that were certainly present; rows withdrawn later count until then."""
    events: list[tuple[int, bool, tuple[int, ...]]] = []
    for operation in history.operations:
        if operation.appeared_by == FOREVER:
            continue
        if operation.is_growing:
            events.append((operation.appeared_by, True, operation.deltas))
            if operation.vanished_from < FOREVER:
                events.append((operation.vanished_from, False, tuple(-d for d in operation.deltas)))
    events += [(o.called, False, o.deltas) for o in _effects(history) if not o.is_growing]
    used, most = [0] * len(history.limits), 0
    for _, _, deltas in sorted(events, key=lambda e: (e[0], e[1])):
        used = [u + d for u, d in zip(used, deltas, strict=True)]
        most = max(most, *(u - limit for u, limit in zip(used, history.limits, strict=True)))
    return most


def refusals(history: History) -> tuple[list[int], list[int]]:
    """The names of the certainly false refusals, and of the certainly right ones.

    Certainly false: at every instant between call and answer the request fitted, even beside the largest possible use.
    Certainly right: at some instant the request did not fit beside the acknowledged use. The others may be either.
    """
    effects = _effects(history)
    possible = _steps([(o.called if o.is_growing else o.answered, o.deltas) for o in effects], history)
    steps = _steps([(o.answered if o.is_growing else o.called, o.deltas) for o in effects], history)
    false, justified = [], []
    for operation in history.operations:
        if operation.is_refused:
            if not _forbids(possible, operation, history):
                false.append(operation.name)
            elif _forbids(steps, operation, history):
                justified.append(operation.name)
    return false, justified


def _effects(history: History) -> list[Operation]:
    return [o for o in history.operations if not o.is_refused]


def _steps(changes: list[tuple[int, tuple[int, ...]]], history: History) -> tuple[np.ndarray, np.ndarray]:
    # At the same instant growth counts before shrinkage, for the largest possible use.
    ordered = sorted(changes, key=lambda c: (c[0], -max(c[1])))
    times = np.array([at for at, _ in ordered], dtype=np.int64)
    deltas = np.array([d for _, d in ordered], dtype=np.int64).reshape(len(ordered), len(history.limits))
    return times, np.vstack([np.zeros((1, len(history.limits)), dtype=np.int64), deltas.cumsum(axis=0)])


def _forbids(steps: tuple[np.ndarray, np.ndarray], operation: Operation, history: History) -> bool:
    times, used = steps
    first = int(np.searchsorted(times, operation.called, side="left"))
    last = int(np.searchsorted(times, operation.answered, side="right"))
    most = used[first : last + 1].max(axis=0)
    asked = zip(most, operation.deltas, history.limits, strict=True)
    return any(u + d > limit for u, d, limit in asked if d > 0)


def _rest(samples: pd.DataFrame, limits: Mapping[Counter, int]) -> JsonObject:
    rest = samples[samples["is_at_rest"]]
    pairs = zip(rest["project_id"].tolist(), rest["resource"].tolist(), rest["counted"].tolist(), strict=True)
    over = max((counted - limits[(p, r)] for p, r, counted in pairs), default=0)
    return {
        "rows_over_at_rest": max(over, 0),
        "drift_at_rest": _sum((rest["tallied"] - rest["counted"]).abs()),
        "leaked_reservations": _sum(rest["open_reservations"]),
        "reserved_at_rest": _sum(rest["reserved"].abs()),
        "n_duplicate_usages": _sum((rest["n_usage_rows"] - 1).clip(lower=0)),
    }


def _sum(values: pd.Series) -> int | None:
    return int(values.sum()) if values.notna().any() else None


def _max_drift(requests: pd.DataFrame, samples: pd.DataFrame) -> int | None:
    """The largest |tally - rows| of any sample, minus the part that the requests in flight can explain."""
    tallies = samples[samples["tallied"].notna()]
    if tallies.empty:
        return None
    called = requests["called_ns"].to_numpy(dtype="int64")
    answered = requests["answered_ns"].fillna(FOREVER).to_numpy(dtype="int64")
    # A crashed request explains nothing at rest, but a sample cannot tell when it ended: it counts as in flight.
    size = (
        requests["amounts"].map(lambda amounts: max((abs(int(a)) for a in amounts), default=0)).to_numpy(dtype="int64")
    )
    touches = requests[["project_id", "parent_id"]].to_numpy(dtype="float64", na_value=np.nan)
    most = 0
    for row in tallies.to_dict("records"):
        is_near = (called <= row["sampled_by_ns"]) & (answered >= row["sampled_from_ns"])
        flying = is_near & (touches == row["project_id"]).any(axis=1)
        explained = 0 if row["is_at_rest"] else int(size[flying].sum())
        most = max(most, abs(row["tallied"] - row["counted"]) - explained)
    return most
