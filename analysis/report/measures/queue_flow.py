"""Whether the queue of open changes grows, and why: what comes, is reviewed, merged and given up, week by week."""

import numpy as np
import pandas as pd

from analysis.judge import survival
from analysis.judge.forecast.fates import GIVEN_UP, MERGED, first_known
from analysis.judge.forecast.queue_size import PACE_WEEKS, queue_sizes
from analysis.tables import schema
from analysis.tables.counts import counted

FLOWS = {
    "n_opened": "opened",
    "n_first_reviewed": "first reviews",
    "n_merged": "merged",
    "n_abandoned": "abandoned",
    "n_net": "growth of the queue",
}
MOST_WEEKS = 156  # of the past that are read
NINETY = 1.782  # of Student's distribution with twelve degrees of freedom: both sides hold 90 %
WEEK = pd.Timedelta(days=7)


def weekly_flows(
    change_fates: pd.DataFrame, first_reviews: "pd.Series[pd.Timestamp]", *, as_of: pd.Timestamp
) -> pd.DataFrame:
    """The new and the closed changes of each known week, oldest first; the last week ends with the data.

    Parameters
    ----------
    change_fates : DataFrame of judge.forecast.fates.fates
    first_reviews : by change_number, NA where none was given; a change whose votes are unknown has no row

    Returns
    -------
    DataFrame
        ends_at; n_open at the end; n_opened, n_first_reviewed (NA where the votes of some are unknown), n_merged,
        n_abandoned, n_net = n_opened - n_merged - n_abandoned.
    """
    first = first_known(change_fates)
    n_weeks = 0 if first is None else min(int((as_of - first) / WEEK), MOST_WEEKS)
    ends = pd.date_range(end=as_of, periods=n_weeks + 1, freq="7D")
    created, closed = change_fates["created_at"], change_fates["closed_at"]
    merged, given_up = (closed[change_fates["fate"].eq(fate)] for fate in (MERGED, GIVEN_UP))
    is_reviewed = change_fates["change_number"].isin(first_reviews.index)
    of_time = is_reviewed | (created <= ends[0]).fillna(False)
    reviewed = _per_week(first_reviews, ends) if of_time.all() else [pd.NA] * n_weeks
    n_open = [int(((created <= end) & ~(closed <= end).fillna(False)).fillna(False).sum()) for end in ends[1:]]
    counts = {
        "n_open": n_open,
        "n_opened": _per_week(created, ends),
        "n_first_reviewed": reviewed,
        "n_merged": _per_week(merged, ends),
        "n_abandoned": _per_week(given_up, ends),
    }
    flows = pd.DataFrame({"ends_at": ends[1:], **{name: pd.array(n, "Int64") for name, n in counts.items()}})
    return flows.assign(n_net=flows["n_opened"] - flows["n_merged"] - flows["n_abandoned"])


def _per_week(times: pd.Series, ends: pd.DatetimeIndex) -> list[int]:
    counted = np.histogram(times.dropna().astype("int64"), ends.as_unit("us").astype("int64") + 1)[0]
    return [int(n) for n in counted]


def flow_rates(flows: pd.DataFrame) -> pd.DataFrame:
    """Each flow per week, in the last 13 weeks and in the 13 before, with 90 % intervals of the mean.

    Returns
    -------
    DataFrame, in the order of FLOWS; no row where 13 weeks are not known
        flow, per_week, per_week_low, per_week_high; previous, previous_low, previous_high: NA where those weeks are not
        known; tendency: more, fewer or no clear difference.
    """
    if len(flows) < PACE_WEEKS:
        return pd.DataFrame(columns=_RATES).astype(dict.fromkeys(_RATES[1:-1], "Float64"))
    lately, before = flows.tail(PACE_WEEKS), flows.iloc[-2 * PACE_WEEKS : -PACE_WEEKS]
    rows = []
    for name, words in FLOWS.items():
        now, then = _mean(lately[name]), _mean(before[name]) if len(before) == PACE_WEEKS else (pd.NA,) * 3
        rows.append((words, *now, *then, _tendency(lately[name], before[name])))
    return pd.DataFrame(rows, columns=_RATES).astype({**dict.fromkeys(_RATES[1:-1], "Float64"), "tendency": "string"})


