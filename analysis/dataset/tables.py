"""The tables of one project, public rows only, each read when it is first used."""

from collections.abc import Sequence

import pandas as pd

from analysis.dataset.name_lookup import resolve_name
from analysis.errors import UsageError
from analysis.judge import privacy
from analysis.report.run_archive import COMPARED
from analysis.store import Store
from analysis.tables import schema


class NoSuchTableError(UsageError, AttributeError):
    """There is no table of this name: an AttributeError for `hasattr`, with the nearest names for a person."""


class Tables:
    """`tables.bugs` is a DataFrame; `tables.<TAB>` lists them all; `nova.help("bugs")` says what the columns mean.

    A table is read once; each access returns a copy, so that changes stay in that DataFrame.
    """

    def __init__(self, store: Store, project: str, *, kept: Store | None = None) -> None:
        """Tables that the kept report `kept` holds come from there, all others from the store."""
        self._store, self._project, self._kept = store, project, kept
        self._read: dict[str, pd.DataFrame] = {}
        self._hidden: privacy.HiddenItems | None = None

    def __getattr__(self, name: str) -> pd.DataFrame:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self[name]
        except UsageError as cause:
            raise NoSuchTableError(expected=cause.expected, found=cause.found, do=cause.do) from None

    def __getitem__(self, name: str) -> pd.DataFrame:
        """A table by its name. Raises UsageError for an unknown name, StoreError for a table that was never written."""
        if name not in schema.TABLES:
            resolve_name(name, list(schema.TABLES), what="a table")
        if name not in self._read:
            self._read[name] = self.columns(name)
        return self._read[name].copy(deep=False)

    def __dir__(self) -> list[str]:
        return [*self.names, "columns", "names"]

    def __repr__(self) -> str:
        rows = "\n".join(f"{name:<20} {schema.TABLES[name].row}" for name in self.names)
        return f"{len(self.names)} tables, one row of each is:\n{rows}"

    @property
    def names(self) -> list[str]:
        """The tables that were built."""
        return [name for name in schema.TABLES if self._store.has_table(name, project=self._project)]

    def columns(self, name: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """A table, or only these columns of it, so that long columns such as texts need not be read."""
        if columns is not None and name in self._read:
            return self._read[name][list(columns)].copy(deep=False)
        # A run from before reports kept this table does not have it.
        is_kept = self._kept and name in COMPARED and self._kept.has_table(name, project=self._project)
        store = self._kept if self._kept and is_kept else self._store
        return self._public_rows(name, store.read_table(name, project=self._project, columns=columns))

    def _public_rows(self, name: str, table: pd.DataFrame) -> pd.DataFrame:
        if name in _NEVER_HIDDEN or not {"bug_id", "change_number", "line"} & set(table):
            return table
        # These two tables are filtered by more than a number: by what they refer to, and by their text.
        own = name if name in ("links", "unread_lines") and {"kind", "ref"} <= set(table) else "rows"
        return self._hidden_items().visible_rows(own, table)

    def _hidden_items(self) -> privacy.HiddenItems:
        if self._hidden is None:
            columns_of = {
                "bugs": ["bug_id", "is_private", "duplicate_of"],
                "changes": ["change_number", "is_private"],
                "links": ["bug_id", "kind", "ref"],
            }
            self._hidden = privacy.HiddenItems.among(
                **{
                    name: self._store.read_table(name, project=self._project, columns=columns)
                    for name, columns in columns_of.items()
                }
            )
        return self._hidden


_NEVER_HIDDEN = ("areas", "accounts", "commits", "commit_files", "milestones", "quota_requests", "quota_runs",
                 "quota_samples", "area_coverage", "area_candidates", "themes", "theme_cells",
                 "theme_changes", "waiting_curves", "waiting_medians",
                 "forecast_totals", "forecast_checks")  # fmt: skip
