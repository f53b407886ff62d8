"""Every way in which a change names a bug, and the ways that only look like one."""

from dataclasses import dataclass

from analysis.twin import texts
from analysis.twin.bug import Bug
from analysis.twin.people import INFRA
from analysis.twin.tale import Tale
from analysis.twin.world import World


@dataclass(frozen=True, slots=True)
class Spelling:
    """A footer as people type it. `hook_sees`: the infra hook acts on it as the author meant it."""

    footer: str
    relation: str
    hook_sees: bool
    evidence: str = "footer"


SPELLINGS = (
    Spelling("Closes-Bug: #{bug}", "closes", True),
    Spelling("Closes-bug: #{bug}", "closes", True),
    Spelling("Closes-Bug: {bug}", "closes", True),
    Spelling("Closes-Bug:#{bug}", "closes", True),
    Spelling("closes-bug: #{bug}", "closes", True),
    Spelling("CLoses-Bug:  #{bug}", "closes", True),
    Spelling("Closes-bug #{bug}", "closes", True),
    Spelling("Closes-bug: # {bug}", "closes", True),
    Spelling("  Closes-Bug: #{bug}", "closes", True),
    Spelling("Fixes-Bug: #{bug}", "closes", True),
    Spelling("Resolves-Bug: #{bug}", "closes", True),
    Spelling("Closes bug #{bug}", "closes", True, "phrase"),
    Spelling("Closes-Bug: #{bug}.", "closes", False),
    Spelling("Closes-Bug: #{bug} (the first half of it)", "closes", False),
    Spelling("Close-Bug: #{bug}", "closes", False),
    Spelling("Closed-Bug: #{bug}", "closes", False),
    Spelling("Closes-Bug: https://bugs.launchpad.net/nova/+bug/{bug}", "closes", False),
    Spelling("Partial-Bug: #{bug}", "partial", True),
    Spelling("Partial-bug: {bug}", "partial", True),
    Spelling("Related-Bug: #{bug}", "related", True),
    Spelling("Related-bug: {bug}", "related", True),
    Spelling("Related-Bug: LP #{bug}", "related", True),
    Spelling("Related-Bug: ##{bug}", "related", True),
    Spelling("Related-Bug: bug/{bug}", "related", False),
)


def tell(world: World) -> None:
    """Each spelling on a merged change of its own, then the other kinds of evidence and the traps."""
    themes = list(texts.themes())
    for index, spelling in enumerate(SPELLINGS):
        _spelled(Tale(world, "link spelled", index), themes[index % len(themes)], spelling)
    for index, story in enumerate(STORIES):
        story(Tale(world, f"link {story.__name__}", index), themes[index % len(themes)])


def _spelled(tale: Tale, theme: str, spelling: Spelling) -> None:
    """Merged; where the hook cannot see that the bug is fixed, a person releases it by hand."""
    days = tale.rng.uniform(60, 150)
    bug = tale.bug(days + 5, theme)
    change = tale.change(
        bug, days, footer=spelling.footer, relation=spelling.relation, hook_sees=spelling.hook_sees,
        evidence=(spelling.evidence,),
    )  # fmt: skip
    tale.check(change, days - 0.2)
    tale.merge(change, days - 10)
    if spelling.relation == "closes" and not spelling.hook_sees:
        bug.set_status(tale.ago(days - 12), tale.cores()[0], tale.target, "Fix Released")
    if spelling.relation == "partial":
        _keep_open(tale, theme, bug, days / 3)


def _keep_open(tale: Tale, theme: str, bug: Bug, days: float) -> None:
    """More work is under way, so that the bug is rightly In Progress."""
    change = tale.change(bug, days, theme=theme)
    green = tale.check(change, days - 0.2)
    tale.state(change, "never_reviewed", "reviewers", green, ever=False, current=False)


def topic_alone(tale: Tale, theme: str) -> None:
    """The topic is bug/N and no footer says more."""
    bug = tale.bug(100, theme)
    change = tale.change(bug, 95, footer=None, topic=f"bug/{bug.number}", evidence=("topic",), hook_sees=None,
                         relation="related", is_fix=None)  # fmt: skip
    tale.check(change, 94.8)
    tale.merge(change, 80)


def topic_and_footer(tale: Tale, theme: str) -> None:
    """The topic and a footer name the same bug: one link with the evidence of both."""
    bug = tale.bug(90, theme)
    change = tale.change(bug, 85, topic=f"bug/{bug.number}", evidence=("topic", "footer"))
    tale.check(change, 84.8)
    tale.merge(change, 70)


def topic_of_another_bug(tale: Tale, theme: str) -> None:
    """The topic names one bug, the footer another."""
    named, fixed = tale.bug(91, theme), tale.bug(90, theme)
    change = tale.change(fixed, 85, topic=f"bug/{named.number}")
    tale.link(named, change, "related", ("topic",), None, None)
    tale.check(change, 84.8)
    tale.merge(change, 70)


def blueprint_topic(tale: Tale, theme: str) -> None:
    """Work on a blueprint names no bug at all."""
    change = tale.change(
        None, 85, theme=theme, footer="Implements: blueprint simplify-quotas", topic="bp/simplify-quotas"
    )
    tale.check(change, 84.8)
    tale.merge(change, 70)


def blueprint_in_a_bug_footer(tale: Tale, theme: str) -> None:
    """Related-Bug with a blueprint's name: there is no number to find."""
    change = tale.change(None, 84, theme=theme, footer="Related-Bug: iothreads-for-instances")
    tale.check(change, 83.8)
    tale.merge(change, 70)


