"""Stories told to a world: each makes bugs and changes of one kind and writes down what is true about them."""

from analysis.twin.stories import backports, crowd, duplicates, hostile, hygiene, links, reviews
from analysis.twin.world import World


def tell(world: World, *, n_bugs: int) -> None:
    """Every story, then ordinary bugs until the world holds `n_bugs`."""
    for stories in (duplicates, reviews, links, backports, hygiene, hostile):
        stories.tell(world)
    crowd.tell(world, n_bugs=n_bugs)
