"""Counter-examples of the explorer, forced statement by statement in the real engines or shown to be impossible."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from quota_lab.engines import catalogue, engine_race
from quota_lab.engines.engine_config import EngineConfig
from quota_lab.engines.forced_clients import END, KILL
from quota_lab.journal import JsonObject

Move = tuple[int, str, int]  # client, until (part of a statement, END or KILL), for how many times
CREATE, DELETE, RESIZE = "create", "delete", "resize"
BOTH = ("postgresql", "mariadb")
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
    isolation: str = ""  # set on the server; empty for its default
    databases: tuple[str, ...] = BOTH
    impossible: str = ""  # why an engine prevents the fault, if it does

    def scenario(self, *, has_tally: bool) -> str:
        """The scenario of the races in which this schedule may come up; without a tally no request is the first."""
        if any(until == KILL for _, until, _ in self.moves):
            return "kill"
        return "expiry" if self.expires_at_once else "cold" if self.is_cold and has_tally else "hot"


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


_BOTH_INSERT: tuple[Move, ...] = (
    *((n, "INSERT INTO instances", 1) for n in (0, 1)), *((n, "sum(instances.vcpus)", 1) for n in (0, 1)),
    *((n, "UPDATE instances", 1) for n in (0, 1)), (0, END, 1), (1, END, 1),
)  # fmt: skip
# As _BOTH_INSERT, but neither has begun to remove its row when the other's second count is over.
_BOTH_COUNT: tuple[Move, ...] = tuple(
    (n, until, 1)
    for until in ("INSERT INTO instances", "sum(instances.vcpus)", "FROM cell_mappings", END)
    for n in (0, 1)
)
TWICE = "neither finds a usage row, and one counts the other's row before its reservation is committed"
NO_GAP = "gaps are locked on MariaDB: one of the two is turned back and tries again"
UNIQUE = "the unique key on the usage row turns the second back, and it tries again"
FIRST = "both look for the usage row before either has made it"
LATE = "a reservation expires while its request is still at work, and another takes its place"
LEFT_OPEN = "killed with its reservation, before there is a row; the next one finds no room"
UNCOMMITTED = "killed between the row and the commit of its reservation"
BETWEEN = "one recounts between the other's row and its commit, which then adds it a second time"
_EXPIRING = ((CREATE, 1, 1), ("expire", 0, 0), (CREATE, 3, 1))


def _late(rows: str) -> tuple[Move, ...]:
    return (0, f"INSERT INTO {rows}", 1), (1, END, 1), (2, END, 1), (0, END, 1)


def _killed(title: str, rows: str) -> Iterator[Forced]:
    yield Forced(title, "false_refusal", LEFT_OPEN, 1, _two(),
                 ((0, f"INSERT INTO {rows}", 1), (0, KILL, 1), (1, END, 1)), is_cold=False)  # fmt: skip
    uncommitted: tuple[Move, ...] = ((0, f"INSERT INTO {rows}", 1), (0, "FROM reservations", 1), (0, KILL, 1))
    for fault in ("drift", "leak"):
        yield Forced(title, fault, UNCOMMITTED, 2, ((CREATE, 1, 1),), uncommitted, is_cold=False)


def _expiring(title: str, rows: str) -> Iterator[Forced]:
    for fault in ("over_admission", "rows_over", "drift"):
        yield Forced(title, fault, LATE, 1, _EXPIRING, _late(rows), is_cold=False, expires_at_once=True)
    yield Forced(
        title, "leak", "found expired, committed meanwhile, and then given back a second time", 2, _EXPIRING[:2],
        ((0, f"INSERT INTO {rows}", 1), (1, "FROM quota_usages", 1), (0, END, 1), (1, END, 1)), is_cold=False,
        expires_at_once=True, databases=("postgresql",),
        impossible="what has expired is locked first, and no more is given back than is reserved",
    )  # fmt: skip


SCHEDULES = (
    *(
        Forced(title, "duplicate_usage", FIRST, 1, _two(), _first_requests(rows), impossible=NO_GAP)
        for title, rows in (("nova-15.1.5", "instances"), ("cinder-17.0.1", "volumes"), ("manila-23.0.1", "shares"))
    ),
    *(
        Forced(title, fault, TWICE, 2, _two(), _COUNTED_AS_WELL, impossible=NO_GAP)
        for title, fault in (
            *((title, fault) for title in ("nova-15.1.5", "manila-23.0.1") for fault in ("drift", "leak")),
            ("cinder-17.0.1", "leak"),
        )
    ),
    *(
        Forced("nova-15.1.5", fault, f"{TWICE}, at READ COMMITTED", 2, _two(), _COUNTED_AS_WELL,
               isolation="READ COMMITTED", databases=("mariadb",))
        for fault in ("drift", "leak")
    ),
    *(
        Forced(title, fault, story, limit, _two(), moves, impossible=UNIQUE)
        for title in ("cinder-18.2.1", "cinder-29.0.0")
        for story, limit, moves, faults in (
            (FIRST, 1, _first_requests("volumes"), ("duplicate_usage", "over_admission", "rows_over")),
            (TWICE, 2, _COUNTED_AS_WELL, ("drift", "leak")),
        )
        for fault in faults
    ),
    Forced("nova-15.1.5 until_refresh=1", "drift", BETWEEN, 3, _two(),
           ((0, "FROM quota_usages", 2), (1, END, 1), (0, END, 1)), is_cold=False),
    *(
        Forced("cinder-29.0.0 until_refresh=5", fault, BETWEEN, limit, tuple((CREATE, n, 1) for n in (1, 2, 3)),
               # After the first, and what was made before it, the third is the one that recounts.
               ((0, END, 1), (1, "INSERT INTO volumes", 1), (1, "FROM reservations", 1), (2, END, 1), (1, END, 1)),
               is_cold=False)
        for fault, limit in (("drift", 9), ("false_refusal", 3))
    ),
    *_expiring("nova-15.1.5", "instances"),
    *_expiring("cinder-29.0.0", "volumes"),
    *_killed("nova-15.1.5", "instances"),
    *_killed("cinder-29.0.0", "volumes"),
    Forced("nova-34.0.0", "false_refusal", "both insert before either looks a second time", 1, _two(),
           _BOTH_INSERT),
    Forced("nova-34.0.0", "false_refusal", "both insert before either looks a second time, at SERIALIZABLE", 1, _two(),
           _BOTH_COUNT, isolation="SERIALIZABLE"),
    Forced("nova-34.0.0 recheck_quota=False", "over_admission", "both count before either inserts", 1, _two(),
           _both_until("INSERT INTO instances")),
    Forced("nova-34.0.0", "rows_over", "both insert, and one is killed before it looks a second time", 1, _two(),
           ((0, "INSERT INTO instances", 1), (1, END, 1), (0, "sum(instances.vcpus)", 1), (0, KILL, 1))),
    Forced("nova-34.0.0", "over_admission", "two instances grow at once, and a resize is checked once", 3,
           (*_two(), (RESIZE, 1, 1), (RESIZE, 2, 1)),
           ((0, END, 1), (1, END, 1), *((n, "UPDATE instances", 1) for n in (2, 3)), (2, END, 1), (3, END, 1)),
           is_cold=False),
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
    Forced("trove-26.0.0", "duplicate_usage", FIRST, 1, _two(), _both_until(_USAGE),
           impossible="the unique key on the usage row turns the second back; it ends in an error"),
    Forced("trove-26.0.0", "false_refusal", "two are given back at once, one update is lost, and the next find less",
           2, (*_two(), (DELETE, 1, 1), (DELETE, 2, 1), (CREATE, 5, 1), (CREATE, 6, 1)),
           ((0, END, 1), (1, END, 1), *((n, "UPDATE quota_usages", 1) for n in (2, 3)), (2, END, 1), (3, END, 1),
            (4, END, 1), (5, END, 1)), is_cold=False),
)  # fmt: skip


def run(schedule: Forced, host: engine_race.Host) -> JsonObject:
    """Force one schedule: the result of every move, every outcome, the rows at the end, and whether the fault shows."""
    config = EngineConfig(
        schedule.title, host.database.name, "forced", workers=len(schedule.requests), limit=schedule.limit,
        resources=(host.adapter.resource,), sizes=(1,), is_cold=schedule.is_cold,
        expire_ms=1.0 if schedule.expires_at_once else 0.0,
    )  # fmt: skip
    host.set_isolation("")
    host.clear()
    host.ask("prepare", settings=asdict(config))
    host.set_isolation(schedule.isolation)
    try:
        answer = host.ask(
            "schedule", settings=asdict(config), requests=[list(r) for r in schedule.requests],
            moves=[list(m) for m in schedule.moves],
        )  # fmt: skip
    finally:
        host.set_isolation("")
    session = host.main.session()
    (rest,) = engine_race.at_rest(session, config, host.adapter)
    if host.adapter.usage_query:
        rest["usage_rows"] = sorted([int(used), int(held)] for used, held in session.run(host.adapter.usage_query))
    session.close()
    return {
        "engine": schedule.title, "database": host.database.name, "fault": schedule.fault, "story": schedule.story,
        "happens": shows(schedule, answer["outcomes"], rest), "outcomes": answer["outcomes"],
        "moves": answer["moves"], "left": {k: v for k, v in rest.items() if k in LEFT}, "limit": schedule.limit,
        "scenario": schedule.scenario(has_tally=host.adapter.has_tally),
        "isolation": schedule.isolation or host.database.isolations[0],
        "impossible": schedule.impossible,
    }  # fmt: skip


LEFT = ("counted", "tallied", "reserved", "open_reservations", "n_usage_rows", "usage_rows")


def shows(schedule: Forced, outcomes: list[str], rest: JsonObject) -> bool:
    """Whether the answers and the rows at the end show the fault."""
    n_refused = sum(outcome == "refused" for outcome in outcomes)
    return bool(
        {
            "duplicate_usage": rest.get("n_usage_rows", 0) > 1,
            "over_admission": rest["counted"] > schedule.limit,
            "rows_over": rest["counted"] > schedule.limit,
            # What is given back is given back before the refused one asks, so what fits at the end fitted then.
            "false_refusal": n_refused > 0 and rest["counted"] + schedule.requests[0][2] <= schedule.limit,
            "drift": rest.get("tallied", 0) != rest["counted"],
            # Of two usage rows one can hold what the other lacks, so that their sum says nothing.
            "leak": rest.get("open_reservations", 0) > 0
            or rest.get("reserved", 0) != 0
            or any(held for _, held in rest.get("usage_rows", ())),
        }[schedule.fault]
    )


def every(host: engine_race.Host) -> Iterator[JsonObject]:
    """Every schedule of one engine."""
    for schedule in SCHEDULES:
        if catalogue.variant(schedule.title)[0] == host.engine and host.database.name in schedule.databases:
            yield run(schedule, host)
