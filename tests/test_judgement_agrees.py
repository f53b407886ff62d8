"""Different code judges the state of a change and the last turn of its history, and they must always agree."""

import random

import pytest
from invented_reviews import BOT, CASEY, GATE, OWNER, ROBIN, THIRD, WIP_UPLOAD, at, review, tables_of, turns_of

from analysis.judge import review_state

pytestmark = pytest.mark.line

HABITS = review(
    ("upload", "1 10:00"), ("vote", "1 11:00", CASEY, "Workflow", 1), ("vote", "1 12:00", GATE, "Verified", 2),
    number=999, status="MERGED", submitted_at=at("1 13:00"),
)  # fmt: skip


def random_event(rng):
    """An event of a change. There are no rebases, because the gate's new run after a rebase is not a turn."""
    return rng.choice([
        ("upload",),
        ("upload", "REWORK", WIP_UPLOAD),
        ("say", OWNER, rng.choice(["Set Work In Progress", "Set Ready For Review"])),
        *[("vote", rng.choice([OWNER, CASEY, ROBIN]), "Code-Review", rng.choice([-1, -1, 1, 2])) for _ in range(6)],
        ("vote", rng.choice([CASEY, ROBIN]), "Workflow", 1),
        ("vote", rng.choice([OWNER, CASEY, ROBIN]), "Workflow", -1),
        *[("ask", rng.choice([CASEY, ROBIN]), "Code-Review", rng.choice([-1, 0, 1, 2])) for _ in range(3)],
        ("say", rng.choice([OWNER, CASEY, ROBIN]), "Patch Set 1:\n\n(1 comment)"),
        ("vote", rng.choice([CASEY, ROBIN]), "Code-Review", 0),
        ("vote", GATE, "Verified", rng.choice([-1, 1, 1])),
        ("vote", THIRD, "Verified", rng.choice([-1, 1])),
        ("say", rng.choice([OWNER, CASEY, BOT]), "recheck"),
    ])  # fmt: skip


def random_change(rng, number):
    """A change with up to seven events, one a day."""
    events = [("upload", "1 10:00"), ("vote", "1 12:00", GATE, "Verified", 1)]
    for day in range(2, 2 + rng.randrange(8)):
        what, *rest = random_event(rng)
        events.append((what, f"{day} 10:00", *rest))
    return review(*events, number=number, is_wip=is_wip(events))


def is_wip(events):
    """The flag, as the server serves it after the last event that sets it."""
    marks = [each for each in events if WIP_UPLOAD in each or str(each[-1]).startswith("Set ")]
    return bool(marks) and marks[-1][-1] in (WIP_UPLOAD, "Set Work In Progress")


def test_the_review_state_and_the_last_turn_name_the_same_party():
    rng, as_of = random.Random(5), at("20 10:00")
    tables = tables_of(HABITS, *(random_change(rng, number) for number in range(1, 301)))
    names = ("changes", "patch_sets", "change_messages", "accounts")
    served = {name: tables[name] for name in (*names, "votes", "change_comments")}

    states = review_state.build(**served, as_of=as_of, rules=review_state.Rules()).set_index("change_number")
    turns = turns_of(tables, as_of)

    current_turns = turns[~turns["is_over"]].set_index("change_number")["waiting_on"]
    reviewers = {"second_core": "reviewers", "approver": "reviewers"}
    assert current_turns.to_dict() == states["waiting_on"].replace(reviewers).to_dict()
    assert len(set(current_turns)) == 4
    assert states["since_at"].le(as_of).all()
    assert turns["days"].ge(0).all()
