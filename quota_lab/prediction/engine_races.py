"""Predictions from the kept traces of real engines: one request of each kind, run alone and observed by SQLAlchemy."""

import re
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal, TypedDict

from quota_lab.designs.base import Fault
from quota_lab.isolation import rules
from quota_lab.prediction.access import Access, of_statement
from quota_lab.prediction.races import predicted_faults
from quota_lab.prediction.sequential_trace import Trace, Transaction, marked
from quota_lab.prediction.side import Tables

UUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")
_USAGES = {"tallies": frozenset({"quota_usages"}), "reservations": frozenset({"reservations"})}
ROLES: dict[str, Tables] = {  # by the beginning of an engine's name
    "nova-15": Tables(frozenset({"instances"}), **_USAGES),
    "nova-34": Tables(frozenset({"instances"})),
    "cinder": Tables(frozenset({"volumes"}), **_USAGES),
    "manila": Tables(frozenset({"shares"}), **_USAGES),
    "neutron": Tables(frozenset({"networks"}), reservations=frozenset({"reservations", "resourcedeltas"})),
    "placement": Tables(frozenset({"allocations"})),
    "trove": Tables(frozenset({"instances"}), **_USAGES),
}
KINDS: tuple[Literal["create", "delete"], ...] = ("create", "create", "delete")  # in turn, from an empty project
FIRST, LATER = "first", "later"  # the pairs of first requests, and all others
# Positions in KINDS; a first request also meets others in the same way as a later one.
PAIRS = {FIRST: ((0, 0), (1, 1)), LATER: ((1, 1), (1, 2), (2, 2))}
INSTANCES = (1, 2, 1)  # the instance of each of KINDS


class SeenStatement(TypedDict, total=False):
    """A statement, or a border of a transaction, as `quota_lab.engines.trace` reports it."""

    sql: str
    parameters: Sequence[object]
    n_rows: int | None


class KeptTrace(TypedDict):
    """One engine and variant, run alone on one database: statements of each of KINDS, and tables with a unique key."""

    title: str
    database: str
    unique: list[str]
    requests: list[list[SeenStatement]]


def transactions(statements: Iterable[SeenStatement]) -> Iterator[Transaction]:
    """The committed transactions, in order, and those that only read, however they ended."""
    accesses: list[Access] = []
    for statement in statements:
        sql = statement["sql"]
        if sql not in ("COMMIT", "ROLLBACK"):
            accesses += of_statement(sql, _parameters(statement["parameters"]), statement.get("n_rows"))
            continue
        if accesses and (sql == "COMMIT" or not any(access.is_write for access in accesses)):
            yield Transaction(tuple(accesses))
        accesses = []


def _parameters(parameters: Sequence[object]) -> Mapping[str, object] | Sequence[object]:
    """The parameters by name or in order; none if one statement was sent for several rows."""
    pairs = [one for one in parameters if isinstance(one, list) and len(one) == 2]
    if parameters and len(pairs) == len(parameters):
        return {str(one[0]): one[1] for one in pairs}
    return [] if any(str(one)[:1] in ("(", "{") for one in parameters) else parameters


def trace(kind: Literal["create", "delete"], statements: Iterable[SeenStatement], instance: str) -> Trace:
    """The trace of one request of an engine for one instance."""
    committed = list(transactions(statements))
    return Trace(kind, tuple(marked(committed, {instance} | _new_names(committed))))


def _new_names(committed: Iterable[Transaction]) -> set[str]:
    """The UUIDs that a request has itself assigned to rows: it inserted them and had not met them before."""
    met, new = set[str](), set[str]()
    for access in (access for transaction in committed for access in transaction.accesses):
        names = {value for _, values in access.keys for value in values if UUID.fullmatch(value)}
        if access.act == "insert":
            new |= names - met
        elif access.n_rows != 0:
            met |= names - new
    return new


def tables(engine: str, unique: Iterable[str]) -> Tables:
    """The roles of an engine's tables, and the tables with a unique key."""
    (roles,) = (roles_of_family for beginning, roles_of_family in ROLES.items() if engine.startswith(beginning))
    return replace(roles, unique=frozenset(unique))


def predicted(kept: KeptTrace, isolation: str) -> dict[str, frozenset[Fault]]:
    """The predicted faults of first requests and of later ones at an isolation level."""
    level, roles = rules(kept["database"], isolation), tables(kept["title"], kept["unique"])
    traces = [
        trace(kind, statements, str(uuid.UUID(int=instance)))
        for kind, statements, instance in zip(KINDS, kept["requests"], INSTANCES, strict=True)
    ]
    return {
        when: frozenset(f for a, b in pairs for f in predicted_faults(traces[a], traces[b], roles, level))
        for when, pairs in PAIRS.items()
    }
