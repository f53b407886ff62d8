"""The invented projects of a large world: their sizes and their ranges of numbers."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from twin.scale import shapes
from twin.scale.shapes import Integers, Rng

GERRIT, LAUNCHPAD = "review.example.org", "launchpad.example.org"  # the servers that the records claim to come from
BUGS_PER_CHANGE = 0.3
BEGIN, AS_OF = datetime(2012, 1, 1, tzinfo=UTC), datetime(2024, 6, 1, tzinfo=UTC)
SHIFT = 3
FIRST_CHANGE, FIRST_BUG = 1_000, 1_000_000
RELATIONS = ("none", "closes", "partial", "related")


@dataclass(frozen=True, slots=True)
class Project:
    """One project: its names, its range of numbers on both servers, and its random seed."""

    position: int
    n_changes: int
    n_bugs: int
    first_change: int
    first_bug: int
    seed: int

    @property
    def launchpad_project(self) -> str:
        """The name on Launchpad: project-0001 for position 1."""
        return f"project-{self.position:04}"

    @property
    def gerrit_project(self) -> str:
        """The name on Gerrit, which begins with invented/."""
        return f"invented/{self.launchpad_project}"

    def rng(self, purpose: int) -> Rng:
        """A generator for each purpose, so that bugs and changes can be written independently."""
        return np.random.default_rng([self.seed, self.position, purpose])


def projects(n: int, changes: int, *, bugs: int | None = None, seed: int = 1) -> Iterator[Project]:
    """`n` projects whose numbers of changes and bugs follow the law of Zipf and Mandelbrot: a few large, a long tail.

    The law is assumed, because it is usual for a forge; its shift gives the largest of 200 projects 6 %.
    """
    sizes = _shares(n, changes)
    bug_sizes = _shares(n, round(changes * BUGS_PER_CHANGE) if bugs is None else bugs)
    change, bug = FIRST_CHANGE, FIRST_BUG
    for position, (n_changes, n_bugs) in enumerate(zip(sizes, bug_sizes, strict=True), start=1):
        yield Project(position, n_changes, n_bugs, change, bug, seed)
        change, bug = change + n_changes, bug + n_bugs


def _shares(n: int, total: int) -> list[int]:
    weights = 1 / (np.arange(1, n + 1) + SHIFT)
    shares = np.floor(total * weights / weights.sum()).astype(int)
    shares[0] += total - shares.sum()
    return [int(share) for share in shares]


@dataclass(frozen=True, slots=True)
class Outline:
    """The facts of all changes of a project that are needed before the first is written; one number for each change."""

    created: Integers  # seconds since 1970, rising
    status: Integers  # 0 NEW, 1 MERGED, 2 ABANDONED
    relation: Integers  # position in RELATIONS
    bug: Integers  # number of the bug that it names; -1 for none


def outline(project: Project) -> Outline:
    """The outline of a project, the same for its changes and its bugs, because their records refer to each other."""
    rng, n = project.rng(0), project.n_changes
    gaps = shapes.drawn(shapes.GAPS, rng.random(n)) + 1
    span = (AS_OF - BEGIN).total_seconds()
    created = (BEGIN.timestamp() + np.cumsum(gaps) * (span / max(gaps.sum(), 1)) * 0.9999).astype(np.int64)
    place = np.arange(n) / max(n, 1)
    is_open = rng.random(n) < shapes.OPEN * 9 * place**8  # the newest: the mean of 9 x^8 is 1
    status = np.where(is_open, 0, np.where(rng.random(n) < shapes.MERGED, 1, 2))
    steps = np.cumsum((shapes.CLOSES, shapes.PARTIAL, shapes.RELATED))
    relation = (np.searchsorted(steps, rng.random(n), side="right") + 1) % len(RELATIONS)
    if not project.n_bugs:
        relation = np.zeros(n, dtype=np.int64)
    bug = project.first_bug + (np.arange(n) * project.n_bugs // max(n, 1))  # bugs and changes go with the years
    return Outline(created, status, relation, np.where(relation > 0, bug, -1))
