"""Stories told to a world: each makes bugs and changes of one kind and writes down what is true about them."""

from analysis.twin.stories import crowd
from analysis.twin.world import World


def tell(world: World, *, n_bugs: int) -> None:
    """Every story once, then ordinary bugs until the world holds `n_bugs`."""
    crowd.tell(world, n_bugs=n_bugs)
