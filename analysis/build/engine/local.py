"""The engine of one machine: a process for each partition, at most one per processor at a time.

Such a process, forked from a server that has the code loaded, costs some hundredths of a second. In return its memory
is freed when the partition is done, and its death loses no other partition's work.
"""

import os
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext, ForkServerProcess
from typing import Generic

from analysis.build.engine.forking import forked, process_for, uninterrupted
from analysis.build.engine.outcome import TRIES, Outcome, ResultT, died, worked


@dataclass(slots=True)
class _Task:
    name: str
    arguments: tuple[object, ...]
    tries: int = 0


@dataclass(slots=True)
class _Running(Generic[ResultT]):
    task: _Task
    process: ForkServerProcess
    answer: Connection

    def outcome(self) -> Outcome[ResultT] | None:
        """Its outcome; None if the process died without one."""
        try:
            result, error = self.answer.recv()
        except EOFError:
            self.process.join()
            return None
        self.process.join()
        return Outcome(self.task.name, result, error)

    def stop(self) -> None:
        self.process.kill()
        self.process.join()


class Local:
    """Processes on this machine; modules in `preload` are imported once for all of them."""

    def __init__(self, *, workers: int | None = None, preload: Sequence[str] = ()) -> None:
        self.workers = workers or len(os.sched_getaffinity(0))
        self._preload = list(preload)

    def run(
        self, function: Callable[..., ResultT], partitions: Mapping[str, tuple[object, ...]]
    ) -> Iterator[Outcome[ResultT]]:
        """See Engine. A single partition runs in this process: to start another one would only cost time."""
        if len(partitions) == 1:
            # Import them before the limit of threads is set: it applies only to libraries that are loaded by then.
            for module in self._preload:
                import_module(module)
            yield from (Outcome(name, *_try(function, arguments)) for name, arguments in partitions.items())
            return
        context = forked([function.__module__, *self._preload])
        waiting = deque(_Task(name, arguments) for name, arguments in partitions.items())
        running: dict[Connection, _Running[ResultT]] = {}
        try:
            while waiting or running:
                while waiting and len(running) < self.workers:
                    with uninterrupted():
                        begun = _start(context, function, waiting.popleft())
                        running[begun.answer] = begun
                for answer in wait(list(running)):
                    assert isinstance(answer, Connection)
                    ended = running.pop(answer)
                    outcome = ended.outcome() or _after_death(ended, waiting)
                    if outcome:
                        yield outcome
        finally:
            for each in running.values():
                each.stop()


def _start(context: ForkServerContext, function: Callable[..., ResultT], task: _Task) -> _Running[ResultT]:
    task.tries += 1
    answer, question = context.Pipe(duplex=False)
    process = process_for(context, _child, question, function, task.arguments)
    process.start()
    question.close()
    return _Running(task, process, answer)


def _after_death(ended: _Running[ResultT], waiting: "deque[_Task]") -> Outcome[ResultT] | None:
    if ended.task.tries < TRIES:
        waiting.append(ended.task)
        return None
    return Outcome(ended.task.name, error=died(ended.task.name, f"with exit code {ended.process.exitcode}"))


def _child(answer: Connection, function: Callable[..., object], arguments: tuple[object, ...]) -> None:
    result, error = _try(function, arguments)
    if error is not None:
        error.add_note("".join(traceback.format_exception(error)))  # the traceback itself cannot leave the process
    with answer, suppress(BrokenPipeError):  # the process that asked was interrupted
        answer.send((result, error))


def _try(function: Callable[..., ResultT], arguments: tuple[object, ...]) -> tuple[ResultT | None, Exception | None]:
    try:
        return worked(function, arguments), None
    except Exception as error:
        return None, error
