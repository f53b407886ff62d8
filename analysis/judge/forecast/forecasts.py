"""The forecast for every open change, for the number of merges, and the checks of earlier forecasts."""

import numpy as np
import pandas as pd

from analysis.judge.forecast import totals
from analysis.judge.forecast.fates import MERGED, fates, first_known, is_current, until
from analysis.judge.forecast.features import History, features, newcomers, opened_at
from analysis.judge.forecast.hazard import WEEKS, Hazards, Steps, steps
from analysis.tables import schema

GAP_DAYS, MOST_INSTANTS = 14, 26  # a year of past instants to learn from
CHECK_DAYS = (14, 28, 56, 84)  # weeks before now at which earlier forecasts are checked against the outcome
LEAST_STEPS, LEAST_MERGED = 200, 30  # training rows of a step, and merges among them: with fewer the chance is unknown
LEAST_GAIN = 0.02
_NUMBERS = ("weeks", "n_open", "expected_merges", "variance", "n_merged", "auc", "auc_recent")
NO_CHECKS = pd.DataFrame({"instant_at": [], "owners": []}, dtype="object").assign(
    **{name: pd.Series(dtype="float64") for name in _NUMBERS}
)
Tables = dict[str, pd.DataFrame]

# The features that each act would change, and the name of the act in `forecasts.waits_for`.
ACTS: dict[str, dict[str, float]] = {
    "new patch set": {"since_upload": 0.0, "owner_silent": 0.0, "topic_silent": 0.0},
    "positive vote": {"liked": 1.0},
    "core vote": {"liked": 1.0, "agreed": 1.0},
    "negative votes settled": {"disliked": 0.0, "ci_failed": 0.0},
}


def build(history: History, as_of: pd.Timestamp) -> Tables:
    """The tables forecasts, forecast_totals and forecast_checks; see the schema.

    The model learns from the known outcomes, at `as_of`, of changes that were open at instants of the past year. A
    chance is NA if too few of them were merged, or if the data does not reach back far enough.
    """
    change_fates = until(fates(history.changes, history.turns, history.change_commits, history.commits), as_of)
    now = opened_at([as_of], change_fates)
    instants = _instants(change_fates, as_of)
    past = opened_at(instants, change_fates) if instants else now.head(0)
    rows = pd.concat([now, past], ignore_index=True)
    table = features(rows, change_fates, history)
    learned_from, asked = table.iloc[len(now) :].reset_index(drop=True), table.iloc[: len(now)]
    chances, model = _forecast(learned_from, past, asked, as_of)
    checks = _checks(learned_from, past, change_fates, as_of)
    deviations = totals.width(checks)
    is_new = newcomers(now, change_fates)
    forecasts = pd.DataFrame(
        {
            "change_number": now["change_number"],
            **{f"chance_{weeks}_weeks": chances[weeks].round(4) for weeks in WEEKS},
            "is_newcomer": is_new.astype("boolean") if change_fates["fate"].eq(MERGED).sum() >= LEAST_MERGED else pd.NA,
            "waits_for": _waits_for(model, asked, chances),
        }
    )
    sums = totals.with_interval(totals.sums(chances, is_new), deviations)
    checks = totals.with_interval(checks, deviations).round({"expected_merges": 1, "auc": 3, "auc_recent": 3})
    return {
        "forecasts": totals.table(schema.FORECASTS, forecasts),
        "forecast_totals": totals.table(schema.FORECAST_TOTALS, sums.round({"expected_merges": 1})),
        "forecast_checks": totals.table(
            schema.FORECAST_CHECKS, checks.round({"expected_merges": 1, "auc": 3, "auc_recent": 3})
        ),
    }


def _instants(change_fates: pd.DataFrame, as_of: pd.Timestamp) -> list[pd.Timestamp]:
    """The past instants at which the open changes are known, newest first."""
    first = first_known(change_fates)
    if first is None or not is_current(change_fates, as_of):
        return []
    every = [as_of - pd.Timedelta(days=GAP_DAYS * n) for n in range(1, MOST_INSTANTS + 1)]
    return [instant for instant in every if instant - pd.Timedelta(days=GAP_DAYS) >= first]


