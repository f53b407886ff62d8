"""The order of commits between reports, learnt from the fixes that were longest in coming."""

import numpy as np
import pytest

from analysis.themes.fix_likelihood import Example, FixLikelihood


def example(*candidates, fixed_after):
    """Candidates of one report: log_odds, similarity, days, and whether the commit is its fix."""
    log_odds, similarities, days, is_fix = (np.array(values) for values in zip(*candidates, strict=True))
    return Example(log_odds, similarities, days, is_fix, is_fix, fixed_after)


def late_and_early(n=20):
    """Fixes that came late are like their report; those that came soon have high log odds and little likeness."""
    late = [
        example((2.0 - at / n, 0.6 + at / 100, 90.0, True), (1.0 - at / n, 0.2, 5.0, False), fixed_after=90.0)
        for at in range(n)
    ]
    early = [example((4.0, 0.1, 1.0, True), (3.0 + at / n, 0.4, 30.0, False), fixed_after=1.0) for at in range(n)]
    return late, early


def test_only_the_later_half_of_the_fixes_teaches():
    late, early = late_and_early()

    both, alone = FixLikelihood().fit([*late, *early]), FixLikelihood().fit(late)

    assert both.weights_ == pytest.approx(alone.weights_)


def test_likeness_counts_beside_the_odds():
    likelihood = FixLikelihood().fit(late_and_early()[0])

    near, far = likelihood.decision_function(np.array([1.5, 1.5]), np.array([0.7, 0.2]))

    assert near > far


def test_false_alarms_are_the_share_of_reports_without_a_fix_to_find():
    late, _ = late_and_early()
    likelihood = FixLikelihood().fit(late)

    # Without its fix each report has one commit left, that of day 5: hidden, and again before the fix.
    alarms = likelihood.false_alarms(np.array([1.0, 1.0 - 10 / 20, -9.0]), np.array([0.2, 0.2, 0.2]))

    assert len(likelihood.nearest_others_) == 2 * len(late)
    assert alarms.tolist() == pytest.approx([1 / 20, 11 / 20, 1.0])


def test_where_no_nearest_commit_is_a_fix_nothing_is_learnt():
    with pytest.raises(ValueError):
        FixLikelihood().fit([example((1.0, 0.5, 3.0, False), fixed_after=9.0)])
