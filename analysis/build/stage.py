"""A stage of a build as a record: the tables that it reads and writes, and the function that makes them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from analysis.build.freed_memory import release_freed_memory
from analysis.build.judgement import Judgement
from analysis.build.projects import Project
from analysis.store import Store
from analysis.tables.configuration import SectionT

Tables = dict[str, pd.DataFrame]


@dataclass(frozen=True, slots=True)
class Context:
    """The values that are the same for every stage of one project's build.

    `bots` are the Launchpad names of review bots; `machines` are these and other accounts whose comments no person
    wrote. Both come from the rules and from the comments. `previous` are the themes of the previous build, or None.
    """

    store: Store
    project: Project
    judgement: Judgement
    bots: frozenset[str]
    machines: frozenset[str]
    previous: Tables | None = None

    @property
    def as_of(self) -> pd.Timestamp:
        """The instant to which ages are measured."""
        return self.judgement.as_of

    @property
    def target(self) -> str:
        """The project on Launchpad whose tasks count."""
        return self.project.launchpad_project

    def section(self, kind: type[SectionT]) -> SectionT:
        """One section of the project file, with its defaults where the file has none."""
        return self.project.sections.read(kind)

    def batches(self, name: str) -> Iterator[pd.DataFrame]:
        """The rows of a written table in parts, for a table that is too long for memory; a change is in one part."""
        return self.store.table_batches(name, project=self.project.name)


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of a build.

    `reads` and `writes` are names of tables; `streams` are tables that it reads in parts from the store. A stage with
    `reads_hidden` also gets the rows of private bugs and changes. Without `is_saved`, its tables exist only during the
    build.
    """

    name: str
    function: Callable[[Context, Tables], Tables]
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    streams: tuple[str, ...] = ()
    reads_hidden: bool = False
    is_saved: bool = True


def run(stages: Sequence[Stage], context: Context, tables: Tables, *, is_last_use: bool = False) -> Tables:
    """The tables that these stages write, by name, one stage after the other.

    With `is_last_use` a table leaves `tables` after the last stage that reads it, so that its memory is free for those
    that follow; one that a stage makes and that is not saved does not come back. Raises RuntimeError for a stage that
    makes other tables than it declares, and KeyError for one that reads others.
    """
    written: Tables = {}
    for place, stage in enumerate(stages):
        at_hand = {**tables, **written}
        outputs = stage.function(context, {name: at_hand.pop(name) for name in stage.reads})
        del at_hand
        if is_last_use:
            later = {name for following in stages[place + 1 :] for name in following.reads}
            unsaved = {name for before in stages[:place] if not before.is_saved for name in before.writes}
            for name in {*tables, *unsaved} - later:
                tables.pop(name, None)
                written.pop(name, None)
        release_freed_memory()  # of the tables, and of what the stage itself took
        if set(outputs) != set(stage.writes):
            raise RuntimeError(f"stage {stage.name} declares {sorted(stage.writes)} and makes {sorted(outputs)}")
        written |= outputs
    return written