def _forecast(
    learned_from: pd.DataFrame, past: pd.DataFrame, asked: pd.DataFrame, as_of: pd.Timestamp
) -> tuple[pd.DataFrame, Hazards | None]:
    """The chances of the rows to be merged, from what is known at `as_of`: a column for each number of weeks."""
    learned = steps(past, as_of)
    known_weeks = _weeks_with_data(learned)
    chances = pd.DataFrame(np.nan, index=asked.index, columns=list(WEEKS))
    if not known_weeks or asked.empty:
        return chances, None
    model = Hazards().fit(learned_from, learned)
    merge_chances = model.chances(asked)[MERGED]
    for place, weeks in enumerate(WEEKS):
        if weeks in known_weeks:
            chances[weeks] = merge_chances[:, place]
    # A change without dated uploads looks untouched: the model did not learn from such changes.
    is_dated = asked["patch_sets"].gt(0) | bool(learned_from["patch_sets"].eq(0).all())
    return chances.where(is_dated), model


def _weeks_with_data(learned: Steps) -> list[int]:
    """The numbers of weeks before the first step with too little data."""
    taught = []
    for step, weeks in enumerate(WEEKS):
        mine = learned.fate[learned.step == step]
        if len(mine) < LEAST_STEPS or (learned.fate[learned.step <= step] == MERGED).sum() < LEAST_MERGED:
            break
        taught.append(weeks)
    return taught


def _checks(
    learned_from: pd.DataFrame, past: pd.DataFrame, change_fates: pd.DataFrame, as_of: pd.Timestamp
) -> pd.DataFrame:
    """The forecasts at earlier instants, with the outcomes up to `as_of`."""
    parts = []
    for days in CHECK_DAYS:
        then = as_of - pd.Timedelta(days=days)
        is_then, is_before = past["at"].eq(then), past["at"].lt(then)
        asked = learned_from[is_then]
        chances, _ = _forecast(
            learned_from[is_before].reset_index(drop=True), past[is_before].reset_index(drop=True), asked, then
        )
        over = [weeks for weeks in WEEKS if 7 * weeks <= days and chances[weeks].notna().any()]
        if over:
            parts.append(_check(past[is_then], asked, chances[over], change_fates))
    return pd.concat(parts, ignore_index=True) if parts else NO_CHECKS


def _check(rows: pd.DataFrame, asked: pd.DataFrame, chances: pd.DataFrame, change_fates: pd.DataFrame) -> pd.DataFrame:
    is_new = newcomers(rows, change_fates)
    then = rows["at"].iloc[0]
    sums = totals.sums(chances, is_new)
    results = []
    for owners, weeks in zip(sums["owners"], sums["weeks"], strict=True):
        group = {"all": is_new | True, "newcomers": is_new, "insiders": ~is_new}[owners]
        mine = group & chances[weeks].notna()  # a row without a forecast is not part of the expected number either
        is_over = rows["closed_at"] <= then + pd.Timedelta(weeks=weeks)
        merged = (rows["fate"].eq(MERGED) & is_over.fillna(False))[mine]
        recent = -asked.loc[mine, "since_upload"]
        results.append((int(merged.sum()), area(merged, chances.loc[mine, weeks]), area(merged, recent)))
    return sums.assign(
        instant_at=then, **dict(zip(("n_merged", "auc", "auc_recent"), zip(*results, strict=True), strict=True))
    )


def area(happened: "pd.Series[bool]", score: "pd.Series[float]") -> float:
    """The area under the ROC curve, the chance that a row that happened scores above one that did not; or NaN.

    >>> area(pd.Series([True, False, True, False]), pd.Series([3.0, 1.0, 2.0, 2.0]))
    0.875
    """
    n = int(happened.sum())
    others = len(happened) - n
    if not n or not others:
        return float("nan")
    return float((score.rank()[happened].sum() - n * (n + 1) / 2) / (n * others))


def _waits_for(model: Hazards | None, asked: pd.DataFrame, chances: pd.DataFrame) -> "pd.Series[str]":
    """The act after which such changes merged most often, if it adds at least LEAST_GAIN to the chance of 4 weeks."""
    if model is None or chances[WEEKS[1]].isna().all():
        return pd.Series(pd.NA, index=asked.index, dtype=schema.TEXT)
    best = pd.Series(schema.NO_SINGLE_ACT, index=asked.index, dtype=schema.TEXT)
    gain = pd.Series(LEAST_GAIN, index=asked.index)
    for act, values in ACTS.items():
        done = asked.assign(**{name: asked[name].where(asked[name].isna(), value) for name, value in values.items()})
        more = model.chances(done)[MERGED][:, 1] - chances[WEEKS[1]]
        best = best.mask(more >= gain, act)
        gain = gain.where(more < gain, more)
    return best.where(chances[WEEKS[1]].notna())
