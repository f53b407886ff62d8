"""Inconsistent bugs: one scenario for each rule, with the rules that its bug breaks.

G1 to G18 are the rules of OpenStack's bug scripts, in their numbering; X rules use data of both servers. Each scenario
names its rule.
"""

from collections.abc import Callable

from twin import texts
from twin.people import RENAMED, SUSPENDED, TEAM
from twin.scenario import ScenarioBuilder
from twin.world import World


def populate(world: World) -> None:
    """Each scenario twice."""
    themes = list(texts.themes())
    for number, happen in enumerate(SCENARIOS):
        for copy in range(2):
            happen(
                ScenarioBuilder(world, f"hygiene {happen.__name__}", copy), themes[(number + copy * 4) % len(themes)]
            )


def in_progress_without_a_change(scenario: ScenarioBuilder, theme: str) -> None:
    """G1: nobody has ever proposed a change."""
    bug = scenario.bug(50, theme, status="In Progress", assignee=scenario.author())
    scenario.breaks_rules(bug, "G1")


def in_progress_without_an_assignee(scenario: ScenarioBuilder, theme: str) -> None:
    """G2: the assignee left the bug, and the change stayed open."""
    bug = scenario.bug(30, theme)
    change = scenario.change(bug, 20)
    green = scenario.check(change, 19.8)
    bug.assign(scenario.ago(10), change.owner, scenario.target, None)
    scenario.state(change, "never_reviewed", "reviewers", green, ever=False, current=False)
    scenario.breaks_rules(bug, "G2")


def assigned_but_confirmed(scenario: ScenarioBuilder, theme: str) -> None:
    """G3."""
    bug = scenario.bug(40, theme, status="Confirmed", assignee=scenario.author())
    scenario.breaks_rules(bug, "G3")


def assigned_to_somebody_gone(scenario: ScenarioBuilder, theme: str) -> None:
    """G3, with an assignee whose page answers 410 or 404."""
    for gone in (SUSPENDED, RENAMED, TEAM):
        bug = scenario.bug(41, theme, status="Triaged", assignee=gone)
        scenario.breaks_rules(bug, "G3")


def change_open_but_bug_confirmed(scenario: ScenarioBuilder, theme: str) -> None:
    """G4: a triager set the status back while the fix waits for review."""
    bug = scenario.bug(30, theme)
    change = scenario.change(bug, 20)
    green = scenario.check(change, 19.8)
    bug.set_status(scenario.ago(10), scenario.cores()[0], scenario.target, "Confirmed")
    bug.assign(scenario.ago(10), scenario.cores()[0], scenario.target, None)
    scenario.state(change, "never_reviewed", "reviewers", green, ever=False, current=False)
    scenario.breaks_rules(bug, "G4")


def incomplete_for_long(scenario: ScenarioBuilder, theme: str) -> None:
    """G5: the reporter was asked and never answered."""
    bug = scenario.bug(90, theme, status="Incomplete")
    scenario.breaks_rules(bug, "G5")


def incomplete_but_answered(scenario: ScenarioBuilder, theme: str) -> None:
    """G6: the reporter answered, and nobody reacted."""
    bug = scenario.bug(25, theme, status="Incomplete")
    bug.comment(scenario.ago(15), bug.reporter, "Here is the log that you asked for. It is stable/kilo.")
    scenario.breaks_rules(bug, "G6")


def triaged_without_importance(scenario: ScenarioBuilder, theme: str) -> None:
    """G7."""
    bug = scenario.bug(12, theme, status="Triaged", importance="Undecided")
    scenario.breaks_rules(bug, "G7")


def new_and_untagged(scenario: ScenarioBuilder, theme: str) -> None:
    """G8."""
    bug = scenario.bug(3, theme, status="New", importance="Undecided", tags=())
    scenario.breaks_rules(bug, "G8")


def old_wish(scenario: ScenarioBuilder, theme: str) -> None:
    """G9: a wish from more than a year ago; a recent comment, so it is not silent."""
    bug = scenario.bug(400, theme, importance="Wishlist")
    bug.comment(scenario.ago(60), scenario.author(), "I would still like to have this in liberty.")
    scenario.breaks_rules(bug, "G9")


def too_old_to_be_sure(scenario: ScenarioBuilder, theme: str) -> None:
    """G10: older than 18 months, and nobody confirmed it for a supported release."""
    bug = scenario.bug(600, theme, importance="Low")
    bug.comment(scenario.ago(60), scenario.author(), "Any news?")
    scenario.breaks_rules(bug, "G10")


