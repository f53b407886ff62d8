"""The explorer: tries every interleaving of a few clients on the model, with crashes, shortest schedules first."""

import gc
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random

from quota_lab.designs.base import Conflict, Fault
from quota_lab.explored_case import Case, faults
from quota_lab.model import Blocked, Model
from quota_lab.program import LOST, Answers, Program, frozen
from quota_lab.schedule import CounterExample, Ending, flat, spans
from quota_lab.state import CRASHED, OVER, Likeness, State, replaced

MOST_STATES = 200_000


@dataclass(frozen=True, slots=True)
class Exploration:
    """All faults of one case; `is_complete` says that every schedule was tried."""

    case: Case
    counter_examples: tuple[CounterExample, ...]
    n_states: int
    is_complete: bool

    @property
    def faults(self) -> frozenset[Fault]:
        """The kinds of fault found."""
        return frozenset(example.fault for example in self.counter_examples)


@dataclass(slots=True)
class _Explorer:
    case: Case
    programs: list[Program]
    is_reduced: bool = True
    found: dict[Fault, CounterExample] = field(default_factory=dict)

    def explore(self) -> Exploration:
        start = self.start()
        while (exploration := self._try(start)) is None:
            self.found.clear()
        return exploration

    def _try(self, start: State) -> Exploration | None:
        """The exploration; None if a snapshot was asked for a table that had not been compared before."""
        tables_read = start.model.tables_read
        likeness = Likeness(self.programs, frozenset(tables_read))
        key = likeness.key if self.is_reduced else State.key
        queue, seen = deque([start]), {key(start)}
        while queue and len(seen) < MOST_STATES:
            state = queue.popleft()
            if state.is_quiet:
                self._judge(state)
            for following in self._following(state, likeness):
                state_key = key(following)
                if state_key not in seen:
                    seen.add(state_key)
                    queue.append(following)
            if len(tables_read) > len(likeness.tables_read) and self.is_reduced:
                return None
        return Exploration(self.case, tuple(self.found.values()), len(seen), not queue)

    def start(self) -> State:
        n_clients = len(self.programs)
        return State(self.case.model(), (0,) * n_clients, (0,) * n_clients, (-1,) * n_clients)

    def _following(self, state: State, likeness: Likeness) -> Iterator[State]:
        waiting, can_move = {}, False
        for client in range(len(self.programs)):
            if state.over >> client & 1 or (self.is_reduced and likeness.is_second_twin(state, client)):
                continue
            following = self._move(state, client)
            if isinstance(following, State):
                can_move = True
                yield following
            else:
                waiting[client] = following
            if self.case.can_crash and not state.crashed and state.begun >> client & 1:
                yield self._crash(state, client)
        if waiting and not can_move:
            # All remaining clients wait for each other: the server picks a victim, the explorer tries each.
            stuck = tuple((client, steps) for client, steps in waiting.items() if state.begun >> client & 1)
            yield from (self._lose(state, client, stuck) for client, _ in stuck)

    def _move(self, state: State, client: int) -> State | int:
        """The state after a client's next noticeable step, or the number of steps to the lock that it must wait for."""
        model, node, program = state.model.copy(client), state.nodes[client], self.programs[client]
        has_acted = False
        while not isinstance(step := program.next[node], str):
            if not model.is_local(client, step):
                if has_acted:
                    break
                has_acted = True
            before = model.copy(client) if model.takes_snapshot(client) else None
            try:
                answer = frozen(model.take(client, step))
            except Blocked as blocked:
                if before is None:
                    return program.answers.distance(state.nodes[client], node) + 1
                return self._arrived(state, client, before.waiting(client, blocked.name), node, is_waiting=True)
            except Conflict as lost:
                answer = (LOST, lost.reason)
            node = program.after(node, answer)
        return self._arrived(state, client, model, node)

    def _lose(self, state: State, client: int, stuck: tuple[tuple[int, int], ...]) -> State:
        reason = state.model.reason_to_lose(client)
        node = self.programs[client].after(state.nodes[client], (LOST, reason))
        arrived = self._arrived(state, client, state.model.copy(client), node)
        if reason == "deadlock":
            arrived.deadlocks += 1
            arrived.stuck = stuck
        arrived.model.drop(client)
        return arrived

    def _crash(self, state: State, client: int) -> State:
        model, bit = state.model.copy(client), 1 << client
        model.drop(client)
        over, crashed, places = state.over | bit, state.crashed | bit, replaced(state.places, client, OVER[CRASHED])
        return State(
            model, state.nodes, places, state.before, state.begun, over, crashed, state.deadlocks, state, client
        )

    def _arrived(self, state: State, client: int, model: Model, node: int, *, is_waiting: bool = False) -> State:
        bit, before, begun, over = 1 << client, state.before, state.begun, state.over
        nodes, place = replaced(state.nodes, client, node), node
        if not begun & bit:
            before, begun = replaced(before, client, over), begun | bit
        if isinstance(ended := self.programs[client].next[node], str):
            over |= bit
            place = OVER[ended]
        places = replaced(state.places, client, place)
        return State(
            model, nodes, places, before, begun, over, state.crashed, state.deadlocks, state, client, is_waiting
        )

    def _judge(self, state: State) -> None:
        end = self._ending(state)
        timed = spans(end.moves, len(self.programs))
        for fault in faults(self.case, state.model.rows, end.outcomes, timed, n_deadlocks=state.deadlocks):
            if fault not in self.found:
                self.found[fault] = CounterExample(self.case, end.moves, end.outcomes, end.rows, fault)

    def random_schedule(self, chance: Random) -> Ending:
        state, likeness = self.start(), Likeness(self.programs, frozenset())
        while following := list(self._following(state, likeness)):
            state = chance.choice(following)
        return self._ending(state)

    def _ending(self, state: State) -> Ending:
        outcomes = state.outcomes(self.programs)
        return Ending(self.case, state.moves(self.programs), outcomes, flat(state.model.rows))


def explore(case: Case, *, is_reduced: bool = True) -> Exploration:
    """Try every schedule of a case, shortest first.

    Of schedules that must lead to the same faults only one is followed (`state.Likeness`). Without `is_reduced` all
    are followed, which takes longer and finds the same faults, as the tests check.
    """
    with _without_garbage_collection():
        return _Explorer(case, programs(case), is_reduced).explore()


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Switch the garbage collector off: no state is circular, and collecting takes a third of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def random_schedule(case: Case, seed: int) -> Ending:
    """A random schedule of a case to its end, to compare the model with the real server."""
    return _Explorer(case, programs(case)).random_schedule(Random(seed))


def programs(case: Case) -> list[Program]:
    """The requests of a case as programs, in the order of the clients."""
    answers = Answers()
    return [Program(case.design(), request, answers) for request in case.requests]
