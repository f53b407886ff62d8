"""The data in the outputs of notebooks: figures write it, and pages make files of it."""

from typing import TypedDict

DATA = "application/vnd.bugfix-analysis.table+json"
DOCUMENT = "application/vnd.bugfix-analysis.document+json"
PAGES = "application/vnd.bugfix-analysis.pages+json"
NOT_RUN = "No run that is kept shows it"  # the beginning of the sentence for a table without races
DRAWING = "image/svg+xml"
ROWS = "application/vnd.bugfix-analysis.rows+json"


class ColumnData(TypedDict):
    """A column: its name in the table, and its label and unit on a page."""

    name: str
    label: str
    unit: str


class TableData(TypedDict):
    """A table as plain values: a row is a list as long as `columns`, unknown is None, times are ISO 8601."""

    name: str
    caption: str
    columns: list[ColumnData]
    rows: list[list[object]]


class DocumentData(TypedDict):
    """A text to share: the name of its file, and its content."""

    name: str
    caption: str
    text: str


class RowsData(TypedDict):
    """The rows of a table outside its page: the table's name, and their HTML, escaped like the rest."""

    name: str
    html: str


class PageData(TypedDict):
    """A small page beside that of the notebook: the name of its file, its texts as they are, its body as HTML."""

    page: str
    title: str
    lead: str
    html: str
