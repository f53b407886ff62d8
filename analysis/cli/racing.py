"""The commands of the quota laboratory: race, list, show."""

import argparse
import signal
from pathlib import Path

from analysis.cli.chosen import folder
from analysis.cli.said import say
from analysis.errors import UsageError
from analysis.quota_lab import commands


def run(given: argparse.Namespace) -> int:
    """Race the designs of a matrix, and say how each ended."""
    # A job that is cancelled is interrupted like one at a keyboard, so that the servers are stopped and removed.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    commands.run(
        _folder(given),
        matrix_name=given.matrix,
        design_names=given.design,
        database_names=given.database,
        repetitions=given.repetitions,
        seed=given.seed,
        is_resumed=given.resume,
        say=say,
    )
    return 0


def list_runs(given: argparse.Namespace) -> int:
    """Every run that is kept, one line each."""
    found = commands.listing(_folder(given))
    say(found.to_string(index=False) if len(found) else "no run is kept; `quota-lab run` makes some")
    return 0


def show(given: argparse.Namespace) -> int:
    """One run in words. Raises UsageError where none is named."""
    if given.run_id is None:
        kept = commands.listing(_folder(given))["run_id"]
        raise UsageError(
            expected="the run to show",
            found="none that is named",
            do=f"name one of the {len(kept)} that `quota-lab list` lists, such as {kept.iloc[0]}"
            if len(kept)
            else "race some first, with `quota-lab run`",
        )
    say(commands.show(_folder(given), given.run_id))
    return 0


def _folder(given: argparse.Namespace) -> Path:
    return folder(given) / "processed" / "quota_runs"
