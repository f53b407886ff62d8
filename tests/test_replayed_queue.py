"""The queue of past instants in five orders, and the results of reviewers with each."""

import numpy as np
import pandas as pd
import pytest
from test_forecast import day, history

from analysis.judge import queue
from analysis.report import measures
from analysis.tables import schema


def linked(of):
    """The history with a bug for each change; every tenth bug is High."""
    number = of.changes["change_number"]
    links = schema.LINKS.frame(
        {
            "bug_id": number,
            "kind": ["change"] * len(number),
            "ref": number.astype("str"),
            "evidence": ["footer"] * len(number),
            "strength": [1.0] * len(number),
            "counts_as_fix": [True] * len(number),
        }
    )
    importance = np.where(number % 10 == 0, "High", "Low")
    tasks = {"bug_id": number, "target": ["nova"] * len(number), "importance": importance}
    changes = of.changes.assign(project="openstack/nova").astype(of.changes.dtypes)
    bugs = schema.BUGS.frame({"bug_id": number, "heat": [0.0] * len(number)})
    kept = {name: getattr(of, name) for name in of.__slots__}
    return type(of)(**kept | {"changes": changes, "links": links, "bug_tasks": schema.BUG_TASKS.frame(tasks)}), bugs


@pytest.fixture(scope="module")
def replayed():
    of, bugs = linked(history())
    return queue.replayed(of, bugs, as_of=day(400), score=queue.Score())


def test_each_instant_has_every_rank_once_in_every_order(replayed):
    assert replayed["instant_at"].nunique() >= 3
    for _, rows in replayed.groupby("instant_at"):
        for order in queue.ORDERS:
            assert sorted(rows[f"place_{order}"]) == list(range(1, len(rows) + 1))


def test_the_smallest_and_the_oldest_fix_are_first_in_their_orders(replayed):
    first = replayed[replayed["place_small"].eq(1)]
    oldest = replayed.loc[replayed["place_age"].eq(1)].set_index("instant_at")["change_number"]

    assert first["size_lines"].eq(5).all()
    assert (oldest == replayed.groupby("instant_at")["change_number"].min()).all()


def test_the_priority_puts_a_high_bug_before_a_low_one(replayed):
    high = replayed["importance"].eq("High")

    assert replayed.loc[high, "place_priority"].median() < replayed.loc[~high, "place_priority"].median()


def test_only_fixes_open_at_the_instant_are_replayed(replayed):
    assert replayed["instant_at"].max() <= day(400 - 84)
    assert replayed.loc[replayed["change_number"] % 3 == 0, "is_merged_as_it_stood"].all()
    assert not replayed.loc[replayed["change_number"] % 3 != 0, "is_merged"].any()


def test_no_rank_depends_on_later_events():
    of, bugs = linked(history())
    later = of.patch_sets.assign(patch_set_number=2, created_at=day(399)).astype(of.patch_sets.dtypes)
    more = type(of)(
        **{name: getattr(of, name) for name in of.__slots__}
        | {"patch_sets": pd.concat([of.patch_sets, later], ignore_index=True)}
    )

    before, after = (queue.replayed(x, bugs, as_of=day(400), score=queue.Score()) for x in (of, more))

    places = [name for name in before if name.startswith("place_")]
    pd.testing.assert_frame_equal(before[places], after[places])


def test_a_fix_with_new_code_before_its_merge_did_not_merge_as_it_was():
    of, bugs = linked(history())
    merged_at = of.changes["submitted_at"].fillna(day(399))
    reworked = of.patch_sets.assign(patch_set_number=2, created_at=merged_at - pd.Timedelta(minutes=1))
    kept = {name: getattr(of, name) for name in of.__slots__}
    uploads = pd.concat([of.patch_sets, reworked.astype(of.patch_sets.dtypes)], ignore_index=True)

    table = queue.replayed(type(of)(**kept | {"patch_sets": uploads}), bugs, as_of=day(400), score=queue.Score())

    assert table["is_merged"].any() and not table["is_merged_as_it_stood"].any()


def test_without_history_there_is_no_replay():
    of, bugs = linked(history(0))

    assert queue.replayed(of, bugs, as_of=day(400), score=queue.Score()).empty


def the_queue(n_instants=6, n=40):
    """A past in which the smallest of 40 fixes merge, while the priority prefers the largest."""
    rows = [(day(28 * i), i * n + place, place) for i in range(n_instants) for place in range(1, n + 1)]
    at, number, place = zip(*rows, strict=True)
    place = np.array(place)
    return schema.REPLAYED_QUEUE.frame(
        {
            "instant_at": at,
            "change_number": number,
            "size_lines": [10] * len(place),
            "importance": ["Low"] * len(place),
            **{f"place_{order}": n + 1 - place for order in queue.ORDERS},
            "place_small": place,
            "is_merged": place <= 10,
            "is_merged_as_it_stood": [None] * len(place),
        }
    )


def test_an_order_that_finds_what_merges_is_better_with_its_interval():
    tested = measures.order_test(the_queue())

    rows = tested[tested["effort"].eq("10 reviews")].set_index("order")
    assert rows.loc["smallest first", "found"] == 10 and rows.loc["by priority (this list)", "found"] == 0
    assert rows.loc["smallest first", "verdict"] == "better" and rows.loc["smallest first", "difference_low"] > 0
    assert rows.loc["oldest first", "verdict"] == "no clear difference"
    assert "smallest first for fixes merged (10 reviews)" in measures.better_orders(tested)


def test_a_tenth_of_the_lines_is_a_tenth_of_fixes_of_equal_length():
    tested = measures.order_test(the_queue())

    rows = tested[tested["effort"].eq("10 % of the lines")].set_index("order")
    assert rows.loc["smallest first", "found"] == pytest.approx(4)


def test_an_outcome_that_is_unknown_or_rare_has_no_row():
    tested = measures.order_test(the_queue())

    assert set(tested["aim"]) == {"merged"}
    assert measures.order_test(the_queue(n_instants=2)).empty
    assert "at 2 instants" in measures.why_no_order_test(the_queue(n_instants=2))
    assert measures.order_test(the_queue(n=15)).empty  # too short a list for its order to matter
