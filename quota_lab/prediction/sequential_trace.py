"""The trace of one request that runs alone: its accesses in order, grouped by transaction."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from analysis.errors import QuotaLabError
from quota_lab.designs.base import Design, Request
from quota_lab.model import Model
from quota_lab.prediction.access import ANY, Access, of_statement
from quota_lab.statements import Begin, Commit, Key, Reply, Rollback, Statement, Value

Kind: TypeAlias = Literal["create", "delete", "resize", "sweep"]
OWN = "own"  # stands for a value that no other request can have
USAGE_COLUMNS = ("project_id", "resource", "in_use", "reserved", "until_refresh")  # of a usage row in the model


@dataclass(frozen=True, slots=True)
class Transaction:
    """The accesses of one transaction. Without `is_open` it is a single statement, which commits itself."""

    accesses: tuple[Access, ...]
    is_open: bool = True
    isolation: str = ""  # empty: the level of the server
    writes_first: bool = False  # SQLite: it began with the write lock


@dataclass(frozen=True, slots=True)
class Trace:
    """One request: its kind, and its committed transactions in order."""

    kind: Kind
    transactions: tuple[Transaction, ...]

    def for_client(self, who: str) -> "Trace":
        """The same request from a named client: its own values carry the client's name."""
        names = {OWN: f"{OWN} of {who}"}
        return replace(
            self,
            transactions=tuple(
                replace(t, accesses=tuple(access.renamed(names) for access in t.accesses)) for t in self.transactions
            ),
        )


def marked(transactions: Iterable[Transaction], own: Iterable[str], *, is_guest: bool = False) -> list[Transaction]:
    """The transactions with OWN in place of every value that belongs to the request alone.

    These values are the names of the request (`own`) and the automatic numbers of rows that it has inserted. A column
    has automatic numbers if the request's insert did not set it, and a later query of the request first filters by it.
    A guest, such as a sweeper, works on the rows of others: a value in its writes that it had not filtered by may
    belong to any request.
    """
    marking = _Marking(frozenset(own), is_guest)
    return [replace(t, accesses=tuple(marking.marked(access) for access in t.accesses)) for t in transactions]


@dataclass(slots=True)
class _Marking:
    own: frozenset[str]
    is_guest: bool
    asked_columns: set[tuple[str, str]] = field(default_factory=set)  # (table, column) of earlier filters
    inserted: set[str] = field(default_factory=set)

    def marked(self, access: Access) -> Access:
        keys = tuple((c, frozenset(self._value(access, c, v) for v in values)) for c, values in access.keys)
        bounded = tuple((c, self._value(access, c, v)) for c, v in access.bounded)
        columns = {c for c, _ in access.keys}
        if access.act == "insert":
            self.inserted.add(access.table)
            self.asked_columns |= {(access.table, c) for c in columns}
        elif access.table not in self.inserted:
            self.asked_columns |= {(access.table, c) for c in columns}
        return replace(access, keys=keys, bounded=bounded)

    def _value(self, access: Access, column: str, value: str) -> str:
        if value in self.own:
            return OWN
        if access.act == "insert" or (access.table, column) in self.asked_columns:
            return value
        if access.table in self.inserted:
            return OWN
        return ANY if self.is_guest and access.is_write else value


def of_design(design: Design, model: Model, request: Request) -> Trace:
    """The trace of a design's request that runs alone on a model and is admitted."""
    own = {str(request.request), str(request.instance)} - {"0"}
    transactions = marked(_performed(design, model, request), own, is_guest=request.kind == "sweep")
    return Trace(request.kind, tuple(transactions))


def _performed(design: Design, model: Model, request: Request) -> Iterator[Transaction]:
    steps = design.steps(request)
    begun: Begin | None = None
    accesses: list[Access] = []
    step = next(steps)
    while True:
        if isinstance(step, Commit) and begun is not None:
            yield Transaction(tuple(accesses), True, begun.isolation, begun.writes_first)
        if isinstance(step, Begin | Commit | Rollback):
            begun, accesses = (step if isinstance(step, Begin) else None), []
        before = _usages(model)
        answer: Reply = model.take(0, step)
        if isinstance(step, Statement):
            used = _accesses(step, answer)
            used = [_changing(access, before, _usages(model)) for access in used]
            accesses += used
            if begun is None:
                yield Transaction(tuple(used), is_open=False)
        try:
            step = steps.send(answer)
        except StopIteration as end:
            if end.value != "admitted":
                raise QuotaLabError(
                    expected=f"a request of {design.name} that is admitted when it is alone",
                    found=str(end.value), do="start where there is room",
                ) from None  # fmt: skip
            return


def _accesses(statement: Statement, answer: Reply) -> list[Access]:
    n_rows = len(answer) if isinstance(answer, list) else answer
    text = statement.sql.format(for_update="FOR UPDATE")
    return list(of_statement(text, [str(value) for value in statement.arguments()], n_rows))


def _usages(model: Model) -> dict[Key, Value | None]:
    changed = model.transactions[0].changed if 0 in model.transactions else {}
    return {key: value for key, value in {**model.rows, **changed}.items() if key[0] == "quota_usages"}


def _changing(access: Access, before: dict[Key, Value | None], after: dict[Key, Value | None]) -> Access:
    if access.act != "update" or access.table != "quota_usages":
        return access
    columns = {
        name
        for key, value in after.items()
        for name, old, new in zip(USAGE_COLUMNS, before.get(key) or (), value or (), strict=False)
        if old != new
    }
    return replace(access, unchanged=access.columns - columns)
