"""A race as the judge reads it: operations on bounded counters, each with its call and its answer."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pandas as pd

from quota_lab.journal import JsonObject

Counter = tuple[int, str]  # project, resource
FOREVER = 2**62


@dataclass(frozen=True, slots=True)
class Operation:
    """One request that changed use, or was refused.

    `deltas` are in the order of the history's counters. A crashed request that took effect has no answer: it may take
    effect at any later time. A request without effect that was not refused (it crashed early, or gave up) is not an
    operation, because it used nothing.
    """

    name: int
    called: int
    answered: int
    deltas: tuple[int, ...]
    is_refused: bool = False
    appeared_by: int = FOREVER  # the change is certainly in the rows from this instant
    vanished_from: int = FOREVER  # and certainly until this one
    is_growing: bool = field(init=False)  # it asks for more, so a limit can prevent it

    def __post_init__(self) -> None:
        object.__setattr__(self, "is_growing", any(delta > 0 for delta in self.deltas))


@dataclass(frozen=True, slots=True)
class History:
    """Operations on counters that no other history touches: one project, or one parent with its children."""

    counters: tuple[Counter, ...]
    limits: tuple[int, ...]
    operations: tuple[Operation, ...]


def histories(requests: pd.DataFrame, limits: Mapping[Counter, int]) -> list[History]:
    """The histories of a race, one for each tree of projects, in the order of the trees.

    Parameters
    ----------
    requests : DataFrame, schema.QUOTA_REQUESTS
        Requests of one run.
    limits : mapping of (project, resource) to the hard limit
        Parents included.
    """
    records: list[JsonObject] = requests.loc[requests["kind"] != "sweep"].to_dict("records")  # type: ignore[assignment]
    trees: dict[int, list[JsonObject]] = {}
    for record in records:
        root: float = record["project_id"] if pd.isna(record["parent_id"]) else record["parent_id"]
        trees.setdefault(int(root), []).append(record)
    return [_history(tree, limits) for _, tree in sorted(trees.items())]


def _history(records: list[JsonObject], limits: Mapping[Counter, int]) -> History:
    projects = {int(r[name]) for r in records for name in ("project_id", "parent_id") if not pd.isna(r[name])}
    counters = tuple(sorted(counter for counter in limits if counter[0] in projects))
    operations = tuple(_operations(records, counters))
    return History(counters, tuple(limits[c] for c in counters), operations)


def _operations(records: list[JsonObject], counters: tuple[Counter, ...]) -> Iterator[Operation]:
    for record in sorted(records, key=lambda r: (r["called_ns"], r["request_id"])):
        has_effect, is_refused = bool(record["has_effect"]), record["outcome"] == "refused"
        withdrawn = _or_forever(record["withdrawn_from_ns"])
        if has_effect or is_refused:
            yield Operation(
                int(record["request_id"]),
                int(record["called_ns"]),
                _or_forever(record["answered_ns"]),
                _deltas(record, counters),
                is_refused,
                _or_forever(record["appeared_by_ns"]) if has_effect or withdrawn < FOREVER else FOREVER,
                withdrawn,
            )


def _deltas(record: JsonObject, counters: tuple[Counter, ...]) -> tuple[int, ...]:
    owners = {int(record[name]) for name in ("project_id", "parent_id") if not pd.isna(record[name])}
    asked = dict(zip(record["resources"], record["amounts"], strict=True))
    return tuple(int(asked.get(resource, 0)) if project in owners else 0 for project, resource in counters)


def _or_forever(instant: float | None) -> int:
    return FOREVER if pd.isna(instant) else int(instant)
