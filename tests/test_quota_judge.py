"""The judge, compared with brute force on small random histories, and on histories with an obvious verdict."""

import itertools
import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quota_lab import judge, linearisability
from quota_lab.history import FOREVER, History, Operation


def explained_by(order, history):
    """Whether the operations in this order give exactly their answers."""
    used = [0] * len(history.limits)
    for operation in order:
        wanted = [u + d for u, d in zip(used, operation.deltas, strict=True)]
        asked = zip(wanted, history.limits, operation.deltas, strict=True)
        fits = all(w <= limit for w, limit, d in asked if d > 0)
        if operation.is_refused == fits:
            return False
        used = used if operation.is_refused else wanted
    return True


def by_brute_force(history, *, with_refusals):
    operations = [o for o in history.operations if with_refusals or not o.is_refused]
    return any(
        explained_by(order, history)
        for order in itertools.permutations(operations)
        if all(not later.answered < earlier.called for earlier, later in itertools.combinations(order, 2))
    )


@st.composite
def tiny_histories(draw):
    """Up to six overlapping operations on one or two counters; a shrink gives an earlier admitted growth back."""
    width = draw(st.integers(1, 2))
    limits = tuple(draw(st.integers(1, 3)) for _ in range(width))
    operations = []
    for name in range(draw(st.integers(1, 4))):
        called = draw(st.integers(0, 12))
        answered = draw(st.one_of(st.integers(called + 1, 20), st.just(FOREVER)))
        deltas = tuple(draw(st.integers(0, 2)) for _ in range(width))
        is_refused = draw(st.booleans()) and any(deltas) and answered < FOREVER
        operations.append(Operation(name, called, answered, deltas, is_refused))
        if not is_refused and answered < FOREVER and draw(st.booleans()):
            again = draw(st.integers(answered + 1, 25))
            shrink = tuple(-d for d in deltas)
            operations.append(Operation(name + 100, again, draw(st.integers(again + 1, 30)), shrink))
    return History(tuple((1, str(n)) for n in range(width)), limits, tuple(operations[:6]))


@pytest.mark.long
@settings(max_examples=400)
@given(tiny_histories())
def test_the_search_agrees_with_trying_every_order(history):
    result = linearisability.n_unexplained(history)

    assert (result == 0) == by_brute_force(history, with_refusals=True)


@pytest.mark.long
@settings(max_examples=400)
@given(tiny_histories())
def test_acknowledged_use_is_over_exactly_when_no_order_explains_the_admissions(history):
    n_over, _ = judge.acknowledged_over(history)
    answered = [o for o in history.operations if o.answered < FOREVER or o.is_refused]
    history = History(history.counters, history.limits, tuple(answered))

    assert (n_over == 0) == by_brute_force(history, with_refusals=False)
    assert (n_over == 0) == (linearisability.n_unexplained(history, with_refusals=False) == 0)


@pytest.mark.long
@settings(max_examples=400)
@given(tiny_histories())
def test_a_certainly_false_refusal_is_unexplained_and_a_right_one_is_possible(history):
    false, justified = judge.refusals(history)

    assert not set(false) & set(justified)
    if false:
        assert not by_brute_force(history, with_refusals=True)


def test_two_racers_who_are_both_refused_on_an_empty_project_are_unexplained():
    racers = (Operation(1, 0, 10, (2,), is_refused=True), Operation(2, 0, 10, (2,), is_refused=True))
    history = History(((1, "cores"),), (2,), racers)

    assert linearisability.n_unexplained(history) == 2
    assert judge.refusals(history) == ([1, 2], [])


def test_a_refusal_may_count_on_a_delete_that_has_not_answered_yet():
    held = Operation(1, 0, 1, (2,))
    freed = Operation(2, 5, 20, (-2,))
    refused = Operation(3, 10, 15, (1,), is_refused=True)
    history = History(((1, "cores"),), (2,), (held, freed, refused))

    assert linearisability.n_unexplained(history) == 0
    assert judge.refusals(history) == ([], [])


def test_rows_withdrawn_by_a_recheck_count_until_they_are_deleted():
    stays = Operation(1, 0, 10, (2,), appeared_by=5)
    withdrawn = Operation(2, 0, 10, (2,), is_refused=True, appeared_by=6, vanished_from=8)
    history = History(((1, "cores"),), (3,), (stays, withdrawn))

    assert judge.rows_over(history) == 1
    assert judge.acknowledged_over(history) == (0, 0)


def serial_history(workers, seconds, rate, seed=1):
    """A correct history: operations take effect one at a time, somewhere inside stretched intervals."""
    rng = random.Random(seed)
    used, limit, owned, operations = 0, 20, [], []
    free_at = [0] * workers
    for name in range(int(seconds * rate)):
        at = int(name * 1e9 / rate)
        worker = min(range(workers), key=lambda w: free_at[w])
        called = max(free_at[worker], at - int(rng.expovariate(rate / workers) * 1e9))
        if called > at:
            continue
        answered = at + 1 + int(rng.expovariate(rate / workers) * 1e9)
        free_at[worker] = answered + 1
        old = [o for o in owned if o.answered < called]
        if old and rng.random() < 0.45:
            gone = rng.choice(old)
            owned.remove(gone)
            used -= gone.deltas[0]
            operations.append(Operation(name, called, answered, (-gone.deltas[0],)))
            continue
        size = rng.choice((1, 1, 2, 4))
        grown = Operation(name, called, answered, (size,), is_refused=used + size > limit)
        operations.append(grown)
        if not grown.is_refused:
            used += size
            owned.append(grown)
    return History(((1, "cores"),), (limit,), tuple(operations))


@pytest.mark.parametrize("seed", range(5))
def test_the_judge_finds_no_fault_in_a_correct_design(seed):
    history = serial_history(workers=16, seconds=0.5, rate=1000, seed=seed)

    assert linearisability.n_unexplained(history) == 0
    assert judge.acknowledged_over(history) == (0, 0)
    assert judge.refusals(history)[0] == []
    assert any(o.is_refused for o in history.operations)


def judging_time(history):
    started = time.process_time()
    result = linearisability.n_unexplained(history)
    judge.refusals(history)
    assert result == 0
    return time.process_time() - started


def test_judging_a_race_twice_as_long_takes_less_than_four_times_as_long():
    half, history = (serial_history(workers=16, seconds=seconds, rate=1000) for seconds in (1, 2))

    assert judging_time(history) < 4 * judging_time(half)  # the same machine judges both, however fast it is
    assert len(history.operations) > 1000
