"""The chance of an open change to be merged: known facts at each instant, censoring, and too little data."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.judge import forecast
from analysis.judge.forecast.event_index import EventIndex, seconds
from analysis.judge.forecast.fates import GIVEN_UP, MERGED, OPEN, fates
from analysis.judge.forecast.features import features, opened_at
from analysis.judge.forecast.hazard import steps
from analysis.judge.forecast.totals import sums, width, with_interval
from analysis.tables import schema

START = pd.Timestamp("2015-01-01", tz="UTC")
N = 1_200


def day(n):
    return START + pd.to_timedelta(n, unit="D")


def at(*days):
    return pd.Series([day(n) for n in days])


def history(n=N):
    """Changes of a year: every third is small and merged after 10 days, the others large and given up after 120."""
    number = np.arange(1, n + 1)
    created = np.linspace(0, 400, n)
    is_small = number % 3 == 0
    closed = created + np.where(is_small, 10, 120)
    status = np.where(closed > 400, "NEW", np.where(is_small, "MERGED", "ABANDONED"))
    instants = [day(c) for c in closed]
    changes = schema.CHANGES.frame(
        {
            "change_number": number,
            "branch": ["master"] * n,
            "owner": np.where(is_small, 1, number),
            "status": status,
            "created_at": [day(c) for c in created],
            "updated_at": [min(each, day(400)) for each in instants],
            "submitted_at": [each if s == "MERGED" else None for each, s in zip(instants, status, strict=True)],
            "insertions": np.where(is_small, 5, 900),
            "deletions": [0] * n,
            "has_labels": [False] * n,
            "has_messages": [False] * n,
        }
    )
    uploads = {"change_number": number, "patch_set_number": [1] * n, "created_at": changes["created_at"]}
    rest = ("votes", "turns", "change_files", "change_commits", "commits", "links", "bug_tasks", "accounts")
    return forecast.History(
        changes=changes,
        patch_sets=schema.PATCH_SETS.frame(uploads),
        **{name: schema.TABLES[name].empty() for name in rest},
    )


@pytest.fixture(scope="module")
def built():
    return forecast.build(history(), day(400))


def test_events_of_a_key_are_counted_up_to_the_instant():
    index = EventIndex(pd.Series([7, 7, 8, None]), at(1, 5, 2, 1))
    asked = pd.Series([7, 7, 7, 8, 9])
    until = seconds(at(0, 1, 9, 9, 9))

    assert index.count(asked, until).tolist() == [0, 1, 2, 1, 0]
    assert index.count(asked, until, days=5).tolist() == [0, 1, 1, 0, 0]
    assert ((index.last(asked, until) - START.timestamp()) / 86_400).tolist()[1:4] == [1, 5, 2]
    assert np.isnan(index.last(asked, until)[[0, 4]]).all()


def test_a_time_step_that_the_data_do_not_cover_is_left_out():
    rows = pd.DataFrame({"at": at(0, 0, 0), "closed_at": at(10, 40, 1).where([True, True, False])})
    rows["fate"] = [MERGED, GIVEN_UP, OPEN]

    result = steps(rows, day(50))

    pairs = sorted(zip(result.row.tolist(), result.step.tolist(), result.fate.tolist(), strict=True))
    assert pairs == [(0, 0, MERGED), (1, 0, OPEN), (1, 1, OPEN), (2, 0, OPEN), (2, 1, OPEN)]


def test_a_forecast_follows_what_became_of_such_changes(built):
    table = built["forecasts"].set_index("change_number")["chance_4_weeks"].astype("float64")
    is_small = table.index % 3 == 0

    assert is_small.any() and table[is_small].min() > 0.8 and table[~is_small].max() < 0.2


def test_a_chance_grows_with_the_weeks(built):
    chances = built["forecasts"][[f"chance_{weeks}_weeks" for weeks in forecast.WEEKS]].astype("float64")

    assert (chances.diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)


def test_an_owner_without_a_merged_change_is_a_newcomer(built):
    is_newcomer = built["forecasts"].set_index("change_number")["is_newcomer"]

    assert is_newcomer[is_newcomer.index % 3 != 0].all() and not is_newcomer[is_newcomer.index % 3 == 0].any()


def test_the_number_that_merged_lies_in_the_interval_of_every_check(built):
    checks = built["forecast_checks"]

    assert len(checks) and checks["n_merged"].between(checks["n_low"], checks["n_high"]).all()
    assert checks.loc[checks["owners"].eq("all"), "auc"].min() > 0.9


@pytest.mark.long
def test_no_forecast_depends_on_later_events():
    whole, as_of = history(), day(300)
    changes = whole.changes[whole.changes["created_at"] <= as_of].reset_index(drop=True)
    is_later = changes["submitted_at"].fillna(changes["updated_at"]) > as_of
    then = changes.assign(
        status=changes["status"].mask(is_later, "NEW"), submitted_at=changes["submitted_at"].mask(is_later)
    )
    cut = replace(whole, changes=then, patch_sets=whole.patch_sets[whole.patch_sets["created_at"] <= as_of])

    seen, foreseen = forecast.build(cut, as_of), forecast.build(whole, as_of)

    assert len(seen["forecasts"]) > 100 and len(seen["forecast_checks"])
    for name in seen:
        pd.testing.assert_frame_equal(foreseen[name], seen[name])


def test_a_commit_counts_for_its_author_only_since_its_merge():
    of, (first, second) = history(), (3, 6)  # two changes of owner 1, merged after ten days
    uploaded = of.changes.set_index("change_number")["created_at"]
    commits = {"sha": ["a", "b"], "author": ["N"] * 2, "committed_at": uploaded.loc[[first, second]].tolist()}
    pairs = {"change_number": [first, second], "sha": ["a", "b"]}
    of = replace(of, commits=schema.COMMITS.frame(commits), change_commits=schema.CHANGE_COMMITS.frame(pairs))
    change_fates = fates(of.changes, of.turns, of.change_commits, of.commits)
    rows = opened_at([uploaded.loc[first] + pd.Timedelta(days=10, hours=1)], change_fates)

    table = features(rows, change_fates, of)

    assert table.loc[rows["change_number"].eq(second), "commits_90"].tolist() == [np.log1p(1)]


def test_too_few_merges_leave_every_chance_unknown():
    table = forecast.build(history(60), day(400))

    assert len(table["forecasts"]) and table["forecasts"][["chance_2_weeks", "is_newcomer", "waits_for"]].isna().all(
        axis=None
    )
    assert table["forecast_totals"][["expected_merges", "n_low", "n_high"]].isna().all(axis=None)
    assert table["forecast_checks"].empty


def test_without_any_change_there_is_no_forecast_and_no_error():
    table = forecast.build(history(0), day(400))

    assert table["forecasts"].empty and table["forecast_checks"].empty


def test_nothing_is_forecast_if_closed_changes_end_long_before_open_ones():
    of = history()
    ended = of.changes["status"].ne("ABANDONED") | (of.changes["updated_at"] <= day(300))

    table = forecast.build(replace(of, changes=of.changes[ended].reset_index(drop=True)), day(400))

    assert len(table["forecasts"]) and table["forecasts"]["chance_2_weeks"].isna().all()


@pytest.mark.long
def test_a_change_whose_uploads_are_not_dated_has_no_forecast():
    of, number = history(), N
    dated = of.patch_sets[of.patch_sets["change_number"].ne(number)].reset_index(drop=True)

    chance = forecast.build(replace(of, patch_sets=dated), day(400))["forecasts"].set_index("change_number")

    assert pd.isna(chance.loc[number, "chance_2_weeks"]) and pd.isna(chance.loc[number, "waits_for"])
    assert chance.drop(number)["chance_2_weeks"].notna().all()


def test_a_check_counts_no_merge_of_a_change_that_had_no_forecast():
    of = history()
    dated = of.patch_sets[of.patch_sets["change_number"] % 4 != 0].reset_index(drop=True)

    checks = forecast.build(replace(of, patch_sets=dated), day(400))["forecast_checks"]

    assert len(checks) and (checks["n_merged"] <= checks["n_open"]).all()
    assert checks["n_merged"].between(checks["n_low"], checks["n_high"]).all() and checks["auc"].min() >= 0


def test_forecasts_that_were_far_off_widen_the_interval():
    chances = pd.DataFrame({2: [0.5] * 40})
    totals = sums(chances, pd.Series([False] * 40))
    right, wrong = (width(totals.assign(n_merged=n)) for n in (20, 40))

    narrow, wide = with_interval(totals, right), with_interval(totals, wrong)

    assert wrong > right and (wide["n_low"] < narrow["n_low"])[totals["owners"].eq("all")].all()


def test_a_new_forecast_names_the_act_after_which_such_changes_merge(built):
    assert built["forecasts"]["waits_for"].dropna().isin(schema.FORECAST_ACTS).all()
    assert {*forecast.ACTS, schema.NO_SINGLE_ACT} == set(schema.FORECAST_ACTS)
