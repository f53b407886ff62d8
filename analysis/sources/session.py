"""One fetch from a server, to its seal or to its failure: governed, shown, and nothing lost of what came."""

from collections.abc import Callable
from typing import Protocol

from analysis.errors import SourceError
from analysis.sources.checkpoint import Checkpoint
from analysis.sources.progress import Progress
from analysis.sources.summary import Summary
from analysis.sources.transport import Governor, Policy


class Fetch(Protocol):
    """What a source does between its first request and the seal of its checkpoint."""

    def run(self) -> Summary:
        """Get everything, and seal the checkpoint."""

    def close(self) -> None:
        """Let go of threads and connections."""


def carry_out(
    begin: Callable[[Governor, Progress], Fetch], checkpoint: Checkpoint, *, policy: Policy, progress: Progress
) -> Summary:
    """Begin a fetch and run it to its end; one that fails or is interrupted commits what it got."""
    with progress:
        governor = Governor(policy, note=progress.note)
        fetch = begin(governor, progress)
        try:
            return fetch.run()
        except (SourceError, KeyboardInterrupt):
            checkpoint.commit()  # what came since the last commit is good
            raise
        finally:
            governor.close()  # first, or workers that wait for their turn would hold up the end of the others
            fetch.close()
