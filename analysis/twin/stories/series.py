"""Reviews of changes that stand on each other, or beside each other: which of them can be reviewed now."""

from analysis.twin.tale import Tale


def waits_on_parent(tale: Tale, theme: str, days: float) -> None:
    """A series of three: the bottom is to be reviewed first."""
    _, bottom, green = tale.proposed(theme, days)
    tale.state(bottom, "never_reviewed", "reviewers", green, ever=False, current=False)
    series = [bottom]
    for step in (1, 2):
        bug = tale.bug(days + 5 - step, theme)
        change = tale.change(bug, days - step * 0.5, owner=bottom.owner, parent=series[-1])
        green = tale.check(change, days - step * 0.5 - 0.125)
        tale.state(change, "waits_on_parent", "parent", green, ever=False, current=False)
        series.append(change)
    tale.world.truth.add("stacks", change_numbers=[change.number for change in series])


def waits_on_an_outdated_parent(tale: Tale, theme: str, days: float) -> None:
    """The change stands on a patch set of its parent that has been replaced since."""
    _, bottom, _ = tale.proposed(theme, days)
    bug = tale.bug(days + 4, theme)
    child = tale.change(bug, days - 0.5, owner=bottom.owner, parent=bottom)
    above = tale.check(child, days - 0.625)
    tale.revise(bottom, days - 1)
    green = tale.check(bottom, days - 1.125)
    tale.state(bottom, "never_reviewed", "reviewers", green, ever=False, current=False)
    tale.state(child, "waits_on_parent", "parent", above, ever=False, current=False)
    tale.world.truth.add("stacks", change_numbers=[bottom.number, child.number])


def stands_on_an_approved_parent(tale: Tale, theme: str, days: float) -> None:
    """The parent is on its way to the branch, so the reviewers can act."""
    _, bottom, _ = tale.proposed(theme, days)
    bug = tale.bug(days + 4, theme)
    child = tale.change(bug, days - 0.5, owner=bottom.owner, parent=bottom)
    green = tale.check(child, days - 0.625)
    first, second, *_ = tale.cores()
    bottom.review(tale.ago(days / 2), first, Code_Review=2)
    said = tale.ago(days / 3)
    bottom.review(said, second, Code_Review=2, Workflow=1)
    tale.state(bottom, "approved", "nobody", said, ever=True, current=True)
    tale.state(child, "never_reviewed", "reviewers", green, ever=False, current=False)
    tale.world.truth.add("stacks", change_numbers=[bottom.number, child.number])


def competing(tale: Tale, theme: str, days: float) -> None:
    """Two people fix one bug at once."""
    bug, one, green = tale.proposed(theme, days)
    other = tale.change(bug, days / 2, owner=tale.author_but(one.owner))
    also_green = tale.check(other, days / 2 - 0.125)
    tale.state(one, "never_reviewed", "reviewers", green, ever=False, current=False)
    tale.state(other, "never_reviewed", "reviewers", also_green, ever=False, current=False)
    tale.world.truth.add("competing", bug_id=bug.number, change_numbers=[one.number, other.number])
