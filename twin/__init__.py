"""A small Launchpad and Gerrit on loopback: an invented project whose answers are known, for tests and the demo.

    world = build_world()                                  # the same every time; build_world(n_bugs=20_000) is big
    with Server(world) as served:                          # launchpadlib and our clients read it unmodified
        served.launchpad_root, served.gerrit_root
        served.faults.active.append(CATALOGUE["launchpad bug: 503"]())
        world.touch(1_418_050)                             # it moves while it is read
        served.log.count("/bugs/")
    world.truth.rows("review_states", state="blocked")     # what is true of it, as `truth` describes
    world.write_git(path)                                  # its history, a bare repository

`scenarios` fill a world, on the words of `texts`; `export` writes it as files. No module here imports the clients:
a twin that shared their code would share their mistakes.
"""

from twin.faults import CATALOGUE, Fault
from twin.scenarios import build_world
from twin.server import Server
from twin.world import World

__all__ = ["CATALOGUE", "Fault", "Server", "World", "build_world"]
