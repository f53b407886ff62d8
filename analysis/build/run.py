"""The line from snapshots to judged tables: one project at a time, or many side by side on an engine."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from analysis.build.build_marker import BuildMarker, build_marker, was_built, write_build_marker
from analysis.build.engine import Engine, Outcome
from analysis.build.fingerprint import fingerprint, n_bytes
from analysis.build.freed_memory import keep_tables_in_system_memory, release_freed_memory
from analysis.build.judgement import Judgement
from analysis.build.projects import Project
from analysis.errors import AnalysisError
from analysis.store import Store

# The imports for making tables take a second or two; they are done once for all projects, and only if needed.
HEAVY = (
    "analysis.build.derive",
    "analysis.build.normalize",
    "analysis.themes.theme_tables",
    "analysis.themes.possible_fixes",
    "analysis.themes.similar_bugs",
    "analysis.themes.tag_proposals",
)


@dataclass(frozen=True, slots=True)
class Built:
    """The result of a build: the rows of each table, and whether anything had to be done."""

    rows: dict[str, int]
    is_new: bool


def build(store: Store, project: Project, judgement: Judgement, *, force: bool = False) -> Built:
    """Write every table of one project, unless they were already made from the same snapshots, rules and code."""
    made_from = fingerprint(store, project, judgement)
    return (None if force else _unchanged(store, project, made_from)) or _build(store, project, judgement, made_from)


def build_all(
    store: Store, judgements: Iterable[tuple[Project, Judgement]], engine: Engine, *, force: bool = False
) -> Iterator[Outcome[Built]]:
    """Build each project by its own judgement; yields its outcome (a Built, or its error) as soon as it is ready.

    Only stale projects go to the engine, the largest first, so that no worker ends up with it alone.
    """
    stale: dict[str, tuple[Store, Project, Judgement, str]] = {}
    sizes: dict[str, int] = {}
    for project, judgement in judgements:
        try:
            made_from = fingerprint(store, project, judgement)
        except AnalysisError as error:  # such as a fault in its own project file
            yield Outcome(project.name, error=error)
            continue
        if not force and (kept := _unchanged(store, project, made_from)):
            yield Outcome(project.name, kept)
        else:
            stale[project.name], sizes[project.name] = (store, project, judgement, made_from), n_bytes(store, project)
    largest = sorted(stale, key=lambda name: (-sizes[name], name))
    yield from engine.run(_build, {name: stale[name] for name in largest})


def _unchanged(store: Store, project: Project, made_from: str) -> Built | None:
    last = build_marker(store, project)
    if last is None or last.made_from != made_from:
        return None
    # a table that was removed by hand is made again
    is_whole = all(store.has_table(name, project=project.name) for name in last.rows)
    return Built(last.rows, is_new=False) if is_whole else None


def _build(store: Store, project: Project, judgement: Judgement, made_from: str) -> Built:
    from analysis.build import derive, normalize
    from analysis.judge.privacy import PrivateRows

    keep_tables_in_system_memory()
    if was_built(store, project):  # after an interrupted build the earlier themes are in the backup
        store.backup_tables(derive.THEMES, project=project.name)
    write_build_marker(store, project, None)
    private = PrivateRows()
    served = normalize.serve(store, project, judgement, private)
    release_freed_memory()
    rows = served | derive.judge(store, project, judgement, private)
    marker = BuildMarker(made_from, rows, judgement.as_of.isoformat(), judgement.release)
    write_build_marker(store, project, marker)
    return Built(rows, is_new=True)
