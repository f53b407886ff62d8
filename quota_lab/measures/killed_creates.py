"""Creates of real engines that were killed before each of their statements: how often something is left behind."""

import re
from collections.abc import Iterable, Sequence
from itertools import groupby

import pandas as pd

from quota_lab.engines.catalogue import VARIANTS
from quota_lab.engines.kept_results import Result
from quota_lab.journal import JsonObject

COLUMNS = ["engine", "database", "n_steps", "n_drift_steps", "n_reserved_steps", "n_unanswered_steps",
           "n_clean_steps", "left_behind"]  # fmt: skip
NAMES = {"drift": "drift", "reserved": "reserved for nobody", "unanswered": "a row, and no answer"}
NAME_OF = re.compile(r"(?P<verb>INSERT INTO|UPDATE|DELETE FROM|SELECT)\s+(?:DISTINCT\s+)?[`\"]?(?P<table>\w+)")
NOTHING = "nothing"
WRITES = ("INSERT", "UPDATE", "DELETE")


def table(result: Result) -> pd.DataFrame:
    """One row for each engine and database: COLUMNS.

    n_steps: statements and commits of one create before which it was killed; n_clean_steps: of these, kills that left
    none of the following; n_drift_steps: the tally differs from the rows; n_reserved_steps: units stay reserved for
    nobody; n_unanswered_steps: the row exists, although nobody got an answer. One kill can leave several. Drift and
    reservations are NA where no tally or no reservations are read. left_behind: the same by statements, NOTHING if
    every kill is clean.
    """
    order = {title: place for place, title in enumerate(VARIANTS)}
    kept = sorted(result.killed, key=lambda row: (order[row["engine"]], row["database"], row["step"]))
    rows = [
        {"engine": engine, "database": database, **_counted(list(steps))}
        for (engine, database), steps in groupby(kept, key=lambda row: (row["engine"], row["database"]))
    ]
    text = pd.StringDtype("pyarrow", na_value=pd.NA)
    dtypes = {name: "Int64" if name.startswith("n_") else text for name in COLUMNS}
    return pd.DataFrame(rows, columns=COLUMNS).astype(dtypes)


def _counted(steps: Sequence[JsonObject]) -> JsonObject:
    leftovers = [_left(row["left"]) for row in steps]
    numbers = {
        f"n_{name}_steps": None
        if any(name not in leftover for leftover in leftovers)
        else sum(bool(leftover[name]) for leftover in leftovers)
        for name in NAMES
    }
    words = [
        f"{text}: {_ranges(steps, [bool(leftover.get(name)) for leftover in leftovers])}"
        for name, text in NAMES.items()
        if any(leftover.get(name) for leftover in leftovers)
    ]
    return {
        "n_steps": len(steps),
        "n_clean_steps": sum(not any(leftover.values()) for leftover in leftovers),
        **numbers,
        "left_behind": "; ".join(words) or NOTHING,
    }


def _left(left: JsonObject) -> dict[str, bool]:
    """Whether each of NAMES is left; without drift and reservations where they were not read."""
    leftovers = {"unanswered": left["counted"] > 0}
    if "tallied" in left:
        leftovers["drift"] = left["tallied"] != left["counted"]
    if "open_reservations" in left:
        leftovers["reserved"] = left.get("reserved", 0) != 0 or left["open_reservations"] > 0
    return leftovers


def _ranges(steps: Sequence[JsonObject], is_left: Iterable[bool]) -> str:
    """The steps between which something is left: from the statement that leaves it to the one that ends it."""
    texts, place = [], 0
    for is_in, run in groupby(is_left):
        first, place = place, place + len(list(run))
        if is_in:
            begin = f"after {_spelt(steps, first - 1)}" if first else "from the beginning"
            end = f"until {_spelt(steps, place - 1)}" if place < len(steps) else "to the end"
            texts.append(f"{begin} {end}")
    return ", ".join(texts)


def _spelt(steps: Sequence[JsonObject], place: int) -> str:
    """A statement by its number, verb and table; a commit by what was written last before it."""
    statement = _short(steps[place]["statement"])
    if statement == "COMMIT":
        before = [_short(row["statement"]) for row in steps[:place]]
        writes = [short for short in before if short.startswith(WRITES)]
        statement = f"COMMIT after {writes[-1]}" if writes else statement
    return f"{steps[place]['step']} ({statement})"


def _short(statement: str) -> str:
    named = NAME_OF.match(statement)
    if named is None:
        return " ".join(statement.split()[:3])
    verb, name = named["verb"], named["table"]
    return f"SELECT of {name}" if verb == "SELECT" else f"{verb} {name}"
