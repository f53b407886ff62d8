"""Is the fix of a bug found while its footer is hidden? Among all commits after the report, against plain TF-IDF.

    python -m benchmarks.possible_fixes --data-dir FOLDER [--project NAME]

Read is a data directory that was built with a clone: the fixes that name their bug are the truth, their numbers and
footers are in no text that is compared. P@1 is the share of bugs whose fix comes first, R@10 among the first ten; the
last figure is the share whose fix comes first and would be listed, at the limit that a build has.
"""

import argparse
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import KFold

from analysis.store import Store
from analysis.themes import public_texts
from analysis.themes.possible_fixes import FALSE_ALARMS, FixFinder, commit_texts, known_fixes
from benchmarks.rows import Row, last_with_slope, leave, line

FOLDS = 5
SHOWN = 10


Tables = tuple[pd.DataFrame, pd.DataFrame]  # commits and their files
# The place of each report's fix, the score of its best commit, and of the best one that is no fix of it.
Results = tuple[np.ndarray, np.ndarray, np.ndarray]
Find = Callable[[Tables, pd.DataFrame, pd.Series, list[Collection[int]]], Results]


def _rows(data_dir: Path, project: str) -> Iterator[Row]:
    store = Store(data_dir)
    bugs, commits, commit_files, links = (
        store.read_table(name, project=project or None) for name in ("bugs", "commits", "commit_files", "links")
    )
    bugs = bugs.sort_values("bug_id", ignore_index=True)
    fixes_of = known_fixes(bugs, commits, links)
    asked = bugs.index[bugs["bug_id"].isin(list(fixes_of))]
    fixes: list[Collection[int]] = [fixes_of[bug] for bug in bugs.loc[asked, "bug_id"]]
    reports, created = public_texts(bugs).loc[asked], bugs.loc[asked, "created_at"]
    methods: dict[str, Find] = {"learnt, five-fold": _ours, "peer: plain TF-IDF": _plain}
    for what, find in methods.items():
        begun = time.process_time()
        places, best, best_of_others = find((commits, commit_files), reports, created, fixes)
        seconds = time.process_time() - begun
        limit = np.quantile(best_of_others, 1 - FALSE_ALARMS)
        is_listed = (places == 1) & (best > limit)
        beside = (
            f"P@1 {(places == 1).mean():.3f}, R@{SHOWN} {(places <= SHOWN).mean():.3f} of {len(asked)} bugs, "
            f"first and listed at {FALSE_ALARMS:.0%} false alarms {is_listed.mean():.3f}"
        )
        yield {"what": what, "n": len(commits), "seconds": seconds, "beside": beside}


def _ours(tables: Tables, texts: pd.DataFrame, created: pd.Series, fixes: list[Collection[int]]) -> Results:
    finder = FixFinder().fit(*tables)
    candidates = finder.candidates(texts, created)
    places, best, best_of_others = (np.zeros(len(candidates)) for _ in range(3))
    for learn, judge in KFold(FOLDS, shuffle=True, random_state=0).split(candidates):
        finder.learn([candidates[row] for row in learn], [fixes[row] for row in learn])
        for row in judge:
            is_fix = np.isin(candidates[row].positions, list(fixes[row]))
            places[row], best[row], best_of_others[row] = _place(finder.scores(candidates[row]), is_fix)
    return places, best, best_of_others


def _plain(tables: Tables, texts: pd.DataFrame, created: pd.Series, fixes: list[Collection[int]]) -> Results:
    commits, _ = tables
    documents = [" ".join(pair) for pair in commit_texts(commits).itertuples(index=False)]
    vectorizer = TfidfVectorizer(sublinear_tf=True, stop_words="english", min_df=2)
    of_commits = vectorizer.fit_transform(documents)
    of_reports = vectorizer.transform([" ".join(pair) for pair in texts.itertuples(index=False)])
    places = []
    for row, at in enumerate(created):
        is_after = commits["committed_at"].gt(at).fillna(False).to_numpy(dtype=bool)
        scores = np.where(is_after, (of_reports[row] @ of_commits.T).toarray()[0], -1.0)
        places.append(_place(scores, np.isin(np.arange(len(commits)), list(fixes[row]))))
    of_fix, best, best_of_others = np.array(places).T
    return of_fix, best, best_of_others


def _place(scores: np.ndarray, is_fix: np.ndarray) -> tuple[float, float, float]:
    """The place of the best fix among the scores, from 1, infinite where none is; the best score, and without fixes."""
    place = float((scores > scores[is_fix].max()).sum() + 1) if is_fix.any() else float("inf")
    return place, scores.max(initial=0.0), scores[~is_fix].max(initial=0.0)


def main(argv: list[str] | None = None) -> int:
    """Print the table; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, default=Path("data"))
    parser.add_argument("--project", default="", help="of several, the one to read")
    parser.add_argument("--small", action="store_true", help="no difference here")
    parser.add_argument("--json", type=Path, help="also write the results here")
    arguments = parser.parse_args(argv)
    if Store(arguments.data_dir).read_table("commits", project=arguments.project or None, columns=["sha"]).empty:
        print(f"skipped: no commits in {arguments.data_dir} (give --data-dir FOLDER, built with a clone)")
        leave(arguments.json, [{"what": "possible fixes", "missing": "no commits"}])
        return 0
    rows = list(_rows(arguments.data_dir, arguments.project))
    print("\n".join(line("possible_fixes", row) for row in last_with_slope(rows)))
    leave(arguments.json, rows)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
