"""Duplicate search on GitBugs' Hadoop reports, against plain TF-IDF: recall, and what the product lists.

    python -m benchmarks.duplicates [--folder FOLDER] [--size 50000] [--small] [--json FILE]

Protocol A, as published with GitBugs: each listed pair, all other reports are candidates. Protocol B, as a triager
meets it: the later report of a group searches the reports before it, any earlier member is a hit. The pairs are few:
95 % intervals are about 0.08 wide on each side.
"""

import argparse
import re
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer

from analysis import themes
from analysis.tables import schema
from analysis.themes import vectors
from analysis.themes.bug_index import SimilarBugs
from benchmarks import theme_data
from benchmarks.rows import Row, leave

FOLDER = Path(__file__).parents[2] / "shared" / "real" / "duplicates"
Pairs = list[tuple[int, int]]


def read(folder: Path) -> tuple[pd.DataFrame, Pairs]:
    """The reports (title, description, created_at), and the listed pairs as positions."""
    raw = pd.read_csv(folder / "hadoop_bugs.csv.gz")
    pairs = pd.read_csv(folder / "hadoop_pairs.csv", dtype=str)
    place = {str(number): position for position, number in enumerate(raw["Issue id"])}
    listed = [
        (place[one], place[other])
        for one, others in pairs.itertuples(index=False)
        for other in re.findall(r"\d+", others)
        if one in place and other in place
    ]
    bugs = pd.DataFrame(
        {
            "title": raw["Summary"].astype("string"),
            "description": raw["Description"].astype("string"),
            "created_at": pd.to_datetime(raw["Created"], format="%d/%b/%y %H:%M", utc=True),
        }
    )
    return bugs, listed


def groups(pairs: Pairs, n: int) -> np.ndarray:
    """For each report the smallest position that pairs lead to: equal for reports that are one bug."""
    group = np.arange(n)
    for _ in range(len(pairs)):
        before = group.copy()
        for one, other in pairs:
            group[[one, other]] = min(group[one], group[other])
        if (group == before).all():
            break
    return group


def ours(bugs: pd.DataFrame) -> np.ndarray:
    """Rank scores of all reports for each report, as `SimilarBugs.kneighbors` makes them."""
    index = SimilarBugs().fit(vectors.texts(bugs))
    neighbours = index.kneighbors(index.views_, len(bugs), excluded=np.arange(len(bugs)))
    scores = np.empty((len(bugs), len(bugs)), np.float32)
    np.put_along_axis(scores, neighbours.positions, neighbours.scores.astype(np.float32), axis=1)
    return scores


def published(bugs: pd.DataFrame) -> np.ndarray:
    """The published baseline: TF-IDF with English stop words and 10,000 features on title and description, cosine."""
    whole = bugs["title"] + " " + bugs["description"].fillna("")
    rows = TfidfVectorizer(stop_words="english", max_features=10_000).fit_transform(whole)
    return np.asarray((rows @ rows.T).toarray(), np.float32)


def ranks(scores: np.ndarray, bugs: pd.DataFrame, pairs: Pairs) -> dict[str, np.ndarray]:
    """The rank of the first hit, from 1, of each query of protocols A and B."""
    created, group = bugs["created_at"].to_numpy(), groups(pairs, len(bugs))
    places: dict[str, list[int]] = {"A": [], "B": []}
    for query, target in pairs:
        others = np.arange(len(bugs)) != query
        places["A"].append(int((scores[query][others] > scores[query, target]).sum()) + 1)
    members = defaultdict(list)
    for position in sorted(np.unique(pairs), key=lambda place: (created[place], place)):
        members[group[position]].append(position)
    for together in members.values():
        for number, query in enumerate(together[1:], start=1):
            earlier = (created < created[query]) | np.isin(np.arange(len(bugs)), together[:number])
            earlier[query] = False
            best = scores[query, together[:number]].max()
            places["B"].append(int((scores[query][earlier] > best).sum()) + 1)
    return {protocol: np.array(values) for protocol, values in places.items()}


def listed(bugs: pd.DataFrame, pairs: Pairs) -> str:
    """The product's own list, at most five rows a bug, when nobody has marked a duplicate yet: how many pairs it holds.

    Both protocols are those of `ranks`: A each listed pair; B the later reports of a group, any earlier member a hit.
    """
    rows = product_list(bugs)
    group = groups(pairs, len(bugs))
    pairs_listed = set(zip(rows["bug_id"], rows["other_bug_id"], strict=True))
    created = bugs["created_at"].to_numpy()
    hits = [(one, other) in pairs_listed for one, other in pairs]
    later: dict[int, bool] = {}
    for members in (np.flatnonzero(group == own) for own in np.unique(group[np.unique(pairs)])):
        _, *others = sorted(members, key=lambda place: (created[place], place))
        later |= {
            int(query): any((query, other) in pairs_listed for other in members if other != query) for query in others
        }
    very_similar = rows[rows["likeness"] == "very similar"]
    marked = very_similar[very_similar["bug_id"].isin(np.unique(pairs))]
    is_one = group[marked["bug_id"]] == group[marked["other_bug_id"]]
    return (
        f"list of at most {rows.groupby('bug_id').size().max()} rows a bug: A {np.mean(hits):.3f}, "
        f"B {np.mean(list(later.values())):.3f}; called very similar: {len(very_similar)} rows, of those of bugs with "
        f"a marked duplicate {np.mean(is_one):.2f} are one bug"
    )


