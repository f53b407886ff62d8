"""The same bug in another reporter's words: marked duplicates, duplicates that nobody has noticed, false ones."""

import re
from datetime import timedelta
from random import Random

from twin import texts
from twin.bug import Bug
from twin.scenario import ScenarioBuilder
from twin.world import World

OTHER_WORDS = {
    "instance": "server", "instances": "servers", "deleted": "removed", "delete": "remove", "fails": "does not work",
    "volume": "disk", "boot": "start", "wrong": "incorrect", "host": "hypervisor", "when": "while", "cannot": "can not",
}  # fmt: skip
SENTENCE = re.compile(r"(?<=[a-z][.!?])\s+|\n\n")


def populate(world: World) -> None:
    """For each theme a bug with a marked duplicate; for every second theme also one that nobody has noticed."""
    for index, theme in enumerate(texts.themes()):
        scenario = ScenarioBuilder(world, "duplicate", index)
        bug = scenario.bug(scenario.rng.uniform(40, 90), theme)
        _marked(scenario, theme, bug, scenario.rng.uniform(15, 38))
        if index % 2:
            _unnoticed(scenario, theme, bug, scenario.rng.uniform(2, 10))


def _marked(scenario: ScenarioBuilder, theme: str, bug: Bug, days: float) -> None:
    other = _again(scenario, theme, bug, days, status="Confirmed", importance="Medium")
    other.mark_duplicate(other.created + timedelta(days=3), scenario.cores()[0], bug)
    scenario.world.truth.add("duplicates", bug_id=other.number, other_bug_id=bug.number, is_marked=True)


def _unnoticed(scenario: ScenarioBuilder, theme: str, bug: Bug, days: float) -> None:
    other = _again(scenario, theme, bug, days, status="New", importance="Undecided")
    scenario.world.truth.add("duplicates", bug_id=other.number, other_bug_id=bug.number, is_marked=False)


def _again(scenario: ScenarioBuilder, theme: str, bug: Bug, days: float, *, status: str, importance: str) -> Bug:
    """Another report of the bug, with some words changed, some sentences missing, and one of its own."""
    sentences = [_reworded(sentence) for sentence in SENTENCE.split(bug.description)]
    places = scenario.rng.sample(range(len(sentences)), max(1, (2 * len(sentences) + 2) // 3))
    sentences_left = [sentences[place] for place in sorted(places)]
    own = f"{scenario.rng.choice(texts.themes()[theme].notes)} We run {scenario.rng.choice(texts.VERSIONS)}."
    return scenario.bug(
        days, theme, title=_shortened(_reworded(bug.title), scenario.rng), text="\n".join([*sentences_left, own]),
        is_on_theme=True, status=status, importance=importance,
    )  # fmt: skip


def _reworded(text: str) -> str:
    return re.sub(r"\b\w+\b", lambda word: OTHER_WORDS.get(word[0], word[0]), text)


def _shortened(title: str, rng: Random) -> str:
    """The title without one of its words, because nobody types the same title twice."""
    words = title.split()
    lost = rng.randrange(1, len(words))
    return " ".join(words[:lost] + words[lost + 1 :])
