"""Every way in which a change names a bug, and texts that only look like it."""

from dataclasses import dataclass

from twin import texts
from twin.bug import Bug
from twin.people import INFRA
from twin.scenario import ScenarioBuilder
from twin.world import World


@dataclass(frozen=True, slots=True)
class Spelling:
    """A footer as people type it. `hook_sees`: the infra hook understands it as its author meant."""

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


def populate(world: World) -> None:
    """A merged change for each spelling, then the other kinds of evidence and the traps."""
    themes = list(texts.themes())
    for index, spelling in enumerate(SPELLINGS):
        _spelled(ScenarioBuilder(world, "link spelled", index), themes[index % len(themes)], spelling)
    for index, happen in enumerate(SCENARIOS):
        happen(ScenarioBuilder(world, f"link {happen.__name__}", index), themes[index % len(themes)])


def _spelled(scenario: ScenarioBuilder, theme: str, spelling: Spelling) -> None:
    """A merged change; if the hook does not recognise the fix, a person sets Fix Released by hand."""
    days = scenario.rng.uniform(60, 150)
    bug = scenario.bug(days + 5, theme)
    change = scenario.change(
        bug, days, footer=spelling.footer, relation=spelling.relation, hook_sees=spelling.hook_sees,
        evidence=(spelling.evidence,),
    )  # fmt: skip
    scenario.check(change, days - 0.2)
    scenario.merge(change, days - 10)
    if spelling.relation == "closes" and not spelling.hook_sees:
        bug.set_status(scenario.ago(days - 12), scenario.cores()[0], scenario.target, "Fix Released")
    if spelling.relation == "partial":
        _keep_open(scenario, theme, bug, days / 3)


def _keep_open(scenario: ScenarioBuilder, theme: str, bug: Bug, days: float) -> None:
    """Add an open change, so that the bug is rightly In Progress."""
    change = scenario.change(bug, days, theme=theme)
    green = scenario.check(change, days - 0.2)
    scenario.state(change, "never_reviewed", "reviewers", green, ever=False, current=False)


def topic_alone(scenario: ScenarioBuilder, theme: str) -> None:
    """A topic bug/N without a footer."""
    bug = scenario.bug(100, theme)
    change = scenario.change(bug, 95, footer=None, topic=f"bug/{bug.number}", evidence=("topic",), hook_sees=None,
                         relation="related", is_fix=None)  # fmt: skip
    scenario.check(change, 94.8)
    scenario.merge(change, 80)


def topic_and_footer(scenario: ScenarioBuilder, theme: str) -> None:
    """A topic and a footer for the same bug: one link with both as evidence."""
    bug = scenario.bug(90, theme)
    change = scenario.change(bug, 85, topic=f"bug/{bug.number}", evidence=("topic", "footer"))
    scenario.check(change, 84.8)
    scenario.merge(change, 70)


def topic_of_another_bug(scenario: ScenarioBuilder, theme: str) -> None:
    """A topic for one bug, a footer for another."""
    named, fixed = scenario.bug(91, theme), scenario.bug(90, theme)
    change = scenario.change(fixed, 85, topic=f"bug/{named.number}")
    scenario.link(named, change, "related", ("topic",), None, None)
    scenario.check(change, 84.8)
    scenario.merge(change, 70)


def blueprint_topic(scenario: ScenarioBuilder, theme: str) -> None:
    """Work on a blueprint, which names no bug."""
    change = scenario.change(
        None, 85, theme=theme, footer="Implements: blueprint simplify-quotas", topic="bp/simplify-quotas"
    )
    scenario.check(change, 84.8)
    scenario.merge(change, 70)


def blueprint_in_a_bug_footer(scenario: ScenarioBuilder, theme: str) -> None:
    """Related-Bug with a blueprint's name instead of a number."""
    change = scenario.change(None, 84, theme=theme, footer="Related-Bug: iothreads-for-instances")
    scenario.check(change, 83.8)
    scenario.merge(change, 70)


def two_footers_for_one_bug(scenario: ScenarioBuilder, theme: str) -> None:
    """Two footers for one bug: the strongest counts, but the hook uses the first and only comments on `Fix`."""
    bug = scenario.bug(88, theme)
    change = scenario.change(bug, 80, subject=f"Fix bug {bug.number}", hook_sees=False, evidence=("footer", "subject"))
    scenario.check(change, 79.8)
    scenario.merge(change, 70)
    bug.set_status(scenario.ago(69), scenario.cores()[0], scenario.target, "Fix Released")


def several_bugs(scenario: ScenarioBuilder, theme: str) -> None:
    """One change closes two bugs and is related to a third."""
    first, second, third = scenario.bug(99, theme), scenario.bug(98, theme), scenario.bug(97, theme)
    footer = f"Closes-Bug: #{first.number}\nCloses-Bug: #{second.number}\nRelated-Bug: #{third.number}"
    change = scenario.change(first, 80, footer=footer)
    scenario.link(second, change, "closes", ("footer",), None, True)
    scenario.link(third, change, "related", ("footer",), None, True)
    scenario.check(change, 79.8)
    scenario.merge(change, 60)


