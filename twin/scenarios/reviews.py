"""Every review state on a change that fixes a bug: whose turn it is, and since when.

The reviewers' turn begins when the current code was uploaded, or when the gate first passed on it, whichever is later.
A rebase of the same code, a recheck or a remark does not restart it; the owner's answer to a question does.
"""

from collections.abc import Callable

from twin import texts
from twin.people import BARE, JENKINS, MARCI, STORAGE_CI, VIRT_CI
from twin.scenario import CI_RED, GATE_TAG, ScenarioBuilder
from twin.scenarios.series import (
    competing,
    overtaken,
    stands_on_an_approved_parent,
    waits_on_an_outdated_parent,
    waits_on_parent,
)
from twin.world import World

COPIES = 3


def populate(world: World) -> None:
    """Three copies of each scenario, with alternating themes."""
    themes = list(texts.themes())
    for number, happen in enumerate(SCENARIOS):
        for copy in range(COPIES):
            scenario = ScenarioBuilder(world, f"review {happen.__name__}", copy)
            happen(scenario, themes[(number * COPIES + copy) % len(themes)], scenario.rng.uniform(6, 75))


def never_reviewed(scenario: ScenarioBuilder, theme: str, days: float) -> None:
    """The gate passed, and nobody has reviewed since."""
    _, change, green = scenario.proposed(theme, days)
    scenario.state(change, "never_reviewed", "reviewers", green, ever=False, current=False)


def only_the_owner_voted(scenario: ScenarioBuilder, theme: str, days: float) -> None:
    """The owner's own +1 is not a review."""
    _, change, green = scenario.proposed(theme, days)
    change.review(scenario.ago(days / 2), change.owner, "Works here.", Code_Review=1)
    scenario.state(change, "never_reviewed", "reviewers", green, ever=False, current=False)


def rechecked(scenario: ScenarioBuilder, theme: str, days: float) -> None:
    """A recheck by the owner and another by somebody else, neither of which restarts the wait."""
    _, change, green = scenario.proposed(theme, days)
    change.review(scenario.ago(days / 2), change.owner, "recheck")
    scenario.check(change, days / 2 - 0.1)
    change.review(scenario.ago(1), scenario.author(), "recheck no bug")
    scenario.state(change, "never_reviewed", "reviewers", green, ever=False, current=False)


def gate_said_no(scenario: ScenarioBuilder, theme: str, days: float) -> None:
    """The gate's -1 stands, and no person has voted."""
    bug = scenario.bug(days + 9, theme)
    change = scenario.change(bug, days)
    red = scenario.check(change, days - 0.125, value=-1)
    scenario.state(change, "ci_failing", "owner", red, ever=False, current=False)


def asked_in_words(scenario: ScenarioBuilder, theme: str, days: float) -> None:
    """Somebody asked without a vote, and the owner has not answered."""
    _, change, _ = scenario.proposed(theme, days)
    when = scenario.ago(days / 2)
    change.review(when, scenario.author(), "What is the state of this?")
    scenario.state(change, "owner_turn", "owner", when, ever=False, current=False)


def owner_asked_back(scenario: ScenarioBuilder, theme: str, days: float) -> None:
    """A -1, after which the owner asked for its meaning: its voter must answer."""
    _, change, _ = scenario.proposed(theme, days)
    change.review(scenario.ago(days / 2), scenario.cores()[0], "This is racy.", Code_Review=-1)
    when = scenario.ago(days / 3)
    change.review(when, change.owner, "Which of the two locks do you mean?")
    scenario.state(change, "answered", "reviewers", when, ever=True, current=True)


def gate_is_silent(scenario: ScenarioBuilder, theme: str, days: float) -> None:
    """The gate never voted, so the wait begins with the upload."""
    bug = scenario.bug(days + 9, theme)
    change = scenario.change(bug, days)
    scenario.state(change, "ci_missing", "ci", change.current.created, ever=False, current=False)


def other_machine_said_no(scenario: ScenarioBuilder, theme: str, days: float) -> None:
    """A third-party CI only advises: its -1 does not change the turn."""
    _, change, green = scenario.proposed(theme, days)
    scenario.check(change, days - 0.3, value=-1, ci=VIRT_CI)
    scenario.check(change, days - 0.4, value=1, ci=STORAGE_CI)
    scenario.state(change, "never_reviewed", "reviewers", green, ever=False, current=False)


def person_said_no(scenario: ScenarioBuilder, theme: str, days: float) -> None:
    """A core's -1 on the current patch set."""
    _, change, _ = scenario.proposed(theme, days)
    when = scenario.ago(days / 2)
    change.review(when, scenario.cores()[0], "This needs a test.", Code_Review=-1)
    scenario.state(change, "owner_turn", "owner", when, ever=True, current=True)


