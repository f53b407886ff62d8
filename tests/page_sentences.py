"""The sentences of a page: the cells of its notebook run in this process, without a kernel or a drawing."""

import ast
import html
import json
import re
from pathlib import Path
from unittest.mock import MagicMock

import pandas as pd
import pytest

import analysis
from analysis.dataset import display
from analysis.dataset.cards import Card
from analysis.report.figures import bar_charts, line_charts, theme_charts
from analysis.report.figures.documents import Document
from analysis.report.figures.fact_lists import FactList
from analysis.report.figures.html_table import Table
from analysis.report.figures.page_sets import PageSet
from analysis.report.figures.picture import Picture
from analysis.report.figures.task_lists import TaskList

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
HEADING = re.compile(r"<th [^>]*>(.*?)</th>", re.DOTALL)
CELL = re.compile(r"<td [^>]*>(.*?)</td>", re.DOTALL)
FACT = re.compile(r"<dt>(.*?)</dt><dd[^>]*>(.*?)</dd>", re.DOTALL)
TAG = re.compile(r"<[^>]*>")


def sentences(notebook, nova):
    """The sentences of the page that a notebook makes from a dataset, in order, each once.

    A cell of a table or a fact is a sentence of its label and its value: "Votes unknown: 3".
    """
    cells = json.loads((NOTEBOOKS / f"{notebook}.ipynb").read_text(encoding="utf-8"))["cells"]
    names, said = {}, []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(analysis, "open", lambda *_, **__: nova)
        for charts in (bar_charts, line_charts, theme_charts):
            patch.setattr(charts, "canvas", lambda *_: MagicMock())  # what a picture says is not in its drawing
        for source in ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"):
            result = executed(source, names)
            said += [] if result is None else of(result)
    return list(dict.fromkeys(said))


def executed(source, names):
    """The value of the last expression of a cell; None if it ends with a statement."""
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "a cell", "exec"), names)
    return eval(compile(ast.Expression(last.value), "a cell", "eval"), names) if last else None


def of(shown):
    """The sentences of a value that a cell shows."""
    if isinstance(shown, pd.DataFrame):
        return of(display.as_table(shown))
    if isinstance(shown, Card):
        return of(shown.table)
    if isinstance(shown, Picture):
        return [shown.alt, *of(shown.table)]
    if isinstance(shown, Document):
        return [line for line in shown.text.splitlines() if line]
    if isinstance(shown, FactList):
        return [f"{plain(fact)}: {plain(value)}" for fact, value in FACT.findall(shown.html())]
    if isinstance(shown, Table):
        page = shown.html()
        labels, values = HEADING.findall(page), CELL.findall(page)
        rows = [f"{plain(labels[n % len(labels)])}: {plain(value)}" for n, value in enumerate(values)]
        return [shown.caption, *rows, *([] if len(shown.frame) else [f"{shown.name}: {shown.empty}"])]
    if isinstance(shown, TaskList):
        return [shown.note, *(f"{task.question}: {one.text}" for task in shown.tasks for one in task.answers)]
    if isinstance(shown, PageSet):
        return [one for page in shown.pages for part in page.parts for one in (*page.notes, *of(part))]
    raise TypeError(f"no sentences are known of a {type(shown).__name__}")


def plain(text):
    """The text of HTML, without tags."""
    return " ".join(html.unescape(TAG.sub(" ", text)).split())
