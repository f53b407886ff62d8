"""Failure modes against two readers' labels: `python -m benchmarks.failure_modes [--labels FILE] [--bugs FILE]`.

A bug counts for a mode where both readers say so, against it where neither does, and is left out where they differ.
Macro F1 is the mean over the modes of at least eight bugs. Beside it, as a peer, the plain list: all the same words,
wherever in title or description they stand. The time is that of all bugs of the file.
"""

import argparse
import gzip
import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import compute

from analysis import themes
from benchmarks.rows import Row, last_with_slope, leave, line

REAL = Path(__file__).parents[2] / "shared" / "real"
WORD_LIST = Path(__file__).parents[1] / "data" / "failure_modes.toml"
FEWEST = 8  # bugs of a mode that counts into the mean
Labels = dict[int, tuple[set[str], set[str]]]
Found = Mapping[str, set[int]]


def read_bugs(path: Path) -> pd.DataFrame:
    """bug_id, title and description of all bugs: one JSON object a line, gzipped, the bug in `data.bug_data`."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        bugs = [json.loads(each)["data"]["bug_data"] for each in lines]
    return pd.DataFrame(
        {
            "bug_id": [bug["id"] for bug in bugs],
            "title": pd.array([bug["title"] for bug in bugs], "string"),
            "description": pd.array([bug.get("description") for bug in bugs], "string"),
        }
    )


def read_labels(path: Path) -> Labels:
    """The modes that each of the two readers saw, by bug: one JSON object a line."""
    rows = [json.loads(each) for each in path.read_text(encoding="utf-8").splitlines()]
    return {row["bug"]: (set(row["a"]), set(row["b"])) for row in rows}


def found_by_points(bugs: pd.DataFrame, modes: tuple[themes.FailureMode, ...]) -> Found:
    """The bugs of each mode as the product finds them."""
    modes_of_bugs = themes.find_failure_modes(bugs, modes)
    bug_ids = bugs["bug_id"].to_numpy()
    return {
        mode.id: set(bug_ids[modes_of_bugs.loc[modes_of_bugs["failure_mode"] == mode.id, "position"]]) for mode in modes
    }


def found_by_words(bugs: pd.DataFrame, modes: tuple[themes.FailureMode, ...]) -> Found:
    """The bugs of each mode by its words alone, wherever they stand."""
    whole = pa.array((bugs["title"].fillna("") + "\n" + bugs["description"].fillna("")).tolist(), pa.large_string())
    patterns = {mode.id: "|".join(each.pattern for each in mode.all_evidence if each.points > 0) for mode in modes}
    bug_ids = bugs["bug_id"].to_numpy()
    return {
        name: set(bug_ids[np.asarray(compute.match_substring_regex(whole, pattern, ignore_case=True))])
        for name, pattern in patterns.items()
    }


def scores(labels: Labels, bugs_by_mode: Found) -> pd.DataFrame:
    """By mode: n bugs that both readers call so, right, wrong, precision, recall, F1."""
    rows = []
    for mode in sorted(set().union(*(a | b for a, b in labels.values()))):
        yes = {bug for bug, (a, b) in labels.items() if mode in a & b}
        no = {bug for bug, (a, b) in labels.items() if mode not in a | b}
        right, wrong = len(bugs_by_mode[mode] & yes), len(bugs_by_mode[mode] & no)
        precision, recall = right / max(right + wrong, 1), right / max(len(yes), 1)
        f1 = 2 * precision * recall / max(precision + recall, 1e-9)
        rows.append((mode, len(yes), right, wrong, precision, recall, f1))
    columns = ["mode", "n", "right", "wrong", "precision", "recall", "F1"]
    return pd.DataFrame(rows, columns=columns).set_index("mode")


def macro_f1(table: pd.DataFrame) -> float:
    """The mean F1 of the modes of enough bugs."""
    return float(table.loc[table["n"] >= FEWEST, "F1"].mean())


def halves(labels: Labels, bugs_by_mode: Found) -> Iterator[str]:
    """The mean F1 of the modes of enough bugs, on the older and the newer half, and on every other bug."""
    modes = scores(labels, bugs_by_mode).query(f"n >= {FEWEST}").index
    bugs, n = sorted(labels), len(labels) // 2
    for what, half in (("older", bugs[:n]), ("newer", bugs[n:]), ("odd", bugs[::2]), ("even", bugs[1::2])):
        table = scores({bug: labels[bug] for bug in half}, bugs_by_mode).reindex(modes)
        yield f"{what} {table.loc[table['n'].gt(0), 'F1'].mean():.3f}"


def _rows(bugs: pd.DataFrame, labels: Labels) -> Iterator[Row]:
    modes = themes.parse_failure_modes(WORD_LIST.read_text(encoding="utf-8"))
    labelled = bugs[bugs["bug_id"].isin(list(labels))].reset_index(drop=True)
    ours, plain = (scores(labels, find(labelled, modes)) for find in (found_by_points, found_by_words))
    print(ours.join(plain[["precision", "recall", "F1"]].add_prefix("plain ")).round(2).to_string())
    print(f"macro F1 of the modes of {FEWEST} bugs or more: {macro_f1(ours):.3f}, plain {macro_f1(plain):.3f}")
    print(f"the same of two halves of the bugs: {', '.join(halves(labels, found_by_points(labelled, modes)))}\n")
    for what, find, table in (("by points", found_by_points, ours), ("peer: plain words", found_by_words, plain)):
        begun = time.process_time()
        find(bugs, modes)
        seconds = time.process_time() - begun
        yield {"what": what, "n": len(bugs), "seconds": seconds, "beside": f"macro F1 {macro_f1(table):.2f}"}


def main(argv: list[str] | None = None) -> int:
    """Print the tables; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labels", type=Path, default=REAL / "labels-failure-modes.jsonl")
    parser.add_argument("--bugs", type=Path, default=REAL / "launchpad-nova-2017-10-17.jsonl.gz")
    parser.add_argument("--small", action="store_true", help="the labelled bugs alone")
    parser.add_argument("--json", type=Path, help="also write the results here")
    arguments = parser.parse_args(argv)
    missing = [path.name for path in (arguments.labels, arguments.bugs) if not path.is_file()]
    if missing:
        print(f"skipped: no {missing[0]} (give --labels FILE --bugs FILE)")
        leave(arguments.json, [{"what": "failure modes", "missing": f"no {missing[0]}"}])
        return 0
    bugs, labels = read_bugs(arguments.bugs), read_labels(arguments.labels)
    rows = list(_rows(bugs[bugs["bug_id"].isin(list(labels))] if arguments.small else bugs, labels))
    print("\n".join(line("failure_modes", row) for row in last_with_slope(rows)))
    leave(arguments.json, rows)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
