"""Is the fix of a bug found while its footer is hidden? Among all commits after the report, against plain TF-IDF.

    python -m benchmarks.possible_fixes --data-dir FOLDER [--project NAME]

Read is a data directory that was built with a clone: the fixes that name their bug are the truth, their numbers and
footers are in no text that is compared. P@1 is the share of bugs whose fix comes first, R@10 among the first ten; the
last figure is the share whose fix comes first and would be listed, at the share of false alarms that a build allows
among reports whose fixes are hidden.
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
from analysis.themes.fix_finder import FixFinder, commit_texts
from analysis.themes.fix_likelihood import FixLikelihood
from analysis.themes.possible_fixes import FALSE_ALARMS, known_examples, known_fixes, linked_commits
from benchmarks.rows import Row, last_with_slope, leave, line

FOLDS = 5
SHOWN = 10


Tables = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]  # commits, their files, links
# The place of each report's fix, how likely its first commit is a fix, and the first one that is no fix of it.
Results = tuple[np.ndarray, np.ndarray, np.ndarray]
Find = Callable[[Tables, pd.DataFrame, pd.DataFrame, list[Collection[int]]], Results]


def _rows(data_dir: Path, project: str) -> Iterator[Row]:
    store = Store(data_dir)
    bugs, commits, commit_files, links = (
        store.read_table(name, project=project or None) for name in ("bugs", "commits", "commit_files", "links")
    )
    bugs = bugs.sort_values("bug_id", ignore_index=True)
    fixes_of = known_fixes(bugs, commits, links)
    asked = bugs.index[bugs["bug_id"].isin(list(fixes_of))]
    fixes: list[Collection[int]] = [fixes_of[bug] for bug in bugs.loc[asked, "bug_id"]]
    texts, reports = public_texts(bugs).loc[asked], bugs.loc[asked]
    methods: dict[str, Find] = {"learnt, five-fold": _ours, "peer: plain TF-IDF": _plain}
    for what, find in methods.items():
        begun = time.process_time()
        places, best, best_of_others = find((commits, commit_files, links), texts, reports, fixes)
        seconds = time.process_time() - begun
        limit = np.quantile(best_of_others, 1 - FALSE_ALARMS)
        is_listed = (places == 1) & (best > limit)
        beside = (
            f"P@1 {(places == 1).mean():.3f}, R@{SHOWN} {(places <= SHOWN).mean():.3f} of {len(asked)} bugs, "
            f"first and listed at {FALSE_ALARMS:.0%} false alarms {is_listed.mean():.3f}"
        )
        yield {"what": what, "n": len(commits), "seconds": seconds, "beside": beside}


def _ours(tables: Tables, texts: pd.DataFrame, reports: pd.DataFrame, fixes: list[Collection[int]]) -> Results:
    commits, commit_files, links = tables
    finder = FixFinder().fit(commits, commit_files)
    candidates = finder.candidates(texts, reports["created_at"])
    linked = linked_commits(commits, links)
    places, best, best_of_others = (np.zeros(len(candidates)) for _ in range(3))
    for learn, judge in KFold(FOLDS, shuffle=True, random_state=0).split(candidates):
        known, of_known = [candidates[row] for row in learn], [fixes[row] for row in learn]
        finder.learn(known, of_known)
        likelihood = FixLikelihood().fit(known_examples(finder, known, of_known, reports.iloc[learn], commits, linked))
        for row in judge:
            scores, is_fix = finder.scores(candidates[row]), np.isin(candidates[row].positions, list(fixes[row]))
            places[row], _, _ = _place(scores, is_fix)
            likely = likelihood.decision_function(
                finder.log_odds(candidates[row]), candidates[row].features[:, :3].mean(axis=1)
            )
            best[row], best_of_others[row] = (
                likely[np.argmax(np.where(is_seen, scores, -1.0))] if is_seen.any() else -np.inf
                for is_seen in (np.ones(len(scores), dtype=bool), ~is_fix)
            )
    return places, best, best_of_others


def _plain(tables: Tables, texts: pd.DataFrame, reports: pd.DataFrame, fixes: list[Collection[int]]) -> Results:
    commits, _, _ = tables
    documents = [" ".join(pair) for pair in commit_texts(commits).itertuples(index=False)]
    vectorizer = TfidfVectorizer(sublinear_tf=True, stop_words="english", min_df=2)
    of_commits = vectorizer.fit_transform(documents)
    of_reports = vectorizer.transform(
        [" ".join(pair) for pair in texts[["title", "description"]].itertuples(index=False)]
    )
    places = []
    for row, at in enumerate(reports["created_at"]):
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
