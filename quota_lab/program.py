"""A request as a program: the next step of a client after the answers that it has received."""

from quota_lab.designs.base import Conflict, Design, Request
from quota_lab.statements import Reply, Step

LOST = "lost"  # stands for a conflict among the answers


class Answers:
    """All series of answers in a case, numbered as nodes of a tree; all clients share the numbers."""

    def __init__(self) -> None:
        self.series: list[tuple[Reply, ...]] = [()]
        self.children: dict[tuple[int, Reply], int] = {}

    def after(self, node: int, answer: Reply) -> int:
        """The node after one more answer."""
        key = (node, answer)
        if key not in self.children:
            self.children[key] = len(self.series)
            self.series.append((*self.series[node], answer))
        return self.children[key]

    def distance(self, first: int, last: int) -> int:
        """The number of answers from a node to a later one."""
        return len(self.series[last]) - len(self.series[first])


class Program:
    """One client's request: the next step after each series of answers. The design runs once for each new series."""

    def __init__(self, design: Design, request: Request, answers: Answers) -> None:
        self.design = design
        self.request = request
        self.answers = answers
        self.next: dict[int, Step | str] = {0: self._step_after(())}  # by node; a string when that ends the request

    def after(self, node: int, answer: Reply) -> int:
        """The node after an answer."""
        child = self.answers.after(node, answer)
        if child not in self.next:
            self.next[child] = self._step_after(self.answers.series[child])
        return child

    def described_steps(self, first: int, last: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The names of the steps from one node to a later one, and their answers, as texts."""
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
    """An answer in a form that can be a key."""
    return tuple(answer) if isinstance(answer, list) else answer


def thawed(answer: Reply) -> Reply:
    """The answer in the form that the design expects."""
    return list(answer) if isinstance(answer, tuple) else answer
