"""The judge agrees with another algorithm on a thousand right and wrong histories."""

import random

import pytest

from quota_lab import linearisability, second_opinion
from quota_lab.history import FOREVER, History, Operation

N_HISTORIES = 1000


def invented(seed):
    """A history of four clients under a limit, with the answers of a correct counter, some of which are inverted."""
    chance = random.Random(seed)
    limit, used, operations, free_at = chance.randint(1, 6), 0, [], [0] * 4
    owned = []
    for name in range(chance.randint(4, 14)):
        client = min(range(4), key=free_at.__getitem__)
        called = free_at[client] + chance.randint(0, 3)
        at = max(called, max((o.called for o in operations), default=0)) + 1
        answered = at + chance.randint(1, 9)
        free_at[client] = answered + 1
        if owned and chance.random() < 0.4:
            delta = -owned.pop(chance.randrange(len(owned)))
        else:
            delta = chance.choice((1, 1, 2, 3))
        is_refused = delta > 0 and used + delta > limit
        if not is_refused:
            used += delta
            if delta > 0:
                owned.append(delta)
        if delta > 0 and chance.random() < 0.08:
            is_refused = not is_refused
        has_answer = is_refused or chance.random() > 0.05
        operations.append(Operation(name, called, answered if has_answer else FOREVER, (delta,), is_refused))
    return History(((1, "cores"),), (limit,), tuple(operations))


@pytest.fixture(scope="module")
def opinions():
    """The answers (the judge's, the other's) for every history."""
    histories = [invented(seed) for seed in range(N_HISTORIES)]
    return [(linearisability.n_unexplained(h) == 0, second_opinion.is_linearisable(h)) for h in histories]


def test_two_algorithms_agree_on_a_thousand_histories(opinions):
    assert [number for number, (judge, other) in enumerate(opinions) if judge != other] == []


def test_the_thousand_histories_hold_both_right_and_wrong_ones(opinions):
    right = sum(judge for judge, _ in opinions)

    assert min(right, N_HISTORIES - right) > N_HISTORIES / 5


def test_a_history_is_written_in_the_order_of_its_events_as_jepsen_does():
    operations = (
        Operation(1, 10, 30, (2,)),
        Operation(2, 20, 25, (1,), is_refused=True),
        Operation(3, 40, FOREVER, (1,)),
    )

    lines = second_opinion.jepsen(History(((1, "cores"),), (2,), operations)).splitlines()

    assert lines[0] == "{:type :invoke, :f :add, :value [2], :process 0, :time 10}"
    assert [line.split(",")[0] for line in lines] == [
        "{:type :invoke", "{:type :invoke", "{:type :fail", "{:type :ok", "{:type :invoke", "{:type :info",
    ]  # fmt: skip
