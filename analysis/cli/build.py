"""The command that turns snapshots into tables."""

import argparse
from collections.abc import Iterator, Mapping

import pandas as pd

from analysis.build import engine
from analysis.build.build_marker import built_for
from analysis.build.engine import Outcome
from analysis.build.judgement import Judgement
from analysis.build.run import HEAVY, Built, build_all
from analysis.cli.judgements import judgements
from analysis.cli.output import say
from analysis.cli.selection import load_settings
from analysis.errors import AnalysisError, IncompleteError
from analysis.store import Store
from analysis.tables.completeness import COLUMNS, lacks_of_bugs


def build(arguments: argparse.Namespace) -> int:
    """Tables, from the snapshots."""
    settings = load_settings(arguments)
    store = Store(settings.data_dir)
    replayed = pd.Timestamp(arguments.as_of).as_unit("us") if arguments.as_of else None
    every = judgements(store, settings, replayed=replayed, sentence_model=arguments.sentence_model)
    for project in (project for project, judgement in every if not judgement):
        left = f"{project.name}: left as it was judged for {built_for(store, project)}"
        say(f"{left}; to judge it anew, name its file with --project")
    on = engine.chosen(arguments.engine, workers=arguments.workers, scheduler=arguments.scheduler, preload=HEAVY)
    failed: dict[str, Exception] = {}
    for project, judgement in every:
        if isinstance(judgement, AnalysisError):
            failed[project.name] = judgement
            say(f"{project.name}: failed")
    judged_projects = [(project, judgement) for project, judgement in every if isinstance(judgement, Judgement)]
    instants = {project.name: judgement.as_of for project, judgement in judged_projects}
    for each in build_all(store, judged_projects, on, force=arguments.force):
        if each.error:
            failed[each.name] = each.error
        say("\n".join([*_lines(each, instants[each.name]), *_lacks(store, each), *_idle_corrections(store, each)]))
    _raise(failed)
    return 0


def _lines(each: Outcome[Built], as_of: pd.Timestamp) -> Iterator[str]:
    if each.result is None:
        yield f"{each.name}: failed"
        return
    built = each.result
    yield f"{each.name}, as of {as_of:%Y-%m-%d %H:%M:%S} UTC" + ("" if built.is_new else ": nothing changed")
    yield from (f"{rows:>12,} {name}" for name, rows in sorted(built.rows.items()) if built.is_new)


def _lacks(store: Store, each: Outcome[Built]) -> list[str]:
    """The facts that are unknown for the bugs because their saved form does not hold them."""
    if each.result is None or not each.result.is_new:
        return []
    tables = {name: store.read_table(name, project=each.name, columns=columns) for name, columns in COLUMNS.items()}
    return lacks_of_bugs(**tables)


def _idle_corrections(store: Store, each: Outcome[Built]) -> list[str]:
    """The corrections that apply to no row, or no longer to one, one line each."""
    if each.result is None or not each.result.is_new:
        return []
    corrections = store.read_table("corrections", project=each.name)
    idle = corrections[corrections["outcome"].ne("applied")]
    return [
        f"correction {kind} {position}: {outcome}; take it out, or mend it"
        for kind, position, outcome in zip(idle["kind"], idle["position"], idle["outcome"], strict=True)
    ]


def _raise(failed: Mapping[str, Exception]) -> None:
    """Raise the error of the one project that failed, or one error that names all of them; the others are built."""
    first = next(iter(failed.values()), None)
    if first is None:
        return
    # An unexpected exception is a bug of ours: it keeps its traceback, even if other projects failed too.
    unexpected = next((error for error in failed.values() if not isinstance(error, AnalysisError)), None)
    if unexpected or len(failed) == 1:
        raise unexpected or first
    raise IncompleteError(
        expected="every project to be built",
        found="; ".join(f"{name} failed: {' | '.join(str(error).splitlines())}" for name, error in failed.items()),
        do="correct these and run the same command again; the others are built already",
    ) from first
