"""A case for the explorer: the clients and their requests, the database at the start, and the faults of an end."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from quota_lab import databases, designs, judge, linearisability
from quota_lab.designs.base import Design, Fault, Pool, Request, Tuning
from quota_lab.history import FOREVER, History, Operation
from quota_lab.isolation import rules
from quota_lab.model import Model
from quota_lab.statements import Key, Value

RESOURCE = "cores"
SHORT = Tuning(attempts=3)  # more attempts add states to the search but no new faults


@dataclass(frozen=True, slots=True)
class Case:
    """Clients that each make one request, on a project that may already hold instances."""

    name: str
    design_name: str
    database: str
    requests: tuple[Request, ...]
    isolation: str = ""
    held: tuple[tuple[int, int, int], ...] = ()  # instance, project, amount of each resource
    can_crash: bool = False
    is_cold: bool = False
    tuning: Tuning = SHORT

    def design(self) -> Design:
        """The design under test."""
        return designs.named(self.design_name)(self.tuning)

    @property
    def level(self) -> str:
        """The isolation level; the server's default by its name."""
        return self.isolation or databases.named(self.database).isolations[0]

    def pools(self) -> dict[int, Pool]:
        """Every project of the requests, and their parents."""
        return {pool.project: pool for request in self.requests for pool in request.pools}

    def used(self, pool: Pool) -> int:
        """The usage at the start against each limit of a project; it is the same for every resource."""
        return sum(amount for _, project, amount in self.held if project in (pool.project, *pool.children))

    def model(self) -> Model:
        """The database at the start."""
        rows: dict[Key, Value] = {}
        for project, pool in self.pools().items():
            rows[("projects", project)] = (0,)
            for number, (resource, limit) in enumerate(pool.limits):
                rows |= self._tallies(pool, resource, limit, number)
        for instance, project, amount in self.held:
            for resource, _ in self.pools()[project].limits:
                rows[("allocations", instance, resource)] = (project, amount, 0)
        is_swept = any(request.kind == "sweep" for request in self.requests)
        return Model(rules(self.database, self.level), rows, is_swept=is_swept)

    def _tallies(self, pool: Pool, resource: str, limit: int, number: int) -> dict[Key, Value]:
        used, design = self.used(pool), self.design()
        if design.tally == "quota_usages" and not self.is_cold:
            key = ("quota_usages", pool.project * 10 + number)
            return {key: (pool.project, resource, used, 0, self.tuning.refresh_every)}
        if design.tally == "tallies":
            shares = enumerate(design.shares(limit))
            return {("tallies", pool.project, resource, n): (used if n == 0 else 0, share) for n, share in shares}
        return {}


def faults(
    case: Case,
    rows: Mapping[Key, Value],
    outcomes: Sequence[str],
    spans: Sequence[tuple[int, int]],
    *,
    n_deadlocks: int = 0,
) -> Iterator[Fault]:
    """The faults of an end: the judge of the races finds some, the rows at rest show the others."""
    history = as_history(case, rows, outcomes, spans)
    if judge.acknowledged_over(history)[0]:
        yield "over_admission"
    elif linearisability.n_unexplained(history) and not _are_over(case, rows):
        yield "false_refusal"
    if _are_over(case, rows):
        yield "rows_over"
    if "sweep" not in {r.kind for r, o in zip(case.requests, outcomes, strict=True) if not o}:
        yield from _faults_at_rest(case, rows)
    if n_deadlocks:
        yield "deadlock"


def as_history(
    case: Case, rows: Mapping[Key, Value], outcomes: Sequence[str], spans: Sequence[tuple[int, int]]
) -> History:
    """The end of a case as a history for the judge; an answer and the next call never have the same instant."""
    counters = tuple(sorted((p, resource) for p, pool in case.pools().items() for resource, _ in pool.limits))
    limits = tuple(case.pools()[p].limit(resource) for p, resource in counters)
    operations = [
        Operation(-1 - n, -9, -8, tuple(amount if _counts(case, p, project) else 0 for p, _ in counters))
        for n, (_, project, amount) in enumerate(case.held)
    ]
    for number, (request, outcome) in enumerate(zip(case.requests, outcomes, strict=True)):
        first, last = spans[number]
        has_effect = outcome == "admitted" or (outcome == "crashed" and _is_done(case, request, rows))
        if request.kind != "sweep" and (has_effect or outcome == "refused"):
            sign = -1 if request.kind == "delete" else 1
            owners, asked = {pool.project for pool in request.pools}, dict(request.amounts)
            deltas = tuple(sign * asked.get(r, 0) if p in owners else 0 for p, r in counters)
            answered = FOREVER if outcome == "crashed" else 2 * last + 1
            operations.append(Operation(number, 2 * first, answered, deltas, outcome == "refused"))
    return History(counters, limits, tuple(operations))


def _counts(case: Case, project: int, owner: int) -> bool:
    return owner in (project, *case.pools()[project].children)


def _is_done(case: Case, request: Request, rows: Mapping[Key, Value]) -> bool:
    before = {instance: amount for instance, _, amount in case.held}.get(request.instance, 0)
    now = {key[2]: value[1] for key, value in rows.items() if key[:2] == ("allocations", request.instance)}
    return any(now.get(resource, 0) != before for resource, _ in request.amounts)


def _are_over(case: Case, rows: Mapping[Key, Value]) -> bool:
    return any(
        _count(pool, resource, rows) > limit for pool in case.pools().values() for resource, limit in pool.limits
    )


def _faults_at_rest(case: Case, rows: Mapping[Key, Value]) -> Iterator[Fault]:
    tally = case.design().tally
    usages = [value for key, value in rows.items() if key[0] == "quota_usages"]
    for pool in case.pools().values():
        for resource, _ in pool.limits:
            if tally and _tallied(pool, resource, rows, tally) != _count(pool, resource, rows):
                yield "drift"
    if any(key[0] == "reservations" for key in rows) or any(usage[3] for usage in usages):
        yield "leak"
    if len({usage[:2] for usage in usages}) < len(usages):
        yield "duplicate_usage"


def _count(pool: Pool, resource: str, rows: Mapping[Key, Value]) -> int:
    return sum(
        value[1]
        for key, value in rows.items()
        if key[0] == "allocations" and key[2] == resource and value[0] in (pool.project, *pool.children)
    )


def _tallied(pool: Pool, resource: str, rows: Mapping[Key, Value], tally: str) -> int:
    if tally == "tallies":
        return sum(value[0] for key, value in rows.items() if key[:3] == ("tallies", pool.project, resource))
    return sum(value[2] for key, value in rows.items() if key[0] == tally and value[:2] == (pool.project, resource))


def create(number: int, amount: int = 1, *, pools: tuple[Pool, ...]) -> Request:
    """Client `number` creates an instance that uses the same amount of every resource."""
    amounts = tuple((resource, amount) for resource, _ in pools[0].limits)
    return Request("create", number, number, amounts, pools)


def delete(number: int, instance: int, *, pools: tuple[Pool, ...]) -> Request:
    """Client `number` deletes a held instance, which used one of every resource."""
    amounts = tuple((resource, 1) for resource, _ in pools[0].limits)
    return Request("delete", number, instance, amounts, pools)


def resize(number: int, instance: int, delta: int, *, pools: tuple[Pool, ...]) -> Request:
    """Client `number` resizes a held instance."""
    return Request("resize", number, instance, tuple((r, delta) for r, _ in pools[0].limits), pools)