def person_with_a_machine_like_name_said_no(scenario: ScenarioBuilder, theme: str, days: float) -> None:
    """A -1 by a person whose name looks like that of a CI."""
    _, change, _ = scenario.proposed(theme, days)
    when = scenario.ago(days / 2)
    change.review(when, MARCI, "Not this way, please.", Code_Review=-1)
    scenario.state(change, "owner_turn", "owner", when, ever=True, current=True)


def person_asked_in_the_file(scenario: ScenarioBuilder, theme: str, days: float) -> None:
    """Two unresolved inline comments and no vote."""
    _, change, _ = scenario.proposed(theme, days)
    when = scenario.ago(days / 2)
    change.review(when, scenario.cores()[0], inline=("Why is the lock taken here?", "Typo."))
    scenario.state(change, "owner_turn", "owner", when, ever=False, current=False)


def owner_answered(scenario: ScenarioBuilder, theme: str, days: float) -> None:
    """The owner resolved the question, so it has been the reviewers' turn since then."""
    _, change, _ = scenario.proposed(theme, days)
    change.review(scenario.ago(days / 2), scenario.cores()[0], inline=("Is this reached at all?",))
    answered = scenario.ago(days / 3)
    change.review(answered, change.owner, inline=("Yes, from the periodic task.",), resolves=True)
    scenario.state(change, "never_reviewed", "reviewers", answered, ever=False, current=False)


def person_said_no_to_an_older_one(scenario: ScenarioBuilder, theme: str, days: float) -> None:
    """A -1, then a rework: the vote is outdated, and the rework has no review."""
    _, change, _ = scenario.proposed(theme, days)
    change.review(scenario.ago(days / 2), scenario.cores()[0], "Please use the object.", Code_Review=-1)
    scenario.revise(change, days / 3)
    green = scenario.check(change, days / 3 - 0.1)
    scenario.state(change, "reviewed_on_older", "reviewers", green, ever=True, current=False)


def person_said_yes_to_an_older_one(scenario: ScenarioBuilder, theme: str, days: float) -> None:
    """Two +2 and a rework: every vote is outdated."""
    _, change, _ = scenario.proposed(theme, days)
    first, second, *_ = scenario.cores()
    change.review(scenario.ago(days / 2), first, Code_Review=2)
    change.review(scenario.ago(days / 2.5), second, "nit inside", Code_Review=2)
    scenario.revise(change, days / 3)
    green = scenario.check(change, days / 3 - 0.1)
    scenario.state(change, "reviewed_on_older", "reviewers", green, ever=True, current=False)


def vote_was_taken_back(scenario: ScenarioBuilder, theme: str, days: float) -> None:
    """A -1, then 0 by the same person, as if there had been no vote."""
    _, change, green = scenario.proposed(theme, days)
    reviewer = scenario.cores()[0]
    change.review(scenario.ago(days / 2), reviewer, "Hm.", Code_Review=-1)
    change.review(scenario.ago(days / 3), reviewer, "I misread this.", Code_Review=0)
    scenario.state(change, "never_reviewed", "reviewers", green, ever=False, current=False)


def vote_was_deleted(scenario: ScenarioBuilder, theme: str, days: float) -> None:
    """A -1 that another core removed, as if there had been no vote."""
    _, change, green = scenario.proposed(theme, days)
    first, second, *_ = scenario.cores()
    change.review(scenario.ago(days / 2), first, "Wait for the freeze.", Code_Review=-1)
    change.remove_vote(scenario.ago(days / 3), second, "Code-Review", first)
    scenario.state(change, "never_reviewed", "reviewers", green, ever=False, current=False)


def person_said_yes(scenario: ScenarioBuilder, theme: str, days: float) -> None:
    """A +1 by a person who is not a core, and another by a deleted account."""
    _, change, green = scenario.proposed(theme, days)
    change.review(scenario.ago(days / 2), scenario.author_but(change.owner), "lgtm", Code_Review=1)
    change.review(scenario.ago(days / 3), BARE, Code_Review=1)
    scenario.state(change, "needs_core", "reviewers", green, ever=True, current=True)


def vote_was_copied(scenario: ScenarioBuilder, theme: str, days: float) -> None:
    """A +1, then a rebase: the vote is on a patch set on which nobody cast it."""
    _, change, green = scenario.proposed(theme, days)
    change.review(scenario.ago(days / 2), scenario.author_but(change.owner), Code_Review=1)
    scenario.revise(change, days / 3, "TRIVIAL_REBASE")
    scenario.check(change, days / 3 - 0.1)
    scenario.state(change, "needs_core", "reviewers", green, ever=True, current=True)


def one_core_said_yes(scenario: ScenarioBuilder, theme: str, days: float) -> None:
    """One +2 stands."""
    _, change, _ = scenario.proposed(theme, days)
    when = scenario.ago(days / 2)
    change.review(when, scenario.cores()[0], "Nice.", Code_Review=2)
    scenario.state(change, "needs_second_core", "second_core", when, ever=True, current=True)


