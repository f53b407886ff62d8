"""For each fix that waits for review two suitable people, one of them a core, as long as they have time."""

import numpy as np
import pandas as pd

from analysis.judge.forecast.event_index import Floats
from analysis.judge.review_plan.capacity import Capacity
from analysis.judge.review_plan.fit import ReviewerFit

# Log odds that somebody loses for each doubling, roughly, of the load that the plan gave them already: as the first
# person, and as the second. The first person is the one who fits best; the second place spreads the load among those
# who fit well. Chosen on Nova's changes of 2011-12 for about two points of MRR: benchmarks/reviewers has the curve, for
# each half of them. A spread chosen on the earlier half for 30 % less Gini cost three and a half points of MRR on the
# later half.
SPREADS = (0.1, 2.0)
AMONG = 40
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
    """One row per fix, in their order: the first fix gets its reviewers first.

    Nobody gets their own change, a change that they have a current vote on, or more minutes than they have per week.

    Parameters
    ----------
    fixes : DataFrame
        change_number, owner, minutes: what a review takes; the most urgent first.
    fit : the model learned from past reviews
    cores : Series of accounts
    voted : DataFrame with change_number and account of standing votes
    names : for each account the names that the project file may use for it

    Returns
    -------
    DataFrame
        change_number; core and other: accounts, NA if nobody is known or has time; no_core_because: the reason if no
        core is named, else NA.
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
        for wanted, spread in zip((is_core, np.ones(len(people), bool)), SPREADS, strict=True):
            free = may & has_time & wanted
            if not free.any():
                chosen.append(pd.NA)
                continue
            best = best_reviewer(np.where(free, score, -np.inf), load, spread)
            chosen.append(int(people[best]))
            may[best] = False
            load[best] += 1
            left[best] -= 0.0 if pd.isna(minutes) else minutes
        why = pd.NA if chosen[0] is not pd.NA else NO_TIME if (may & is_core).any() else NO_CORE
        rows.append((number, *chosen, why))
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.astype({"change_number": "Int64", "core": "Int64", "other": "Int64", "no_core_because": "string"})


def best_reviewer(score: Floats, load: Floats, spread: float) -> int:
    """The position of the person to name: of the AMONG people who fit best, the one with the best fit minus load.

    Parameters
    ----------
    score : log odds of each person, -inf of one who may not be named; one at least may
    load : the number of reviews that each person has in the plan already
    """
    best = np.argsort(-score, kind="stable")[:AMONG]
    return int(best[np.argmax(score[best] - spread * np.log1p(load[best]))])


def _minutes(names: tuple[str, ...], capacity: Capacity) -> int:
    stated = [capacity.people[name] for name in names if name in capacity.people]
    return stated[0] if stated else capacity.minutes_a_week
