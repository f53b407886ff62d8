"""The history of the invented project: each scenario makes bugs and changes of one kind and records their truth."""

from typing import Unpack

from twin.scenarios import backports, crowd, duplicates, hostile, inconsistent_bugs, links, reviews
from twin.world import Settings, World


def build_world(*, n_bugs: int = 360, **settings: Unpack[Settings]) -> World:
    """The invented project: every scenario once, then ordinary bugs until there are `n_bugs`.

    `settings` are fields of World, see `Settings`. The same arguments give the same world.
    """
    world = World(**settings)
    for scenario in (duplicates, reviews, links, backports, inconsistent_bugs, hostile):
        scenario.populate(world)
    crowd.populate(world, n_bugs=n_bugs)
    world.merge_in_order()
    world.add_comments_as_evidence()
    world.bugs = dict(sorted(world.bugs.items()))
    world.changes = dict(sorted(world.changes.items()))
    return world
