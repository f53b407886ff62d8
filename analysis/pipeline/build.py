"""The line from snapshots to judged tables: one project at a time, or many side by side on an engine."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from analysis.engine import Engine, Outcome
from analysis.pipeline.built import note, was_built
from analysis.pipeline.judgement import Judgement
from analysis.pipeline.projects import Project
from analysis.pipeline.stale import fingerprint, n_bytes
from analysis.store import Store

# What making tables imports: a second or two, once for all projects, and not at all where nothing changed.
HEAVY = ("analysis.pipeline.judging", "analysis.pipeline.serving", "analysis.themes.grouping", "analysis.themes.pairs")


@dataclass(frozen=True, slots=True)
class Built:
    """What came of a build: the rows of each table, and whether anything had to be done."""

    rows: dict[str, int]
    is_new: bool


def build(store: Store, project: Project, judgement: Judgement, *, force: bool = False) -> Built:
    """Write every table of one project, unless they were made from the same snapshots, rules and code already."""
    made_from = fingerprint(store, project, judgement)
    return (None if force else _kept(store, project, made_from)) or _made(store, project, judgement, made_from)


def build_all(
    store: Store, judged: Iterable[tuple[Project, Judgement]], engine: Engine, *, force: bool = False
) -> Iterator[Outcome]:
    """Build each project by its own judgement; yields what came of it (a Built, or its error) as soon as it is known.

    Only what is stale goes to the engine, the largest first, so that no worker is left with it at the end.
    """
    stale: dict[str, tuple[Store, Project, Judgement, str]] = {}
    sizes: dict[str, int] = {}
    for project, judgement in judged:
        made_from = fingerprint(store, project, judgement)
        if not force and (kept := _kept(store, project, made_from)):
            yield Outcome(project.name, kept)
        else:
            stale[project.name], sizes[project.name] = (store, project, judgement, made_from), n_bytes(store, project)
    largest = sorted(stale, key=lambda name: (-sizes[name], name))
    yield from engine.run(_made, {name: stale[name] for name in largest})


def _kept(store: Store, project: Project, made_from: str) -> Built | None:
    last = store.noted(note(project))
    if not last or last["made_from"] != made_from:
        return None
    # A table that somebody removed is made again.
    is_whole = all(store.has_table(name, project=project.name) for name in last["rows"])
    return Built(last["rows"], is_new=False) if is_whole else None


def _made(store: Store, project: Project, judgement: Judgement, made_from: str) -> Built:
    from analysis.pipeline import judging, serving

    if was_built(store, project):  # after one that was cut off the themes before it are what was set aside for it
        store.set_aside(judging.THEMES, project=project.name)
    store.note(note(project), None)  # a build that is cut off must not pass for the one before
    served = serving.serve(store, project, judgement)
    rows = served | judging.judge(store, project, judgement)
    kept = {"made_from": made_from, "rows": rows, "as_of": judgement.as_of.isoformat(), "release": judgement.release}
    store.note(note(project), kept)
    return Built(rows, is_new=True)
