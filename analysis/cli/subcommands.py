"""How a command is added to the command line: its name, its help, and the options that several commands share."""

import argparse
from typing import TypeAlias

from analysis.cli.argument_parser import ArgumentParser
from analysis.cli.argument_types import data_dir, positive_number

Subcommands: TypeAlias = "argparse._SubParsersAction[ArgumentParser]"

GLOBAL = argparse.SUPPRESS  # so that an option given before the command is not overwritten by the command's default


def shared_options() -> ArgumentParser:
    """The options that every command takes, before or after its name."""
    shared = ArgumentParser(add_help=False, argument_default=GLOBAL)
    group = shared.add_argument_group("what and where")
    group.add_argument(
        "--data-dir",
        type=data_dir,
        metavar="D",
        help="folder or address (s3://...) that holds raw/ and processed/ (default: data)",
    )
    group.add_argument("--project", metavar="P", help="a name in data/projects, or a TOML file (default: nova)")
    group.add_argument("--release", metavar="R", help="the release whose areas are used (default: the project file's)")
    group.add_argument("--launchpad-root", metavar="URL", help="(default: the project file's, else the real Launchpad)")
    group.add_argument("--launchpad-project", metavar="NAME", help="such as nova")
    group.add_argument("--gerrit-root", metavar="URL", help="(default: the project file's, else review.opendev.org)")
    group.add_argument(
        "--allow-http", action="store_true", help="allow plain http to another machine, on a network that you trust"
    )
    group.add_argument("--gerrit-project", metavar="NAME", help="such as openstack/nova")
    return shared


def add_command(subcommands: Subcommands, name: str, text: str, run: str) -> ArgumentParser:
    """Add a command with its help. `run` names its function below `analysis.cli`, which is imported when it runs."""
    command = subcommands.add_parser(name, help=text, description=text, parents=[shared_options()])
    command.set_defaults(run=run)
    return command


def add_group(subcommands: Subcommands, name: str, text: str) -> Subcommands:
    """Add a word that is followed by one of several commands, and return the place for these."""
    group = subcommands.add_parser(name, help=text, description=text)
    return group.add_subparsers(metavar="WHAT", required=True)


def engine_options(command: ArgumentParser) -> None:
    """Add the options that choose where projects are built, and how many at a time."""
    command.add_argument(
        "--engine", choices=("local", "dask"), default="local", help="processes here, or Dask (default: local)"
    )
    command.add_argument(
        "--scheduler", metavar="ADDRESS", help="address of a Dask cluster (default: a new one for this run)"
    )
    command.add_argument(
        "--workers", type=positive_number, metavar="N", help="projects at a time (default: one per processor)"
    )