def old_but_confirmed_for_a_release(scenario: ScenarioBuilder, theme: str) -> None:
    """As old, but confirmed in the words that the scripts look for, so it breaks no rule."""
    bug = scenario.bug(610, theme, importance="Low")
    bug.comment(scenario.ago(60), scenario.cores()[0], "CONFIRMED FOR: LIBERTY")


def patch_attached(scenario: ScenarioBuilder, theme: str) -> None:
    """G11: a patch is attached to the bug, and nobody has proposed it."""
    bug = scenario.bug(45, theme)
    bug.attach_patch(scenario.ago(40), bug.reporter, "fix-race.patch")
    scenario.breaks_rules(bug, "G11")


def left_in_fix_committed(scenario: ScenarioBuilder, theme: str) -> None:
    """G12: somebody set a status by hand that is no longer used."""
    bug = scenario.bug(100, theme)
    change = scenario.change(bug, 90)
    scenario.check(change, 89.8)
    scenario.merge(change, 80)
    bug.set_status(scenario.ago(79), scenario.cores()[0], scenario.target, "Fix Committed")
    scenario.breaks_rules(bug, "G12")


def silent_for_long(scenario: ScenarioBuilder, theme: str) -> None:
    """G13: open, and nothing happened for more than 180 days."""
    bug = scenario.bug(250, theme, importance="Low")
    scenario.breaks_rules(bug, "G13")


def assigned_and_untouched(scenario: ScenarioBuilder, theme: str) -> None:
    """G14 and G3: assigned more than 90 days ago, without any activity since."""
    bug = scenario.bug(130, theme, status="Triaged", assignee=scenario.author())
    scenario.breaks_rules(bug, "G14", "G3")


def without_a_version(scenario: ScenarioBuilder, theme: str) -> None:
    """G15: the report does not name a release."""
    text = "I click on launch and it does not work. It worked before. Please fix this soon, it is urgent for us."
    bug = scenario.bug(9, theme, status="New", importance="Undecided", title="Launching does not work", text=text)
    scenario.breaks_rules(bug, "G15")


def without_importance_for_long(scenario: ScenarioBuilder, theme: str) -> None:
    """G17: new, tagged, and without an importance."""
    bug = scenario.bug(70, theme, status="New", importance="Undecided")
    scenario.breaks_rules(bug, "G17")


def abandoned_by_a_robot(scenario: ScenarioBuilder, theme: str) -> None:
    """G18: the script for old reviews abandoned the fix, so a triager must check the bug again."""
    bug = scenario.bug(150, theme)
    change = scenario.change(bug, 140)
    scenario.check(change, 139.8)
    change.review(scenario.ago(130), scenario.cores()[0], "Please add a test.", Code_Review=-1)
    reason = "This review is > 4 weeks without comment, and failed Jenkins the last time it was checked."
    scenario.abandon(change, 60, f"{reason} We are abandoning this for now.")
    bug.set_status(scenario.ago(59), scenario.cores()[0], scenario.target, "Confirmed")
    bug.assign(scenario.ago(59), scenario.cores()[0], scenario.target, None)
    scenario.breaks_rules(bug, "G18")


def every_fix_abandoned(scenario: ScenarioBuilder, theme: str) -> None:
    """X1: all fixes are abandoned, and the hook left the bug In Progress."""
    bug = scenario.bug(80, theme)
    for days in (70, 50):
        change = scenario.change(bug, days)
        scenario.check(change, days - 0.2)
        scenario.abandon(change, days - 15, "I have no time for this.")
    scenario.breaks_rules(bug, "X1", "G1")


def merged_but_open(scenario: ScenarioBuilder, theme: str) -> None:
    """X2: a change with Closes-Bug merged on master, and somebody reopened the bug without a comment."""
    bug = scenario.bug(80, theme)
    change = scenario.change(bug, 70)
    scenario.check(change, 69.8)
    scenario.merge(change, 50)
    bug.set_status(scenario.ago(48), scenario.author(), scenario.target, "Triaged")
    bug.assign(scenario.ago(48), scenario.author(), scenario.target, None)
    scenario.breaks_rules(bug, "X2")


