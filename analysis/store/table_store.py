"""The tables of a data directory, in processed/: a folder per table, a file per project, and markers beside them.

The code for tables is imported where it is used, because pandas takes long to import.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from analysis.store import files, markers

if TYPE_CHECKING:
    import pandas as pd

    from analysis.store import tables

T = TypeVar("T")


class TableStore:
    """The tables of all projects below a folder."""

    def __init__(self, processed: Path) -> None:
        self.processed = processed

    def write_table(self, name: str, frames: pd.DataFrame | Iterable[pd.DataFrame], *, project: str) -> int:
        """Replace one project's part of a table by these frames, in the order of the key; returns the rows written."""
        from analysis.store import tables

        return tables.write(self.processed, name, frames, project=project)

    @contextmanager
    def writing_tables(self, names: Iterable[str], *, project: str) -> Iterator[dict[str, tables.Writer]]:
        """Several tables that grow side by side, frame by frame; after an error each is as it was before."""
        from analysis.store import tables

        with ExitStack() as stack:
            yield {name: stack.enter_context(tables.writer(self.processed, name, project=project)) for name in names}

    def table_batches(self, name: str, *, project: str, columns: Sequence[str] | None = None) -> Iterator[pd.DataFrame]:
        """One project's part of a table in pieces, as it was written, for tables that are too long for memory."""
        from analysis.store import tables

        return tables.batches(self.processed, name, project=project, columns=columns)

    def read_table(
        self, name: str, *, project: str | None = None, columns: Sequence[str] | None = None
    ) -> pd.DataFrame:
        """A table, or some of its columns, of one project or of all."""
        from analysis.store import tables

        return tables.read(self.processed, name, project=project, columns=columns)

    def has_table(self, name: str, *, project: str) -> bool:
        """Whether one project's part of a table was ever written."""
        from analysis.store import tables

        return files.exists(tables.path(self.processed, name, project))

    def check_tables(self, *, project: str) -> None:
        """Raise SchemaError unless each of a project's tables, those that are there, is of this version."""
        from analysis.store import tables

        tables.check(self.processed, project)

    def backup_tables(self, names: Iterable[str], *, project: str) -> None:
        """Copy one project's part of these tables as they are now; the copy replaces the previous one."""
        from analysis.store import tables

        for name in names:
            tables.copy(self.processed, self._backup, name, project=project)

    def read_backup(self, names: Iterable[str], *, project: str) -> dict[str, pd.DataFrame] | None:
        """The tables as `backup_tables` copied them; None unless all of them were there."""
        from analysis.store import tables

        names = list(names)
        if not all(files.exists(tables.path(self._backup, name, project)) for name in names):
            return None
        return {name: tables.read(self._backup, name, project=project) for name in names}

    @property
    def _backup(self) -> Path:
        return self.processed / ".aside"

    def write_marker(self, name: str, value: object) -> None:
        """Write a small fact beside the tables."""
        markers.write(self.processed, name, value)

    def read_marker(self, name: str, kind: type[T]) -> T | None:
        """The fact last written under this name; None if there is none of this kind."""
        return markers.read(self.processed, name, kind)
