"""The forecast and the order of the list, held against what came: `python -m benchmarks.queue`.

    python -m benchmarks.queue [--data-dir FOLDER --at INSTANT] [--every DAYS] [--json FILE]

Without a folder it builds those of the real data: Nova of 2017 with its history and bugs, Nova 2011-12, Cinder, Swift.
At each instant of the past the forecast is made of what was known by then (`forecast.build` hides the rest), and held
against what was merged by the end of the data: AUC beside that of "newest patch set first", newcomers beside insiders,
and how often the number that merged lay in the interval that should hold 90 of 100. Then what each order of the list
finds first at the same effort. Of the changes that were open on 2017-02-27, and on 2017-10-06, it is also asked which
were in master by the end of the history, 2018-06, beside the order by the last update. Of the second day no closed
change was saved: nothing is forecast there. Intervals hold 95 % of 300 draws of the changes.

The forecast learns from the past of its instant alone. Beside it stands a forest over the same features that is
cross-validated (CV): it learns from what became of the other changes of that day, which nobody knew then. Its figure
is no aim. What the other changes of a topic came to, alone, tells more than it; with all changes of an owner in one
fold, so that none tells of its sisters, less is left than the forecast has.
"""

import argparse
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from analysis import cli
from analysis.build import derive, link_stages, normalize, review_stages
from analysis.build.judgement import Judgement
from analysis.cli.judgements import judgements
from analysis.cli.parser import parser as command_line
from analysis.cli.selection import load_settings
from analysis.judge import forecast, queue
from analysis.judge.forecast.fates import MERGED, fates, first_known, until
from analysis.judge.forecast.queue_size import queue_sizes
from analysis.judge.privacy import PrivateRows
from analysis.report import measures
from analysis.store import Store
from analysis.tables import schema
from benchmarks import final_fates
from benchmarks.final_fates import DRAWS, history_of
from benchmarks.rows import Row, leave, line

REAL = Path(__file__).parents[2] / "shared" / "real"
BUGS, HISTORY = "launchpad-nova-2017-10-17.jsonl.gz", "nova-history.bundle"
NOVA_2017, NOVA_OPEN = "Nova 2017-02", "Nova 2017-10"
# Name: saved changes, whether the bugs and the history of Nova go with them, and the end of what is read.
SETS = {
    NOVA_2017: ("nova-reviews-2017-02-27.json.gz", True, True, "2017-02-27T12:00"),
    NOVA_OPEN: ("gerrit-nova-open-2017-10-06.json.gz", True, True, "2017-10-06T12:00"),
    "Nova 2011-12": ("gerrit-nova-closed-2012-04.json.gz", True, False, "2012-04-01"),
    "Cinder": ("gerrit-cinder-merged-2015-02.json.gz", False, False, "2015-02-05T12:00"),
    "Swift": ("gerrit-swift-merged-2015-02.json.gz", False, False, "2015-02-05T12:00"),
}
STAGES = (link_stages.LINKS, link_stages.LINKED_CHANGES, review_stages.TURNS)
FEWEST_INSTANTS = 5  # of which a mean is told
LEARNING_DAYS = 70  # before the first instant that is asked


def built(folder: Path, real: Path, name: str, clone: Path) -> Store:
    """A data directory of saved answers, with the tables that are needed here as they were at the end."""
    dump, has_bugs, has_history, end = SETS[name]
    fetches = [["gerrit", "--dump", str(real / dump)]]
    fetches += [["launchpad", "--dump", str(real / BUGS)]] if has_bugs else []
    fetches += [["git", "--repo", str(clone)]] if has_history else []
    for words in fetches:
        if code := cli.main(["--data-dir", str(folder), "fetch", *words]):
            raise SystemExit(code)
    store = Store(folder)
    settings = load_settings(command_line().parse_args(["build", "--data-dir", str(folder)]))
    ((project, judgement),) = judgements(store, settings, replayed=pd.Timestamp(end, tz="UTC"))
    if not isinstance(judgement, Judgement):
        raise SystemExit(f"expected a project that can be judged, found {judgement}")
    private = PrivateRows()
    normalize.serve(store, project, judgement, private)
    derive.judge(store, project, judgement, private, STAGES)
    return store


