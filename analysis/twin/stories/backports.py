"""Fixes on their way to the stable branches: merged, waiting, missing, proposed in the wrong order, stable only."""

from collections.abc import Callable

from analysis.twin import texts
from analysis.twin.bug import Bug
from analysis.twin.change import Change
from analysis.twin.tale import Tale
from analysis.twin.world import World

KILO, JUNO = "stable/kilo", "stable/juno"


def tell(world: World) -> None:
    """Each story twice."""
    themes = list(texts.themes())
    for number, story in enumerate(STORIES):
        for copy in range(2):
            tale = Tale(world, f"backport {story.__name__}", copy)
            story(tale, themes[(number + copy * 5) % len(themes)], tale.rng.uniform(70, 110))


def on_every_branch(tale: Tale, theme: str, days: float) -> None:
    """Merged on master, then on kilo, then on juno."""
    bug, fix = _fixed(tale, theme, days, KILO, JUNO)
    kilo = _picked(tale, bug, fix, KILO, days - 20)
    _merged(tale, bug, kilo, days - 27)
    juno = _picked(tale, bug, kilo, JUNO, days - 30)
    _merged(tale, bug, juno, days - 40)


def waiting_on_kilo(tale: Tale, theme: str, days: float) -> None:
    """Merged on master, proposed for kilo and never reviewed there, not yet proposed for juno."""
    bug, fix = _fixed(tale, theme, days, KILO, JUNO)
    _waiting(tale, bug, _picked(tale, bug, fix, KILO, days - 20), days - 20.2)
    _missing(tale, bug, JUNO, "blocked")


def missing_on_kilo(tale: Tale, theme: str, days: float) -> None:
    """A task for kilo, and no change for it."""
    bug, _ = _fixed(tale, theme, days, KILO)
    _missing(tale, bug, KILO)


def juno_before_kilo(tale: Tale, theme: str, days: float) -> None:
    """The older branch was asked first: it may not merge before the newer one has the fix."""
    bug, fix = _fixed(tale, theme, days, KILO, JUNO)
    _waiting(tale, bug, _picked(tale, bug, fix, JUNO, days - 22), days - 22.2)
    _missing(tale, bug, KILO)


def without_a_task(tale: Tale, theme: str, days: float) -> None:
    """No series task: the hook leaves a tag on the bug instead."""
    bug, fix = _fixed(tale, theme, days)
    kilo = _picked(tale, bug, fix, KILO, days - 20)
    _merged(tale, bug, kilo, days - 28)


def without_a_line(tale: Tale, theme: str, days: float) -> None:
    """Picked by hand: only the Change-Id tells where it comes from."""
    bug, fix = _fixed(tale, theme, days, KILO)
    kilo = _picked(tale, bug, fix, KILO, days - 20, with_line=False)
    _merged(tale, bug, kilo, days - 30)


def stable_only(tale: Tale, theme: str, days: float) -> None:
    """Master never had the bug."""
    bug = tale.bug(days, theme, status="Invalid")
    bug.add_task(tale.ago(days - 3), tale.cores()[0], f"{tale.target}/kilo")
    bug.set_importance(tale.ago(days - 3), tale.cores()[0], f"{tale.target}/kilo", "Medium")
    change = tale.change(bug, days - 5, branch=KILO, subject="[stable-only] Keep the old default", theme=theme)
    tale.check(change, days - 5.2)
    _merged(tale, bug, change, days - 15)


def _fixed(tale: Tale, theme: str, days: float, *branches: str) -> tuple[Bug, Change]:
    """A bug whose fix is on master, with a task for each stable branch."""
    bug = tale.bug(days, theme, importance=tale.rng.choice(("High", "Critical")))
    triager = tale.cores()[0]
    for branch in branches:
        target = f"{tale.target}/{branch.rpartition('/')[2]}"
        bug.add_task(tale.ago(days - 4), triager, target)
        bug.set_importance(tale.ago(days - 4), triager, target, "High")
        bug.set_status(tale.ago(days - 4), triager, target, "Triaged")
    fix = tale.change(bug, days - 5)
    tale.check(fix, days - 5.2)
    tale.merge(fix, days - 15)
    tale.world.truth.add("backports", bug_id=bug.number, branch="master", state="merged")
    return bug, fix


def _picked(tale: Tale, bug: Bug, fix: Change, branch: str, days: float, *, with_line: bool = True) -> Change:
    """The same change on another branch: same Change-Id, and the line of `git cherry-pick -x`."""
    old = fix.current.message.rstrip("\n")
    line = f"\n(cherry picked from commit {fix.current.sha})" if with_line else ""
    picked = tale.change(
        bug, days, branch=branch, change_id=fix.change_id, message=f"{old}{line}\n", paths=tuple(fix.current.files),
        evidence=("footer", "cherry_pick") if with_line else ("footer",),
    )  # fmt: skip
    picked.cherry_pick_of = fix.number if with_line else None
    tale.check(picked, days - 0.2)
    return picked


def _merged(tale: Tale, bug: Bug, change: Change, days: float) -> None:
    """It merges; the release that follows turns the series task's Fix Committed into Fix Released."""
    tale.merge(change, days)
    target = f"{tale.target}/{change.branch.rpartition('/')[2]}"
    if target in bug.tasks:
        bug.set_status(tale.ago(days - 5), tale.cores(change.branch)[0], target, "Fix Released")
    tale.world.truth.add("backports", bug_id=bug.number, branch=change.branch, state="merged")


def _waiting(tale: Tale, bug: Bug, change: Change, green: float) -> None:
    tale.state(change, "never_reviewed", "reviewers", tale.ago(green), ever=False, current=False)
    tale.world.truth.add("backports", bug_id=bug.number, branch=change.branch, state="waiting")


def _missing(tale: Tale, bug: Bug, branch: str, state: str = "missing") -> None:
    tale.world.truth.add("backports", bug_id=bug.number, branch=branch, state=state)


STORIES: tuple[Callable[[Tale, str, float], None], ...] = (
    on_every_branch, waiting_on_kilo, missing_on_kilo, juno_before_kilo, without_a_task, without_a_line, stable_only,
)  # fmt: skip
