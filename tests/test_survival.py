"""Kaplan and Meier's curve, compared with a calculation by hand."""

import math

import pandas as pd
import pytest

from analysis.judge import survival


def curve(*rows):
    """A curve from rows (days, is_over)."""
    frame = pd.DataFrame(rows, columns=["days", "is_over"])
    return survival.curve(frame["days"], frame["is_over"])


def test_a_curve_falls_by_the_share_that_ends_of_those_still_observed():
    points = curve((2.0, True), (2.0, True), (3.0, False), (5.0, True))

    assert points["days"].tolist() == [0.0, 2.0, 3.0, 5.0]
    assert points["share"].tolist() == pytest.approx([1, 1 / 2, 1 / 2, 0])


def test_the_interval_is_computed_on_the_log_log_scale():
    points = curve((1.0, True), (2.0, False)).set_index("days")

    # S = 1/2 of two: the standard error of log(-log S) is sqrt(1/2) / |log S|, and its ends are S ** exp(-+ z * se).
    error = math.sqrt(1 / 2) / math.log(2)
    low, high = (0.5 ** math.exp(sign * 1.959964 * error) for sign in (1, -1))
    assert points.loc[1.0, ["share_low", "share_high"]].tolist() == pytest.approx([low, high], rel=1e-5)


def test_a_share_of_one_and_a_share_of_zero_have_no_width():
    points = curve((3.0, False), (4.0, True)).set_index("days")

    assert points.loc[3.0].tolist() == [1.0, 1.0, 1.0]
    assert points.loc[4.0].tolist() == [0.0, 0.0, 0.0]


def test_a_duration_of_zero_is_over_at_zero_days():
    assert curve((0.0, True), (1.0, True))["share"].tolist() == pytest.approx([0.5, 0.0])


def test_the_median_is_the_time_at_which_half_is_over():
    ended = (0, 1, 2, 4, 4, 5, 6, 6, 11, 12, 19, 21, 21, 27)
    points = curve(*((float(days), True) for days in ended), *((float(days), False) for days in (12, 14, 29, 31)))

    assert points.set_index("days").loc[11.0, "share"] > 0.5  # by the last digit: it is the product of seven fractions
    assert survival.median(points)[0] == 11.0


def test_nothing_is_known_beyond_the_longest_observation():
    points = curve((2.0, True), (5.0, False))

    assert survival.share_after(points, 1.9) == 1.0
    assert survival.share_after(points, 5.0) == pytest.approx(0.5)
    assert math.isnan(survival.share_after(points, 5.1))