def looked_back(name: str, store: Store, as_of: pd.Timestamp, every: int) -> Iterator[Row]:
    """A row for each number of weeks and group of owners, and for each aim, effort and order."""
    history = history_of(store, as_of)
    begun = time.process_time()
    checks = _checks(history, as_of, every)
    seconds = time.process_time() - begun
    if checks.empty:
        yield {"what": f"{name}: forecast", "missing": "too little is known before the end of the data"}
    for (owners, weeks), mine in checks.groupby(["owners", "weeks"]):
        n, held = len(mine), int(mine["held"].sum())
        words = f"{auc_in_words(mine)}; {held} of {n} in the interval"
        yield {"what": f"{name}: {owners}, {weeks} weeks", "n": n, "seconds": seconds, "beside": words}
    if len(checks):
        words = f"{_share(checks['held'], checks['instant_at'])} of {len(checks)} numbers in the 90 % interval"
        yield {"what": f"{name}: all intervals", "n": len(checks), "seconds": seconds, "beside": words}
    yield from _sizes(name, history, as_of)
    begun = time.process_time()
    replayed = queue.replayed(history, store.read_table("bugs"), as_of=as_of, score=queue.Score())
    tested = measures.order_test(replayed)
    seconds = time.process_time() - begun
    if tested.empty:
        yield {"what": f"{name}: orders", "missing": measures.why_no_order_test(replayed)}
    for row in tested.itertuples():
        words = f"{row.aim}, {row.effort}: {row.found:.2f} ({row.found_low:.2f} to {row.found_high:.2f}) {row.verdict}"
        yield {"what": f"{name}: {row.order}", "n": len(replayed), "seconds": seconds, "beside": words}


def _sizes(name: str, history: forecast.History, as_of: pd.Timestamp) -> Iterator[Row]:
    """How often the number of open changes lay in the interval of the pace."""
    begun = time.process_time()
    change_fates = until(fates(history.changes, history.turns, history.change_commits, history.commits), as_of)
    unknown = pd.Series(pd.NaT, index=change_fates["change_number"], dtype=change_fates["created_at"].dtype)
    sizes = queue_sizes(measures.weekly_flows(change_fates, unknown, as_of=as_of)).dropna(subset=["n_came"])
    seconds = time.process_time() - begun
    for weeks, mine in sizes.groupby("weeks"):
        held = mine["n_came"].between(mine["n_low"], mine["n_high"]).astype(bool)
        words = f"{_share(held, mine['instant_at'])} in the 90 % interval"
        yield {"what": f"{name}: open in {weeks} weeks", "n": len(mine), "seconds": seconds, "beside": words}


def _checks(history: forecast.History, as_of: pd.Timestamp, every: int) -> pd.DataFrame:
    """The forecast of each past instant beside what came: as forecast_checks, with `held`."""
    change_fates = fates(history.changes, history.turns, history.change_commits, history.commits)
    first = first_known(change_fates) or as_of
    parts, instant = [], as_of - pd.Timedelta(days=14)
    while instant - pd.Timedelta(days=LEARNING_DAYS) >= first:
        parts.append(_outcome(history, change_fates, instant, as_of))
        instant -= pd.Timedelta(days=every)
    columns = ["instant_at", "owners", "weeks", "held", "auc", "auc_recent"]
    checks = pd.concat([pd.DataFrame(columns=columns), *parts])
    return checks.reset_index(drop=True)


def _outcome(
    history: forecast.History, change_fates: pd.DataFrame, instant: pd.Timestamp, as_of: pd.Timestamp
) -> pd.DataFrame:
    tables = forecast.build(history, instant)
    totals, chances = (
        tables["forecast_totals"],
        tables["forecasts"].merge(change_fates, "left", "change_number", validate="1:1"),
    )
    totals = totals[totals["n_open"].gt(0) & (instant + pd.to_timedelta(totals["weeks"] * 7, unit="D") <= as_of)]
    uploads = history.patch_sets[history.patch_sets["created_at"] <= instant].groupby("change_number")["created_at"]
    newest = schema.looked_up(chances["change_number"], uploads.max()).fillna(chances["created_at"])
    rows = []
    for row in totals.to_dict("records"):
        is_new = chances["is_newcomer"].astype(bool)
        group = {"all": is_new | True, "newcomers": is_new, "insiders": ~is_new}[row["owners"]]
        mine = group & chances[f"chance_{row['weeks']}_weeks"].notna()
        is_over = (chances["closed_at"] <= instant + pd.Timedelta(weeks=row["weeks"])).fillna(False)
        merged = (chances["fate"].eq(MERGED) & is_over)[mine].astype(bool)
        score = chances.loc[mine, f"chance_{row['weeks']}_weeks"].astype("float64")
        areas = forecast.area(merged, score), forecast.area(merged, newest[mine].astype("int64").astype("float64"))
        rows.append((row["owners"], row["weeks"], row["n_low"] <= merged.sum() <= row["n_high"], *areas))
    columns = ["owners", "weeks", "held", "auc", "auc_recent"]
    return pd.DataFrame(rows, columns=columns).assign(instant_at=instant)


