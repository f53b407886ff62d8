"""The pictures, tables and texts of the reports: each displays itself in a notebook and carries its numbers.

Pictures are general: a bar chart or a line chart draws any table of its form. Each module is imported on first use, so
that a page with only tables does not wait for matplotlib.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis.report.figures.bar_charts import bar_chart
    from analysis.report.figures.choice_lists import explorer
    from analysis.report.figures.documents import Document, comparison, digest, etherpad, feed
    from analysis.report.figures.fact_lists import FactList, fact_list
    from analysis.report.figures.html_table import Table, table
    from analysis.report.figures.line_charts import line_chart, survival_chart
    from analysis.report.figures.machine_texts import calendar, metrics
    from analysis.report.figures.mails import agenda, mail
    from analysis.report.figures.page_sets import PageSet, SmallPage
    from analysis.report.figures.picture import Picture
    from analysis.report.figures.statements import Statement, statement
    from analysis.report.figures.task_lists import TaskList, task_list
    from analysis.report.figures.theme_charts import growth_chart, history_chart, theme_heat_map, theme_map

# the same names again, for the running program; a test compares the two
MODULE_OF = {
    "bar_chart": "bar_charts",
    "explorer": "choice_lists",
    "Document": "documents",
    "comparison": "documents",
    "digest": "documents",
    "etherpad": "documents",
    "feed": "documents",
    "FactList": "fact_lists",
    "fact_list": "fact_lists",
    "Table": "html_table",
    "table": "html_table",
    "line_chart": "line_charts",
    "survival_chart": "line_charts",
    "PageSet": "page_sets",
    "SmallPage": "page_sets",
    "calendar": "machine_texts",
    "metrics": "machine_texts",
    "agenda": "mails",
    "mail": "mails",
    "Picture": "picture",
    "Statement": "statements",
    "statement": "statements",
    "TaskList": "task_lists",
    "task_list": "task_lists",
    "growth_chart": "theme_charts",
    "history_chart": "theme_charts",
    "theme_heat_map": "theme_charts",
    "theme_map": "theme_charts",
}


def __getattr__(name: str) -> object:
    if name not in MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{MODULE_OF[name]}"), name)
    globals()[name] = value  # asked for once
    return value
