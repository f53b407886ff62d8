"""A small Launchpad and Gerrit on loopback: an invented project whose answers are known, for tests and the demo.

    world = World.build()                                  # the same every time; World.build(n_bugs=20_000) is big
    with Server(world) as served:                          # launchpadlib and our clients read it unmodified
        served.launchpad_root, served.gerrit_root
        served.faults.active.append(CATALOGUE["launchpad bug: 503"]())
        world.touch(1_418_050)                             # it moves while it is read
        served.log.count("/bugs/")
    world.truth.rows("review_states", state="blocked")     # what is true of it, as `truth` describes
    world.write_git(path)                                  # its history, a bare repository

A world is told by `stories`, on the words of `texts`; `export` writes it as files. No module here imports the clients:
a twin that shared their code would share their mistakes.
"""

from analysis.twin.faults import CATALOGUE, Fault
from analysis.twin.server import Server
from analysis.twin.world import World

__all__ = ["CATALOGUE", "Fault", "Server", "World"]