_RATES = ["flow", "per_week", "per_week_low", "per_week_high", "previous", "previous_low", "previous_high", "tendency"]


def _mean(weeks: pd.Series) -> tuple[object, object, object]:
    if weeks.isna().any():
        return pd.NA, pd.NA, pd.NA
    mean, half = float(weeks.mean()), NINETY * _error(weeks)
    low = mean - half if weeks.name == "n_net" else max(mean - half, 0.0)
    return round(mean, 1), round(low, 1), round(mean + half, 1)


def _error(weeks: pd.Series) -> float:
    """The standard error of the mean, at least that of independent arrivals."""
    of_week = max(float(np.var(weeks.to_numpy("float64"), ddof=1)), abs(float(weeks.mean())))
    return float(np.sqrt(of_week / len(weeks)))


def _tendency(lately: pd.Series, before: pd.Series) -> object:
    if len(before) < len(lately) or lately.isna().any() or before.isna().any():
        return pd.NA
    difference = float(lately.to_numpy("float64").mean() - before.to_numpy("float64").mean())
    half = NINETY * float(np.hypot(_error(lately), _error(before)))
    return "more" if difference > half else "fewer" if difference < -half else "no clear difference"


def growth_in_words(rates: pd.DataFrame, sizes: pd.DataFrame) -> str:
    """Whether the queue grows and why, and when it would be empty; empty where too little is known.

    Parameters
    ----------
    rates : DataFrame of `flow_rates`
    sizes : DataFrame of `queue_sizes`
    """
    if rates.empty or sizes.empty:
        return ""
    by_flow = rates.set_index("flow")
    columns = ["per_week", "per_week_low", "per_week_high"]
    net, low, high = (float(each) for each in by_flow.loc[[FLOWS["n_net"]], columns].to_numpy("float64")[0])
    interval = f"{net:+.1f} ({low:+.1f} to {high:+.1f}) a week"
    verdict = "grows" if low > 0 else "shrinks" if high < 0 else "neither clearly grows nor shrinks"
    n_open = int(sizes["n_then"].iloc[0])
    parts = [f"The queue {verdict}: {n_open:,} open changes, {interval}"]
    changed = by_flow.loc[["opened", "merged", "abandoned"], "tendency"]
    reasons = [f"{tendency} are {flow}" for flow, tendency in changed.dropna().items() if tendency in ("more", "fewer")]
    if reasons:
        parts.append(f"compared with the 13 weeks before, {', '.join(reasons)}")
    parts.append(_empty_in(n_open, net, low, high))
    return "; ".join(parts)


def _empty_in(n_open: int, net: float, low: float, high: float) -> str:
    """When a queue of this size would be empty at this pace and at the ends of its interval."""
    if net >= 0:
        return "at this pace it is never empty"
    soonest, latest = n_open / -low, n_open / -high if high < 0 else np.inf
    until = f"to {latest:,.0f}" if np.isfinite(latest) else "or more"
    return f"at this pace it would be empty in {counted(n_open / -net, 'week')} ({soonest:,.0f} {until})"


def sizes_held(flows: pd.DataFrame) -> pd.DataFrame:
    """The numbers expected in 4 and 12 weeks: first those of now, then earlier ones with what came, and `held`.

    Earlier forecasts are listed at distances of their whole period, so that no week is counted twice.
    """
    sizes = queue_sizes(flows)
    held = sizes["n_came"].between(sizes["n_low"], sizes["n_high"]).astype("boolean").mask(sizes["n_came"].isna())
    newest = sizes["instant_at"].max()
    ago = ((newest - sizes["instant_at"]) / WEEK).round()
    is_apart = (ago % sizes["weeks"]).eq(0) & (sizes["n_came"].notna() | ago.eq(0))
    apart: pd.DataFrame = sizes.assign(held=held)[is_apart]
    return apart.reset_index(drop=True)