def two_footers_for_one_bug(tale: Tale, theme: str) -> None:
    """The strongest footer counts, though the hook takes the first: it only comments on `Fix`."""
    bug = tale.bug(88, theme)
    change = tale.change(bug, 80, subject=f"Fix bug {bug.number}", hook_sees=False, evidence=("footer", "subject"))
    tale.check(change, 79.8)
    tale.merge(change, 70)
    bug.set_status(tale.ago(69), tale.cores()[0], tale.target, "Fix Released")


def several_bugs(tale: Tale, theme: str) -> None:
    """One change closes two bugs and is related to a third."""
    first, second, third = tale.bug(99, theme), tale.bug(98, theme), tale.bug(97, theme)
    footer = f"Closes-Bug: #{first.number}\nCloses-Bug: #{second.number}\nRelated-Bug: #{third.number}"
    change = tale.change(first, 80, footer=footer)
    tale.link(second, change, "closes", ("footer",), None, True)
    tale.link(third, change, "related", ("footer",), None, True)
    tale.check(change, 79.8)
    tale.merge(change, 60)


def reproducer(tale: Tale, theme: str) -> None:
    """A test that shows the bug stands below its fix: linked, and no fix."""
    bug = tale.bug(30, theme)
    subject = f"Add regression test for bug {bug.number}"
    test = tale.change(bug, 20, footer="Related-Bug: #{bug}", relation="related", subject=subject, is_fix=False,
                       paths=["nova/tests/functional/regressions/test_bug.py"])  # fmt: skip
    green = tale.check(test, 19.8)
    tale.state(test, "never_reviewed", "reviewers", green, ever=False, current=False)
    fix = tale.change(bug, 19, owner=test.owner, parent=test)
    green = tale.check(fix, 18.8)
    tale.state(fix, "waits_on_parent", "parent", green, ever=False, current=False)
    tale.world.truth.add("stacks", change_numbers=[test.number, fix.number])


def reverted(tale: Tale, theme: str) -> None:
    """A fix that was reverted closes nothing any more; the bug was reopened and is being fixed again."""
    bug = tale.bug(120, theme)
    fix = tale.change(bug, 110, is_fix=False)
    tale.check(fix, 109.8)
    tale.merge(fix, 100)
    revert = tale.revert(bug, fix, 90)
    tale.merge(revert, 89)
    bug.set_status(tale.ago(88), tale.cores()[0], tale.target, "Confirmed")
    again = tale.change(bug, 40)
    green = tale.check(again, 39.8)
    tale.state(again, "never_reviewed", "reviewers", green, ever=False, current=False)


def recheck_names_a_bug(tale: Tale, theme: str) -> None:
    """`recheck bug N`, a robot's guess and a person's aside are no links."""
    other, bug = tale.bug(60, theme), tale.bug(59, theme)
    change = tale.change(bug, 50)
    change.review(tale.ago(49), change.owner, f"recheck bug {other.number}")
    address = f"https://bugs.launchpad.net/bugs/{other.number}"
    guess = f"I noticed jenkins failed, I think you hit bug(s):\n\n- bug {other.number}: {address}"
    change.review(tale.ago(48), INFRA, guess)
    change.review(tale.ago(47), tale.author(), f"Is this like Closes-Bug: #{other.number}?")
    green = tale.check(change, 46)
    tale.state(change, "never_reviewed", "reviewers", green, ever=False, current=False)
    tale.is_no_link(other, change, "review comments")


def bare_number(tale: Tale, theme: str) -> None:
    """A number of seven digits in the body happens to be a bug's."""
    other, bug = tale.bug(61, theme), tale.bug(58, theme)
    body = (
        f"The query reads {other.number} rows and takes 40 s.\nSee also https://example.org/ticket/{other.number}?x=1."
    )
    change = tale.change(bug, 50, body=body)
    green = tale.check(change, 49.8)
    tale.state(change, "never_reviewed", "reviewers", green, ever=False, current=False)
    tale.is_no_link(other, change, "a number in the body")


def person_quotes_the_bot(tale: Tale, theme: str) -> None:
    """A reporter pastes a review's address, in the bot's words: only the bot's own comments are evidence."""
    other = tale.bug(57, theme)
    bug = tale.bug(56, theme)
    change = tale.change(bug, 50)
    green = tale.check(change, 49.8)
    tale.state(change, "never_reviewed", "reviewers", green, ever=False, current=False)
    text = f"Fix proposed to branch: master\nReview: https://review.openstack.org/{change.number}\n\nIs it this one?"
    other.comment(tale.ago(40), other.reporter, text)
    tale.is_no_link(other, change, "a comment by a person")


def same_change_id_twice(tale: Tale, theme: str) -> None:
    """A change abandoned and proposed anew keeps its Change-Id: two changes, one id, one branch."""
    bug = tale.bug(80, theme)
    first = tale.change(bug, 70)
    tale.abandon(first, 60, "Doing this over.")
    second = tale.change(bug, 50, owner=first.owner, change_id=first.change_id)
    tale.check(second, 49.8)
    tale.merge(second, 40)


STORIES = (
    topic_alone, topic_and_footer, topic_of_another_bug, blueprint_topic, blueprint_in_a_bug_footer,
    two_footers_for_one_bug, several_bugs, reproducer, reverted, recheck_names_a_bug, bare_number,
    person_quotes_the_bot, same_change_id_twice,
)  # fmt: skip
