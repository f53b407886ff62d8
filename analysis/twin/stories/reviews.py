"""Every place where a review can stand, each on a change that fixes a bug: whose turn it is, and since when.

The turn of the reviewers begins when the code that stands was uploaded, or when the gate first passed on it, whichever
is later. A rebase of the same code, a recheck or a remark does not begin it anew; the owner's answer to a question
does.
"""

from collections.abc import Callable

from analysis.twin import texts
from analysis.twin.people import BARE, JENKINS, MARCI, STORAGE_CI, VIRT_CI
from analysis.twin.stories.series import (
    competing,
    stands_on_an_approved_parent,
    waits_on_an_outdated_parent,
    waits_on_parent,
)
from analysis.twin.tale import CI_RED, GATE_TAG, Tale
from analysis.twin.world import World

COPIES = 3


def tell(world: World) -> None:
    """Each story in three copies, on one theme after the other."""
    themes = list(texts.themes())
    for number, story in enumerate(STORIES):
        for copy in range(COPIES):
            tale = Tale(world, f"review {story.__name__}", copy)
            story(tale, themes[(number * COPIES + copy) % len(themes)], tale.rng.uniform(6, 75))


def never_reviewed(tale: Tale, theme: str, days: float) -> None:
    """The gate passed, and nobody has looked since."""
    _, change, green = tale.proposed(theme, days)
    tale.state(change, "never_reviewed", "reviewers", green, ever=False, current=False)


def only_the_owner_voted(tale: Tale, theme: str, days: float) -> None:
    """The owner's own +1 is no review."""
    _, change, green = tale.proposed(theme, days)
    change.review(tale.ago(days / 2), change.owner, "Works here.", Code_Review=1)
    tale.state(change, "never_reviewed", "reviewers", green, ever=False, current=False)


def rechecked(tale: Tale, theme: str, days: float) -> None:
    """A recheck, a comment without a vote: chatter does not restart the wait."""
    _, change, green = tale.proposed(theme, days)
    change.review(tale.ago(days / 2), change.owner, "recheck")
    tale.check(change, days / 2 - 0.1)
    change.review(tale.ago(1), tale.author(), "What is the state of this?")
    tale.state(change, "never_reviewed", "reviewers", green, ever=False, current=False)


def gate_said_no(tale: Tale, theme: str, days: float) -> None:
    """The gate's -1 stands, and no person has voted."""
    bug = tale.bug(days + 9, theme)
    change = tale.change(bug, days)
    red = tale.check(change, days - 0.125, value=-1)
    tale.state(change, "ci_failing", "ci", red, ever=False, current=False)


def gate_is_silent(tale: Tale, theme: str, days: float) -> None:
    """The gate never answered, so the wait begins with the upload."""
    bug = tale.bug(days + 9, theme)
    change = tale.change(bug, days)
    tale.state(change, "ci_missing", "ci", change.current.created, ever=False, current=False)


def other_machine_said_no(tale: Tale, theme: str, days: float) -> None:
    """A third-party CI only advises: its -1 moves nobody's turn."""
    _, change, green = tale.proposed(theme, days)
    tale.check(change, days - 0.3, value=-1, ci=VIRT_CI)
    tale.check(change, days - 0.4, value=1, ci=STORAGE_CI)
    tale.state(change, "never_reviewed", "reviewers", green, ever=False, current=False)


def person_said_no(tale: Tale, theme: str, days: float) -> None:
    """A core's -1 on the current patch set."""
    _, change, _ = tale.proposed(theme, days)
    said = tale.ago(days / 2)
    change.review(said, tale.cores()[0], "This needs a test.", Code_Review=-1)
    tale.state(change, "owner_turn", "owner", said, ever=True, current=True)


def person_with_a_machine_like_name_said_no(tale: Tale, theme: str, days: float) -> None:
    """A -1 counts as a person's although the name looks like a CI's."""
    _, change, _ = tale.proposed(theme, days)
    said = tale.ago(days / 2)
    change.review(said, MARCI, "Not this way, please.", Code_Review=-1)
    tale.state(change, "owner_turn", "owner", said, ever=True, current=True)


def person_asked_in_the_file(tale: Tale, theme: str, days: float) -> None:
    """Two inline comments that are unresolved, and no vote."""
    _, change, _ = tale.proposed(theme, days)
    asked = tale.ago(days / 2)
    change.review(asked, tale.cores()[0], inline=("Why is the lock taken here?", "Typo."))
    tale.state(change, "owner_turn", "owner", asked, ever=False, current=False)


