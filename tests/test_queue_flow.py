"""The whole queue: new and closed changes per week, the expected size, the turns, and effects that counts hide."""

import numpy as np
import pandas as pd

from analysis.judge.forecast.fates import GIVEN_UP, MERGED, OPEN
from analysis.judge.forecast.queue_size import queue_sizes
from analysis.report import measures
from analysis.tables import schema

AS_OF = pd.Timestamp("2015-06-30T12:00", tz="UTC").as_unit("us")


def ago(days):
    return AS_OF - pd.Timedelta(days=days)


def known(rows):
    """Changes of (days since creation, days since the end or None, fate)."""
    closed = pd.Series([None if end is None else ago(end) for _, end, _ in rows], dtype=schema.TIME)
    return pd.DataFrame(
        {
            "change_number": pd.array(range(1, len(rows) + 1), "Int64"),
            "created_at": pd.Series([ago(begun) for begun, *_ in rows], dtype=schema.TIME),
            "closed_at": closed,
            "fate": [fate for *_, fate in rows],
        }
    )


def flows(opened, merged, n_open=500, weeks=None):
    """Weeks with these numbers of new and merged changes."""
    weeks = len(opened) if weeks is None else weeks
    frame = pd.DataFrame({"n_opened": opened, "n_merged": merged}).assign(n_abandoned=0, n_first_reviewed=3)
    frame = frame.astype("Int64").assign(ends_at=pd.date_range(end=AS_OF, periods=weeks, freq="7D"))
    net = frame["n_opened"] - frame["n_merged"]
    return frame.assign(n_net=net, n_open=n_open + net.cumsum())


STEADY = [4, 6] * 13


def test_each_week_counts_changes_opened_and_closed_and_open_at_its_end():
    rows = [(25, 20, MERGED), (24, None, OPEN), (13, 1, GIVEN_UP), (6, 6, MERGED), (90, 21, MERGED)]
    reviewed = pd.Series([ago(22), pd.NaT, ago(3), pd.NaT, pd.NaT], index=range(1, 6))

    table = measures.weekly_flows(known(rows), reviewed, as_of=AS_OF)

    assert table["ends_at"].tolist() == [ago(14), ago(7), ago(0)]
    columns = ["n_open", "n_opened", "n_first_reviewed", "n_merged", "n_abandoned", "n_net"]
    assert table[columns].values.tolist() == [[1, 0, 0, 1, 0, -1], [2, 1, 0, 0, 0, 1], [1, 1, 1, 1, 1, -1]]


def test_first_reviews_are_unknown_if_the_votes_of_some_changes_are():
    rows = known([(20, 10, MERGED), (13, None, OPEN), (25, 21, MERGED)])

    assert measures.weekly_flows(rows, pd.Series([ago(3)], index=[1]), as_of=AS_OF)["n_first_reviewed"].isna().all()


def test_a_queue_that_clearly_shrinks_says_so_why_and_when_it_would_be_empty():
    shrinking = flows(STEADY, STEADY[:13] + [10, 12] * 6 + [11])
    rates = measures.flow_rates(shrinking).set_index("flow")

    assert rates.loc["opened", ["per_week", "tendency"]].tolist() == [5.1, "no clear difference"]
    assert rates.loc["merged", ["previous", "per_week", "tendency"]].tolist() == [4.9, 11.0, "more"]
    assert rates.loc["growth of the queue", "per_week_high"] < 0
    words = measures.growth_in_words(rates.reset_index(), measures.sizes_held(shrinking))
    assert words.startswith("The queue shrinks: 423 open changes, -5.9 (")
    assert "more are merged" in words and "it would be empty in 72 weeks (" in words


def test_a_queue_without_clear_growth_promises_no_end():
    level = flows(STEADY, STEADY[::-1])
    words = measures.growth_in_words(measures.flow_rates(level), measures.sizes_held(level))

    assert "neither clearly grows nor shrinks" in words and words.endswith("at this pace it is never empty")


def test_too_few_weeks_give_no_statement():
    short = flows([4] * 12, [4] * 12)

    assert measures.flow_rates(short).empty and queue_sizes(short).empty
    assert measures.growth_in_words(measures.flow_rates(short), measures.sizes_held(short)) == ""


def test_half_of_the_pace_is_continued_and_shown_beside_the_outcome():
    table = queue_sizes(flows([10] * 30, [4] * 30), ahead=(4,))
    then = table[table["instant_at"].eq(ago(28))].iloc[0]

    assert (then["n_then"], then["expected_open"], then["n_came"]) == (656, 668, 680)
    assert pd.isna(table["n_came"].iloc[0]) and table["n_low"].iloc[0] < 692 < table["n_high"].iloc[0]


def test_no_number_depends_on_a_later_week():
    changed = flows([10] * 39 + [500], [4] * 40)
    before = queue_sizes(flows([10] * 40, [4] * 40)).query("instant_at < @AS_OF").drop(columns="n_came")

    pd.testing.assert_frame_equal(queue_sizes(changed).query("instant_at < @AS_OF").drop(columns="n_came"), before)


def test_nine_of_ten_numbers_lie_in_their_interval_with_dependent_weeks():
    rng, held = np.random.default_rng(7), []
    for _ in range(12):
        mood = np.zeros((2, 120))
        for week in range(1, 120):
            mood[:, week] = 0.6 * mood[:, week - 1] + rng.normal(0, 0.3, 2)
        table = queue_sizes(flows(*rng.poisson(30 * np.exp(mood)), n_open=2_000)).dropna(subset=["n_came"])
        held.append(table["n_came"].between(table["n_low"], table["n_high"]).mean())

    assert 0.85 < np.mean(held) < 0.95


def test_the_waiting_time_is_split_by_whose_turn_it_was():
    turns = schema.TURNS.frame(
        {
            "change_number": [1, 1, 2, 3, 4],
            "turn_number": [1, 2, 1, 1, 1],
            "waiting_on": ["reviewers", "owner", "reviewers", "ci", "reviewers"],
            "began_at": [ago(91), ago(45.5), ago(400), ago(182), ago(400)],
            "ended_at": [ago(45.5), None, ago(91), ago(91), None],
        }
    )
    ends = known([(400, None, OPEN), (400, None, OPEN), (400, None, OPEN), (400, 200, MERGED)])

    result = measures.waiting_by_turn(turns, ends, as_of=AS_OF)

    assert result[["waiting_on", "n_at_a_time", "n_at_a_time_before", "share"]].values.tolist() == [
        ["reviewers", 0.5, 1.0, 0.5], ["owner", 0.5, 0.0, 0.5], ["ci", 0.0, 1.0, 0.0]
    ]  # fmt: skip


def test_a_median_of_merged_changes_alone_is_shown_beside_that_of_all():
    times = pd.DataFrame(
        {
            "first_vote_days": pd.array([1.0, 1.0, 1.0, pd.NA], "Float64"),
            "is_reviewed": pd.array([True, True, False, pd.NA], "boolean"),
            "merge_days": pd.array([1.0, 3.0, 9.0, 9.0], "Float64"),
            "is_merged": pd.array([True, True, False, False], "boolean"),
        }
    )

    table = measures.finished_and_all(times).set_index("until")

    assert table.loc["merge", ["n_finished", "finished_days", "n_changes", "median_days"]].tolist() == [2, 2.0, 4, 3.0]
    assert table.loc["first review", ["n_finished", "n_changes"]].tolist() == [2, 3]
