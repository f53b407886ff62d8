"""The reviewers proposed for each fix: people who fit by files and past reviews, within their time."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from test_forecast import day

from analysis.judge import review_plan
from analysis.judge.review_plan.plan import AMONG, SPREADS, best_reviewer
from analysis.tables import schema

N = 120
CORE, NET, DISK, OWNER = 1, 2, 3, 9
NAMES = {CORE: ("core",), NET: ("net",), DISK: ("disk",)}


@pytest.fixture(scope="module")
def fit():
    """The core reviews everything; one other person reviews network files, and another disk files."""
    number = np.arange(1, N + 3)
    changes = schema.CHANGES.frame(
        {"change_number": number, "owner": [OWNER] * len(number), "created_at": [day(float(n)) for n in number]}
    )
    folder = np.where(number % 2 == 0, "net", "disk")
    files = schema.CHANGE_FILES.frame({"change_number": number, "path": [f"{one}/a.py" for one in folder]})
    cast = [(n, who) for n in range(1, N + 1) for who in (CORE, NET if n % 2 == 0 else DISK)]
    cast.append((N, OWNER))  # the owner's own vote is no review
    votes = schema.VOTES.frame(
        {
            "change_number": [n for n, _ in cast],
            "patch_set_number": [1] * len(cast),
            "label": ["Code-Review"] * len(cast),
            "account": [who for _, who in cast],
            "value": [1] * len(cast),
            "cast_at": [day(n + 0.5) for n, _ in cast],
        }
    )
    accounts = schema.ACCOUNTS.frame({"account": [CORE, NET, DISK, OWNER], "kind": ["person"] * 4})
    reviews = review_plan.reviews_of(votes, changes, accounts, review_label="Code-Review")
    return review_plan.ReviewerFit(changes, files, reviews).fit(day(N + 10))


def planned(fit, *, numbers=(N + 1, N + 2), minutes=10, voted=(), capacity=None, owner=OWNER):
    fixes = pd.DataFrame({"change_number": numbers, "owner": owner, "minutes": minutes})
    return review_plan.plan(
        fixes,
        fit,
        cores=pd.Series([CORE]),
        voted=pd.DataFrame(voted, columns=["change_number", "account"]),
        names=NAMES,
        capacity=capacity or review_plan.Capacity(),
        as_of=day(N + 10),
    )


def test_a_fix_gets_a_core_and_the_person_who_reviews_such_files(fit):
    table = planned(fit)

    assert table["core"].tolist() == [CORE, CORE]
    assert table["other"].tolist() == [DISK, NET]


def test_nobody_reviews_their_own_fix_or_one_they_have_voted_on(fit):
    assert OWNER not in fit.people
    assert planned(fit, numbers=(N + 2,), owner=NET)["other"].tolist() == [DISK]
    assert planned(fit, numbers=(N + 2,), voted=[(N + 2, NET)])["other"].tolist() == [DISK]


def test_who_has_no_time_left_is_not_named_and_the_fix_says_so(fit):
    table = planned(fit, capacity=review_plan.Capacity(minutes_a_week=100, people={"core": 15}))

    assert table["core"].tolist() == [CORE, pd.NA] and table["no_core_because"].tolist() == [
        pd.NA,
        "no core has time left",
    ]
    assert table["other"].notna().all()


def test_the_load_is_spread_over_people_who_fit_alike():
    alike = SimpleNamespace(people=[CORE, NET, DISK], scores=lambda *_: np.array([1.0, 0.9, 0.8]))

    table = planned(alike, numbers=(1, 2), minutes=1)

    assert table["other"].tolist() == [NET, DISK]


def test_without_enough_reviews_nobody_is_named():
    none = review_plan.ReviewerFit(schema.CHANGES.empty(), schema.CHANGE_FILES.empty(), _no_reviews()).fit(day(1))

    table = planned(none, numbers=(1,))

    assert table["core"].isna().all() and table["no_core_because"].tolist() == ["no core who fits is known"]


def _no_reviews():
    empty = schema.VOTES.empty()
    return review_plan.reviews_of(empty, schema.CHANGES.empty(), schema.ACCOUNTS.empty(), review_label="Code-Review")


def test_a_review_after_the_change_began_is_no_fact_of_that_moment(fit):
    rows = list(fit.described())

    assert rows[0][2][:, -1].sum() == 0  # nobody had reviewed anything
    assert np.expm1(rows[1][2][:, -1]).round().tolist() == [1, 0, 1]


def test_the_second_place_spreads_the_load_among_those_who_fit():
    score, load = np.array([3.0, 2.5, 0.0, -np.inf]), np.array([4.0, 4.0, 0.0, 0.0])
    first, second = SPREADS

    assert best_reviewer(score, load, first) == 0
    assert best_reviewer(np.where(score == 3, -np.inf, score), load, second) == 2
    far = np.concatenate([score, np.full(AMONG, 1.0)])
    assert best_reviewer(far, np.concatenate([load, np.full(AMONG, 4.0)]), second) != 2  # 40 others fit better
