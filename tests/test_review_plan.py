"""The reviewers proposed for each fix: people who fit by files and past reviews, within their time."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from test_forecast import day

from analysis.judge import review_plan
from analysis.judge.review_plan.plan import best_reviewer
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


def test_a_fix_gets_a_core_and_somebody_who_reviews_such_files(fit):
    table = planned(fit)

    assert table["core"].tolist() == [CORE, CORE]
    assert table["other"].tolist() == [DISK, NET]


def test_nobody_reviews_their_own_fix_or_one_they_have_voted_on(fit):
    assert OWNER not in fit.people
    assert planned(fit, numbers=(N + 2,), owner=NET)["other"].tolist() == [DISK]
    assert planned(fit, numbers=(N + 2,), voted=[(N + 2, NET)])["other"].tolist() == [DISK]


def test_a_person_without_time_left_is_not_named_and_the_fix_says_so(fit):
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


def test_a_review_after_the_upload_is_not_used_for_its_features(fit):
    rows = list(fit.described())

    assert rows[0][2][:, -1].sum() == 0  # nobody had reviewed anything
    assert np.expm1(rows[1][2][:, -1]).round().tolist() == [1, 0, 1]


def test_a_busy_person_is_not_named_if_others_fit_nearly_as_well():
    score, free, busy = np.array([1.0, 0.9, -3.0]), np.zeros(3), np.array([4.0, 0.0, 0.0])

    assert best_reviewer(score, free) == 0
    assert best_reviewer(score, busy) == 1
    assert best_reviewer(np.array([1.0, -3.0, -np.inf]), busy) == 0  # naming the other would lose too much
    assert best_reviewer(score, busy, price=0.0) == 0


def test_of_people_who_fit_alike_the_first_is_named():
    score = np.array([0.0, -np.inf, 0.0, -1.0])

    assert best_reviewer(score, np.zeros(4), place=2, missed=0.3) == 0
    assert best_reviewer(score[::-1], np.zeros(4), place=2, missed=0.3) == 1


def test_the_second_place_goes_to_a_person_with_time_if_the_first_is_sure():
    score, busy = np.array([-np.inf, 0.5, -1.0]), np.array([0.0, 6.0, 0.0])

    assert best_reviewer(score, busy, place=2, missed=0.9) == 1
    assert best_reviewer(score, busy, place=2, missed=0.05) == 2


def test_the_loss_of_a_choice_is_the_fall_of_the_expected_rank():
    chance = np.array([0.6, 0.3, 0.2])
    score = np.log(chance / (1 - chance))

    def expected(order):
        missed, total = 1.0, 0.0
        for place, person in enumerate(order, start=1):
            total += missed * chance[person] / place
            missed *= 1 - chance[person]
        return total

    loss = expected([0, 1, 2]) - expected([2, 0, 1])

    # a load costs price * log(1 + load): who has none is named if the price is just above the loss
    assert best_reviewer(score, np.array([np.e - 1, np.e - 1, 0.0]), price=loss + 1e-9) == 2
    assert best_reviewer(score, np.array([np.e - 1, np.e - 1, 0.0]), price=loss - 1e-9) != 2
