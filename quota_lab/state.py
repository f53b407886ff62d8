"""A state of the exploration, and when two states are alike: when nothing that comes later can tell them apart."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from quota_lab.model import EVERY_TABLE, Model, Shown
from quota_lab.program import Program
from quota_lab.schedule import Move

CRASHED = "crashed"
OVER = {CRASHED: -1, "admitted": -2, "refused": -3, "gave_up": -4}  # in place of a node


@dataclass(slots=True)
class State:
    """Where everybody is: the model, each client's node, who had ended when each began; sets of clients are bits."""

    model: Model
    nodes: tuple[int, ...]
    places: tuple[int, ...]  # the same, but how it ended (OVER) of a client that is over
    before: tuple[int, ...]  # for each client those that had ended when it began; -1: not begun
    begun: int = 0
    over: int = 0  # ended or crashed
    crashed: int = 0
    deadlocks: int = 0
    origin: "State | None" = None
    mover: int = 0  # the client that moved last
    is_waiting: bool = False  # it then began to wait
    stuck: tuple[tuple[int, int], ...] = ()  # the deadlock that it lost, as in Move

    @property
    def is_quiet(self) -> bool:
        """Whether all who have begun have ended, at least one."""
        return 0 != self.begun == self.over

    def outcomes(self, programs: Sequence[Program]) -> tuple[str, ...]:
        """How every client ended; empty for those that never began."""
        return tuple(
            "" if self.before[c] < 0 else CRASHED if self.crashed >> c & 1 else str(program.next[self.nodes[c]])
            for c, program in enumerate(programs)
        )

    def moves(self, programs: Sequence[Program]) -> tuple[Move, ...]:
        """How it came to this."""
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
        """Equal for states that are the same in all that is known of them."""
        model, clients = self.model, range(len(self.nodes))
        held = frozenset(model.locks.items()), model.queue
        seen = tuple((model.snapshot(client), model.changed(client)) for client in clients)
        return model.shown, held, seen, self.nodes, self.before, self.crashed, self.deadlocks, model.numbers


@dataclass(slots=True)
class Likeness:
    """Which states of a case are alike; each kind is one that the search would follow to the same faults as another.

    - Of a client that is over only how it ended matters, and since when: its answers are never looked at again.
    - Of a snapshot only the tables matter that any snapshot of the case is ever asked for. They are learnt on the way
      (`Model.asked`): two states that differ elsewhere alone have the same future up to the first question for such a
      table, so the question is met in the one that is followed. Then the search begins again and tells them apart.
    - Twins, who ask for the same under another name, may change places in everything that bears their names. A design
      with several slices has none: it chooses the slice by the name.

    What an open transaction has changed is compared, and not taken from its answers: an automatic number is in it
    before anybody is told.
    """

    programs: Sequence[Program]
    asked: frozenset[str]
    twins: list[list[int]] = field(init=False)
    unmoved: tuple[int, ...] = field(init=False)
    renamed: dict[tuple[Shown, tuple[int, ...]], Shown] = field(default_factory=dict)
    cut: dict[Shown, Shown] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.twins = twins(self.programs)
        self.unmoved = tuple(range(len(self.programs)))

    def is_second_twin(self, state: State, client: int) -> bool:
        """Whether a twin that has not begun either comes first: then it suffices that it begins."""
        for group in self.twins:
            if client in group:
                return any(state.before[other] < 0 for other in group if other < client)
        return False

    def key(self, state: State) -> object:
        """Equal only for states that are alike; locks follow from the rest, as nobody else changes what is locked."""
        model, order = state.model, self._order(state)
        shown = self._renamed(model.shown, order)
        opened = tuple(self._opened(model, client, order) for client in order)
        places, before = state.places, state.before
        if order is not self.unmoved:
            places = tuple(places[client] for client in order)
            before = tuple(_reordered(before[client], order) for client in order)
        return shown, opened, model.queue, places, before, state.deadlocks > 0, model.numbers

    def _order(self, state: State) -> tuple[int, ...]:
        """The clients, twins sorted by their places; `unmoved` where that would not suffice."""
        # Locks bear names too, which a queue for them shows; and a sweeper has been told names.
        if not self.twins or state.model.queue or state.model.is_swept:
            return self.unmoved
        order = list(self.unmoved)
        for group in self.twins:
            ordered = sorted(group, key=lambda client: (state.places[client], state.before[client]))
            for client, other in zip(group, ordered, strict=True):
                order[client] = other
        return self.unmoved if tuple(order) == self.unmoved else tuple(order)

    def _opened(self, model: Model, client: int, order: tuple[int, ...]) -> tuple[Shown | None, Shown] | None:
        """What a client's open transaction sees and has changed; None where it has none."""
        its = model.transactions.get(client)
        if its is None:
            return None
        snapshot = None if its.shown is None else self._renamed(self._cut(its.shown), order)
        return snapshot, self._renamed(frozenset(its.changed.items()), order)

    def _cut(self, snapshot: Shown) -> Shown:
        """The rows of the tables that matter."""
        if EVERY_TABLE in self.asked:
            return snapshot
        if snapshot not in self.cut:
            self.cut[snapshot] = frozenset(row for row in snapshot if row[0][0] in self.asked)
        return self.cut[snapshot]

    def _renamed(self, shown: Shown, order: tuple[int, ...]) -> Shown:
        """The rows as they would be, had the clients in this order done what those in their own order did."""
        if order is self.unmoved or not shown:
            return shown
        if (shown, order) not in self.renamed:
            names = {}
            for client, other in enumerate(order):
                to, of = self.programs[client].request, self.programs[other].request
                names["allocations", of.instance] = to.instance
                names["reservations", of.request] = to.request
            self.renamed[shown, order] = frozenset(
                ((key[0], names.get(key[:2], key[1]), *key[2:]), value) for key, value in shown
            )
        return self.renamed[shown, order]


def _reordered(clients: int, order: tuple[int, ...]) -> int:
    return clients if clients <= 0 else sum(1 << to for to, of in enumerate(order) if clients >> of & 1)


def replaced(values: tuple[int, ...], client: int, value: int) -> tuple[int, ...]:
    """The same, with another value for one client."""
    return (*values[:client], value, *values[client + 1 :])


def twins(programs: Sequence[Program]) -> list[list[int]]:
    """Groups of clients whose creates differ in nothing but their names; none where a design looks at the name."""
    groups: dict[object, list[int]] = {}
    for client, program in enumerate(programs):
        request = program.request
        if request.kind == "create" and program.design.slices == 1:
            groups.setdefault((request.amounts, request.pools), []).append(client)
    return [group for group in groups.values() if len(group) > 1]
