"""Samples of tallies and rows, each taken by one consistent statement, during a race and at rest."""

import json
import os
import time
from collections import defaultdict
from multiprocessing.synchronize import Barrier, Event
from pathlib import Path

from quota_lab.databases import Database, Session
from quota_lab.journal import JsonObject
from quota_lab.race_config import RaceConfig

EVERY = 0.02  # seconds
COUNTER_QUERY = (  # one statement sees one committed state on all three databases
    "SELECT 'rows' AS what, project_id, resource, SUM(amount) AS a, 0 AS b, COUNT(*) AS n"
    " FROM allocations GROUP BY project_id, resource"
    " UNION ALL SELECT 'usages', project_id, resource, SUM(in_use), SUM(reserved), COUNT(*)"
    " FROM quota_usages GROUP BY project_id, resource"
    " UNION ALL SELECT 'open', u.project_id, u.resource,"
    " SUM(CASE WHEN r.delta > 0 THEN r.delta ELSE 0 END), 0, COUNT(*)"
    " FROM reservations r JOIN quota_usages u ON u.usage_id = r.usage_id GROUP BY u.project_id, u.resource"
    " UNION ALL SELECT 'tallies', project_id, resource, SUM(in_use), 0, COUNT(*)"
    " FROM tallies GROUP BY project_id, resource"
)
Counters = dict[tuple[int, str], JsonObject]


def read_counters(session: Session, config: RaceConfig, tally: str) -> Counters:
    """Every project and resource with its counted, tallied, reserved and open units."""
    counters: Counters = defaultdict(dict)
    for what, project, resource, a, b, n in session.run(COUNTER_QUERY):
        place = counters[(project, resource)]
        if what == "rows":
            place["counted"] = int(a)
        elif what == "usages" and tally == "quota_usages":
            place |= {"tallied": int(a), "reserved": int(b), "n_usage_rows": int(n)}
        elif what == "open" and tally == "quota_usages":
            place["open_reservations"] = int(a)
        elif what == "tallies" and tally == "tallies":
            place |= {"tallied": int(a)}
    return completed(counters, config, tally)


def completed(counters: Counters, config: RaceConfig, tally: str) -> Counters:
    """The counters with zero for empty groups, and with a parent's rows counted from its children."""
    result: Counters = {}
    for project, pool in config.all_pools().items():
        for resource, _ in pool.limits:
            members = (project, *pool.children)
            counted = sum(counters.get((member, resource), {}).get("counted", 0) for member in members)
            zero: JsonObject = {"counted": counted}
            if tally:
                zero["tallied"] = 0
            if tally == "quota_usages":
                zero |= {"reserved": 0, "open_reservations": 0, "n_usage_rows": 0}
            result[(project, resource)] = zero | counters.get((project, resource), {}) | {"counted": counted}
    return result


def entries(session: Session, config: RaceConfig, tally: str, number: int, *, is_at_rest: bool) -> list[JsonObject]:
    """One sample as rows of quota_samples, without the run's name."""
    before = time.monotonic_ns()
    counters = read_counters(session, config, tally)
    at = {"sample": number, "sampled_from_ns": before, "sampled_by_ns": time.monotonic_ns(), "is_at_rest": is_at_rest}
    return [at | {"project_id": p, "resource": r} | place for (p, r), place in sorted(counters.items())]


def watch(config: RaceConfig, database: Database, tally: str, barrier: Barrier, ended: Event, path: Path) -> None:
    """The body of the sampling process."""
    session = database.session()
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    barrier.wait()
    number = 0
    while not ended.wait(EVERY):
        for entry in entries(session, config, tally, number, is_at_rest=False):
            os.write(file, json.dumps(entry).encode() + b"\n")
        number += 1
    session.close()
