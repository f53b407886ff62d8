"""The one table of the benchmarks: slopes, peers that are missing, two results side by side."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.__main__ import compared, table
from benchmarks.build import OURS, TABLES, _compared
from benchmarks.final_fates import _others
from benchmarks.queue import auc_in_words
from benchmarks.reviewers import _named
from benchmarks.rows import last_with_slope, leave, slope
from benchmarks.theme_growth import YEAR, foretold, years

GROWN = [{"what": "ours", "n": n, "seconds": n / 1000} for n in (100, 200, 400, 800)]


def results(*rows, exit_code=0):
    return {"machine": {"python": "3.11"}, "benchmarks": {"build": {"rows": list(rows), "exit_code": exit_code}}}


def test_a_straight_line_has_slope_one_and_a_square_two():
    assert slope(GROWN) == pytest.approx(1)
    assert slope([row | {"seconds": row["n"] ** 2} for row in GROWN]) == pytest.approx(2)


def test_each_thing_is_shown_once_at_its_largest_size_with_a_slope_over_four_sizes():
    rows = [*reversed(GROWN), *({**row, "what": "three sizes"} for row in GROWN[:3])]

    ours, three = last_with_slope(rows)

    assert (ours["n"], ours["slope"]) == (800, pytest.approx(1))
    assert three["n"] == 400
    assert "slope" not in three


def test_what_was_not_measured_is_named_with_the_reason():
    lines = list(table(results({"what": "peer: X", "missing": "X is not installed"}, exit_code=3)))

    assert lines[1].split(maxsplit=1)[1].split() == ["peer:", "X", "not", "measured:", "X", "is", "not", "installed"]
    assert "ended with 3" in lines[2]


def test_a_row_that_no_line_can_be_made_of_is_refused_where_it_is_left():
    with pytest.raises(ValueError, match="seconds of 'slope of ours'"):
        leave(None, [{"what": "slope of ours", "slope": 1.0}])


def test_two_results_are_compared_row_by_row_and_a_row_of_one_alone_is_named():
    after = [{**GROWN[0], "seconds": 0.05}, {"what": "new", "n": 1, "seconds": 1.0}]

    result = "\n".join(compared(results(GROWN[0]), results(*after)))

    assert "x0.50" in result
    assert "only after" in result


def test_rows_of_a_build_stand_beside_ours_of_the_same_size():
    rows = [{"what": what, "n": 10, "seconds": s} for what, s in ((OURS, 4.0), (TABLES, 1.0), ("peer", 8.0))]

    assert _compared(rows)[2]["beside"] == "2.00 x ours, 8.00 x tables"


def test_growth_counts_the_bugs_of_each_theme_over_three_years():
    at = pd.Timestamp("2015-01-01", tz="UTC")
    opened = {"quota": (10, 20, 40), "cells": (12, 6, 3), "tiny": (9, 9, 9)}
    rows = [
        (theme, at - (2 - year) * YEAR + pd.Timedelta(days=1))
        for theme, counts in opened.items()
        for year, n in enumerate(counts)
        for _ in range(n)
    ]
    bugs = pd.DataFrame({"bug_id": range(len(rows)), "created_at": [when for _, when in rows]})
    result = years(bugs, pd.DataFrame({"bug_id": bugs["bug_id"], "theme_id": [theme for theme, _ in rows]}), at)

    assert {theme: tuple(row) for theme, row in result.iterrows()} == {"quota": (10, 20, 40), "cells": (12, 6, 3)}
    assert foretold(result) == {"growth": pytest.approx(1), "size": pytest.approx(1)}


def test_what_became_of_a_change_itself_is_no_fate_of_its_topics_other_changes():
    merged = pd.Series([True, False, True, True])

    shares = _others(merged, pd.Series(["a", "a", "a", "b"]))

    assert shares.tolist()[:3] == [0.5, 1.0, 0.5]
    assert pd.isna(shares[3])


def test_an_owner_and_who_never_reviewed_are_named_for_no_change():
    scores = [np.array([2.0, 1.0, 0.0, -np.inf])] * 2

    named = _named(scores, own=[0, -1], days=[1.0, 2.0], price=0.0)

    assert named == [[1, 2], [0, 1]]


def test_no_mean_of_a_few_instants_is_told():
    checks = pd.DataFrame({"auc": [0.9, 0.9, 0.9, 0.9, None], "auc_recent": 0.7})

    assert auc_in_words(checks) == "AUC unknown: 4 instants saw some merged and some not, it takes 5"
    assert auc_in_words(checks.fillna(0.9)) == "AUC 0.90 (0.90 to 0.90), newest first 0.70 (0.70 to 0.70)"
