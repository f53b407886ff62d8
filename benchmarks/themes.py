"""Themes against the part of the code that each fix touched: quality, stability, quota, time and memory.

    python -m benchmarks.themes [--documents FILE] [--seeds 3] [--fast] [--small] [--sentence-model FOLDER] ...

Every method runs in a process of its own, so that its peak memory is its own. One thread: set OMP_NUM_THREADS=1.
Labels are where a fix landed, not what its reporter saw; no method is expected above a supervised classifier (on
Nova AMI 0.48). AMI covered leaves the least certain quarter unassigned. BERTopic is measured where it is installed
(`pip install bertopic`): on the vectors of the sentence model in that folder, made once and not counted in its time, or
else on directions of TF-IDF. "loss" of the streaming paths is the AMI of the exact path less theirs, seed by seed.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

from analysis import themes
from benchmarks import theme_data
from benchmarks.rows import Row, leave
from benchmarks.theme_methods import METHODS, Themes, whole

FAILURE_MODES = Path(__file__).parents[1] / "data" / "failure_modes.toml"
STREAMS = ("ours, streaming", "incremental SVD")
GROWN = (7_800, 12_500, 25_000, 50_000)


def quality(documents: pd.DataFrame, clusters: Themes) -> Row:
    """The measures of one fit against the documents' labels; outliers count as a theme of their own."""
    truth = pd.factorize(documents["label"])[0]
    certain = (
        clusters.certainty > np.nanquantile(clusters.certainty, 0.25)
        if _says_how_sure(clusters)
        else clusters.labels >= 0
    )
    sizes = np.bincount(clusters.labels[clusters.labels >= 0])
    return {
        "k": len(sizes),
        "AMI": adjusted_mutual_info_score(truth, clusters.labels),
        "ARI": adjusted_rand_score(truth, clusters.labels),
        "largest": sizes.max() / len(documents),
        "AMI covered": adjusted_mutual_info_score(truth[certain], clusters.labels[certain]),
        "coverage": certain.mean(),
        **_quota(documents, clusters),
    }


def stability(documents: pd.DataFrame, method: str, n_themes: int | None, seed: int) -> float:
    """ARI on the shared documents of two random 80 % subsamples that were fitted apart, with different seeds."""
    rng = np.random.default_rng(seed)
    n = len(documents)
    halves = [np.sort(rng.choice(n, int(0.8 * n), replace=False)) for _ in range(2)]
    labels = [
        METHODS[method](documents.iloc[half].reset_index(drop=True), n_themes, seed + 100 * number).labels
        for number, half in enumerate(halves)
    ]
    shared = np.intersect1d(halves[0], halves[1])
    return float(
        adjusted_rand_score(*(own[np.searchsorted(half, shared)] for own, half in zip(labels, halves, strict=True)))
    )


def quota_race(documents: pd.DataFrame, clusters: Themes) -> Row:
    """The cell of the quota theme and the failure mode race: its bugs, those expected by chance, lift and place."""
    modes = themes.parse_failure_modes(FAILURE_MODES.read_text(encoding="utf-8"))
    failures = themes.find_failure_modes(documents, modes)
    is_race = np.isin(np.arange(len(documents)), failures.loc[failures["failure_mode"] == "race", "position"])
    has_theme = clusters.labels >= 0
    quota = _quota_theme(documents, clusters)
    cells = []
    for theme in range(clusters.labels.max() + 1):
        inside = clusters.labels == theme
        expected = inside.sum() * is_race[has_theme].mean()
        n = int(is_race[inside].sum())
        cells.append((n * np.log(n / expected) if n else -np.inf, theme, n, expected))
    place = [theme for _, theme, _, _ in sorted(cells, reverse=True)].index(quota) + 1
    _, _, n, expected = cells[quota]
    return {"race bugs": n, "race expected": expected, "race lift": n / expected, "race place": place}


def _quota(documents: pd.DataFrame, clusters: Themes) -> Row:
    theme = _quota_theme(documents, clusters)
    share = (clusters.labels[documents["quota_path"]] == theme).mean()
    return {"quota share": share, "quota in terms": float("quota" in clusters.terms[theme][:10])}


def _quota_theme(documents: pd.DataFrame, clusters: Themes) -> int:
    """The theme that holds most of the documents whose fix touched a path with quota in it."""
    inside = clusters.labels[documents["quota_path"].to_numpy() & (clusters.labels >= 0)]
    return int(np.bincount(inside).argmax()) if len(inside) else 0


def _says_how_sure(clusters: Themes) -> bool:
    return not np.isnan(clusters.certainty).all()


def job(request: Row) -> Row:
    """One measurement, in this process."""
    documents = theme_data.read(Path(request["documents"]))
    if request.get("embeddings"):
        documents["embedding"] = list(np.load(request["embeddings"]))
    if request.get("n"):
        documents = theme_data.many(documents, request["n"])
    elif not request.get("all"):
        documents = theme_data.evaluated(documents)
    n_themes = documents["label"].nunique() if request["k"] == "labels" else None
    if request["measure"] == "stability":
        return {"stability": stability(documents, request["method"], n_themes, request["seed"])}
    wall, cpu = time.perf_counter(), time.process_time()
    themes_of_method = METHODS[request["method"]](documents, n_themes, request["seed"])
    row: Row = {"wall s": time.perf_counter() - wall, "CPU s": time.process_time() - cpu, "MB": _peak_mb()}
    if request["measure"] == "quality":
        row |= quality(documents, themes_of_method)
        if request["method"] == "ours":
            row |= quota_race(documents, themes_of_method)
    return row