def owner_answered(tale: Tale, theme: str, days: float) -> None:
    """The owner resolved the question, so it is the reviewers' turn from then on."""
    _, change, _ = tale.proposed(theme, days)
    change.review(tale.ago(days / 2), tale.cores()[0], inline=("Is this reached at all?",))
    answered = tale.ago(days / 3)
    change.review(answered, change.owner, inline=("Yes, from the periodic task.",), resolves=True)
    tale.state(change, "never_reviewed", "reviewers", answered, ever=False, current=False)


def person_said_no_to_an_older_one(tale: Tale, theme: str, days: float) -> None:
    """A -1, then a rework: the vote is outdated, and the rework is unreviewed."""
    _, change, _ = tale.proposed(theme, days)
    change.review(tale.ago(days / 2), tale.cores()[0], "Please use the object.", Code_Review=-1)
    tale.revise(change, days / 3)
    green = tale.check(change, days / 3 - 0.1)
    tale.state(change, "reviewed_on_older", "reviewers", green, ever=True, current=False)


def person_said_yes_to_an_older_one(tale: Tale, theme: str, days: float) -> None:
    """Two +2 and a rework: every vote is outdated."""
    _, change, _ = tale.proposed(theme, days)
    first, second, *_ = tale.cores()
    change.review(tale.ago(days / 2), first, Code_Review=2)
    change.review(tale.ago(days / 2.5), second, "nit inside", Code_Review=2)
    tale.revise(change, days / 3)
    green = tale.check(change, days / 3 - 0.1)
    tale.state(change, "reviewed_on_older", "reviewers", green, ever=True, current=False)


def vote_was_taken_back(tale: Tale, theme: str, days: float) -> None:
    """A -1, then 0 by the same person: as if there had been no vote."""
    _, change, green = tale.proposed(theme, days)
    reviewer = tale.cores()[0]
    change.review(tale.ago(days / 2), reviewer, "Hm.", Code_Review=-1)
    change.review(tale.ago(days / 3), reviewer, "I misread this.", Code_Review=0)
    tale.state(change, "never_reviewed", "reviewers", green, ever=False, current=False)


def vote_was_deleted(tale: Tale, theme: str, days: float) -> None:
    """A -1 that another core removed: as if there had been no vote."""
    _, change, green = tale.proposed(theme, days)
    first, second, *_ = tale.cores()
    change.review(tale.ago(days / 2), first, "Wait for the freeze.", Code_Review=-1)
    change.remove_vote(tale.ago(days / 3), second, "Code-Review", first)
    tale.state(change, "never_reviewed", "reviewers", green, ever=False, current=False)


def person_said_yes(tale: Tale, theme: str, days: float) -> None:
    """A +1 by someone who is no core; a deleted account adds another."""
    _, change, green = tale.proposed(theme, days)
    change.review(tale.ago(days / 2), tale.author_but(change.owner), "lgtm", Code_Review=1)
    change.review(tale.ago(days / 3), BARE, Code_Review=1)
    tale.state(change, "needs_core", "reviewers", green, ever=True, current=True)


def vote_was_copied(tale: Tale, theme: str, days: float) -> None:
    """A +1, then a rebase: the vote stands on a patch set on which nobody cast it."""
    _, change, green = tale.proposed(theme, days)
    change.review(tale.ago(days / 2), tale.author_but(change.owner), Code_Review=1)
    tale.revise(change, days / 3, "TRIVIAL_REBASE")
    tale.check(change, days / 3 - 0.1)
    tale.state(change, "needs_core", "reviewers", green, ever=True, current=True)


def one_core_said_yes(tale: Tale, theme: str, days: float) -> None:
    """One +2 stands."""
    _, change, _ = tale.proposed(theme, days)
    said = tale.ago(days / 2)
    change.review(said, tale.cores()[0], "Nice.", Code_Review=2)
    tale.state(change, "needs_second_core", "second_core", said, ever=True, current=True)


