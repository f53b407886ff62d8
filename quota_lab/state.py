"""A state of the exploration, and the rule by which two states are alike: no later step can distinguish them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from quota_lab.model import EVERY_TABLE, Items, Model
from quota_lab.program import Program
from quota_lab.schedule import Move

CRASHED = "crashed"
OVER = {CRASHED: -1, "admitted": -2, "refused": -3, "gave_up": -4}  # the place of a client that has ended


@dataclass(slots=True)
class State:
    """The model, each client's node, and the clients that had ended when each began; sets of clients are bits."""

    model: Model
    nodes: tuple[int, ...]
    places: tuple[int, ...]  # the nodes, but OVER for clients that have ended
    before: tuple[int, ...]  # for each client those that had ended when it began; -1: not begun
    begun: int = 0
    over: int = 0  # ended or crashed
    crashed: int = 0
    deadlocks: int = 0
    origin: "State | None" = None
    mover: int = 0  # the client that moved last
    is_waiting: bool = False  # the mover then began to wait
    stuck: tuple[tuple[int, int], ...] = ()  # the deadlock that it lost, as in Move

    @property
    def is_quiet(self) -> bool:
        """Whether at least one client has begun, and all that have begun have ended."""
        return 0 != self.begun == self.over

    def outcomes(self, programs: Sequence[Program]) -> tuple[str, ...]:
        """The outcome of every client; empty for those that never began."""
        return tuple(
            "" if self.before[c] < 0 else CRASHED if self.crashed >> c & 1 else str(program.next[self.nodes[c]])
            for c, program in enumerate(programs)
        )

    def moves(self, programs: Sequence[Program]) -> tuple[Move, ...]:
        """The moves that led to this state."""
        backwards: list[Move] = []
        state = self
        while state.origin is not None:
            backwards.append(state._move(state.origin, programs[state.mover]))
            state = state.origin
        return tuple(reversed(backwards))

    def _move(self, origin: "State", program: Program) -> Move:
        if self.crashed != origin.crashed:
            return Move(self.mover, (), (), is_crash=True)
        node = self.nodes[self.mover]
        steps, answers = program.described_steps(origin.nodes[self.mover], node)
        ended = program.next[node] if self.over >> self.mover & 1 else ""
        return Move(self.mover, steps, answers, is_waiting=self.is_waiting, stuck=self.stuck, ended=str(ended))

    def key(self) -> object:
        """Equal for states that are equal in every field that affects the future."""
        model, clients = self.model, range(len(self.nodes))
        held = frozenset(model.locks.items()), model.queue
        seen = tuple((model.snapshot(client), model.changed(client)) for client in clients)
        return model.row_items, held, seen, self.nodes, self.before, self.crashed, self.deadlocks, model.numbers


@dataclass(slots=True)
class Likeness:
    """The states of a case that are alike: the search would find the same faults from each of them.

    - For a client that has ended, only its outcome and its time matter: its answers are never read again.
    - In a snapshot, only those tables matter that some statement of the case reads through a snapshot. The search
      learns them on the way (`Model.tables_read`): two states that differ only in other tables have the same future
      until the first query of such a table, and the state that is followed meets this query. Then the search starts
      again and separates them.
    - Twins make the same request under different names, and may be exchanged everywhere. A design with several slices
      has no twins, because it chooses the slice by the name.

    The changes of an open transaction are compared too, because its answers do not determine them: they contain an
    automatic number before any answer does.
    """

    programs: Sequence[Program]
    tables_read: frozenset[str]
    twins: list[list[int]] = field(init=False)
    unmoved: tuple[int, ...] = field(init=False)
    renamed: dict[tuple[Items, tuple[int, ...]], Items] = field(default_factory=dict)
    cut: dict[Items, Items] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.twins = twins(self.programs)
        self.unmoved = tuple(range(len(self.programs)))

    def is_second_twin(self, state: State, client: int) -> bool:
        """Whether a twin that has not begun either comes first, so that it suffices to let that twin begin."""
        for group in self.twins:
            if client in group:
                return any(state.before[other] < 0 for other in group if other < client)
        return False

    def key(self, state: State) -> object:
        """Equal only for states that are alike; the locks follow from the rest, because nobody changes locked rows."""
        model, order = state.model, self._order(state)
        items = self._renamed(model.row_items, order)
        opened = tuple(self._opened(model, client, order) for client in order)
        places, before = state.places, state.before
        if order is not self.unmoved:
            places = tuple(places[client] for client in order)
            before = tuple(_reordered(before[client], order) for client in order)
        return items, opened, model.queue, places, before, state.deadlocks > 0, model.numbers

    def _order(self, state: State) -> tuple[int, ...]:
        """The clients, with twins sorted by their places; `unmoved` if that would not suffice."""
        # The names of locks and a sweeper's answers contain names of clients, too.
        if not self.twins or state.model.queue or state.model.is_swept:
            return self.unmoved
        order = list(self.unmoved)
        for group in self.twins:
            ordered = sorted(group, key=lambda client: (state.places[client], state.before[client]))
            for client, other in zip(group, ordered, strict=True):
                order[client] = other
        return self.unmoved if tuple(order) == self.unmoved else tuple(order)

    def _opened(self, model: Model, client: int, order: tuple[int, ...]) -> tuple[Items | None, Items] | None:
        """The snapshot and the changes of a client's open transaction; None if it has none."""
        transaction = model.transactions.get(client)
        if transaction is None:
            return None
        items = transaction.snapshot_items
        snapshot = None if items is None else self._renamed(self._cut(items), order)
        return snapshot, self._renamed(frozenset(transaction.changed.items()), order)

    def _cut(self, snapshot: Items) -> Items:
        """The rows of a snapshot in the tables that matter."""
        if EVERY_TABLE in self.tables_read:
            return snapshot
        if snapshot not in self.cut:
            self.cut[snapshot] = frozenset(row for row in snapshot if row[0][0] in self.tables_read)
        return self.cut[snapshot]

    def _renamed(self, items: Items, order: tuple[int, ...]) -> Items:
        """The rows after exchanging the clients: in this order they have done the work of those in the usual order."""
        if order is self.unmoved or not items:
            return items
        if (items, order) not in self.renamed:
            names = {}
            for client, other in enumerate(order):
                to, of = self.programs[client].request, self.programs[other].request
                names["allocations", of.instance] = to.instance
                names["reservations", of.request] = to.request
            self.renamed[items, order] = frozenset(
                ((key[0], names.get(key[:2], key[1]), *key[2:]), value) for key, value in items
            )
        return self.renamed[items, order]


def _reordered(clients: int, order: tuple[int, ...]) -> int:
    return clients if clients <= 0 else sum(1 << to for to, of in enumerate(order) if clients >> of & 1)


def replaced(values: tuple[int, ...], client: int, value: int) -> tuple[int, ...]:
    """The values with another value for one client."""
    return (*values[:client], value, *values[client + 1 :])


def twins(programs: Sequence[Program]) -> list[list[int]]:
    """Groups of clients whose creates differ only in their names; none if a design reads the name."""
    groups: dict[object, list[int]] = {}
    for client, program in enumerate(programs):
        request = program.request
        if request.kind == "create" and program.design.slices == 1:
            groups.setdefault((request.amounts, request.pools), []).append(client)
    return [group for group in groups.values() if len(group) > 1]
