"""The crowd: ordinary bugs, most without a change, many fixed long ago. None of them contradicts itself."""

from analysis.twin import texts
from analysis.twin.tale import Tale
from analysis.twin.world import World

IMPORTANCES = ("Critical", "High", "High", "Medium", "Medium", "Medium", "Low", "Low")


def tell(world: World, *, n_bugs: int) -> None:
    """Ordinary bugs until the world holds `n_bugs`, each theme in turn."""
    themes = list(texts.themes())
    for index in range(max(n_bugs - len(world.bugs), 0)):
        tale = Tale(world, "crowd", index)
        theme = themes[index % len(themes)]
        (_fixed if tale.rng.random() < 0.45 else _unfixed)(tale, theme)


def _unfixed(tale: Tale, theme: str) -> None:
    days = tale.rng.uniform(3, 170)
    status = tale.rng.choice(("Confirmed", "Triaged", "Confirmed", "New"))
    importance = tale.rng.choice(IMPORTANCES)
    if status == "New":  # young: nobody has weighed it yet
        days, importance = tale.rng.uniform(1, 12), "Undecided"
    bug = tale.bug(days, theme, status=status, importance=importance)
    for _ in range(tale.rng.randrange(0, 3)):
        days *= tale.rng.uniform(0.5, 0.95)
        bug.comment(tale.ago(days), tale.author(), tale.rng.choice(texts.themes()[theme].notes))


def _fixed(tale: Tale, theme: str) -> None:
    days = tale.rng.uniform(30, 300)
    bug = tale.bug(days, theme, importance=tale.rng.choice(IMPORTANCES))
    change = tale.change(bug, days - 4)
    tale.check(change, days - 4.1)
    if tale.rng.random() < 0.4:
        change.review(tale.ago(days - 6), tale.author(), "A comment inline.", Code_Review=-1)
        tale.revise(change, days - 8)
        tale.check(change, days - 8.2)
    tale.merge(change, days - tale.rng.uniform(12, 28))
