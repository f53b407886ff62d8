"""A small Launchpad and Gerrit on loopback with an invented project whose answers are known, for tests and the demo.

    world = build_world()                                  # the same every time; build_world(n_bugs=20_000) is large
    with Server(world) as served:                          # launchpadlib and our clients read it unmodified
        served.launchpad_root, served.gerrit_root
        served.faults.active.append(CATALOGUE["launchpad bug: 503"]())
        world.touch(1_418_050)                             # a bug changes while clients read
        served.log.count("/bugs/")
    world.truth.rows("review_states", state="blocked")     # the known answers, see `truth`
    world.write_git(path)                                  # the history, as a bare repository

`scenarios` fill a world with texts from `texts`; `export` writes it to files. No module here imports the clients,
because a twin that shared their code would share their mistakes.
"""

from twin.faults import CATALOGUE, Fault
from twin.scenarios import build_world
from twin.server import Server
from twin.world import World

__all__ = ["CATALOGUE", "Fault", "Server", "World", "build_world"]
