"""How often a proposed tag is right for bugs reported later, by the share of bugs that get a proposal.

    python -m benchmarks.tag_proposals --data-dir FOLDER [--target nova] [--without-newest 1600]

The newest bugs that bear a subsystem tag are asked, step by step, by what was learnt from the bugs before them, as a
build does; the words are weighed by the bugs before the first step, and which tags are learnt is told by all bugs.
Settings are chosen with --without-newest, which leaves out the bugs that the figures are about.
"""

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.store import Store
from analysis.themes import counts, texts
from analysis.themes.tag_examples import TagExamples
from analysis.themes.tag_proposals import check_older
from analysis.themes.tag_rows import TagRows
from benchmarks.rows import Row, last_with_slope, leave, line

COVERAGES = (0.4, 0.5, 0.65, 1.0)


def precision(proposals: pd.DataFrame, coverage: float) -> float:
    """The share of right ones among the surest proposals, for so large a share of the bugs."""
    ordered = proposals.sort_values("chance", ascending=False, kind="stable")
    return float(ordered["is_right"].iloc[: int(coverage * len(ordered))].mean())


def held_back(bugs: pd.DataFrame, clean: pd.DataFrame, target: str, *, without_newest: int = 0) -> pd.DataFrame:
    """The newest bugs with a subsystem tag, each asked by what was learnt before it: tag, chance, is_right.

    Without rows where too few bugs bear a tag.

    Parameters
    ----------
    bugs : DataFrame, schema.BUGS, the public ones
    clean : their `themes.texts`
    target : the project on Launchpad
    without_newest : so many of the newest are left out, to choose settings without them
    """
    examples = TagExamples.among(bugs, clean, target).without_newest(without_newest)
    if not examples.are_enough:
        return pd.DataFrame({"tag": [], "chance": [], "is_right": []})
    asked = check_older(examples, TagRows(examples.texts, examples.reporters, examples.tags))
    return pd.DataFrame({"tag": asked.tags, "chance": asked.chances, "is_right": asked.is_right})


def _rows(arguments: argparse.Namespace) -> Iterator[Row]:
    bugs = Store(arguments.data_dir).read_table("bugs", project=arguments.project or None)
    if bugs.empty:
        return
    visible = counts.public(bugs)
    clean = texts(visible)
    begun = time.process_time()
    proposals = held_back(visible, clean, arguments.target, without_newest=arguments.without_newest)
    seconds = time.process_time() - begun
    if proposals.empty:
        return
    halves = np.array_split(np.arange(len(proposals)), 2)
    for what, rows in (
        ("all held back", proposals),
        *((f"half {n}", proposals.iloc[h]) for n, h in enumerate(halves, 1)),
    ):
        shares = ", ".join(f"{precision(rows, share):.3f} at {share}" for share in COVERAGES)
        yield {"what": what, "n": len(rows), "seconds": seconds, "beside": f"precision {shares}"}


def main(argv: list[str] | None = None) -> int:
    """Print the table; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, default=Path("data"))
    parser.add_argument("--project", default="", help="of several, the one to read")
    parser.add_argument("--target", default="nova", help="its name on Launchpad")
    parser.add_argument("--without-newest", type=int, default=0, metavar="N", help="leave out so many of the newest")
    parser.add_argument("--small", action="store_true", help="no difference here")
    parser.add_argument("--json", type=Path, help="also write the results here")
    arguments = parser.parse_args(argv)
    rows = list(_rows(arguments))
    if not rows:
        print(f"skipped: too few bugs with a tag in {arguments.data_dir} (give --data-dir FOLDER)")
        leave(arguments.json, [{"what": "tag proposals", "missing": "tagged bugs"}])
        return 0
    print("\n".join(line("tag_proposals", row) for row in last_with_slope(rows)))
    leave(arguments.json, rows)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