def waiting_by_turn(turns: pd.DataFrame, change_fates: pd.DataFrame, *, as_of: pd.Timestamp) -> pd.DataFrame:
    """How many changes waited on whom on average, in the last 13 weeks and in the 13 before: reviewers apart from all.

    Parameters
    ----------
    turns : DataFrame, schema.TURNS
    change_fates : DataFrame of judge.forecast.fates.fates
        A turn ends with its change, even if no message reports the end.

    Returns
    -------
    DataFrame, reviewers first
        waiting_on (reviewers, owner, ci, nobody); n_at_a_time, n_at_a_time_before: changes at a time, on average;
        share: of all that waited lately, NA of none.
    """
    length = PACE_WEEKS * WEEK
    closed_at = schema.looked_up(turns["change_number"], change_fates.set_index("change_number")["closed_at"])
    turns = turns.assign(ended_at=pd.concat([turns["ended_at"], closed_at], axis=1).min(axis=1))
    holders = [turn for turn in schema.WAITING_ON if turn in set(turns["waiting_on"].dropna())]
    lately = _on_average(turns, as_of - length, as_of).reindex(holders).fillna(0.0)
    before = _on_average(turns, as_of - 2 * length, as_of - length).reindex(holders).fillna(0.0)
    total = float(lately.sum())
    rows = pd.DataFrame(
        {
            "waiting_on": pd.Series(holders, dtype=schema.TEXT),
            "n_at_a_time": lately.round(1).to_numpy("float64"),
            "n_at_a_time_before": before.round(1).to_numpy("float64"),
            "share": (lately / total).to_numpy("float64") if total else np.nan,
        }
    )
    return rows.astype(dict.fromkeys(["n_at_a_time", "n_at_a_time_before", "share"], "Float64"))


def _on_average(turns: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp) -> "pd.Series[float]":
    until = turns["ended_at"].fillna(end)
    until, since = until.mask(until > end, end), turns["began_at"].mask(turns["began_at"] < start, start)
    days = schema.days(until - since).astype("float64").clip(lower=0.0)
    return days.groupby(turns["waiting_on"]).sum() / (schema.days(pd.Series([end - start])).iloc[0])


def finished_and_all(times: pd.DataFrame) -> pd.DataFrame:
    """Median days until the first review and until the merge: of the changes that had it, and of all.

    A median of merged changes alone leaves out the longest waits: changes that still wait, and those that nobody
    merged. The median of all counts them with their wait so far (Kaplan and Meier).

    Parameters
    ----------
    times : DataFrame of `review_times`

    Returns
    -------
    DataFrame
        until; n_finished, finished_days; n_changes, median_days, median_low, median_high (95 %): NA where fewer than
        half came to it, or nothing is known.
    """
    rows = []
    for until, days, happened in (("first review", "first_vote_days", "is_reviewed"),
                                  ("merge", "merge_days", "is_merged")):  # fmt: skip
        watched = times.dropna(subset=[days, happened])
        over = watched[happened].astype(bool)
        middle: list[float | None] = [None] * 3
        if len(watched):
            middle = survival.median(survival.curve(watched[days], over))
        finished = float(watched.loc[over, days].median()) if over.any() else None
        rows.append((until, int(over.sum()), finished, len(watched), *middle))
    columns = ["until", "n_finished", "finished_days", "n_changes", "median_days", "median_low", "median_high"]
    medians = pd.DataFrame(rows, columns=columns)
    in_days = dict.fromkeys(["finished_days", "median_days", "median_low", "median_high"], "Float64")
    return medians.astype({"until": "string", "n_finished": "Int64", "n_changes": "Int64", **in_days})
