"""How often proposed tags are right: the newest bugs with a tag, asked after learning from those before them."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd
import scipy.sparse as sp

from analysis.tables import schema
from analysis.themes.tag_model import MOST_EXAMPLES, TagModel

# The newest part of the bugs with a tag is held back in so many steps. Each is asked after learning from those before
# it, as a build learns from all bugs before the new ones; words are weighed by the bugs before the first step. Which
# tags are learnt, and how each is spelt, is told by all bugs.
HELD_BACK, STEPS = 0.3, 8
# A tag is proposed where proposals as likely or likelier were right so often for bugs reported later.
WANTED = 0.8


class Checked(NamedTuple):
    """The proposals for bugs that bear a tag, each made from older bugs only; all of shape (n_asked,)."""

    is_right: np.ndarray  # bool
    chances: np.ndarray  # float
    tags: np.ndarray  # str, those proposed


def n_older(n: int) -> int:
    """Of so many examples the number that is not held back."""
    return int((1 - HELD_BACK) * n)


def checked(rows: sp.csr_matrix, tags: list[list[str]], days: np.ndarray) -> Checked:
    """Ask about the newest examples, oldest first; without any where those before bear fewer than two tags.

    Parameters
    ----------
    rows, tags, days : of the examples, see `TagModel.fit`
    """
    n = len(tags)
    edges = np.linspace((1 - HELD_BACK) * n, n, STEPS + 1).astype(int)  # the first is `n_older`
    parts = [Checked(np.empty(0, bool), np.empty(0), np.empty(0, object))]
    for start, end in pairwise(edges):
        if len({tag for own in tags[:start][-MOST_EXAMPLES:] for tag in own}) < 2:
            continue
        model = TagModel().fit(rows[:start], tags[:start], days[:start])
        best = model.best(rows[start:end])
        proposed = model.tags_[best.tags]
        is_right = np.array([tag in own for tag, own in zip(proposed, tags[start:end], strict=True)], dtype=bool)
        parts.append(Checked(is_right, best.chances, proposed))
    return Checked(*map(np.concatenate, zip(*parts, strict=True)))


def least_chance(chances: np.ndarray, is_right: np.ndarray) -> float:
    """The least chance from which on WANTED of the proposals are right; infinity where there is none.

    >>> least_chance(np.array([0.1, 0.9, 0.5, 0.7]), np.array([False, True, True, True]))
    0.5
    """
    if not len(chances):
        return np.inf
    order = np.argsort(-chances, kind="stable")
    share = np.cumsum(is_right[order]) / np.arange(1, len(order) + 1)
    # Of equal chances all are proposed or none.
    is_last = np.append(np.diff(chances[order]) != 0, True)
    enough = np.flatnonzero((share >= WANTED) & is_last)
    return float(chances[order][enough[-1]]) if len(enough) else np.inf


def table(checks: Checked, tags: list[list[str]], least: float) -> pd.DataFrame:
    """The table tag_checks: of each tag the examples, those held back, the proposals from `least` on, the right ones.

    Parameters
    ----------
    tags : of the examples, oldest first
    """
    later = tags[n_older(len(tags)) :] if len(checks.tags) else []
    is_sure = checks.chances >= least
    proposed, right = checks.tags[is_sure], checks.tags[is_sure & checks.is_right]
    every = sorted({tag for own in tags for tag in own})
    of_all, of_later = ([tag for own in some for tag in own] for some in (tags, later))
    listed = {"n_examples": of_all, "n_later": of_later, "n_proposals": proposed, "n_right": right}
    counted = {name: pd.Series(each, dtype=object).value_counts() for name, each in listed.items()}
    numbers = pd.DataFrame({name: each.reindex(every).fillna(0) for name, each in counted.items()})
    return schema.TAG_CHECKS.ordered(schema.TAG_CHECKS.frame(numbers.rename_axis("tag").reset_index()))
