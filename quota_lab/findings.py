"""The explorer's findings on one database, whether they replay there, and the file that keeps them."""

import json
from collections.abc import Callable, Collection
from dataclasses import asdict
from pathlib import Path

from quota_lab import explorer, narrative, replay, scenarios
from quota_lab.databases import Database
from quota_lab.designs import DESIGNS
from quota_lab.explored_case import Case
from quota_lab.explorer import Exploration
from quota_lab.journal import JsonObject
from quota_lab.schedule import CounterExample

FOLDER = "explorer"
Record = JsonObject


def gather(database: Database, names: Collection[str] | None, say: Callable[[str], None]) -> list[Record]:
    """Explore every case of some designs (None: all) on one database; replay the shortest schedule of each fault."""
    explored = [explorer.explore(case) for case in every(database) if names is None or case.design_name in names]
    chosen = shortest(explored)
    replays = {key: replay.replay(example, database) for key, example in chosen.items()}
    replayed = sum(key[-1] in seen.faults for key, seen in replays.items())
    say(f"explored {len(explored)} cases; {replayed} of {len(replays)} counter-examples replay on {database.name}")
    return [_record(exploration, chosen, replays) for exploration in explored]


def every(database: Database) -> list[Case]:
    """All cases at the default level, and at the next level the cases whose result the level can change."""
    default, *others = database.isolations
    return [
        *scenarios.every(database.name, default),
        *(
            c
            for level in others[:1]
            for c in scenarios.every(database.name, level)
            if DESIGNS[c.design_name].depends_on_level
        ),
    ]


def shortest(explored: Collection[Exploration]) -> dict[tuple[str, str, str], CounterExample]:
    """The shortest counter-example of each design, level and fault; one without a crash if there is one."""
    by_fault: dict[tuple[str, str, str], CounterExample] = {}
    for exploration in explored:
        for example in exploration.counter_examples:
            key = _key(example)
            if key not in by_fault or _rank(example) < _rank(by_fault[key]):
                by_fault[key] = example
    return by_fault


def write(directory: Path, records: list[Record]) -> None:
    """Write the findings of one database; earlier findings of other designs there are kept."""
    folder = directory / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    database, names = records[0]["database"], {record["design"] for record in records}
    others = [r for r in read(directory) if r["database"] == database and r["design"] not in names]
    text = json.dumps([*others, *records], indent=1, sort_keys=True) + "\n"
    (folder / f"{database}.json").write_text(text, encoding="utf-8")


def read(directory: Path) -> list[Record]:
    """The findings on every database, in the order of their names."""
    paths = sorted((directory / FOLDER).glob("*.json"))
    return [record for path in paths for record in json.loads(path.read_text(encoding="utf-8"))]


def are_kept(directory: Path, database: str, names: Collection[str] | None) -> bool:
    """Whether some designs (None: all) have been explored on a database."""
    there = {record["design"] for record in read(directory) if record["database"] == database}
    return set(DESIGNS if names is None else names) <= there


def _key(example: CounterExample) -> tuple[str, str, str]:
    return example.case.design_name, example.case.level, example.fault


def _rank(example: CounterExample) -> tuple[bool, int]:
    return example.case.can_crash, len(example.moves)


def _record(
    exploration: Exploration,
    chosen: dict[tuple[str, str, str], CounterExample],
    replays: dict[tuple[str, str, str], replay.Replay],
) -> Record:
    case = exploration.case
    return {
        "design": case.design_name,
        "scenario": case.name,
        "database": case.database,
        "isolation": case.level,
        "n_states": exploration.n_states,
        "is_complete": exploration.is_complete,
        "counter_examples": [
            _finding_record(example, replays.get(_key(example)) if chosen[_key(example)] is example else None)
            for example in exploration.counter_examples
        ],
    }


def _finding_record(example: CounterExample, seen: replay.Replay | None) -> Record:
    record: Record = {
        "fault": example.fault,
        "needs_crash": example.case.can_crash,
        "story": narrative.describe(example),
        "moves": [asdict(move) for move in example.moves],
        "outcomes": list(example.outcomes),
        "replays": None,
    }
    if seen is not None:
        record["replays"] = example.fault in seen.faults
        record["waits"] = [list(waited) for waited in seen.waits]
        record["conflicts"] = [list(lost) for lost in seen.conflicts]
    return record
