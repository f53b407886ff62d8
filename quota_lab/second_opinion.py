"""A second opinion on histories: another algorithm for the judge's question, and the format of other checkers.

The judge (`linearisability`) reads a history once and keeps sets of configurations. This module uses the algorithm of
Wing and Gong (1993): do any operation that was called before the first answer, continue with the rest, and backtrack
at a dead end; it remembers the states that it tried. It shares only the history with the judge.
"""

from collections.abc import Iterator

from quota_lab.history import FOREVER, History, Operation

PATIENCE = 2_000_000  # states after which it gives up


def is_linearisable(history: History) -> bool | None:
    """Whether some order of the operations explains every answer; None if the search was given up."""
    operations = sorted(history.operations, key=lambda operation: (operation.called, operation.name))
    # All operations, even those without an answer: they are in the history because their effect was found.
    every = (1 << len(operations)) - 1
    tried: set[int] = set()  # sets of done operations, which determine the use
    stack = [(0, tuple(0 for _ in history.limits))]
    while stack:
        done, used = stack.pop()
        if done == every:
            return True
        if done in tried:
            continue
        tried.add(done)
        if len(tried) > PATIENCE:
            return None
        stack.extend(_following(operations, done, used, history.limits))
    return False


def _following(
    operations: list[Operation], done: int, used: tuple[int, ...], limits: tuple[int, ...]
) -> Iterator[tuple[int, tuple[int, ...]]]:
    """The states after one more operation, which was called before the first answer among the remaining ones."""
    left = [(n, operation) for n, operation in enumerate(operations) if not done >> n & 1]
    first_answer = min((operation.answered for _, operation in left), default=FOREVER)
    for n, operation in left:
        if operation.called > first_answer:
            break  # operations are in the order of their calls
        wanted = tuple(u + d for u, d in zip(used, operation.deltas, strict=True))
        fits = not any(w > limit for w, d, limit in zip(wanted, operation.deltas, limits, strict=True) if d > 0)
        if operation.is_refused and not fits:
            yield done | 1 << n, used
        elif not operation.is_refused and (fits or not operation.is_growing):
            yield done | 1 << n, wanted


def jepsen(history: History) -> str:
    """The history in EDN, as Jepsen writes it and its checkers (Knossos, elle-cli) read it: a line for each event.

    The events are in the order of time. An operation is `:add` of the amounts for each counter; a refusal is `:fail`,
    which means that it changed nothing; an operation without an answer is `:info`, at the end. Only this laboratory's
    judge demands a reason for a refusal: a checker without a limit accepts every failure.
    """
    events = []
    for process, operation in enumerate(history.operations):
        value = f"[{' '.join(str(delta) for delta in operation.deltas)}]"
        same = f":f :add, :value {value}, :process {process}"
        events.append((operation.called, 0, f"{{:type :invoke, {same}, :time {operation.called}}}"))
        if operation.answered < FOREVER:
            kind = ":fail" if operation.is_refused else ":ok"
            events.append((operation.answered, 1, f"{{:type {kind}, {same}, :time {operation.answered}}}"))
        else:
            events.append((FOREVER, 1, f"{{:type :info, {same}, :time {FOREVER}}}"))
    return "".join(f"{text}\n" for _, _, text in sorted(events))
