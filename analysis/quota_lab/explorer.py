"""The explorer: every interleaving of a few clients over the model, a crash anywhere, the shortest way to a fault."""

import gc
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

from analysis.quota_lab.case import Case, faults
from analysis.quota_lab.designs.base import Conflict, Design, Fault, Request
from analysis.quota_lab.model import Blocked, Model
from analysis.quota_lab.schedule import CounterExample, Ending, Move, flat, spans
from analysis.quota_lab.statements import Step

MOST_STATES = 200_000
LOST = "lost"  # how a conflict is written among the answers


@dataclass(frozen=True, slots=True)
class Exploration:
    """All that can go wrong in one case; `is_complete` says that every schedule was tried."""

    case: Case
    counter_examples: tuple[CounterExample, ...]
    n_states: int
    is_complete: bool

    @property
    def faults(self) -> frozenset[Fault]:
        """The kinds of fault found."""
        return frozenset(example.fault for example in self.counter_examples)


class Program:
    """One client's request as a tree: after these answers, that step. The design runs once for each new branch."""

    def __init__(self, design: Design, request: Request) -> None:
        self.design = design
        self.request = request
        self.answers: list[tuple[Any, ...]] = [()]
        self.next: list[Step | str] = [self._after(())]
        self.children: dict[tuple[int, Any], int] = {}

    def after(self, node: int, answer: Any) -> int:
        """The node reached by an answer."""
        key = (node, answer)
        if key not in self.children:
            self.children[key] = len(self.answers)
            self.answers.append((*self.answers[node], answer))
            self.next.append(self._after(self.answers[-1]))
        return self.children[key]

    def _after(self, answers: tuple[Any, ...]) -> Step | str:
        steps = self.design.steps(self.request)
        try:
            step = next(steps)
            for answer in answers:
                is_lost = isinstance(answer, tuple) and answer[:1] == (LOST,)
                step = steps.throw(Conflict(answer[1])) if is_lost else steps.send(thawed(answer))
        except StopIteration as end:
            return str(end.value)
        return step


def frozen(answer: Any) -> Any:
    """An answer that can be a key."""
    return tuple(answer) if isinstance(answer, list) else answer


def thawed(answer: Any) -> Any:
    """The answer as the design expects it."""
    return list(answer) if isinstance(answer, tuple) else answer


@dataclass(slots=True)
class State:
    """Where everybody is: the model, each client's node, who had ended when each began, and who crashed."""

    model: Model
    nodes: tuple[int, ...]
    before: tuple[int, ...]  # for each client the set (bits) of clients that had ended when it began; -1: not begun
    crashed: int = 0
    deadlocks: int = 0
    origin: "State | None" = None
    move: Move | None = None

    def key(self) -> Any:
        """Equal for states that nothing later can tell apart."""
        model = self.model
        return model.shown, model.snapshots(), model.queue, self.nodes, self.before, self.crashed, model.numbers

    def moves(self) -> tuple[Move, ...]:
        """How it came to this."""
        found: list[Move] = []
        state: State | None = self
        while state is not None and state.move is not None:
            found.append(state.move)
            state = state.origin
        return tuple(reversed(found))


