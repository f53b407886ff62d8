"""What a benchmark leaves behind: rows, how time grows over sizes, and the lines of the one table.

A row is a dict: `what`; `n` records and the `seconds` they took, or `missing`, the reason why it was not measured; and
where they are known `mb_per_s`, `peak_mb` and `beside` (a few words: a ratio to another row, a quality).
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

Row = dict[str, Any]
HEADER = (
    f"{'benchmark':10} {'what':40} {'n':>9} {'seconds':>9} {'n/s':>10} {'MB/s':>7} {'peak MB':>8} {'slope':>6}  beside"
)
SIZES = 4  # over so many sizes a slope says something


def slope(rows: Iterable[Row]) -> float:
    """How the time grows with the number of records, log to log: 1 is a straight line."""
    n, seconds = zip(*((row["n"], row["seconds"]) for row in rows), strict=True)
    return float(np.polyfit(np.log(n), np.log(seconds), 1)[0])


def last_with_slope(rows: Iterable[Row]) -> Iterator[Row]:
    """Of each thing measured the row of its largest size, with the slope where there are four sizes."""
    of: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        of[row["what"]].append(row)
    for same in of.values():
        timed = sorted((row for row in same if "seconds" in row), key=lambda row: row.get("n") or 0)
        grown = {"slope": slope(timed)} if len({row.get("n") for row in timed}) >= SIZES else {}
        yield (timed or same)[-1] | grown


def line(benchmark: str, row: Row) -> str:
    """A row of the table."""
    if "seconds" not in row:
        return f"{benchmark:10} {row['what'][:40]:40} not measured: {row['missing']}"
    n, seconds = row.get("n") or 0, row["seconds"]
    per_second = f"{n / seconds:,.0f}" if n and seconds else ""
    cells = [_cell(row.get("mb_per_s"), 7, 1), _cell(row.get("peak_mb"), 8, 0), _cell(row.get("slope"), 6, 2)]
    text = f"{benchmark:10} {row['what'][:40]:40} {n:>9,} {seconds:9.2f} {per_second:>10} {' '.join(cells)}"
    return f"{text}  {row.get('beside', '')}".rstrip()


def _cell(value: float | None, width: int, digits: int) -> str:
    return f"{'' if value is None else f'{value:,.{digits}f}':>{width}}"


def leave(path: Path | None, rows: list[Row]) -> None:
    """Write the rows where they were asked for. Raises ValueError for one that no line of the table can be made of."""
    for row in rows:
        if "seconds" not in row and "missing" not in row:
            raise ValueError(f"expected the seconds of {row['what']!r}, or why they are missing, found {sorted(row)}")
    if path:
        path.write_text(json.dumps(rows, indent=1), encoding="utf-8")
