"""Whether a theme that grew goes on growing: what the bugs of one year say of those of the next.

    python -m benchmarks.theme_growth [DATA_DIR] [--small] [--json FILE]

Reads the tables `bugs` and `bug_themes` of a build. The themes are today's, made of all bugs, so that they know words
of the year that is foretold: the truth is no better than what is measured.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from benchmarks.rows import Row, leave

YEAR = pd.Timedelta(days=364)  # four half years of 182 days are two of these
MIN_BUGS = 10  # in the year before the last: of fewer, growth is chance


def years(bugs: pd.DataFrame, bug_themes: pd.DataFrame, at: pd.Timestamp) -> pd.DataFrame:
    """The bugs of each theme opened in the year before the last, in the last, and in the one after `at`.

    Columns before, last and following, by theme_id; themes of at least MIN_BUGS in the first.
    """
    bugs_in_themes = bugs[["bug_id", "created_at"]].merge(bug_themes, "inner", "bug_id", validate="1:1").dropna()
    starts = {"before": at - 2 * YEAR, "last": at - YEAR, "following": at}
    counts = {
        name: bugs_in_themes.loc[
            bugs_in_themes["created_at"].between(start, start + YEAR, inclusive="left"), "theme_id"
        ].value_counts()
        for name, start in starts.items()
    }
    table = pd.DataFrame(counts).fillna(0).astype(int)
    return table[table["before"] >= MIN_BUGS]


def foretold(counts: pd.DataFrame) -> dict[str, float]:
    """Rank correlation of the following year's growth with the last year's, and of its bugs with the last year's."""
    grew, grows = ((counts[b] + 1) / (counts[a] + 1) for a, b in (("before", "last"), ("last", "following")))
    return {
        "growth": float(grew.corr(grows, method="spearman")),
        "size": float(counts["last"].corr(counts["following"], method="spearman")),
    }


def _rows(bugs: pd.DataFrame, bug_themes: pd.DataFrame) -> Iterator[Row]:
    last = bugs["created_at"].max()
    for back in range(1, 5):
        begun = time.perf_counter()
        counts = years(bugs, bug_themes, last - back * YEAR)
        if len(counts) < MIN_BUGS:
            return
        predictions = foretold(counts)
        beside = f"growth {predictions['growth']:.2f}, size {predictions['size']:.2f}"
        print(f"{back} years before the newest bug, {len(counts)} themes: rank correlation of {beside}")
        what = f"growth foretold, {back} years back"
        yield {"what": what, "n": len(counts), "seconds": time.perf_counter() - begun, "beside": beside}


def main(argv: list[str] | None = None) -> int:
    """Print what each of the last four years said of the next; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("data"), metavar="DATA_DIR")
    parser.add_argument("--small", action="store_true", help="the same: it is small")
    parser.add_argument("--json", type=Path, help="also write the results here")
    arguments = parser.parse_args(argv)
    tables = [arguments.folder / "processed" / f"{name}.parquet" for name in ("bugs", "bug_themes")]
    if not all(path.exists() for path in tables):
        print("skipped: no tables (give the DATA_DIR of a build)")
        leave(arguments.json, [{"what": "growth foretold", "missing": "no tables of a build"}])
        return 0
    bugs, bug_themes = (pd.read_parquet(path) for path in tables)
    rows = list(_rows(bugs, bug_themes[["bug_id", "theme_id"]]))
    leave(arguments.json, rows or [{"what": "growth foretold", "missing": "too few themes of ten bugs a year"}])
    return 0


if __name__ == "__main__":
    sys.exit(main())
