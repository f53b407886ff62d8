"""The test of the queue's order: what reviewers would have merged with each order, for the same effort."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.tables import schema

ORDERS = {
    "place_priority": "by priority (this list)",
    "place_age": "oldest first",
    "place_importance": "by importance",
    "place_recent": "newest patch set first",
    "place_small": "smallest first",
}
OURS = "place_priority"
REVIEWS, LINES_SHARE = 10, 0.1
EFFORTS = (f"{REVIEWS} reviews", f"{LINES_SHARE:.0%} of the lines".replace("%", " %"))
AIMS = {
    "is_merged_as_it_stood": "merged without new code",
    "is_merged": "merged",
    "is_important": "of a High or Critical bug",
}
DRAWS = 300  # of the changes, with replacement, for the intervals
LEAST_FIXES = 2 * REVIEWS  # at an instant: the order of a shorter list hardly matters
LEAST_INSTANTS, LEAST_HITS = 3, 10  # fewer would not support the numbers
Floats = npt.NDArray[np.float64]


def order_test(replayed_queue: pd.DataFrame) -> pd.DataFrame:
    """For each aim, effort and order: what the first reviews of a past instant find, on average over the instants.

    Reviewers follow the order for REVIEWS reviews, or until they have read LINES_SHARE of all lines. Intervals hold 95
    of 100 draws of the changes with replacement; `difference` is that to the priority's of the same draw. An aim that
    is reached by too few rows, or at too few instants, has no rows.

    Returns
    -------
    DataFrame
        aim, effort, order; found, found_low, found_high: fixes an instant; difference, difference_low,
        difference_high; verdict: better, worse or no clear difference, empty of the priority itself.
    """
    queue = _long_lists(replayed_queue)
    if queue.empty:
        return pd.DataFrame(columns=_COLUMNS).astype(dict.fromkeys(_COLUMNS[3:9], "Float64"))
    rows = queue.assign(
        is_important=queue["importance"].isin(["High", "Critical"]).astype("boolean"),
        lines=queue["size_lines"].astype("float64"),
    )
    numbers, code = np.unique(rows["change_number"].to_numpy("int64"), return_inverse=True)
    # The first line counts each change once: it gives the estimate, the others its interval.
    draws = np.random.default_rng(0).multinomial(len(numbers), np.full(len(numbers), 1 / len(numbers)), DRAWS)
    weights = np.vstack([np.ones(len(numbers)), draws]).astype("float64")
    table_rows: list[tuple[object, ...]] = []
    for aim, words in AIMS.items():
        has_aim = rows[aim].notna()
        if has_aim.sum() == 0 or not _is_enough(rows[has_aim], aim):
            continue
        for effort in EFFORTS:
            by_order = {order: _n_hits(rows[has_aim], code[has_aim], weights, aim, order, effort) for order in ORDERS}
            table_rows += [_row(words, effort, order, by_order) for order in ORDERS]
    return pd.DataFrame(table_rows, columns=_COLUMNS).astype(dict.fromkeys(_COLUMNS[3:9], "Float64"))


_COLUMNS = [
    "aim", "effort", "order", "found", "found_low", "found_high", "difference", "difference_low", "difference_high",
    "verdict",
]  # fmt: skip


def why_no_order_test(replayed_queue: pd.DataFrame) -> str:
    """The sentence for an empty `order_test`."""
    n = _long_lists(replayed_queue)["instant_at"].nunique()
    return (
        f"Too little of the past is known to compare orders: at {n} instants {LEAST_FIXES} fixes or more waited for "
        f"review. It takes {LEAST_INSTANTS}, twelve weeks ago or more, and {LEAST_HITS} fixes of the kind looked for."
    )


def _long_lists(replayed_queue: pd.DataFrame) -> pd.DataFrame:
    size = replayed_queue.groupby("instant_at")["change_number"].transform("size")
    return replayed_queue[size >= LEAST_FIXES]


def better_orders(tested: pd.DataFrame) -> str:
    """One sentence that says when another order found more than the priority."""
    better = tested[tested["verdict"].eq("better")]
    if tested.empty:
        return ""
    if better.empty:
        return "No other order found clearly more than this list, whatever was looked for."
    cases = better["order"] + " for fixes " + better["aim"] + " (" + better["effort"] + ")"
    return "Better than this list: " + "; ".join(cases) + "."


def _is_enough(rows: pd.DataFrame, aim: str) -> bool:
    return (
        rows["instant_at"].nunique() >= LEAST_INSTANTS and rows.loc[rows[aim], "change_number"].nunique() >= LEAST_HITS
    )


def _n_hits(
    rows: pd.DataFrame, code: npt.NDArray[np.int64], weights: Floats, aim: str, order: str, effort: str
) -> Floats:
    """How many fixes of the aim an instant's reviewers find in each draw, on average over the instants."""
    sums = np.zeros(len(weights))
    positions = pd.Series(np.arange(len(rows)))
    groups = positions.groupby(rows["instant_at"].to_numpy())
    for _, mine in groups:
        here = rows.iloc[mine.to_numpy()]
        by_place = np.argsort(here[order].to_numpy("int64"), kind="stable")
        weight = weights[:, code[mine.to_numpy()][by_place]]
        hit = here[aim].to_numpy(bool)[by_place]
        if effort == EFFORTS[0]:
            cost, budget = np.ones(len(here)), np.full(len(weights), float(REVIEWS))
        else:
            lines = here["lines"].fillna(here["lines"].median()).fillna(0.0).to_numpy()[by_place] + 1.0
            cost, budget = lines, LINES_SHARE * (weight * lines).sum(axis=1)
        spent = np.cumsum(weight * cost, axis=1)
        left = np.clip(budget[:, None] - (spent - weight * cost), 0.0, None)
        sums += (np.minimum(weight, left / cost) * hit).sum(axis=1)
    return np.asarray(sums / groups.ngroups, dtype="float64")


