"""The review states, one record each: whose turn it is, the meaning, the next step, and the distance to a merge.

The values of columns, the words on pages and the order of fixes all come from these records. The condition of each
state is in `analysis.judge.review_state.machine`.
"""

from dataclasses import dataclass

WAITING_FOR_REVIEW = ("reviewers", "second_core", "approver")
WAITING_ON = (*WAITING_FOR_REVIEW, "owner", "ci", "parent", "nobody")
TURN_LABELS = {turn: turn.replace("_", " ") for turn in WAITING_ON} | {"ci": "CI", "nobody": "merging"}


@dataclass(frozen=True, slots=True)
class ReviewState:
    """A state of the review of an open change."""

    name: str
    waiting_on: str | None  # of WAITING_ON; None: unknown
    label: str  # its meaning, in a line
    needs: str  # the next step, as words after "it"
    nearness: int | None = None  # steps to a merge, 0 is the nearest; None: something else has to happen first
    is_on_hold: bool = False  # somebody stopped the review on purpose: nobody is reminded of it


# In the order in which columns and pages list them. If the conditions of two states hold, the order of `_conditions` in
# the machine decides.
STATES = (
    ReviewState("unknown", None, "neither its votes nor its history were fetched", "votes unknown: may need a review"),
    ReviewState(
        "wip", "owner", "it is marked as work in progress", "needs its owner: work in progress", is_on_hold=True
    ),
    ReviewState(
        "blocked", "owner", "somebody voted -2: do not merge", "needs its owner: a -2 stands", is_on_hold=True
    ),
    ReviewState("owner_turn", "owner", "somebody voted against it, or asked and got no answer", "needs its owner"),
    ReviewState("conflict", "owner", "it no longer merges", "needs a rebase by its owner"),
    ReviewState("ci_failing", "owner", "the gate's tests fail", "needs its owner: the gate's tests fail"),
    ReviewState("ci_missing", "ci", "the gate has not tested the current patch set", "needs a run of the gate"),
    ReviewState("waits_on_parent", "parent", "it stands on a change that is not approved", "needs its parent first"),
    ReviewState("approved", "nobody", "the gate merges it by itself", "needs nobody: approved", 0),
    ReviewState("needs_approval", "approver", "the votes suffice, nobody approved it", "needs approval", 1),
    ReviewState("needs_second_core", "second_core", "one core voted +2, another has to", "needs second +2", 2),
    ReviewState("answered", "reviewers", "an objection was met, its voter has to look", "needs its objector", 3),
    ReviewState("needs_core", "reviewers", "people voted for it, no core yet", "needs a core's review", 4),
    ReviewState(
        "reviewed_on_older", "reviewers", "people voted, but not on the current patch set",
        "needs a review of the new patch set", 5,
    ),
    ReviewState("never_reviewed", "reviewers", "no person but its owner ever voted", "needs a first review", 6),
)  # fmt: skip
BY_NAME = {state.name: state for state in STATES}
STATE_NAMES = tuple(BY_NAME)
