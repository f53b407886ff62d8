"""The crowd: ordinary bugs, most without a change, many fixed long ago. None breaks an inconsistency rule."""

from twin import texts
from twin.scenario import ScenarioBuilder
from twin.world import World

IMPORTANCES = ("Critical", "High", "High", "Medium", "Medium", "Medium", "Low", "Low")


def populate(world: World, *, n_bugs: int) -> None:
    """Ordinary bugs until the world holds `n_bugs`, each theme in turn."""
    themes = list(texts.themes())
    for index in range(max(n_bugs - len(world.bugs), 0)):
        scenario = ScenarioBuilder(world, "crowd", index)
        theme = themes[index % len(themes)]
        (_fixed if scenario.rng.random() < 0.45 else _unfixed)(scenario, theme)


def _unfixed(scenario: ScenarioBuilder, theme: str) -> None:
    days = scenario.rng.uniform(3, 170)
    status = scenario.rng.choice(("Confirmed", "Triaged", "Confirmed", "New"))
    importance = scenario.rng.choice(IMPORTANCES)
    if status == "New":  # recent, so nobody has set its importance yet
        days, importance = scenario.rng.uniform(1, 12), "Undecided"
    bug = scenario.bug(days, theme, status=status, importance=importance)
    for _ in range(scenario.rng.randrange(0, 3)):
        days *= scenario.rng.uniform(0.5, 0.95)
        bug.comment(scenario.ago(days), scenario.author(), scenario.rng.choice(texts.themes()[theme].notes))


def _fixed(scenario: ScenarioBuilder, theme: str) -> None:
    days = scenario.rng.uniform(30, 300)
    bug = scenario.bug(days, theme, importance=scenario.rng.choice(IMPORTANCES))
    change = scenario.change(bug, days - 4)
    scenario.check(change, days - 4.1)
    if scenario.rng.random() < 0.4:
        change.review(scenario.ago(days - 6), scenario.author(), "A comment inline.", Code_Review=-1)
        scenario.revise(change, days - 8)
        scenario.check(change, days - 8.2)
    scenario.merge(change, days - scenario.rng.uniform(12, 28))
