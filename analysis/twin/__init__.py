"""A small Launchpad and Gerrit on loopback: an invented project whose answers are known, for tests and the demo."""

from analysis.twin.faults import Fault
from analysis.twin.server import Server
from analysis.twin.world import World

__all__ = ["Fault", "Server", "World"]
