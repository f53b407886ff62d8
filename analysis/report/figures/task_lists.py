"""The list of tasks at the top of the start page: questions that lead to their rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from analysis.report.figures.html import link, safe
from analysis.report.figures.html_table import Table
from analysis.report.output_data import DATA, TableData

if TYPE_CHECKING:
    from analysis.report.measures import StartTask


@dataclass(frozen=True)
class TaskList:
    """What `figures.task_list` returns: the tasks, below a note on what the data lack."""

    tasks: Sequence["StartTask"]
    note: str = ""

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        return {"text/plain": f"{len(self.tasks)} tasks", "text/html": self.html(), DATA: self.data()}

    def html(self) -> str:
        """The note, then a list: each question leads to its rows, and so does each part of its answer."""
        items = "".join(map(_item, self.tasks))
        note = f'<p class="doubt">{safe(self.note, most=1000)}</p>' if self.note else ""
        return f'{note}<ul class="tasks">{items}</ul>'

    def data(self) -> TableData:
        """The list as plain values: a row for each part of an answer."""
        rows = [(task.question, one.text, one.page) for task in self.tasks for one in task.answers]
        return Table("task_facts", "Tasks", pd.DataFrame(rows, columns=["question", "answer", "page"])).data()


def task_list(tasks: Sequence["StartTask"], *, note: str = "") -> TaskList:
    """The tasks as a list of links; `note` says what the data lack."""
    return TaskList(tasks, note)


def _item(task: "StartTask") -> str:
    answers = " · ".join(link(one.page, safe(one.text)) for one in task.answers)
    # A report drops a task whose question leads to a page that it lacks; one that leads nowhere has no page to lack.
    kind = ' class="task"' if task.page else ""
    return f"<li{kind}>{link(task.page, safe(task.question))}<p>{answers}</p></li>"