def _row(words: str, effort: str, order: str, by_order: dict[str, Floats]) -> tuple[object, ...]:
    mine, beyond = by_order[order], by_order[order] - by_order[OURS]
    low, high = np.quantile(mine[1:], (0.025, 0.975))
    less, more = np.quantile(beyond[1:], (0.025, 0.975))
    verdict = "better" if less > 0 else "worse" if more < 0 else "no clear difference"
    return (
        words, effort, ORDERS[order], *np.round([mine[0], low, high], 2),
        *(np.round([beyond[0], less, more], 2) if order != OURS else (None, None, None)),
        verdict if order != OURS else "",
    )  # fmt: skip


def forecast_rows(fixes: pd.DataFrame, forecasts: pd.DataFrame) -> pd.DataFrame:
    """The open fixes with the chance of each to be merged, the likeliest first; NA where it is unknown.

    Returns
    -------
    DataFrame
        change_number, subject, owner, owner_name, bug_id, importance, waiting_on, then the columns of schema.FORECASTS.
    """
    columns = ["change_number", "subject", "owner", "owner_name", "bug_id", "importance", "waiting_on"]
    rows = fixes[columns].merge(forecasts, "left", "change_number", validate="1:1")
    order = ["chance_4_weeks", "change_number"]
    return rows.sort_values(order, ascending=[False, True], kind="stable", ignore_index=True)


def checks_held(forecast_checks: pd.DataFrame) -> pd.DataFrame:
    """The checks with `held`: whether the number that merged lay in the interval; newest first."""
    held = forecast_checks["n_merged"].between(forecast_checks["n_low"], forecast_checks["n_high"])
    rows = forecast_checks.assign(held=held.astype("boolean"))
    place = rows["owners"].map({name: place for place, name in enumerate(schema.OWNER_GROUPS)})
    return (
        rows.assign(place=place)
        .sort_values(["instant_at", "weeks", "place"], ascending=[False, True, True], ignore_index=True)
        .drop(columns="place")
    )