def reproducer(scenario: ScenarioBuilder, theme: str) -> None:
    """A test that reproduces the bug, as the parent of its fix: it is linked, but it is not a fix."""
    bug = scenario.bug(30, theme)
    subject = f"Add regression test for bug {bug.number}"
    test = scenario.change(bug, 20, footer="Related-Bug: #{bug}", relation="related", subject=subject, is_fix=False,
                       paths=["nova/tests/functional/regressions/test_bug.py"])  # fmt: skip
    green = scenario.check(test, 19.8)
    scenario.state(test, "never_reviewed", "reviewers", green, ever=False, current=False)
    fix = scenario.change(bug, 19, owner=test.owner, parent=test)
    green = scenario.check(fix, 18.8)
    scenario.state(fix, "waits_on_parent", "parent", green, ever=False, current=False)
    scenario.world.truth.add("stacks", change_numbers=[test.number, fix.number])


def reverted(scenario: ScenarioBuilder, theme: str) -> None:
    """A reverted fix, which no longer closes its bug; the bug was reopened and has another fix."""
    bug = scenario.bug(120, theme)
    fix = scenario.change(bug, 110, is_fix=False)
    scenario.check(fix, 109.8)
    scenario.merge(fix, 100)
    revert = scenario.revert(bug, fix, 90)
    scenario.merge(revert, 89)
    bug.set_status(scenario.ago(88), scenario.cores()[0], scenario.target, "Confirmed")
    again = scenario.change(bug, 40)
    green = scenario.check(again, 39.8)
    scenario.state(again, "never_reviewed", "reviewers", green, ever=False, current=False)


def recheck_names_a_bug(scenario: ScenarioBuilder, theme: str) -> None:
    """`recheck bug N`, a robot's guess and a person's remark are not links."""
    other, bug = scenario.bug(60, theme), scenario.bug(59, theme)
    change = scenario.change(bug, 50)
    change.review(scenario.ago(49), change.owner, f"recheck bug {other.number}")
    address = f"https://bugs.launchpad.net/bugs/{other.number}"
    guess = f"I noticed jenkins failed, I think you hit bug(s):\n\n- bug {other.number}: {address}"
    change.review(scenario.ago(48), INFRA, guess)
    change.review(scenario.ago(47), change.owner, f"Is this like Closes-Bug: #{other.number}?")
    green = scenario.check(change, 46)
    scenario.state(change, "never_reviewed", "reviewers", green, ever=False, current=False)
    scenario.is_no_link(other, change, "review comments")


def bare_number(scenario: ScenarioBuilder, theme: str) -> None:
    """A number of seven digits in the body that is by chance a bug number."""
    other, bug = scenario.bug(61, theme), scenario.bug(58, theme)
    body = (
        f"The query reads {other.number} rows and takes 40 s.\nSee also https://example.org/ticket/{other.number}?x=1."
    )
    change = scenario.change(bug, 50, body=body)
    green = scenario.check(change, 49.8)
    scenario.state(change, "never_reviewed", "reviewers", green, ever=False, current=False)
    scenario.is_no_link(other, change, "a number in the body")


def person_quotes_the_bot(scenario: ScenarioBuilder, theme: str) -> None:
    """A reporter pastes a review's address in the bot's words: only the bot's own comments are evidence."""
    other = scenario.bug(57, theme)
    bug = scenario.bug(56, theme)
    change = scenario.change(bug, 50)
    green = scenario.check(change, 49.8)
    scenario.state(change, "never_reviewed", "reviewers", green, ever=False, current=False)
    text = f"Fix proposed to branch: master\nReview: https://review.openstack.org/{change.number}\n\nIs it this one?"
    other.comment(scenario.ago(40), other.reporter, text)
    scenario.is_no_link(other, change, "a comment by a person")


def same_change_id_twice(scenario: ScenarioBuilder, theme: str) -> None:
    """A change abandoned and proposed again with its Change-Id: two changes with one id on one branch."""
    bug = scenario.bug(80, theme)
    first = scenario.change(bug, 70)
    scenario.abandon(first, 60, "Doing this over.")
    second = scenario.change(bug, 50, owner=first.owner, change_id=first.change_id)
    scenario.check(second, 49.8)
    scenario.merge(second, 40)


SCENARIOS = (
    topic_alone, topic_and_footer, topic_of_another_bug, blueprint_topic, blueprint_in_a_bug_footer,
    two_footers_for_one_bug, several_bugs, reproducer, reverted, recheck_names_a_bug, bare_number,
    person_quotes_the_bot, same_change_id_twice,
)  # fmt: skip
