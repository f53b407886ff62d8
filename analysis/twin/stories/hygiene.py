"""Bugs that contradict Gerrit or themselves: one story for each rule, named by the rules it breaks.

G1 to G18 are the rules that OpenStack's bug scripts have used. X1 to X6 look at both servers: X1 every fix abandoned
but In Progress, X2 merged but open, X3 released on partial work, X4 reverted after the release, X5 a footer that the
hook cannot read and a bug still open, X6 a fix open but Incomplete.
"""

from collections.abc import Callable

from analysis.twin import texts
from analysis.twin.people import RENAMED, SUSPENDED, TEAM
from analysis.twin.tale import Tale
from analysis.twin.world import World


def tell(world: World) -> None:
    """Each story twice."""
    themes = list(texts.themes())
    for number, story in enumerate(STORIES):
        for copy in range(2):
            story(Tale(world, f"hygiene {story.__name__}", copy), themes[(number + copy * 4) % len(themes)])


def in_progress_without_a_change(tale: Tale, theme: str) -> None:
    """G1: nobody ever proposed anything."""
    bug = tale.bug(50, theme, status="In Progress", assignee=tale.author())
    tale.contradicts(bug, "G1")


def in_progress_without_an_assignee(tale: Tale, theme: str) -> None:
    """G2: the assignee left, the change stayed."""
    bug = tale.bug(30, theme)
    change = tale.change(bug, 20)
    green = tale.check(change, 19.8)
    bug.assign(tale.ago(10), change.owner, tale.target, None)
    tale.state(change, "never_reviewed", "reviewers", green, ever=False, current=False)
    tale.contradicts(bug, "G2")


def assigned_but_confirmed(tale: Tale, theme: str) -> None:
    """G3."""
    bug = tale.bug(40, theme, status="Confirmed", assignee=tale.author())
    tale.contradicts(bug, "G3")


def assigned_to_somebody_gone(tale: Tale, theme: str) -> None:
    """G3, and the assignee's page is 410 or 404."""
    for gone in (SUSPENDED, RENAMED, TEAM):
        bug = tale.bug(41, theme, status="Triaged", assignee=gone)
        tale.contradicts(bug, "G3")


def change_open_but_bug_confirmed(tale: Tale, theme: str) -> None:
    """G4: a triager set the status back while the fix waits."""
    bug = tale.bug(30, theme)
    change = tale.change(bug, 20)
    green = tale.check(change, 19.8)
    bug.set_status(tale.ago(10), tale.cores()[0], tale.target, "Confirmed")
    bug.assign(tale.ago(10), tale.cores()[0], tale.target, None)
    tale.state(change, "never_reviewed", "reviewers", green, ever=False, current=False)
    tale.contradicts(bug, "G4")


def incomplete_for_long(tale: Tale, theme: str) -> None:
    """G5: asked, and never answered."""
    bug = tale.bug(90, theme, status="Incomplete")
    tale.contradicts(bug, "G5")


def incomplete_but_answered(tale: Tale, theme: str) -> None:
    """G6: the reporter answered, nobody looked."""
    bug = tale.bug(25, theme, status="Incomplete")
    bug.comment(tale.ago(15), bug.reporter, "Here is the log that you asked for. It is stable/kilo.")
    tale.contradicts(bug, "G6")


def triaged_without_importance(tale: Tale, theme: str) -> None:
    """G7."""
    bug = tale.bug(12, theme, status="Triaged", importance="Undecided")
    tale.contradicts(bug, "G7")


def new_and_untagged(tale: Tale, theme: str) -> None:
    """G8."""
    bug = tale.bug(3, theme, status="New", importance="Undecided", tags=())
    tale.contradicts(bug, "G8")


def old_wish(tale: Tale, theme: str) -> None:
    """G9: a wish of more than a year ago; somebody spoke of it lately, so it is not silent."""
    bug = tale.bug(400, theme, importance="Wishlist")
    bug.comment(tale.ago(60), tale.author(), "I would still like to have this in liberty.")
    tale.contradicts(bug, "G9")


