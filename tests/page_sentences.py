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
from analysis.report.figures.statements import Statement
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
    names, sentences = {}, []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(analysis, "open", lambda *_, **__: nova)
        for charts in (bar_charts, line_charts, theme_charts):
            patch.setattr(charts, "canvas", lambda *_: MagicMock())  # what a picture says is not in its drawing
        for source in ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"):
            result = executed(source, names)
            sentences += [] if result is None else of(result)
    return list(dict.fromkeys(sentences))


def executed(source, names):
    """The value of the last expression of a cell; None if it ends with a statement."""
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "a cell", "exec"), names)
    return eval(compile(ast.Expression(last.value), "a cell", "eval"), names) if last else None


def of(value):
    """The sentences of a value that a cell shows."""
    if isinstance(value, pd.DataFrame):
        return of(display.as_table(value))
    if isinstance(value, Card):
        return of(value.table)
    if isinstance(value, Picture):
        return [value.alt, *of(value.table)]
    if isinstance(value, Document):
        return [line for line in value.text.splitlines() if line]
    if isinstance(value, FactList):
        return [f"{plain(fact)}: {plain(text)}" for fact, text in FACT.findall(value.html())]
    if isinstance(value, Table):
        page = value.html()
        labels, values = HEADING.findall(page), CELL.findall(page)
        rows = [f"{plain(labels[n % len(labels)])}: {plain(value)}" for n, value in enumerate(values)]
        return [value.caption, *rows, *([] if len(value.frame) else [f"{value.name}: {value.empty}"])]
    if isinstance(value, TaskList):
        return [value.note, *(f"{task.question}: {one.text}" for task in value.tasks for one in task.answers)]
    if isinstance(value, Statement):
        return [one for one in re.split(r"(?<=[.]) (?=[A-Z])", value.text) if one]
    if isinstance(value, PageSet):
        return [one for page in value.pages for part in page.parts for one in (*page.notes, *of(part))]
    raise TypeError(f"no sentences are known of a {type(value).__name__}")


def plain(text):
    """The text of HTML, without tags."""
    return " ".join(html.unescape(TAG.sub(" ", text)).split())
