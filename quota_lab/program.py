"""A request as a program: which step a client takes next, after the answers that it has had."""

from quota_lab.designs.base import Conflict, Design, Request
from quota_lab.statements import Reply, Step

LOST = "lost"  # how a conflict is written among the answers


class Answers:
    """Every series of answers met in a case, numbered as nodes of a tree; all clients share the numbers."""

    def __init__(self) -> None:
        self.series: list[tuple[Reply, ...]] = [()]
        self.children: dict[tuple[int, Reply], int] = {}

    def after(self, node: int, answer: Reply) -> int:
        """The node reached by one more answer."""
        key = (node, answer)
        if key not in self.children:
            self.children[key] = len(self.series)
            self.series.append((*self.series[node], answer))
        return self.children[key]

    def distance(self, first: int, last: int) -> int:
        """The number of answers from a node to a later one."""
        return len(self.series[last]) - len(self.series[first])


class Program:
    """One client's request: after these answers, that step. The design runs once for each new series."""

    def __init__(self, design: Design, request: Request, answers: Answers) -> None:
        self.design = design
        self.request = request
        self.answers = answers
        self.next: dict[int, Step | str] = {0: self._step_after(())}  # by node; a string when that ends the request

    def after(self, node: int, answer: Reply) -> int:
        """The node reached by an answer."""
        child = self.answers.after(node, answer)
        if child not in self.next:
            self.next[child] = self._step_after(self.answers.series[child])
        return child

    def described_steps(self, first: int, last: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The names of the steps from one node to a later one, and their answers, for people."""
        answers = self.answers.series[last][len(self.answers.series[first]) :]
        steps, node = [], first
        for answer in answers:
            steps.append(type(self.next[node]).__name__)
            node = self.answers.children[node, answer]
        return tuple(steps), tuple(answer[1] if _is_lost(answer) else str(answer) for answer in answers)

    def _step_after(self, answers: tuple[Reply, ...]) -> Step | str:
        steps = self.design.steps(self.request)
        try:
            step = next(steps)
            for answer in answers:
                step = steps.throw(Conflict(answer[1])) if _is_lost(answer) else steps.send(thawed(answer))
        except StopIteration as end:
            return str(end.value)
        return step


def _is_lost(answer: Reply) -> bool:
    return isinstance(answer, tuple) and answer[:1] == (LOST,)


def frozen(answer: Reply) -> Reply:
    """An answer that can be a key."""
    return tuple(answer) if isinstance(answer, list) else answer


def thawed(answer: Reply) -> Reply:
    """The answer as the design expects it."""
    return list(answer) if isinstance(answer, tuple) else answer
