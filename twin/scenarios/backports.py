"""Backports of fixes to stable branches: merged, waiting, missing, proposed in the wrong order, stable only."""

from collections.abc import Callable

from twin import texts
from twin.bug import Bug
from twin.change import Change
from twin.scenario import ScenarioBuilder
from twin.world import World

KILO, JUNO = "stable/kilo", "stable/juno"


def populate(world: World) -> None:
    """Each scenario twice."""
    themes = list(texts.themes())
    for number, happen in enumerate(SCENARIOS):
        for copy in range(2):
            scenario = ScenarioBuilder(world, f"backport {happen.__name__}", copy)
            happen(scenario, themes[(number + copy * 5) % len(themes)], scenario.rng.uniform(70, 110))


def on_every_branch(scenario: ScenarioBuilder, theme: str, days: float) -> None:
    """Merged on master, then on kilo, then on juno."""
    bug, fix = _fixed(scenario, theme, days, KILO, JUNO)
    kilo = _picked(scenario, bug, fix, KILO, days - 20)
    _merge(scenario, bug, kilo, days - 27)
    juno = _picked(scenario, bug, kilo, JUNO, days - 30)
    _merge(scenario, bug, juno, days - 40)


def waiting_on_kilo(scenario: ScenarioBuilder, theme: str, days: float) -> None:
    """Merged on master, proposed for kilo and never reviewed there, not yet proposed for juno."""
    bug, fix = _fixed(scenario, theme, days, KILO, JUNO)
    _waiting(scenario, bug, _picked(scenario, bug, fix, KILO, days - 20), days - 20.2)
    _missing(scenario, bug, JUNO, "blocked")


def missing_on_kilo(scenario: ScenarioBuilder, theme: str, days: float) -> None:
    """A task for kilo without a change."""
    bug, _ = _fixed(scenario, theme, days, KILO)
    _missing(scenario, bug, KILO)


def juno_before_kilo(scenario: ScenarioBuilder, theme: str, days: float) -> None:
    """Proposed for the older branch first, where it may not merge before the newer branch has the fix."""
    bug, fix = _fixed(scenario, theme, days, KILO, JUNO)
    _waiting(scenario, bug, _picked(scenario, bug, fix, JUNO, days - 22), days - 22.2)
    _missing(scenario, bug, KILO)


def without_a_task(scenario: ScenarioBuilder, theme: str, days: float) -> None:
    """No series task, so the hook adds a tag to the bug instead."""
    bug, fix = _fixed(scenario, theme, days)
    kilo = _picked(scenario, bug, fix, KILO, days - 20)
    _merge(scenario, bug, kilo, days - 28)


def without_a_line(scenario: ScenarioBuilder, theme: str, days: float) -> None:
    """Cherry-picked by hand: only the Change-Id shows its origin."""
    bug, fix = _fixed(scenario, theme, days, KILO)
    kilo = _picked(scenario, bug, fix, KILO, days - 20, with_line=False)
    _merge(scenario, bug, kilo, days - 30)


def stable_only(scenario: ScenarioBuilder, theme: str, days: float) -> None:
    """A fix for kilo only, because master never had the bug."""
    bug = scenario.bug(days, theme, status="Invalid")
    bug.add_task(scenario.ago(days - 3), scenario.cores()[0], f"{scenario.target}/kilo")
    bug.set_importance(scenario.ago(days - 3), scenario.cores()[0], f"{scenario.target}/kilo", "Medium")
    change = scenario.change(bug, days - 5, branch=KILO, subject="[stable-only] Keep the old default", theme=theme)
    scenario.check(change, days - 5.2)
    _merge(scenario, bug, change, days - 15)


def _fixed(scenario: ScenarioBuilder, theme: str, days: float, *branches: str) -> tuple[Bug, Change]:
    """A bug whose fix has merged on master, with a task for each stable branch."""
    bug = scenario.bug(days, theme, importance=scenario.rng.choice(("High", "Critical")))
    triager = scenario.cores()[0]
    for branch in branches:
        target = f"{scenario.target}/{branch.rpartition('/')[2]}"
        bug.add_task(scenario.ago(days - 4), triager, target)
        bug.set_importance(scenario.ago(days - 4), triager, target, "High")
        bug.set_status(scenario.ago(days - 4), triager, target, "Triaged")
    fix = scenario.change(bug, days - 5)
    scenario.check(fix, days - 5.2)
    scenario.merge(fix, days - 15)
    scenario.world.truth.add("backports", bug_id=bug.number, branch="master", state="merged")
    return bug, fix


def _picked(
    scenario: ScenarioBuilder, bug: Bug, fix: Change, branch: str, days: float, *, with_line: bool = True
) -> Change:
    """The change on another branch, with the same Change-Id and the line of `git cherry-pick -x`."""
    old = fix.current.message.rstrip("\n")
    line = f"\n(cherry picked from commit {fix.current.sha})" if with_line else ""
    backport = scenario.change(
        bug, days, branch=branch, change_id=fix.change_id, message=f"{old}{line}\n", paths=tuple(fix.current.files),
        evidence=("footer", "cherry_pick") if with_line else ("footer",),
    )  # fmt: skip
    backport.cherry_pick_of = fix.number if with_line else None
    scenario.check(backport, days - 0.2)
    return backport


def _merge(scenario: ScenarioBuilder, bug: Bug, change: Change, days: float) -> None:
    """Merge the change; the next release turns the series task from Fix Committed into Fix Released."""
    scenario.merge(change, days)
    target = f"{scenario.target}/{change.branch.rpartition('/')[2]}"
    if target in bug.tasks:
        bug.set_status(scenario.ago(days - 5), scenario.cores(change.branch)[0], target, "Fix Released")
    scenario.world.truth.add("backports", bug_id=bug.number, branch=change.branch, state="merged")


def _waiting(scenario: ScenarioBuilder, bug: Bug, change: Change, green: float) -> None:
    scenario.state(change, "never_reviewed", "reviewers", scenario.ago(green), ever=False, current=False)
    scenario.world.truth.add("backports", bug_id=bug.number, branch=change.branch, state="waiting")


def _missing(scenario: ScenarioBuilder, bug: Bug, branch: str, state: str = "missing") -> None:
    scenario.world.truth.add("backports", bug_id=bug.number, branch=branch, state=state)


SCENARIOS: tuple[Callable[[ScenarioBuilder, str, float], None], ...] = (
    on_every_branch, waiting_on_kilo, missing_on_kilo, juno_before_kilo, without_a_task, without_a_line, stable_only,
)  # fmt: skip
