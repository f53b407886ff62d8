"""Pairs of requests, and the explorer's findings for each: the truth against which predictions are measured."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from quota_lab import designs, explorer
from quota_lab.designs.base import Design, Fault, Pool, Request
from quota_lab.explored_case import SHORT, Case, create, delete, resize
from quota_lab.scenarios import pool

Starts = tuple[Callable[[Case], Case], ...]
PATIENT = 5  # attempts: more than the other request has commits, so that nobody gives up
NO_RACES: frozenset[Fault] = frozenset({"deadlock"})  # a cost only: one of the two is rolled back and retries
HELD = (9, 8)  # instances that exist at the start


@dataclass(frozen=True, slots=True)
class Pair:
    """Two kinds of request, and the small cases in which they meet."""

    name: str
    kinds: tuple[str, str]
    starts: Starts
    is_met: Callable[[type[Design]], bool] = lambda design: True
    is_cold: bool = False


def _start(limit: int, n_held: int, first: tuple[str, int], second: tuple[str, int]) -> Callable[[Case], Case]:
    """A start: a limit, existing instances of size one, and the amounts of two requests."""

    def build_case(case: Case) -> Case:
        requests, held = [], HELD[:n_held]
        for number, (kind, amount) in enumerate((first, second), 1):
            requests.append(_request(kind, number, held[number - 1 :][:1] or held[:1], amount, pool(limit)))
        tuning = case.tuning
        if "delete" in (first[0], second[0]):
            # A refresh at every request would repair in the next one the damage of this one.
            tuning = replace(tuning, refresh_every=2 * tuning.refresh_every)
        return replace(case, requests=tuple(requests), held=tuple((n, 1, 1) for n in held), tuning=tuning)

    return build_case


def _request(kind: str, number: int, held: tuple[int, ...], amount: int, pools: tuple[Pool, ...]) -> Request:
    if kind == "create":
        return create(number, amount, pools=pools)
    if kind == "sweep":
        return Request("sweep", number, 0, (), pools, 10.0)
    return delete(number, held[0], pools=pools) if kind == "delete" else resize(number, held[0], amount, pools=pools)


_CREATE, _DELETE, _RESIZE, _SWEEP = ("create", 1), ("delete", 1), ("resize", 1), ("sweep", 0)


def _resizes(design: type[Design]) -> bool:
    return design.claims_resize


def _sweeps(design: type[Design]) -> bool:
    return design.name == "ReserveWithExpiry"


PAIRS = (
    Pair("create, create", ("create", "create"), (
        _start(1, 0, _CREATE, _CREATE), _start(2, 0, _CREATE, _CREATE), _start(3, 0, _CREATE, _CREATE),
        _start(2, 0, _CREATE, ("create", 2)), _start(2, 1, _CREATE, _CREATE))),
    Pair("create, create (first)", ("create", "create"), (
        _start(1, 0, _CREATE, _CREATE), _start(2, 0, _CREATE, _CREATE), _start(3, 0, _CREATE, _CREATE)),
         lambda design: design.tally == "quota_usages", is_cold=True),
    Pair("create, delete", ("create", "delete"), (
        _start(1, 1, _CREATE, _DELETE), _start(2, 1, _CREATE, _DELETE), _start(3, 2, _CREATE, _DELETE))),
    Pair("delete, delete", ("delete", "delete"), (_start(2, 2, _DELETE, _DELETE),)),
    Pair("create, resize", ("create", "resize"), (
        _start(2, 1, _CREATE, _RESIZE), _start(3, 1, _CREATE, _RESIZE)), _resizes),
    Pair("resize, resize", ("resize", "resize"), (
        _start(3, 2, _RESIZE, _RESIZE), _start(4, 2, _RESIZE, _RESIZE)), _resizes),
    Pair("resize, delete", ("resize", "delete"), (
        _start(2, 2, _RESIZE, _DELETE), _start(3, 2, _RESIZE, _DELETE)), _resizes),
    Pair("create, sweep", ("create", "sweep"), (_start(1, 0, _CREATE, _SWEEP), _start(2, 1, _CREATE, _SWEEP)), _sweeps),
    Pair("delete, sweep", ("delete", "sweep"), (_start(2, 1, _DELETE, _SWEEP),), _sweeps),
)  # fmt: skip


def met(design: type[Design]) -> Iterator[Pair]:
    """The pairs that a design's requests can form."""
    return (pair for pair in PAIRS if pair.is_met(design))


def cases(pair: Pair, design: str, database: str, isolation: str = "") -> Iterator[Case]:
    """The cases of a pair, one for each of its starts."""
    kind = designs.named(design)
    for start in pair.starts:
        case = Case(
            pair.name, design, database, (), isolation, tuning=replace(kind.explored_tuning or SHORT, attempts=PATIENT)
        )
        yield replace(start(case), is_cold=pair.is_cold)


def explored(pair: Pair, design: str, database: str, isolation: str = "") -> frozenset[Fault]:
    """The faults of any schedule of the two in any of their starts; rows over the limit count as over-admission."""
    faults = {fault for case in cases(pair, design, database, isolation) for fault in explorer.explore(case).faults}
    return frozenset("over_admission" if fault == "rows_over" else fault for fault in faults - NO_RACES)
