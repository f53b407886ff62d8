"""Counter-examples of the explorer, forced statement by statement in the real engines or shown to be impossible."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from quota_lab.engines import catalogue, engine_race
from quota_lab.engines.engine_cell import EngineCell
from quota_lab.engines.forced_clients import END, KILL
from quota_lab.journal import JsonObject

Move = tuple[int, str, int]  # client, until (part of a statement, END or KILL), for how many times
CREATE = "create"
_USAGE = "INSERT INTO quota_usages"


@dataclass(frozen=True, slots=True)
class Forced:
    """One schedule in one engine: the requests of the clients, their moves, and why an engine may prevent it."""

    title: str
    fault: str
    story: str
    limit: int
    requests: tuple[tuple[str, int, int], ...]  # kind, instance, amount
    moves: tuple[Move, ...]
    is_cold: bool = True
    expires_at_once: bool = False
    impossible: str = ""  # why an engine prevents the fault, if it does


def _two(amount: int = 1) -> tuple[tuple[str, int, int], ...]:
    return ((CREATE, 1, amount), (CREATE, 2, amount))


def _both_until(statement: str, times: int = 1) -> tuple[Move, ...]:
    return ((0, statement, times), (1, statement, times), (0, END, 1), (1, END, 1))


def _first_requests(rows: str) -> tuple[Move, ...]:
    # The first stops again before it inserts its row, which a recount by the second would see.
    return (0, _USAGE, 1), (1, _USAGE, 1), (0, f"INSERT INTO {rows}", 1), (1, END, 1), (0, END, 1)


# As _first_requests, but the second continues after the first inserts its row and before it commits its reservation.
_COUNTED_AS_WELL: tuple[Move, ...] = (
    (0, _USAGE, 1), (1, _USAGE, 1), (0, "FROM quota_usages", 1), (1, END, 1), (0, END, 1),
)  # fmt: skip


TWICE = "neither finds a usage row, and one counts the other's row before its reservation is committed"
NO_GAP = "gaps are locked on MariaDB: one of the two is turned back and tries again"
FIRST = "both look for the usage row before either has made it"
SCHEDULES = (
    *(
        Forced(title, "duplicate_usage", FIRST, 1, _two(), _first_requests(rows),
               impossible=NO_GAP)
        for title, rows in (("nova-15.1.5", "instances"), ("cinder-17.0.1", "volumes"), ("manila-23.0.1", "shares"))
    ),
    *(
        Forced(title, fault, TWICE, 2, _two(), _COUNTED_AS_WELL, impossible=NO_GAP)
        for title, fault in (("nova-15.1.5", "drift"), ("cinder-17.0.1", "leak"), ("manila-23.0.1", "drift"))
    ),
    *(
        Forced(title, "duplicate_usage", FIRST, 1, _two(), _first_requests("volumes"),
               impossible="the unique key on the usage row turns the second back, and it tries again")
        for title in ("cinder-18.2.1", "cinder-29.0.0")
    ),
    Forced("nova-15.1.5 until_refresh=1", "drift",
           "one recounts between the other's row and its commit, which then adds it a second time", 3, _two(),
           ((0, "FROM quota_usages", 2), (1, END, 1), (0, END, 1)), is_cold=False),
    Forced("nova-15.1.5", "over_admission",
           "a reservation expires while its request is still at work, and another takes its place", 1,
           ((CREATE, 1, 1), ("expire", 0, 0), (CREATE, 3, 1)),
           ((0, "INSERT INTO instances", 1), (1, END, 1), (2, END, 1), (0, END, 1)), is_cold=False,
           expires_at_once=True),
    Forced("nova-15.1.5", "leak", "killed between the row and the commit of its reservation", 2, ((CREATE, 1, 1),),
           ((0, "UPDATE reservations", 1), (0, KILL, 1)), is_cold=False),
    Forced("nova-34.0.0", "false_refusal", "both insert before either looks a second time", 1, _two(),
           ((0, "INSERT INTO instances", 1), (1, "INSERT INTO instances", 1), (0, "sum(instances.vcpus)", 1),
            (1, "sum(instances.vcpus)", 1), (0, "UPDATE instances", 1), (1, "UPDATE instances", 1), (0, END, 1),
            (1, END, 1))),
    Forced("nova-34.0.0 recheck_quota=False", "over_admission", "both count before either inserts", 1, _two(),
           _both_until("INSERT INTO instances")),
    Forced("nova-34.0.0", "rows_over", "both insert, and one is killed before it looks a second time", 1, _two(),
           ((0, "INSERT INTO instances", 1), (1, END, 1), (0, "sum(instances.vcpus)", 1), (0, KILL, 1))),
    Forced("neutron-29.0.0 DbQuotaNoLockDriver", "over_admission", "both count before either reserves", 1, _two(),
           _both_until("INSERT INTO reservations")),
    Forced("neutron-29.0.0 DbQuotaDriver", "over_admission", "there is no usage row that either could lock", 1, _two(),
           _both_until("INSERT INTO reservations")),
    *(
        Forced(f"neutron-29.0.0 {driver}", "over_admission", "both count before either reserves, later on",
               1, _two(), _both_until("INSERT INTO reservations"), is_cold=False)
        for driver in ("DbQuotaNoLockDriver", "DbQuotaDriver")
    ),
    *(
        Forced(f"neutron-29.0.0 {driver}", "false_refusal", "one counts the other's row and its reservation", 2, _two(),
               ((0, "DELETE FROM resourcedeltas", 1), (1, END, 1), (0, END, 1)))
        for driver in ("DbQuotaNoLockDriver", "DbQuotaDriver")
    ),
    Forced("placement-16.0.0", "over_admission", "both count before either raises the generation", 1, _two(),
           _both_until("UPDATE resource_providers"),
           impossible="the second finds another generation than the one it counted at, and counts again"),
    Forced("trove-26.0.0", "over_admission", "both read the usage before either adds to it", 1, _two(),
           _both_until("UPDATE quota_usages"), is_cold=False),
    Forced("trove-26.0.0", "leak", "both read what is reserved before either adds to it", 2, _two(),
           (*_both_until("UPDATE quota_usages")[:2], *_both_until("UPDATE quota_usages")[:2],
            *_both_until("INSERT INTO instances")), is_cold=False),
)  # fmt: skip


def run(schedule: Forced, host: engine_race.Host) -> JsonObject:
    """Force one schedule: the result of every move, every outcome, the rows at the end, and whether the fault shows."""
    cell = EngineCell(
        schedule.title, host.database.name, "forced", workers=len(schedule.requests), limit=schedule.limit,
        resources=(host.adapter.resource,), sizes=(1,), is_cold=schedule.is_cold,
        expire_ms=1.0 if schedule.expires_at_once else 0.0,
    )  # fmt: skip
    host.clear()
    host.ask("prepare", cell=asdict(cell))
    answer = host.ask(
        "schedule", cell=asdict(cell), requests=[list(r) for r in schedule.requests],
        moves=[list(m) for m in schedule.moves],
    )  # fmt: skip
    session = host.main.session()
    (rest,) = engine_race.at_rest(session, cell, host.adapter)
    session.close()
    return {
        "engine": schedule.title, "database": host.database.name, "fault": schedule.fault, "story": schedule.story,
        "happens": shows(schedule, answer["outcomes"], rest), "outcomes": answer["outcomes"],
        "moves": answer["moves"], "left": {k: v for k, v in rest.items() if k in LEFT}, "limit": schedule.limit,
        "impossible": schedule.impossible,
    }  # fmt: skip


LEFT = ("counted", "tallied", "reserved", "open_reservations", "n_usage_rows")


def shows(schedule: Forced, outcomes: list[str], rest: JsonObject) -> bool:
    """Whether the answers and the rows at the end show the fault."""
    n_refused = sum(outcome == "refused" for outcome in outcomes)
    return bool(
        {
            "duplicate_usage": rest.get("n_usage_rows", 0) > 1,
            "over_admission": rest["counted"] > schedule.limit,
            "rows_over": rest["counted"] > schedule.limit,
            # These schedules give nothing back, so a request that fits at the end fitted all the time.
            "false_refusal": n_refused > 0 and rest["counted"] + schedule.requests[0][2] <= schedule.limit,
            "drift": rest.get("tallied", 0) != rest["counted"],
            "leak": rest.get("open_reservations", 0) > 0 or rest.get("reserved", 0) != 0,
        }[schedule.fault]
    )


def every(host: engine_race.Host) -> Iterator[JsonObject]:
    """Every schedule of one engine."""
    for schedule in SCHEDULES:
        if catalogue.variant(schedule.title)[0] == host.engine:
            yield run(schedule, host)
