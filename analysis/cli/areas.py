"""The commands about areas: write a skeleton area file from a priorities document, and print what the areas cover."""

import argparse
import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from analysis.cli.output import say
from analysis.cli.project_dataset import project_dataset
from analysis.cli.releases import area_file, check_release, release_of
from analysis.cli.selection import load_settings, select_project
from analysis.errors import AreaFileError
from analysis.judge import areas
from analysis.store import Store
from analysis.tables.completeness import WITHOUT
from analysis.time_limit import TooSlowError, time_limit

# A priorities document has some ten thousand characters and is read in less than a second. Strangers write it.
MOST_BYTES, MOST_SECONDS = 1 << 28, 4.0
# what the coverage counts -> the source that it follows from, a name in WITHOUT
SOURCES = {"open_bugs": "bugs", "open_fixes": "changes", "merged_fixes": "merged"}


def areas_import(arguments: argparse.Namespace) -> int:
    """Print a skeleton area file; the parts of the document that could not be read go to the error stream."""
    text = _text(arguments.file)
    with _limits(arguments.file):
        skeleton = areas.import_priorities(text)
    if skeleton.doubt:
        raise AreaFileError(
            expected=f"a priorities document in {arguments.file}: a title such as 'Liberty Project Priorities', "
            "or a table of priorities and their owners",
            found=skeleton.doubt,
            do="give the document's .rst source, not a page made from it; or write its title above the list",
        )
    say(skeleton.toml.rstrip())
    for line in skeleton.unread:
        say(f"not read: {line}", is_error=True)
    return 0


def _text(path: Path) -> str:
    """The text of a document. A file that is too long is cut there: its length shows that it is not such a document."""
    try:
        with path.open(encoding="utf-8") as file:
            return file.read(areas.MOST_LETTERS + 1)
    except (OSError, UnicodeDecodeError) as cause:
        raise AreaFileError(
            expected=f"a priorities document in {path}", found=str(cause), do="give the path of an .rst file"
        ) from cause


@contextmanager
def _limits(path: Path) -> Iterator[None]:
    """Raise AreaFileError when the work takes more memory or processor time than such a document may need."""
    held, most = resource.getrlimit(resource.RLIMIT_AS)
    try:
        own = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (own + MOST_BYTES, most))
        with time_limit(MOST_SECONDS):
            yield
    except (MemoryError, TooSlowError) as cause:
        raise AreaFileError(
            expected=f"a priorities document in {path}",
            found=str(cause) or f"more than {MOST_BYTES >> 20} MB that it would take",
            do="look at the file: it is not a priorities document",
        ) from cause
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (held, most))


def areas_coverage(arguments: argparse.Namespace) -> int:
    """Print which share of open bugs and fixes the last build found in an area, and what the rest has in common."""
    settings = load_settings(arguments)
    store = Store(settings.data_dir)
    project = select_project(store, settings)
    area_file(
        settings, release_of(project, settings)
    )  # report a misspelt release before reporting that the tables belong to another one
    check_release(store, project, settings)
    coverage = store.read_table("area_coverage", project=project.name)
    if not len(coverage):
        say(f"{project.name} has no areas, as no project file is about it; `build --release R` gives it some")
    unserved = project_dataset(store, project, settings).unserved
    for row in coverage.to_dict("records"):
        kind = row["what"].replace("_", " ")
        if SOURCES[row["what"]] in unserved:
            say(f"{kind}: unknown. {WITHOUT[SOURCES[row['what']]]}.")
            continue
        share = f" ({row['share']:.0%})" if pd.notna(row["share"]) else ""
        say(f"{kind}: {row['n_in_area']:,} of {row['n']:,}{share} by a rule")
        say(f"    outside, most often: {', '.join(row['outside']) or 'nothing'}")
    candidates = store.read_table("area_candidates", project=project.name)
    size = candidates["n_open_bugs"] + candidates["n_open_fixes"]
    for row in candidates.loc[size.sort_values(ascending=False, kind="stable").index].to_dict("records"):
        counts = ", ".join(
            f"{kind.replace('_', ' ')} unknown"
            if SOURCES[kind] in unserved
            else f"{row['n_' + kind]:,} {kind.replace('_', ' ')}"
            for kind in ("open_bugs", "open_fixes")
        )
        say(f"could be an area: {row['candidate']}, {counts}")
        rules = {"tags": row["tags"], "paths": row["paths"]}
        say("    " + "; ".join(f"{name} = {json.dumps(list(some))}" for name, some in rules.items() if len(some)))
    return 0
