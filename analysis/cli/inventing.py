"""The commands around the twin: serve the invented project, and the whole line on it."""

import argparse

from analysis import twin


def serve(given: argparse.Namespace) -> int:
    """The invented project, on loopback, until interrupted."""
    server = twin.Server(twin.World.build(seed=given.seed), port=given.port)
    print(f"--launchpad-root {server.launchpad_root} --gerrit-root {server.gerrit_root}", flush=True)
    server.serve()
    return 0