def two_cores_said_yes(tale: Tale, theme: str, days: float) -> None:
    """Two +2 stand, and nobody has approved."""
    _, change, _ = tale.proposed(theme, days)
    first, second, *_ = tale.cores()
    change.review(tale.ago(days / 2), first, Code_Review=2)
    said = tale.ago(days / 3)
    change.review(said, second, "Let us wait for the release with the approval.", Code_Review=2)
    tale.state(change, "needs_approval", "approver", said, ever=True, current=True)


def approved(tale: Tale, theme: str, days: float) -> None:
    """Two +2 and Workflow +1: the gate merges it, so it is nobody's turn."""
    _, change, _ = tale.proposed(theme, days)
    first, second, *_ = tale.cores()
    change.review(tale.ago(days / 2), first, Code_Review=2)
    said = tale.ago(days / 3)
    change.review(said, second, Code_Review=2, Workflow=1)
    tale.state(change, "approved", "nobody", said, ever=True, current=True)


def approved_but_the_gate_said_no(tale: Tale, theme: str, days: float) -> None:
    """Verified -2 after the approval."""
    _, change, _ = tale.proposed(theme, days)
    first, second, *_ = tale.cores()
    change.review(tale.ago(days / 2), first, Code_Review=2)
    change.review(tale.ago(days / 3), second, Code_Review=2, Workflow=1)
    red = tale.ago(days / 3 - 0.2)
    change.review(red, JENKINS, CI_RED, tag=GATE_TAG, Verified=-2)
    tale.state(change, "ci_failing", "ci", red, ever=True, current=True)


def core_blocked(tale: Tale, theme: str, days: float) -> None:
    """A -2 stays through every new patch set."""
    _, change, _ = tale.proposed(theme, days)
    said = tale.ago(days / 2)
    change.review(said, tale.cores()[0], "Feature freeze.", Code_Review=-2)
    tale.revise(change, days / 3)
    tale.check(change, days / 3 - 0.1)
    tale.state(change, "blocked", "owner", said, ever=True, current=True)


def wip_by_vote(tale: Tale, theme: str, days: float) -> None:
    """The owner's Workflow -1."""
    _, change, _ = tale.proposed(theme, days)
    said = tale.ago(days / 2)
    change.review(said, change.owner, "Still thinking.", Workflow=-1)
    tale.state(change, "wip", "owner", said, ever=False, current=False)


def wip_by_flag(tale: Tale, theme: str, days: float) -> None:
    """Gerrit's own mark of work in progress."""
    _, change, _ = tale.proposed(theme, days)
    said = tale.ago(days / 2)
    change.set_wip(said, change.owner, True)
    tale.state(change, "wip", "owner", said, ever=False, current=False)


def wip_no_more(tale: Tale, theme: str, days: float) -> None:
    """Workflow -1 falls with the next patch set."""
    _, change, _ = tale.proposed(theme, days)
    change.review(tale.ago(days / 2), change.owner, "Not yet.", Workflow=-1)
    tale.revise(change, days / 3)
    green = tale.check(change, days / 3 - 0.1)
    tale.state(change, "never_reviewed", "reviewers", green, ever=False, current=False)


def conflict(tale: Tale, theme: str, days: float) -> None:
    """Gerrit does not say since when a change no longer merges."""
    _, change, _ = tale.proposed(theme, days)
    change.is_mergeable = False
    tale.state(change, "conflict", "owner", None, ever=False, current=False)


def promised(tale: Tale, theme: str, days: float) -> None:
    """Review-Priority is a promise, not a review."""
    _, change, green = tale.proposed(theme, days)
    change.review(tale.ago(days / 2), tale.cores()[0], Review_Priority=2)
    tale.state(change, "never_reviewed", "reviewers", green, ever=False, current=False)


STORIES: tuple[Callable[[Tale, str, float], None], ...] = (
    never_reviewed, only_the_owner_voted, rechecked, gate_said_no, gate_is_silent, other_machine_said_no,
    person_said_no, person_with_a_machine_like_name_said_no, person_asked_in_the_file, owner_answered,
    person_said_no_to_an_older_one, person_said_yes_to_an_older_one, vote_was_taken_back, vote_was_deleted,
    person_said_yes, vote_was_copied, one_core_said_yes, two_cores_said_yes, approved, approved_but_the_gate_said_no,
    core_blocked, wip_by_vote, wip_by_flag, wip_no_more, conflict, waits_on_parent, waits_on_an_outdated_parent,
    stands_on_an_approved_parent, competing, promised,
)  # fmt: skip
