"""The bugs from which tags are learnt: those that bear a tag of a subsystem that enough bugs bear."""

import re
from typing import NamedTuple, Self

import numpy as np
import pandas as pd

from analysis.themes import text

# Tags of how a bug is worked on, of who met it and when, not of what it is about.
NO_SUBSYSTEM = re.compile(
    r"(?i)(?:in-.*|.*-potential|.*-rc\d*|.*backport.*|low-hanging-fruit|needs?[.-].*|verification-.*|forward-port-.*"
    r"|openstack-version\..*|opsys-type\..*|ops|regression.*|security|openstack|rfe|bugsmash|gate-failure|patch"
    r"|apport-.*|.*\d{4}.*)"
)
# A tag of fewer bugs is not learnt, and nothing is where fewer bugs bear a tag that is.
FEWEST_BUGS, FEWEST_EXAMPLES = 30, 200


class TagExamples(NamedTuple):
    """The bugs that bear a tag to learn, oldest first; of n bugs."""

    texts: pd.DataFrame  # n rows of `vectors.texts`
    reporters: pd.Series  # str, n values
    tags: list[list[str]]  # those to learn of each
    days: np.ndarray  # when each was reported, in days after the first, shape (n,)

    @classmethod
    def among(cls, bugs: pd.DataFrame, texts: pd.DataFrame, target: str) -> Self:
        """Those among the bugs; a bug whose day is unknown counts as the oldest. Which tags are learnt, all bugs tell.

        Parameters
        ----------
        bugs : DataFrame, schema.BUGS
        texts : their `vectors.texts`, with the index of `bugs`
        target : the project on Launchpad
        """
        learnable = learnt_tags(subsystem_tags(bugs, target))
        places = np.flatnonzero(np.array(list(map(bool, learnable)), dtype=bool))
        created = bugs["created_at"].fillna(pd.Timestamp(0, tz="UTC")).iloc[places]
        order = np.lexsort((bugs["bug_id"].iloc[places], created))
        places, created = places[order], created.iloc[order]
        days = (created - created.min()).dt.total_seconds().to_numpy() / 86_400
        tags = [learnable[place] for place in places]
        return cls(texts.iloc[places], bugs["reporter"].iloc[places], tags, days)

    @property
    def are_enough(self) -> bool:
        """Whether there are as many bugs and tags as it takes to learn."""
        return len(self.tags) >= FEWEST_EXAMPLES and len({tag for own in self.tags for tag in own}) > 1

    def without_newest(self, n: int) -> Self:
        """The same without the `n` that were reported last."""
        kept = max(len(self.tags) - n, 0)
        return type(self)(self.texts.iloc[:kept], self.reporters.iloc[:kept], self.tags[:kept], self.days[:kept])


def learnt_tags(tags: list[list[str]]) -> list[list[str]]:
    """Of the tags of each bug those that enough bugs bear, in the spelling of the most: "docs" where most write so."""
    bearers: dict[str, dict[str, int]] = {}
    for own in tags:
        for tag in set(own):
            forms = bearers.setdefault(_letters(tag), {})
            forms[tag] = forms.get(tag, 0) + 1
    spelling = {
        letters: min(forms, key=lambda form: (-forms[form], form))
        for letters, forms in bearers.items()
        if sum(forms.values()) >= FEWEST_BUGS
    }
    return [sorted({spelling[letters] for tag in own if (letters := _letters(tag)) in spelling}) for own in tags]


def subsystem_tags(bugs: pd.DataFrame, target: str) -> list[list[str]]:
    """The tags of each bug (schema.BUGS) that name a subsystem; of one whose tags are unknown none."""
    return [[tag for tag in tags if _is_subsystem(tag, target)] for tags in _tag_lists(bugs["tags"])]


def _tag_lists(tags: "pd.Series[list[str]]") -> list[list[str]]:
    return [list(each) if isinstance(each, list | np.ndarray) else [] for each in tags.astype(object)]


def _letters(tag: str) -> str:
    return text.singular("".join(filter(str.isalnum, tag.lower())))


def _is_subsystem(tag: str, target: str) -> bool:
    return tag.lower() != target.lower() and not NO_SUBSYSTEM.fullmatch(tag)