def assignment(documents: pd.DataFrame) -> Row:
    """Milliseconds to give one new bug a theme, median over 200."""
    model = themes.ThemeModel().fit(documents.iloc[200:])
    wall, cpu = [], []
    for position in range(200):
        start, started = time.perf_counter(), time.process_time()
        model.predict(documents.iloc[position : position + 1])
        wall.append(1000 * (time.perf_counter() - start))
        cpu.append(1000 * (time.process_time() - started))
    return {"wall ms": float(np.median(wall)), "CPU ms": float(np.median(cpu))}


def measured(request: Row) -> Row | None:
    """The same in a process of its own; None where the method's package is not installed."""
    command = [sys.executable, "-m", "benchmarks.themes", "--job", json.dumps(request)]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    if "ModuleNotFoundError" in process.stderr:
        return None
    if process.returncode:
        raise RuntimeError(process.stderr)
    return dict(json.loads(process.stdout.splitlines()[-1]))


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _rows(arguments: argparse.Namespace) -> Iterator[Row]:
    exact: list[float] = []
    methods = ["ours"] if arguments.fast else list(METHODS)
    for method in methods:
        for k in ("labels", "own"):
            if k == "own" and method not in ("ours", "BERTopic"):
                continue
            request = {"documents": arguments.documents, "method": method, "k": k}
            if method.startswith("BERTopic") and arguments.embeddings:
                request["embeddings"] = arguments.embeddings
            runs = [
                measured(request | {"seed": seed, "measure": measure})
                for measure in ("quality", "stability")
                for seed in range(arguments.seeds)
            ]
            if None in runs:
                yield {"method": method, "k from": k, "missing": f"the package of {method} is not installed"}
                break
            completed_runs = [run for run in runs if run]
            if (method, k) == ("ours", "labels"):
                exact = [run["AMI"] for run in completed_runs if "AMI" in run]
            if method in STREAMS:
                completed_runs += [
                    {"loss": best - run["AMI"]}
                    for best, run in zip(exact, completed_runs, strict=False)
                    if "AMI" in run
                ]
            yield {"method": method, "k from": k, "runs": completed_runs}


def _spread(runs: list[Row]) -> Row:
    table = pd.DataFrame(runs)
    return {str(name): f"{table[name].mean():.3f}±{table[name].std(ddof=0):.3f}" for name in table}


def _row(clusters: Row, n: int) -> Row:
    """A method's row of the one table: its mean time and memory, and its quality."""
    what = f"{clusters['method']}, number from {clusters['k from']}"
    what = what if clusters["method"].startswith("ours") else f"peer: {what}"
    if "missing" in clusters:
        return {"what": what, "missing": clusters["missing"]}
    means = pd.DataFrame(clusters["runs"]).mean()
    beside = ", ".join(f"{name} {means[name]:.2f}" for name in ("AMI", "stability") if name in means)
    return {"what": what, "n": n, "seconds": means["wall s"], "peak_mb": means["MB"], "beside": beside}


def main(argv: list[str] | None = None) -> int:
    """Print the tables; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", default=str(theme_data.DOCUMENTS))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--fast", action="store_true", help="ours alone, without the peers")
    parser.add_argument("--sentence-model", metavar="FOLDER", help="a local model for BERTopic (default: TF-IDF)")
    parser.add_argument(
        "--embeddings", metavar="FILE.npy", help="its vectors, one a document, where they are made already"
    )
    parser.add_argument("--small", action="store_true", help="one seed, and a tenth of the sizes")
    parser.add_argument("--json", type=Path, help="also write the results here")
    parser.add_argument("--job", help=argparse.SUPPRESS)
    arguments = parser.parse_args(argv)
    if arguments.job:
        print(json.dumps({name: float(value) for name, value in job(json.loads(arguments.job)).items()}))
        return 0
    if arguments.small:
        arguments.seeds = 1
    if not Path(arguments.documents).is_file():
        missing = f"no documents at {Path(arguments.documents).name} (give --documents FILE)"
        print(f"skipped: {missing}")
        leave(arguments.json, [{"what": "themes", "missing": missing}])
        return 0
    with tempfile.TemporaryDirectory() as folder:
        if arguments.sentence_model and not arguments.embeddings:
            arguments.embeddings = str(_embedded(arguments, Path(folder) / "embeddings.npy"))
        leave(arguments.json, list(_told(arguments)))
    return 0


def _embedded(arguments: argparse.Namespace, path: Path) -> Path:
    """The vectors of all documents by the sentence model, made once."""
    documents = theme_data.read(Path(arguments.documents))
    np.save(path, themes.local_encoder(arguments.sentence_model)(whole(documents)))
    return path


def _told(arguments: argparse.Namespace) -> Iterator[Row]:
    """The rows, printed in full as they come."""
    documents = theme_data.read(Path(arguments.documents))
    n = len(theme_data.evaluated(documents))
    for clusters in _rows(arguments):
        print(f"\n{clusters['method']}, k from {clusters['k from']}")
        lines = _spread(clusters["runs"]) if "runs" in clusters else {"skipped": clusters["missing"]}
        print("\n".join(f"    {name:16s} {value}" for name, value in lines.items()), flush=True)
        yield _row(clusters, n)
    print("\nsize")
    for size in (size // 10 if arguments.small else size for size in GROWN):
        fit = {"documents": arguments.documents, "method": "ours", "k": "own", "seed": 0, "measure": "fit", "n": size}
        grown = measured(fit) or {}
        print(f"    {size} documents", {name: round(value, 1) for name, value in grown.items()}, flush=True)
        yield {"what": "ours, many documents", "n": size, "seconds": grown["wall s"], "peak_mb": grown["MB"]}
    one = assignment(documents)
    print("    one new bug", {name: round(value, 2) for name, value in one.items()})
    yield {"what": "ours, one new bug", "n": 1, "seconds": one["wall ms"] / 1000}


if __name__ == "__main__":
    sys.exit(main())
