"""Which of the changes that were open at an instant were in master by the end of the history, and who can tell."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GroupKFold, StratifiedKFold, cross_val_predict

from analysis.build import review_stages
from analysis.judge import forecast, links
from analysis.judge.corrections import Corrections
from analysis.judge.forecast.fates import fates, until
from analysis.judge.forecast.features import features, opened_at
from analysis.store import Store
from analysis.tables import schema
from benchmarks.rows import Row

DRAWS = 300
FOLDS = 10


def history_of(store: Store, as_of: pd.Timestamp) -> forecast.History:
    """The past as a build makes it, without corrections: those are written later than the instants of the past."""
    tables = {table: store.read_table(table) for table in review_stages.OF_HISTORY}
    bots = links.bot_names(tables["bug_messages"])
    return review_stages.history(Corrections(), bots=bots, as_of=as_of, **tables)


def rows(store: Store, clone: Path, as_of: pd.Timestamp) -> Iterator[Row]:
    """Which of the open changes were in master by the end of the history, by forecast and by the last update."""
    begun = time.process_time()
    history = history_of(store, as_of)
    forecasts = forecast.build(history, as_of)["forecasts"].merge(
        history.changes, "left", "change_number", validate="1:1"
    )
    seconds = time.process_time() - begun
    log = subprocess.run(["git", "-C", clone, "log", "--format=%B"], capture_output=True, text=True, check=True).stdout
    merged = forecasts["change_id"].isin({row.split()[1] for row in log.splitlines() if row.startswith("Change-Id: I")})
    is_bug = forecasts["topic"].str.startswith("bug/").fillna(False).astype(bool)
    is_fix = forecasts["change_number"].isin(schema.fix_links(history.links, "change")["change_number"])
    groups = {"all": is_bug | True, "bug topics": is_bug, "fixes of bugs": is_fix}
    orders = {
        "forecast": forecasts["chance_12_weeks"].astype("float64"),
        "last update": forecasts["updated_at"].astype("int64").astype("float64"),
    }
    if forecasts["chance_12_weeks"].notna().any():
        in_master = merged.set_axis(forecasts["change_number"])
        orders |= {
            name: schema.looked_up(forecasts["change_number"], chances)
            for name, chances in _crossed(history, in_master, as_of).items()
        }
        orders["CV by topic's others"] = _others(merged, forecasts["topic"])
    for group, changes in groups.items():
        for order, score in orders.items():
            what = f"open {as_of:%Y-%m}, {group}: {order}"
            mine = changes & score.notna()
            if not mine.any():
                yield {
                    "what": what,
                    "missing": "too little is known to forecast" if changes.any() else "no such change",
                }
                continue
            area, low, high = _area(merged[mine], score[mine])
            words = f"AUC {area:.3f} ({low:.3f} to {high:.3f}), {int(merged[mine].sum())} merged by 2018-06"
            yield {"what": what, "n": int(mine.sum()), "seconds": seconds, "beside": words}


def _crossed(
    history: forecast.History, in_master: "pd.Series[bool]", as_of: pd.Timestamp
) -> dict[str, "pd.Series[float]"]:
    """By change_number the chances from the fates of the other changes of the day, in folds of changes and of owners.

    Parameters
    ----------
    in_master : by change_number, whether it was merged in the end
    """
    change_fates = until(fates(history.changes, history.turns, history.change_commits, history.commits), as_of)
    rows = opened_at([as_of], change_fates)
    table = features(rows, change_fates, history).fillna(-1.0)
    happened = rows["change_number"].map(in_master).astype(bool)
    forest = RandomForestClassifier(100, min_samples_leaf=5, max_features=0.3, random_state=0)
    by_change, by_owner = StratifiedKFold(FOLDS, shuffle=True, random_state=0), GroupKFold(FOLDS)
    folds = {
        "CV": list(by_change.split(table, happened)),
        "CV by owner": list(by_owner.split(table, happened, rows["owner"])),
    }
    chances = {
        name: cross_val_predict(forest, table, happened, cv=cv, method="predict_proba")[:, 1]
        for name, cv in folds.items()
    }
    return {name: pd.Series(values, index=rows["change_number"]) for name, values in chances.items()}


def _others(happened: "pd.Series[bool]", key: pd.Series) -> "pd.Series[float]":
    """Of the other rows with the same key the share that happened; NaN where there is none."""
    of_key = happened.astype("float64").groupby(key)
    return (of_key.transform("sum") - happened) / (of_key.transform("size") - 1).replace(0, np.nan)


def _area(happened: pd.Series, score: pd.Series) -> tuple[float, float, float]:
    rng, place = np.random.default_rng(0), np.arange(len(score))
    happened, score = happened.reset_index(drop=True), score.reset_index(drop=True)
    drawn = [rng.choice(place, len(place)) for _ in range(DRAWS)]
    areas = [
        forecast.area(happened.take(d).reset_index(drop=True), score.take(d).reset_index(drop=True)) for d in drawn
    ]
    low, high = np.nanquantile(areas, (0.025, 0.975))
    return forecast.area(happened, score), float(low), float(high)
