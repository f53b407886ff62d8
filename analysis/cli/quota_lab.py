"""The commands of the quota laboratory: race designs, race real engines, explore, list, show."""

import argparse
import signal
from pathlib import Path

from analysis.cli.output import say
from analysis.cli.selection import local_folder
from analysis.errors import UsageError
from quota_lab import commands
from quota_lab.engines import kept_results


def run(arguments: argparse.Namespace) -> int:
    """Race the designs of a matrix, and print how each race ended."""
    # A cancelled job is treated like Ctrl-C, so that its database servers are stopped and removed.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    commands.run(
        _folder(arguments),
        matrix_name=arguments.matrix,
        design_names=arguments.design,
        database_names=arguments.database,
        repetitions=arguments.repetitions,
        seed=arguments.seed,
        is_resumed=arguments.resume,
        say=say,
    )
    return 0


def engines(arguments: argparse.Namespace) -> int:
    """Install the engines that are missing, then race them; runs that exist already are not repeated."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    commands.race_engines(
        local_folder(arguments) / kept_results.FOLDER,
        names=arguments.engine,
        database_names=arguments.database,
        repetitions=arguments.repetitions,
        seed=arguments.seed,
        is_installed_only=arguments.install_only,
        say=say,
    )
    return 0


def explore(arguments: argparse.Namespace) -> int:
    """Print what every schedule of one design leads to, and the shortest schedule to each fault."""
    commands.explore(arguments.design, database_name=arguments.database, say=say)
    return 0


def list_runs(arguments: argparse.Namespace) -> int:
    """Print every kept run, one line each."""
    listing = commands.listing(_folder(arguments))
    say(listing.to_string(index=False) if len(listing) else "no run is kept; `quota-lab run` makes some")
    return 0


def show(arguments: argparse.Namespace) -> int:
    """Describe one run. Raises UsageError if none is named."""
    if arguments.run_id is None:
        run_ids = commands.listing(_folder(arguments))["run_id"]
        raise UsageError(
            expected="the run to show",
            found="no run is named",
            do=f"name one of the {len(run_ids)} that `quota-lab list` lists, such as {run_ids.iloc[0]}"
            if len(run_ids)
            else "race some first, with `quota-lab run`",
        )
    say(commands.show(_folder(arguments), arguments.run_id))
    return 0


def _folder(arguments: argparse.Namespace) -> Path:
    return local_folder(arguments) / "processed" / "quota_runs"
