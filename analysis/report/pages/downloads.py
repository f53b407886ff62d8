"""The downloads of a page: CSV, JSON and Parquet with the rows of a table, and the drawing of a picture."""

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.report.output_data import DATA, DOCUMENT, DRAWING, TableData

# A spreadsheet runs a cell that begins with one of these; a quote before it makes it text again.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# The same characters after a semicolon, a tab or a line's end, at which some spreadsheets begin a cell. Quotes do not
# help there, because for such a spreadsheet the cell before did not begin with a quote.
_FORMULA_INSIDE = re.compile(r"([;\t\r\n])([ \"]{0,100})(?=[=+\-@＝＋－＠])")


def tables(notebook: nbformat.NotebookNode) -> Iterator[TableData]:
    """The tables in the outputs of an executed notebook, as plain values."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if DATA in output.get("data", {}):
                yield output.data[DATA]


def write(notebook: nbformat.NotebookNode, page: str, folder: Path) -> None:
    """Write `tables/<page>-<table>.csv|json|parquet`, `figures/<page>-<picture>.svg` and documents into the folder."""
    for table in tables(notebook):
        stem = folder / "tables" / f"{page}-{table['name']}"
        stem.with_name(stem.name + ".csv").write_bytes(as_csv(table).encode("utf-8", "replace"))
        stem.with_name(stem.name + ".json").write_text(_as_json(table), encoding="utf-8")
        pq.write_table(_as_arrow(table), stem.with_name(stem.name + ".parquet"))
    for output in (output for cell in notebook.cells for output in cell.get("outputs", ())):
        if DOCUMENT in output.get("data", {}):
            document = output.data[DOCUMENT]
            (folder / document["name"]).write_bytes(document["text"].encode("utf-8", "replace"))
        if DRAWING in output.get("data", {}):
            drawing = folder / "figures" / f"{page}-{output.data[DATA]['name']}.svg"
            drawing.write_text(output.data[DRAWING], encoding="utf-8")


def as_csv(table: TableData) -> str:
    """The table as CSV that a spreadsheet opens without running anything, whether it splits at commas or semicolons.

    Unknown is an empty cell.
    """
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n")
    writer.writerow([column["name"] for column in table["columns"]])
    writer.writerows([_cell(value) for value in row] for row in table["rows"])
    return text.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = "; ".join(map(str, value)) if isinstance(value, list) else str(value)
    if not isinstance(value, str | list):
        return text
    inside = _FORMULA_INSIDE.sub(r"\1\2'", text)
    return "'" + inside if text.lstrip(" ").startswith(FORMULA) else inside


def _as_json(table: TableData) -> str:
    names = [column["name"] for column in table["columns"]]
    rows = [dict(zip(names, row, strict=True)) for row in table["rows"]]
    return json.dumps({"name": table["name"], "caption": table["caption"], "rows": rows}, indent=1) + "\n"


def _as_arrow(table: TableData) -> pa.Table:
    names = [column["name"] for column in table["columns"]]
    columns = list(zip(*table["rows"], strict=True)) or [()] * len(names)
    return pa.table({name: pa.array(list(values)) for name, values in zip(names, columns, strict=True)})
