"""For each fix that waits for review two suitable people, one of them a core, as long as they have time."""

import numpy as np
import pandas as pd

from analysis.judge.forecast.event_index import Floats
from analysis.judge.review_plan.capacity import Capacity
from analysis.judge.review_plan.fit import ReviewerFit

# What each doubling or so of a person's load costs, in the unit of the loss in `best_reviewer`: mean reciprocal rank
# (MRR). Of the prices in benchmarks/reviewers this is the least one that lowers the Gini coefficient of the people
# named by 30 % on the earlier half of Nova's changes of 2011-12. It comes from that half alone; the form of the price
# was chosen with both halves in view.
PRICE = 0.014
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
        missed = 1.0
        for place, wanted in enumerate((is_core, np.ones(len(people), bool)), start=1):
            free = may & has_time & wanted
            if not free.any():
                chosen.append(pd.NA)
                continue
            best = best_reviewer(np.where(free, score, -np.inf), load, place=place, missed=missed)
            chosen.append(int(people[best]))
            missed *= 1 - float(chances(score[best]))
            may[best] = False
            load[best] += 1
            left[best] -= 0.0 if pd.isna(minutes) else minutes
        why = pd.NA if chosen[0] is not pd.NA else NO_TIME if (may & is_core).any() else NO_CORE
        rows.append((number, *chosen, why))
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.astype({"change_number": "Int64", "core": "Int64", "other": "Int64", "no_core_because": "string"})


def best_reviewer(score: Floats, load: Floats, *, place: int = 1, missed: float = 1.0, price: float = PRICE) -> int:
    """The position of the person to name: the one with the least sum of the loss and the price of their load.

    Naming a person moves everybody who fits better one rank down. The loss is the fall of the expected reciprocal rank
    of the first person who reviews. It is small if it is nearly sure who reviews first, or if several people fit alike.

    Parameters
    ----------
    score : log odds of each person, -inf of one who may not be named; one at least may
    load : the number of reviews that each person has in the plan already
    place : 1 for the first person who is named, 2 for the second
    missed : the chance that nobody named before reviews
    """
    order = np.argsort(-score, kind="stable")
    chance = chances(score[order])
    ranks = place + np.arange(len(order))
    first = chance * np.cumprod(np.append(1.0, 1 - chance[:-1]))  # that each is the first who reviews
    ahead = np.append(0.0, np.cumsum(first / ranks)[:-1])
    moved = np.append(0.0, np.cumsum(first / (ranks + 1))[:-1])
    loss = missed * (ahead + first / ranks - chance / place - (1 - chance) * moved)
    cost = np.where(np.isneginf(score[order]), np.inf, loss + price * np.log1p(load[order]))
    # errors of rounding decide nothing among people who fit alike: the first of them is named
    return int(order[np.argmin(cost.round(12))])


def chances(log_odds: Floats) -> Floats:
    """The chance of each log odds."""
    return np.asarray(1 / (1 + np.exp(-log_odds)), dtype="float64")


def _minutes(names: tuple[str, ...], capacity: Capacity) -> int:
    stated = [capacity.people[name] for name in names if name in capacity.people]
    return stated[0] if stated else capacity.minutes_a_week