def too_old_to_be_sure(tale: Tale, theme: str) -> None:
    """G10: more than 18 months, and nobody confirmed it for a release that is alive."""
    bug = tale.bug(600, theme, importance="Low")
    bug.comment(tale.ago(60), tale.author(), "Any news?")
    tale.contradicts(bug, "G10")


def old_but_confirmed_for_a_release(tale: Tale, theme: str) -> None:
    """As old, and confirmed in the words that the scripts look for: no rule is broken."""
    bug = tale.bug(610, theme, importance="Low")
    bug.comment(tale.ago(60), tale.cores()[0], "CONFIRMED FOR: LIBERTY")


def patch_attached(tale: Tale, theme: str) -> None:
    """G11: the fix is on the bug, and not on its way."""
    bug = tale.bug(45, theme)
    bug.attach_patch(tale.ago(40), bug.reporter, "fix-race.patch")
    tale.contradicts(bug, "G11")


def left_in_fix_committed(tale: Tale, theme: str) -> None:
    """G12: somebody set by hand what is not used any more."""
    bug = tale.bug(100, theme)
    change = tale.change(bug, 90)
    tale.check(change, 89.8)
    tale.merge(change, 80)
    bug.set_status(tale.ago(79), tale.cores()[0], tale.target, "Fix Committed")
    tale.contradicts(bug, "G12")


def silent_for_long(tale: Tale, theme: str) -> None:
    """G13: open, and nothing happened for more than 180 days."""
    bug = tale.bug(250, theme, importance="Low")
    tale.contradicts(bug, "G13")


def assigned_and_untouched(tale: Tale, theme: str) -> None:
    """G14 and G3: assigned more than 90 days ago, and nothing since."""
    bug = tale.bug(130, theme, status="Triaged", assignee=tale.author())
    tale.contradicts(bug, "G14", "G3")


def without_a_version(tale: Tale, theme: str) -> None:
    """G15: the report does not say which release it is about."""
    text = "I click on launch and it does not work. It worked before. Please fix this soon, it is urgent for us."
    bug = tale.bug(9, theme, status="New", importance="Undecided", title="Launching does not work", text=text)
    tale.contradicts(bug, "G15")


def without_importance_for_long(tale: Tale, theme: str) -> None:
    """G17: new, tagged, and nobody weighed it."""
    bug = tale.bug(70, theme, status="New", importance="Undecided")
    tale.contradicts(bug, "G17")


def abandoned_by_a_robot(tale: Tale, theme: str) -> None:
    """G18: the script for old reviews abandoned the fix; a triager has to look at the bug again."""
    bug = tale.bug(150, theme)
    change = tale.change(bug, 140)
    tale.check(change, 139.8)
    change.review(tale.ago(130), tale.cores()[0], "Please add a test.", Code_Review=-1)
    reason = "This review is > 4 weeks without comment, and failed Jenkins the last time it was checked."
    tale.abandon(change, 60, f"{reason} We are abandoning this for now.")
    bug.set_status(tale.ago(59), tale.cores()[0], tale.target, "Confirmed")
    bug.assign(tale.ago(59), tale.cores()[0], tale.target, None)
    tale.contradicts(bug, "G18")


def every_fix_abandoned(tale: Tale, theme: str) -> None:
    """All fixes given up, and the hook left the bug In Progress."""
    bug = tale.bug(80, theme)
    for days in (70, 50):
        change = tale.change(bug, days)
        tale.check(change, days - 0.2)
        tale.abandon(change, days - 15, "I have no time for this.")
    tale.contradicts(bug, "X1", "G1")


def merged_but_open(tale: Tale, theme: str) -> None:
    """Closes-Bug is on master; somebody set the bug back without a word."""
    bug = tale.bug(80, theme)
    change = tale.change(bug, 70)
    tale.check(change, 69.8)
    tale.merge(change, 50)
    bug.set_status(tale.ago(48), tale.author(), tale.target, "Triaged")
    bug.assign(tale.ago(48), tale.author(), tale.target, None)
    tale.contradicts(bug, "X2")


