"""SQL over the tables of a dataset: DuckDB reads DataFrames that hold public rows only."""

import re
from collections.abc import Callable, Mapping, Sequence

import pandas as pd
import pyarrow as pa

from analysis.dataset.name_lookup import nearest
from analysis.dataset.tables import Tables
from analysis.errors import StoreError
from analysis.report import measures
from analysis.store.tables import as_pandas

# A query can read only the registered frames: no file, no network, no other database.
SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "lock_configuration": "true",
}


Views = Mapping[str, Callable[[], pd.DataFrame]]


def views(tables: Tables, fixes: Callable[[], pd.DataFrame], *, launchpad_project: str) -> Views:
    """The views that a query may read beside the tables: bugs with their task in the project, open fixes, their areas.

    Parameters
    ----------
    fixes : function that returns a DataFrame of open fixes
        change_number, areas (a list of titles) and other columns.
    """

    def bugs_with_task() -> pd.DataFrame:
        return measures.with_own_task(tables.bugs, tables.bug_tasks, launchpad_project=launchpad_project)

    def fixes_with_area() -> pd.DataFrame:
        table = fixes()
        area = [", ".join(titles) or "In no area" for titles in table["areas"]]
        return table.assign(area=pd.Series(area, table.index, dtype="string"))

    def fix_areas() -> pd.DataFrame:
        return fixes()[["change_number", "areas"]].explode("areas").rename(columns={"areas": "area"})

    return {"bugs": bugs_with_task, "fixes": fixes_with_area, "fix_areas": fix_areas}


def answer(question: str, values: Sequence[object], tables: Tables, views: Views) -> pd.DataFrame:
    """The result of a query over tables and views, each under its own name; `?` stands for a value.

    A view is made if the query mentions it, and replaces a table of the same name. Raises StoreError for a query that
    DuckDB refuses.
    """
    import duckdb  # takes longer than to read a table

    mentioned = set(re.findall(r"[a-z_]+", question.lower())) & {*tables.names, *views}
    frames = {name: views[name]() if name in views else tables[name] for name in sorted(mentioned)}
    with duckdb.connect(config=SETTINGS) as connection:
        for name, frame in frames.items():
            connection.register(name, _arrow(frame))
        try:
            table = connection.sql(question, params=list(values)).to_arrow_table()
        except duckdb.Error as cause:
            raise StoreError(
                expected="a question in SQL over the tables of `nova.tables` and the views " + ", ".join(views),
                found=" ".join(str(cause).split())[:300],
                do=_advice(str(cause), frames, tables.names),
            ) from cause
    return as_pandas(table.cast(pa.schema([_in_utc(field) for field in table.schema])))


def _advice(cause: str, frames: Mapping[str, pd.DataFrame], table_names: Sequence[str]) -> str:
    """What to correct: for an unknown column the nearest ones in the query's tables, else where to look them up."""
    wrong = re.search(r'column "?([\w.]+)"? ', cause, re.IGNORECASE)
    columns = {str(name): str(name) for frame in frames.values() for name in frame}
    near = nearest(wrong[1].rpartition(".")[2], columns) if wrong else []
    helps = " and ".join(f"nova.help({name!r})" for name in frames if name in table_names) or "nova.help('bugs')"
    return f"try {', '.join(near)}; {helps} lists the columns" if near else f"correct it; {helps} lists the columns"


def _arrow(frame: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(frame, preserve_index=False)


def _in_utc(field: pa.Field) -> pa.Field:
    """DuckDB gives the same instants in the zone of the machine."""
    return field.with_type(pa.timestamp("us", "UTC")) if getattr(field.type, "tz", None) else field
