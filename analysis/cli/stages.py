"""The command that prints the stages of a build."""

import argparse

from analysis.build import stage_graph
from analysis.build.normalize import SERVED
from analysis.build.stages import STAGES
from analysis.cli.output import say


def stages(arguments: argparse.Namespace) -> int:
    """Print what each stage of a build reads and writes: a table, or text for Graphviz."""
    say(stage_graph.as_dot(STAGES, SERVED) if arguments.dot else stage_graph.as_text(STAGES, SERVED))
    return 0
