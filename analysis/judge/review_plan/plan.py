"""For each fix that waits for review two people who fit, one of them a core, as long as they have time."""

import numpy as np
import pandas as pd

from analysis.judge.review_plan.capacity import Capacity
from analysis.judge.review_plan.fit import ReviewerFit

SPREAD = 0.4  # log odds for each doubling or so of what somebody has in the plan already: the load is spread
COLUMNS = ["change_number", "core", "other", "no_core_because"]
NO_CORE, NO_TIME = "no core who fits is known", "no core has time left"


def plan(
    fixes: pd.DataFrame,
    fit: ReviewerFit,
    *,
    cores: "pd.Series[int]",
    voted: pd.DataFrame,
    names: dict[int, tuple[str, ...]],
    capacity: Capacity,
    as_of: pd.Timestamp,
) -> pd.DataFrame:
    """One row per fix, in their order: the first fix takes its reviewers first.

    Nobody reviews their own change, or one that they have a standing vote on, or more minutes than they have a week.

    Parameters
    ----------
    fixes : DataFrame
        change_number, owner, minutes: what a review takes; the most urgent first.
    fit : what was learned of who reviews what
    cores : Series of accounts
    voted : DataFrame with change_number and account of standing votes
    names : of each account the names by which the project file may call it

    Returns
    -------
    DataFrame
        change_number; core and other: accounts, NA where nobody is known or has time; no_core_because: where no core is
        named, NA otherwise.
    """
    people = np.array(fit.people, "int64")
    is_core = np.isin(people, cores.dropna().to_numpy("int64"))
    left = np.array([_minutes(names.get(account, ()), capacity) for account in people.tolist()], "float64")
    load = np.zeros(len(people))
    busy = voted.groupby("change_number")["account"].agg(set).to_dict()
    rows: list[tuple[object, ...]] = []
    for number, owner, minutes in zip(fixes["change_number"], fixes["owner"], fixes["minutes"], strict=True):
        score = fit.scores(number, owner, as_of)
        may = ~np.isnan(score) & (people != owner) & ~np.isin(people, list(busy.get(number, ())))
        has_time = left >= (0.0 if pd.isna(minutes) else minutes)
        chosen: list[object] = []
        for wanted in (is_core, np.ones(len(people), bool)):
            free = may & has_time & wanted
            if not free.any():
                chosen.append(pd.NA)
                continue
            best = int(np.argmax(np.where(free, score - SPREAD * np.log1p(load), -np.inf)))
            chosen.append(int(people[best]))
            may[best] = False
            load[best] += 1
            left[best] -= 0.0 if pd.isna(minutes) else minutes
        why = pd.NA if chosen[0] is not pd.NA else NO_TIME if (may & is_core).any() else NO_CORE
        rows.append((number, *chosen, why))
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.astype({"change_number": "Int64", "core": "Int64", "other": "Int64", "no_core_because": "string"})


def _minutes(names: tuple[str, ...], capacity: Capacity) -> int:
    stated = [capacity.people[name] for name in names if name in capacity.people]
    return stated[0] if stated else capacity.minutes_a_week