@dataclass(slots=True)
class _Explorer:
    case: Case
    programs: list[Program]
    found: dict[Fault, CounterExample] = field(default_factory=dict)
    seen: set[Any] = field(default_factory=set)

    def explore(self, start: State) -> Exploration:
        queue = deque([start])
        self.seen.add(start.key())
        while queue and len(self.seen) < MOST_STATES:
            state = queue.popleft()
            if self._is_quiet(state):
                self._judge(state)
            for following in self._following(state):
                key = following.key()
                if key not in self.seen:
                    self.seen.add(key)
                    queue.append(following)
        return Exploration(self.case, tuple(self.found.values()), len(self.seen), not queue)

    def _following(self, state: State) -> Iterator[State]:
        waiting, can_move = [], False
        for client in range(len(self.programs)):
            if self._has_ended(state, client) or self._is_second_twin(state, client):
                continue
            following = self._move(state, client)
            if following is None:
                waiting.append(client)
            else:
                can_move = True
                yield following
            if self.case.can_crash and not state.crashed and state.before[client] >= 0:
                yield self._crash(state, client)
        if waiting and not can_move:
            # All who are left wait for each other: the server picks a victim, we try each.
            yield from (self._lose(state, client) for client in waiting if state.before[client] >= 0)

    def _is_second_twin(self, state: State, client: int) -> bool:
        # Creates that ask for the same are interchangeable until they begin: let the first begin first.
        return state.before[client] < 0 and any(
            state.before[other] < 0 and alike(self.programs[other].request, self.programs[client].request)
            for other in range(client)
        )

    def _move(self, state: State, client: int) -> State | None:
        """The state after one noticeable step of a client; None when it must wait."""
        model, node, program = state.model.copy(), state.nodes[client], self.programs[client]
        steps: list[str] = []
        answers: list[str] = []
        has_acted = False
        while not isinstance(step := program.next[node], str):
            if not model.is_local(client, step):
                if has_acted:
                    break
                has_acted = True
            before = model.copy() if model.takes_snapshot(client) else None
            try:
                answer = frozen(model.take(client, step))
            except Blocked as blocked:
                if before is None:
                    return None
                move = Move(client, tuple(steps), tuple(answers), is_waiting=True)
                return self._arrived(state, client, before.waiting(client, blocked.name), node, move)
            except Conflict as lost:
                answer = (LOST, lost.reason)
            node = program.after(node, answer)
            steps.append(described(step))
            answers.append(str(answer))
        return self._arrived(state, client, model, node, Move(client, tuple(steps), tuple(answers)))

    def _lose(self, state: State, client: int) -> State:
        program, node = self.programs[client], state.nodes[client]
        step, reason = program.next[node], state.model.reason_to_lose(client)
        node = program.after(node, (LOST, reason))
        move = Move(client, (described(step),), (reason,))
        arrived = self._arrived(state, client, state.model.copy(), node, move)
        arrived.deadlocks += reason == "deadlock"
        arrived.model.drop(client)
        return arrived

    def _crash(self, state: State, client: int) -> State:
        model = state.model.copy()
        model.drop(client)
        move = Move(client, (), (), is_crash=True)
        return State(model, state.nodes, state.before, state.crashed | 1 << client, state.deadlocks, state, move)

    def _arrived(self, state: State, client: int, model: Model, node: int, move: Move) -> State:
        ended = self.programs[client].next[node]
        if isinstance(ended, str):
            move = Move(move.client, move.steps, move.answers, ended=ended)
        nodes = (*state.nodes[:client], node, *state.nodes[client + 1 :])
        before = state.before
        if before[client] < 0:
            done = sum(1 << other for other in range(len(nodes)) if self._has_ended(state, other))
            before = (*before[:client], done, *before[client + 1 :])
        return State(model, nodes, before, state.crashed, state.deadlocks, state, move)

    def _has_ended(self, state: State, client: int) -> bool:
        return bool(state.crashed >> client & 1) or isinstance(self.programs[client].next[state.nodes[client]], str)

    def _is_quiet(self, state: State) -> bool:
        return all(state.before[c] < 0 or self._has_ended(state, c) for c in range(len(self.programs)))

    def _judge(self, state: State) -> None:
        if any(begun >= 0 for begun in state.before):
            end = self._ending(state)
            timed = spans(end.moves, len(self.programs))
            for fault in faults(self.case, state.model.rows, end.outcomes, timed, n_deadlocks=state.deadlocks):
                if fault not in self.found:
                    self.found[fault] = CounterExample(self.case, end.moves, end.outcomes, end.rows, fault)

    def wander(self, start: State, chance: Random) -> Ending:
        state = start
        while following := list(self._following(state)):
            state = chance.choice(following)
        return self._ending(state)

    def _ending(self, state: State) -> Ending:
        return Ending(self.case, state.moves(), self._outcomes(state), flat(state.model.rows))

    def _outcomes(self, state: State) -> tuple[str, ...]:
        found = []
        for client, begun in enumerate(state.before):
            ended = self.programs[client].next[state.nodes[client]]
            found.append("" if begun < 0 else "crashed" if state.crashed >> client & 1 else str(ended))
        return tuple(found)


def alike(one: Request, other: Request) -> bool:
    """Whether two creates differ in nothing but the name of their instance."""
    return one.kind == other.kind == "create" and (one.amounts, one.pools) == (other.amounts, other.pools)


def described(step: Step | str) -> str:
    """A step's name for people."""
    return type(step).__name__


def explore(case: Case) -> Exploration:
    """Try every schedule of a case, shortest first."""
    with _uncollected():
        return _Explorer(case, _programs(case)).explore(_start(case))


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the garbage collector: nothing here is circular, and looking through all states costs a third."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def wander(case: Case, seed: int) -> Ending:
    """One schedule of a case to its end, chosen at random: for comparing the model with the real server."""
    return _Explorer(case, _programs(case)).wander(_start(case), Random(seed))


def _programs(case: Case) -> list[Program]:
    return [Program(case.design(), request) for request in case.requests]


def _start(case: Case) -> State:
    return State(case.model(), (0,) * len(case.requests), (-1,) * len(case.requests))
