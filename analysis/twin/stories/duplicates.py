"""The same bug in another reporter's words: some marked as duplicates, some not yet noticed, some that only look so."""

import re
from datetime import timedelta
from random import Random

from analysis.twin import texts
from analysis.twin.bug import Bug
from analysis.twin.tale import Tale
from analysis.twin.world import World

OTHER_WORDS = {
    "instance": "server", "instances": "servers", "deleted": "removed", "delete": "remove", "fails": "does not work",
    "volume": "disk", "boot": "start", "wrong": "incorrect", "host": "hypervisor", "when": "while", "cannot": "can not",
}  # fmt: skip
SENTENCE = re.compile(r"(?<=[a-z][.!?])\s+|\n\n")


def tell(world: World) -> None:
    """For each theme a bug with a marked duplicate; for every other one also a duplicate that nobody has noticed."""
    for index, theme in enumerate(texts.themes()):
        tale = Tale(world, "duplicate", index)
        bug = tale.bug(tale.rng.uniform(40, 90), theme)
        _marked(tale, theme, bug, tale.rng.uniform(15, 38))
        if index % 2:
            _unnoticed(tale, theme, bug, tale.rng.uniform(2, 10))


def _marked(tale: Tale, theme: str, bug: Bug, days: float) -> None:
    other = _again(tale, theme, bug, days, status="Confirmed", importance="Medium")
    other.mark_duplicate(other.created + timedelta(days=3), tale.cores()[0], bug)
    tale.world.truth.add("duplicates", bug_id=other.number, other_bug_id=bug.number, is_marked=True)


def _unnoticed(tale: Tale, theme: str, bug: Bug, days: float) -> None:
    other = _again(tale, theme, bug, days, status="New", importance="Undecided")
    tale.world.truth.add("duplicates", bug_id=other.number, other_bug_id=bug.number, is_marked=False)


def _again(tale: Tale, theme: str, bug: Bug, days: float, *, status: str, importance: str) -> Bug:
    """Another report of the bug: some words changed, some sentences lost, one of its own."""
    sentences = [_reworded(sentence) for sentence in SENTENCE.split(bug.description)]
    places = tale.rng.sample(range(len(sentences)), max(1, (2 * len(sentences) + 2) // 3))
    kept = [sentences[place] for place in sorted(places)]
    own = f"{tale.rng.choice(texts.themes()[theme].notes)} We run {tale.rng.choice(texts.VERSIONS)}."
    return tale.bug(
        days, theme, title=_shortened(_reworded(bug.title), tale.rng), text="\n".join([*kept, own]), is_on_theme=True,
        status=status, importance=importance,
    )  # fmt: skip


def _reworded(text: str) -> str:
    return re.sub(r"\b\w+\b", lambda word: OTHER_WORDS.get(word[0], word[0]), text)


def _shortened(title: str, rng: Random) -> str:
    """A title with one of its words lost: nobody types the same one twice."""
    words = title.split()
    lost = rng.randrange(1, len(words))
    return " ".join(words[:lost] + words[lost + 1 :])