def auc_in_words(checks: pd.DataFrame) -> str:
    """The mean AUC of the forecast and of newest first, with intervals; or that too few instants have one.

    Parameters
    ----------
    checks : DataFrame with auc and auc_recent of each instant, NA where all merged or none
    """
    n = int(checks["auc"].notna().sum())
    if n < FEWEST_INSTANTS:
        return f"AUC unknown: {n} instants saw some merged and some not, it takes {FEWEST_INSTANTS}"
    auc, low, high = _mean(checks["auc"])
    recent, least, most = _mean(checks["auc_recent"])
    return f"AUC {auc:.2f} ({low:.2f} to {high:.2f}), newest first {recent:.2f} ({least:.2f} to {most:.2f})"


def _mean(values: pd.Series) -> tuple[float, float, float]:
    """The mean over instants, and what holds 95 % of draws of the instants."""
    numbers = values.dropna().to_numpy("float64")
    if not len(numbers):
        return float("nan"), float("nan"), float("nan")
    draws = np.random.default_rng(0).choice(numbers, (DRAWS, len(numbers))).mean(axis=1)
    low, high = np.quantile(draws, (0.025, 0.975))
    return float(numbers.mean()), float(low), float(high)


def _share(held: "pd.Series[bool]", instants: pd.Series) -> str:
    """The share that is True, and what holds 95 % of draws of the instants: the numbers of one hang together."""
    of_instant = held.astype("float64").groupby(instants).agg(["sum", "size"]).to_numpy("float64")
    drawn = of_instant[np.random.default_rng(0).choice(len(of_instant), (DRAWS, len(of_instant)))].sum(axis=1)
    low, high = np.quantile(drawn[:, 0] / drawn[:, 1], (0.025, 0.975))
    return f"{held.mean():.0%} ({low:.0%} to {high:.0%})"


def _rows(real: Path, every: int, *, small: bool) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "nova.git"
        subprocess.run(["git", "clone", "--quiet", "--bare", real / HISTORY, clone], check=True)
        for name in list(SETS)[:1] if small else SETS:
            store, as_of = built(Path(folder) / name, real, name, clone), pd.Timestamp(SETS[name][-1], tz="UTC")
            yield from looked_back(name, store, as_of, every)
            if name in (NOVA_2017, NOVA_OPEN):
                yield from final_fates.rows(store, clone, as_of)


def main(argv: list[str] | None = None) -> int:
    """Print the rows; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, help="a folder that was built (default: those of the real data)")
    parser.add_argument("--at", default="", help="the end of what is read in that folder (default: its newest change)")
    parser.add_argument("--every", type=int, default=7, metavar="DAYS", help="between two instants")
    parser.add_argument("--real", type=Path, default=REAL, help="folder of the real data (default: beside the project)")
    parser.add_argument("--small", action="store_true", help="Nova 2017 alone")
    parser.add_argument("--json", type=Path, help="also write the results here")
    arguments = parser.parse_args(argv)
    if arguments.data_dir:
        store = Store(arguments.data_dir)
        end = pd.Timestamp(arguments.at, tz="UTC") if arguments.at else store.read_table("changes")["updated_at"].max()
        rows = list(looked_back(arguments.data_dir.name, store, end, arguments.every))
    elif (arguments.real / HISTORY).exists():
        rows = list(_rows(arguments.real, arguments.every, small=arguments.small))
    else:
        print(f"left out: no real data in {arguments.real}")
        rows = [{"what": "queue", "missing": "no real data"}]
    print("\n".join(line("queue", row) for row in rows))
    leave(arguments.json, rows)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