def released_on_a_partial_fix(tale: Tale, theme: str) -> None:
    """Only Partial-Bug merged, and yet the bug is Fix Released."""
    bug = tale.bug(80, theme)
    change = tale.change(bug, 70, footer="Partial-Bug: #{bug}", relation="partial")
    tale.check(change, 69.8)
    tale.merge(change, 50)
    bug.set_status(tale.ago(45), tale.author(), tale.target, "Fix Released")
    tale.contradicts(bug, "X3")


def reverted_after_release(tale: Tale, theme: str) -> None:
    """The fix was taken back, the bug still says Fix Released."""
    bug = tale.bug(90, theme)
    fix = tale.change(bug, 80, is_fix=False)
    tale.check(fix, 79.8)
    tale.merge(fix, 60)
    tale.merge(tale.revert(bug, fix, 50), 49)
    tale.contradicts(bug, "X4")


def footer_that_the_hook_cannot_read(tale: Tale, theme: str) -> None:
    """Merged with `Closed-Bug:`; the bug stays open, and nobody noticed."""
    bug = tale.bug(80, theme)
    change = tale.change(bug, 70, footer="Closed-Bug: #{bug}", hook_sees=False)
    tale.check(change, 69.8)
    tale.merge(change, 50)
    tale.contradicts(bug, "X5", "X2")


def fix_open_but_incomplete(tale: Tale, theme: str) -> None:
    """A fix waits for review, and the bug waits for its reporter."""
    bug = tale.bug(30, theme)
    change = tale.change(bug, 20)
    green = tale.check(change, 19.8)
    bug.set_status(tale.ago(10), tale.cores()[0], tale.target, "Incomplete")
    bug.assign(tale.ago(10), tale.cores()[0], tale.target, None)
    tale.state(change, "never_reviewed", "reviewers", green, ever=False, current=False)
    tale.contradicts(bug, "X6")


def abandoned_with_good_votes(tale: Tale, theme: str) -> None:
    """Worth rescuing: two people liked it, the owner went away, the bug is still there."""
    bug = tale.bug(100, theme)
    change = tale.change(bug, 90)
    tale.check(change, 89.8)
    change.review(tale.ago(85), tale.author_but(change.owner), "Works for us.", Code_Review=1)
    change.review(tale.ago(80), tale.cores()[0], "One nit, else fine.", Code_Review=2)
    tale.abandon(change, 40, "I changed my job. Feel free to take this over.")
    bug.set_status(tale.ago(39), tale.cores()[0], tale.target, "Confirmed")
    bug.assign(tale.ago(39), tale.cores()[0], tale.target, None)
    tale.world.truth.add("rescues", change_number=change.number, bug_id=bug.number)


def owner_is_silent(tale: Tale, theme: str) -> None:
    """Worth rescuing: a small question, a good vote, and an owner who has not answered for months."""
    bug = tale.bug(130, theme)
    change = tale.change(bug, 120)
    tale.check(change, 119.8)
    change.review(tale.ago(115), tale.author_but(change.owner), "Good.", Code_Review=1)
    said = tale.ago(110)
    change.review(said, tale.cores()[0], "Please rename the option.", Code_Review=-1)
    bug.comment(tale.ago(30), tale.author(), "We carry this patch on kilo, it helps.")
    tale.state(change, "owner_turn", "owner", said, ever=True, current=True)
    tale.world.truth.add("rescues", change_number=change.number, bug_id=bug.number)


STORIES: tuple[Callable[[Tale, str], None], ...] = (
    in_progress_without_a_change, in_progress_without_an_assignee, assigned_but_confirmed, assigned_to_somebody_gone,
    change_open_but_bug_confirmed, incomplete_for_long, incomplete_but_answered, triaged_without_importance,
    new_and_untagged, old_wish, too_old_to_be_sure, old_but_confirmed_for_a_release, patch_attached,
    left_in_fix_committed, silent_for_long, assigned_and_untouched, without_a_version, without_importance_for_long,
    abandoned_by_a_robot, every_fix_abandoned, merged_but_open, released_on_a_partial_fix, reverted_after_release,
    footer_that_the_hook_cannot_read, fix_open_but_incomplete, abandoned_with_good_votes, owner_is_silent,
)  # fmt: skip
