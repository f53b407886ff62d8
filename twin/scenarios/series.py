"""Changes that depend on each other or compete with each other: which of them can be reviewed now."""

from twin.scenario import ScenarioBuilder


def waits_on_parent(scenario: ScenarioBuilder, theme: str, days: float) -> None:
    """A series of three changes, of which the lowest must be reviewed first."""
    _, bottom, green = scenario.proposed(theme, days)
    scenario.state(bottom, "never_reviewed", "reviewers", green, ever=False, current=False)
    series = [bottom]
    for step in (1, 2):
        bug = scenario.bug(days + 5 - step, theme)
        change = scenario.change(bug, days - step * 0.5, owner=bottom.owner, parent=series[-1])
        green = scenario.check(change, days - step * 0.5 - 0.125)
        scenario.state(change, "waits_on_parent", "parent", green, ever=False, current=False)
        series.append(change)
    scenario.world.truth.add("stacks", change_numbers=[change.number for change in series])


def waits_on_an_outdated_parent(scenario: ScenarioBuilder, theme: str, days: float) -> None:
    """A change that depends on a replaced patch set of its parent."""
    _, bottom, _ = scenario.proposed(theme, days)
    bug = scenario.bug(days + 4, theme)
    child = scenario.change(bug, days - 0.5, owner=bottom.owner, parent=bottom)
    above = scenario.check(child, days - 0.625)
    scenario.revise(bottom, days - 1)
    green = scenario.check(bottom, days - 1.125)
    scenario.state(bottom, "never_reviewed", "reviewers", green, ever=False, current=False)
    scenario.state(child, "waits_on_parent", "parent", above, ever=False, current=False)
    scenario.world.truth.add("stacks", change_numbers=[bottom.number, child.number])


def stands_on_an_approved_parent(scenario: ScenarioBuilder, theme: str, days: float) -> None:
    """An approved parent, which will merge, so the reviewers can act."""
    _, bottom, _ = scenario.proposed(theme, days)
    bug = scenario.bug(days + 4, theme)
    child = scenario.change(bug, days - 0.5, owner=bottom.owner, parent=bottom)
    green = scenario.check(child, days - 0.625)
    first, second, *_ = scenario.cores()
    bottom.review(scenario.ago(days / 2), first, Code_Review=2)
    when = scenario.ago(days / 3)
    bottom.review(when, second, Code_Review=2, Workflow=1)
    scenario.state(bottom, "approved", "nobody", when, ever=True, current=True)
    scenario.state(child, "never_reviewed", "reviewers", green, ever=False, current=False)
    scenario.world.truth.add("stacks", change_numbers=[bottom.number, child.number])


def competing(scenario: ScenarioBuilder, theme: str, days: float) -> None:
    """Two open changes by two people for one bug."""
    bug, one, green = scenario.proposed(theme, days)
    other = scenario.change(bug, days / 2, owner=scenario.author_but(one.owner))
    also_green = scenario.check(other, days / 2 - 0.125)
    scenario.state(one, "never_reviewed", "reviewers", green, ever=False, current=False)
    scenario.state(other, "never_reviewed", "reviewers", also_green, ever=False, current=False)
    scenario.world.truth.add("competing", bug_id=bug.number, change_numbers=[one.number, other.number])


def overtaken(scenario: ScenarioBuilder, theme: str, days: float) -> None:
    """Two changes by two people for one bug: the second merges and closes it, and the first stays open."""
    bug, first, green = scenario.proposed(theme, days)
    second = scenario.change(bug, days - 1, owner=scenario.author_but(first.owner))
    scenario.check(second, days - 1.125)
    scenario.merge(second, days / 2)
    scenario.state(first, "never_reviewed", "reviewers", green, ever=False, current=False)
    scenario.world.truth.add("superseded", change_number=first.number, bug_id=bug.number, closed_by=second.number)