def two_cores_said_yes(scenario: ScenarioBuilder, theme: str, days: float) -> None:
    """Two +2, and nobody has approved."""
    _, change, _ = scenario.proposed(theme, days)
    first, second, *_ = scenario.cores()
    change.review(scenario.ago(days / 2), first, Code_Review=2)
    when = scenario.ago(days / 3)
    change.review(when, second, "Let us wait for the release with the approval.", Code_Review=2)
    scenario.state(change, "needs_approval", "approver", when, ever=True, current=True)


def approved(scenario: ScenarioBuilder, theme: str, days: float) -> None:
    """Two +2 and Workflow +1: the gate will merge it, so it is nobody's turn."""
    _, change, _ = scenario.proposed(theme, days)
    first, second, *_ = scenario.cores()
    change.review(scenario.ago(days / 2), first, Code_Review=2)
    when = scenario.ago(days / 3)
    change.review(when, second, Code_Review=2, Workflow=1)
    scenario.state(change, "approved", "nobody", when, ever=True, current=True)


def approved_but_the_gate_said_no(scenario: ScenarioBuilder, theme: str, days: float) -> None:
    """Verified -2 after the approval."""
    _, change, _ = scenario.proposed(theme, days)
    first, second, *_ = scenario.cores()
    change.review(scenario.ago(days / 2), first, Code_Review=2)
    change.review(scenario.ago(days / 3), second, Code_Review=2, Workflow=1)
    red = scenario.ago(days / 3 - 0.2)
    change.review(red, JENKINS, CI_RED, tag=GATE_TAG, Verified=-2)
    scenario.state(change, "ci_failing", "owner", red, ever=True, current=True)


def core_blocked(scenario: ScenarioBuilder, theme: str, days: float) -> None:
    """A -2, which stays on every new patch set."""
    _, change, _ = scenario.proposed(theme, days)
    when = scenario.ago(days / 2)
    change.review(when, scenario.cores()[0], "Feature freeze.", Code_Review=-2)
    scenario.revise(change, days / 3)
    scenario.check(change, days / 3 - 0.1)
    scenario.state(change, "blocked", "owner", when, ever=True, current=True)


def wip_by_vote(scenario: ScenarioBuilder, theme: str, days: float) -> None:
    """The owner's Workflow -1."""
    _, change, _ = scenario.proposed(theme, days)
    when = scenario.ago(days / 2)
    change.review(when, change.owner, "Still thinking.", Workflow=-1)
    scenario.state(change, "wip", "owner", when, ever=False, current=False)


def wip_by_flag(scenario: ScenarioBuilder, theme: str, days: float) -> None:
    """Gerrit's own work-in-progress flag."""
    _, change, _ = scenario.proposed(theme, days)
    when = scenario.ago(days / 2)
    change.set_wip(when, change.owner, True)
    scenario.state(change, "wip", "owner", when, ever=False, current=False)


def wip_no_more(scenario: ScenarioBuilder, theme: str, days: float) -> None:
    """A Workflow -1, which the next patch set removes."""
    _, change, _ = scenario.proposed(theme, days)
    change.review(scenario.ago(days / 2), change.owner, "Not yet.", Workflow=-1)
    scenario.revise(change, days / 3)
    green = scenario.check(change, days / 3 - 0.1)
    scenario.state(change, "never_reviewed", "reviewers", green, ever=False, current=False)


def conflict(scenario: ScenarioBuilder, theme: str, days: float) -> None:
    """A merge conflict; Gerrit does not say since when."""
    _, change, _ = scenario.proposed(theme, days)
    change.is_mergeable = False
    scenario.state(change, "conflict", "owner", None, ever=False, current=False)


def promised(scenario: ScenarioBuilder, theme: str, days: float) -> None:
    """Review-Priority is a promise, not a review."""
    _, change, green = scenario.proposed(theme, days)
    change.review(scenario.ago(days / 2), scenario.cores()[0], Review_Priority=2)
    scenario.state(change, "never_reviewed", "reviewers", green, ever=False, current=False)


SCENARIOS: tuple[Callable[[ScenarioBuilder, str, float], None], ...] = (
    never_reviewed, only_the_owner_voted, rechecked, gate_said_no, gate_is_silent, other_machine_said_no,
    person_said_no, person_with_a_machine_like_name_said_no, person_asked_in_the_file, owner_answered,
    person_said_no_to_an_older_one, person_said_yes_to_an_older_one, vote_was_taken_back, vote_was_deleted,
    person_said_yes, vote_was_copied, one_core_said_yes, two_cores_said_yes, approved, approved_but_the_gate_said_no,
    core_blocked, wip_by_vote, wip_by_flag, wip_no_more, conflict, waits_on_parent, waits_on_an_outdated_parent,
    stands_on_an_approved_parent, competing, promised, asked_in_words, owner_asked_back, overtaken,
)  # fmt: skip