def listed_in_time(bugs: pd.DataFrame, pairs: Pairs) -> str:
    """The product's own list of each later report of a group on its day: only reports before it are read."""
    created, group = bugs["created_at"].to_numpy(), groups(pairs, len(bugs))
    hits = []
    for own in np.unique(group[np.unique(pairs)]):
        _, *queries = members = sorted(np.flatnonzero(group == own), key=lambda place: (created[place], place))
        for number, query in enumerate(queries, start=1):
            others = np.flatnonzero(created < created[query])
            earlier = np.union1d(others[others != query], members[:number])
            rows = product_list(bugs.iloc[[*earlier, query]].reset_index(drop=True), open_alone=len(earlier))
            hits.append(bool(np.isin(earlier[rows["other_bug_id"].to_numpy(dtype=int)], members[:number]).any()))
    return f"list of each later report on its day, of reports before it: {np.mean(hits):.3f} of {len(hits)} reports"


def product_list(bugs: pd.DataFrame, *, open_alone: int | None = None) -> pd.DataFrame:
    """The table similar_bugs of these reports, their positions as numbers: all open or one, none marked a duplicate."""
    n = len(bugs)
    reports = schema.BUGS.frame(bugs.assign(bug_id=range(n), is_private=False))
    tasks = schema.BUG_TASKS.frame(
        {
            "bug_id": range(n),
            "target": ["x"] * n,
            "status": ["New"] * n,
            "is_open": [open_alone in (None, each) for each in range(n)],
        }
    )
    return themes.similar(
        bugs=reports,
        bug_tasks=tasks,
        links=schema.LINKS.empty(),
        changes=schema.CHANGES.empty(),
        linked_changes=schema.LINKED_CHANGES.empty(),
        target="x",
    )


def query_time(size: int) -> Row:
    """One query among `size` bugs, texts to neighbours: the median of 100."""
    documents = theme_data.many(theme_data.read(theme_data.DOCUMENTS), size + 100)
    texts = vectors.texts(documents)
    index = SimilarBugs().fit(texts.iloc[:size])
    wall, cpu = [], []
    for position in range(size, size + 100):
        start, started = time.perf_counter(), time.process_time()
        index.kneighbors(index.transform(texts.iloc[position : position + 1]), 10)
        wall.append(1000 * (time.perf_counter() - start))
        cpu.append(1000 * (time.process_time() - started))
    print(f"one query among {size}: median {np.median(wall):.1f} ms wall, {np.median(cpu):.1f} ms CPU", flush=True)
    return {"what": "ours, one query among so many", "n": size, "seconds": float(np.median(wall)) / 1000}


def main(argv: list[str] | None = None) -> int:
    """Print the tables; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--size", type=int, default=50_000)
    parser.add_argument("--small", action="store_true", help="a tenth of the size")
    parser.add_argument("--json", type=Path, help="also write the results here")
    arguments = parser.parse_args(argv)
    if not (arguments.folder / "hadoop_bugs.csv.gz").is_file():
        missing = "no hadoop_bugs.csv.gz (give --folder)"
        print(f"skipped: {missing}")
        leave(arguments.json, [{"what": "duplicates", "missing": missing}])
        return 0
    leave(arguments.json, list(_told(arguments)))
    return 0


def _told(arguments: argparse.Namespace) -> Iterator[Row]:
    """The rows, printed in full as they come."""
    bugs, pairs = read(arguments.folder)
    for name, method in {"ours": ours, "peer: published TF-IDF": published}.items():
        begun = time.perf_counter()
        scores = method(bugs)
        seconds, recalled = time.perf_counter() - begun, []
        for protocol, places in ranks(scores, bugs, pairs).items():
            recalls = "  ".join(f"R@{k} {(places <= k).mean():.3f}" for k in (1, 5, 10, 20))
            print(f"{name:18s} {protocol}  {len(places):4d} queries  {recalls}  MRR {(1 / places).mean():.3f}")
            recalled.append(f"{protocol}: R@5 {(places <= 5).mean():.3f}")
        what = f"{name}, all against all"
        yield {"what": what, "n": len(bugs), "seconds": seconds, "beside": ", ".join(recalled)}
    print(listed(bugs, pairs))
    if not arguments.small:
        print(listed_in_time(bugs, pairs))
    size = arguments.size // 10 if arguments.small else arguments.size
    yield from (query_time(size // part) for part in (8, 4, 2, 1))


if __name__ == "__main__":
    sys.exit(main())
