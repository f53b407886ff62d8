"""Areas declared by a table of priorities and their owners."""

import re
from typing import NamedTuple

from docutils import nodes

from analysis.judge.areas.priorities.declared_area import DeclaredArea
from analysis.judge.areas.priorities.markup import blueprints_of, text_of
from analysis.judge.areas.priorities.owners import names_leaders, owners_in

# Headings of columns that name a priority; a category or a date does not.
_PRIORITY = re.compile(r"(?i)\b(?:priorit(?:y|ies)|theme|item|effort|goal|feature|topic|spec|blueprint|title)s?\b")
_SCHEDULE = re.compile(r"(?i)\b(?:date|week|deadline|milestone|when|schedule|day|event)s?\b")


class _Columns(NamedTuple):
    """The places of the columns that are read."""

    title: int
    leaders: int | None


def areas_of_table(table: nodes.table) -> tuple[list[DeclaredArea], list[str]]:
    """The areas that a table declares, one per row, and a sentence for each unread part."""
    columns = _columns(table)
    if isinstance(columns, str):
        return [], [f"the table that begins with {text_of(table)[:60]!r}: {columns}"]
    areas, unread = list[DeclaredArea](), list[str]()
    for row in (row for body in table.findall(nodes.tbody) for row in body.findall(nodes.row)):
        cells = [cell for cell in row.children if isinstance(cell, nodes.entry)]
        title = text_of(cells[columns.title]) if columns.title < len(cells) else ""
        if not title or len(cells) < 2:
            unread.append(f"a row of the table: {text_of(row)!r} (it needs a priority and its owners)")
            continue
        rest = [cell for place, cell in enumerate(cells) if place not in columns]
        unread += [f"a further cell of {title!r}: {text_of(cell)!r}" for cell in rest if text_of(cell)]
        has_leaders = columns.leaders is not None and columns.leaders < len(cells)
        owners, unlinked = owners_in(cells[columns.leaders or 0], title) if has_leaders else ([], [])
        unread += unlinked
        areas.append(DeclaredArea(title, tuple(owners), blueprints=tuple(blueprints_of(row))))
    return areas, unread


def _columns(table: nodes.table) -> _Columns | str:
    """The columns of the priority and its owners, by their headings; the first two if there are no headings.

    For a table that is not a list of priorities, the reason in words.
    """
    head = next(iter(table.findall(nodes.thead)), None)
    names = [text_of(cell) for cell in head.findall(nodes.entry)] if head is not None else []
    if not names:
        return _Columns(0, 1)
    leaders = [place for place, name in enumerate(names) if names_leaders(name)]
    titles = [place for place, name in enumerate(names) if _PRIORITY.search(name) and place not in leaders]
    if titles:
        return _Columns(titles[0], leaders[0] if leaders else None)
    if any(_SCHEDULE.search(name) for name in names):
        return "a schedule"
    return _Columns(0, leaders[0]) if leaders and leaders[0] > 0 else "no column that names priorities"