def released_on_a_partial_fix(scenario: ScenarioBuilder, theme: str) -> None:
    """X3: only changes with Partial-Bug merged, but the bug is Fix Released."""
    bug = scenario.bug(80, theme)
    change = scenario.change(bug, 70, footer="Partial-Bug: #{bug}", relation="partial")
    scenario.check(change, 69.8)
    scenario.merge(change, 50)
    bug.set_status(scenario.ago(45), scenario.author(), scenario.target, "Fix Released")
    scenario.breaks_rules(bug, "X3")


def reverted_after_release(scenario: ScenarioBuilder, theme: str) -> None:
    """X4: the fix was reverted, but the bug is still Fix Released."""
    bug = scenario.bug(90, theme)
    fix = scenario.change(bug, 80, is_fix=False)
    scenario.check(fix, 79.8)
    scenario.merge(fix, 60)
    scenario.merge(scenario.revert(bug, fix, 50), 49)
    scenario.breaks_rules(bug, "X4")


def footer_that_the_hook_cannot_read(scenario: ScenarioBuilder, theme: str) -> None:
    """X5: a change with `Closed-Bug:` merged; the bug is still open, and nobody has noticed."""
    bug = scenario.bug(80, theme)
    change = scenario.change(bug, 70, footer="Closed-Bug: #{bug}", hook_sees=False)
    scenario.check(change, 69.8)
    scenario.merge(change, 50)
    scenario.breaks_rules(bug, "X5", "X2")


def fix_open_but_incomplete(scenario: ScenarioBuilder, theme: str) -> None:
    """X6: a fix waits for review, while the bug waits for its reporter."""
    bug = scenario.bug(30, theme)
    change = scenario.change(bug, 20)
    green = scenario.check(change, 19.8)
    bug.set_status(scenario.ago(10), scenario.cores()[0], scenario.target, "Incomplete")
    bug.assign(scenario.ago(10), scenario.cores()[0], scenario.target, None)
    scenario.state(change, "never_reviewed", "reviewers", green, ever=False, current=False)
    scenario.breaks_rules(bug, "X6")


def abandoned_with_good_votes(scenario: ScenarioBuilder, theme: str) -> None:
    """Worth rescuing: two people voted for it, the owner left, and the bug is still open."""
    bug = scenario.bug(100, theme)
    change = scenario.change(bug, 90)
    scenario.check(change, 89.8)
    change.review(scenario.ago(85), scenario.author_but(change.owner), "Works for us.", Code_Review=1)
    change.review(scenario.ago(80), scenario.cores()[0], "One nit, else fine.", Code_Review=2)
    scenario.abandon(change, 40, "I changed my job. Feel free to take this over.")
    bug.set_status(scenario.ago(39), scenario.cores()[0], scenario.target, "Confirmed")
    bug.assign(scenario.ago(39), scenario.cores()[0], scenario.target, None)
    scenario.world.truth.add("rescues", change_number=change.number, bug_id=bug.number)


def owner_is_silent(scenario: ScenarioBuilder, theme: str) -> None:
    """Worth rescuing: it has a small question, a positive vote, and an owner who has not answered for months."""
    bug = scenario.bug(130, theme)
    change = scenario.change(bug, 120)
    scenario.check(change, 119.8)
    change.review(scenario.ago(115), scenario.author_but(change.owner), "Good.", Code_Review=1)
    when = scenario.ago(110)
    change.review(when, scenario.cores()[0], "Please rename the option.", Code_Review=-1)
    bug.comment(scenario.ago(30), scenario.author(), "We carry this patch on kilo, it helps.")
    scenario.state(change, "owner_turn", "owner", when, ever=True, current=True)
    scenario.world.truth.add("rescues", change_number=change.number, bug_id=bug.number)


SCENARIOS: tuple[Callable[[ScenarioBuilder, str], None], ...] = (
    in_progress_without_a_change, in_progress_without_an_assignee, assigned_but_confirmed, assigned_to_somebody_gone,
    change_open_but_bug_confirmed, incomplete_for_long, incomplete_but_answered, triaged_without_importance,
    new_and_untagged, old_wish, too_old_to_be_sure, old_but_confirmed_for_a_release, patch_attached,
    left_in_fix_committed, silent_for_long, assigned_and_untouched, without_a_version, without_importance_for_long,
    abandoned_by_a_robot, every_fix_abandoned, merged_but_open, released_on_a_partial_fix, reverted_after_release,
    footer_that_the_hook_cannot_read, fix_open_but_incomplete, abandoned_with_good_votes, owner_is_silent,
)  # fmt: skip
