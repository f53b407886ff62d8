"""Whether some order of the operations explains every answer: a just-in-time search over sets of done operations.

The object is a vector of bounded counters. Growth is admitted if and only if every counter stays within its limit;
shrinking always works. The counters depend only on *which* operations were done, so a configuration is the set of done
operations among the pending ones (Wing and Gong 1993; Lowe 2017). Three rules keep the number of sets small without
losing an answer:

- a refusal changes nothing, so it is placed in the first configuration that justifies it;
- of pending operations with equal changes, the one that must answer first goes first;
- a configuration with less use and more justified refusals can do all that the other can, so shrinking goes first.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import add, le
from typing import NamedTuple

from quota_lab.history import FOREVER, History, Operation

Used = tuple[int, ...]


class Configuration(NamedTuple):
    """The pending changes that are done, the pending refusals that are justified (as bits), and the use after them."""

    done: int
    justified: int
    used: Used


@dataclass(slots=True)
class _Search:
    limits: Used
    configurations: set[Configuration]
    changes: dict[int, Operation] = field(default_factory=dict)  # the pending ones, by bit
    refusals: dict[int, Operation] = field(default_factory=dict)
    bit_of: dict[int, int] = field(default_factory=dict)
    n_unexplained: int = 0

    def call(self, operation: Operation) -> None:
        bit = 1
        while bit in self.changes or bit in self.refusals:
            bit <<= 1
        self.bit_of[operation.name] = bit
        if operation.is_refused:
            self.refusals[bit] = operation
            self.configurations = {self._justify(c) for c in self.configurations}
        else:
            self.changes[bit] = operation

    def answer(self, operation: Operation) -> None:
        bit = self.bit_of.pop(operation.name)
        reached = self._minimal(self._reach(operation, bit))
        if not reached:
            self.n_unexplained += 1
            reached = {self._forced(c, operation, bit) for c in self.configurations}
        (self.refusals if operation.is_refused else self.changes).pop(bit)
        self.configurations = {Configuration(c.done & ~bit, c.justified & ~bit, c.used) for c in reached}

    def _reach(self, operation: Operation, bit: int) -> set[Configuration]:
        """Every configuration in which the operation is done (or justified), one step after one without it."""
        alike = self._alike()
        reached = {c for c in self.configurations if (c.done | c.justified) & bit}
        seen = set(self.configurations)
        frontier = [c for c in self.configurations if not (c.done | c.justified) & bit]
        while frontier:
            configuration = frontier.pop()
            direct = None if operation.is_refused else self._do(configuration, bit)
            if direct is not None and self._need_not_wait(configuration, operation):
                reached.add(direct)
                continue
            for following in self._steps(configuration, alike):
                if (following.done | following.justified) & bit:
                    reached.add(following)
                elif following not in seen:
                    seen.add(following)
                    frontier.append(following)
        return reached

    def _need_not_wait(self, configuration: Configuration, operation: Operation) -> bool:
        """Whether it is useless to do another operation before this one, which could be done now.

        The only gain would be a refusal that the use before this operation justifies. That requires a refusal which
        the largest possible use would justify and, if growth goes first, a shrink in between that makes room for both.
        """
        hopeful = [o for b, o in self.refusals.items() if not configuration.justified & b]
        if not hopeful:
            return True
        most, can_shrink = configuration.used, False
        for bit, other in self.changes.items():
            if not configuration.done & bit:
                if other.is_growing:
                    most = tuple(map(add, most, other.deltas))
                else:
                    can_shrink = True
        if operation.is_growing and (not can_shrink or all(map(le, most, self.limits))):
            return True
        return not any(self._forbids(most, other.deltas) for other in hopeful)

    def _alike(self) -> list[list[int]]:
        """Bits of the pending changes, grouped by equal changes; in each group the first is the first to answer."""
        groups: dict[Used, list[int]] = {}
        for bit, operation in sorted(self.changes.items(), key=lambda item: item[1].answered):
            groups.setdefault(operation.deltas, []).append(bit)
        return list(groups.values())

    def _steps(self, configuration: Configuration, alike: list[list[int]]) -> Iterator[Configuration]:
        for bits in alike:
            for bit in bits:
                if not configuration.done & bit:
                    following = self._do(configuration, bit)
                    if following is not None:
                        yield following
                    break

    def _do(self, configuration: Configuration, bit: int) -> Configuration | None:
        operation = self.changes[bit]
        if operation.is_growing and self._forbids(configuration.used, operation.deltas):
            return None
        used = tuple(map(add, configuration.used, operation.deltas))
        return self._justify(Configuration(configuration.done | bit, configuration.justified, used))

    def _justify(self, configuration: Configuration) -> Configuration:
        justified = configuration.justified
        for bit, operation in self.refusals.items():
            if not justified & bit and self._forbids(configuration.used, operation.deltas):
                justified |= bit
        if justified == configuration.justified:
            return configuration
        return Configuration(configuration.done, justified, configuration.used)

    def _forbids(self, used: Used, deltas: Used) -> bool:
        # Only the counters of the request are checked: a counter that was forced over its limit refuses nothing else.
        for u, d, limit in zip(used, deltas, self.limits, strict=True):  # noqa: SIM110 -- the innermost loop
            if d > 0 and u + d > limit:
                return True
        return False

    def _forced(self, configuration: Configuration, operation: Operation, bit: int) -> Configuration:
        if operation.is_refused:
            return Configuration(configuration.done, configuration.justified | bit, configuration.used)
        used = tuple(map(add, configuration.used, operation.deltas))
        return self._justify(Configuration(configuration.done | bit, configuration.justified, used))

    @staticmethod
    def _minimal(reached: set[Configuration]) -> set[Configuration]:
        kept: list[Configuration] = []
        for one in sorted(reached, key=lambda c: (c.done.bit_count(), -c.justified.bit_count(), c.done, c.justified)):
            if not any(k.done & one.done == k.done and k.justified & one.justified == one.justified for k in kept):
                kept.append(one)
        return set(kept)


def n_unexplained(history: History, *, with_refusals: bool = True) -> int:
    """The number of answers that no order explains; 0 if one order explains all. Without refusals: of admissions only.

    The search forces such an answer and continues, so the number is a degree of wrongness, not a count of culprits.
    """
    operations = [o for o in history.operations if with_refusals or not o.is_refused]
    search = _Search(history.limits, {Configuration(0, 0, (0,) * len(history.limits))})
    for _, is_answer, operation in _events(operations):
        (search.answer if is_answer else search.call)(operation)
    return search.n_unexplained


def _events(operations: list[Operation]) -> list[tuple[int, bool, Operation]]:
    # At the same instant calls sort before answers, so that a tie counts as an overlap and accuses nobody.
    calls = [(o.called, False, o) for o in operations]
    # An operation without an answer may have happened last; it did happen, because its effect was found.
    answers = [(min(o.answered, FOREVER), True, o) for o in operations]
    return sorted(calls + answers, key=lambda event: (event[0], event[1], event[2].name))
