"""The commands about areas: a skeleton from a priorities document, and how much the areas cover."""

import argparse

import pandas as pd

from analysis import areas
from analysis.cli.chosen import project, settings
from analysis.cli.releases import area_file, check_release, release_of
from analysis.cli.said import say
from analysis.errors import AreaFileError
from analysis.store import Store


def areas_import(given: argparse.Namespace) -> int:
    """Print a skeleton area file, and on the error stream what of the document could not be read."""
    try:
        text = given.file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as cause:
        raise AreaFileError(
            expected=f"a priorities document in {given.file}", found=str(cause), do="give the path of an .rst file"
        ) from cause
    skeleton = areas.import_priorities(text)
    if skeleton.doubt:
        raise AreaFileError(
            expected=f"a priorities document in {given.file}: a title such as 'Liberty Project Priorities', or a table "
            "of priorities and their owners",
            found=skeleton.doubt,
            do="give the .rst source of such a document, not a page made from it; or write the title above the list",
        )
    say(skeleton.toml.rstrip())
    for line in skeleton.unread:
        say(f"not read: {line}", is_error=True)
    return 0


def areas_coverage(given: argparse.Namespace) -> int:
    """Print which share of open bugs and fixes the last build found in an area, and what the rest has in common."""
    chosen = settings(given)
    store = Store(chosen.data_dir)
    about = project(store, chosen)
    area_file(chosen, release_of(about, chosen))  # a release that is misspelt is said before tables of another one
    check_release(store, about, chosen)
    found = store.read_table("area_coverage", project=about.name)
    if not len(found):
        say(f"{about.name} has no areas, as no project file is about it; `build --release R` gives it some")
    for row in found.to_dict("records"):
        kind = row["what"].replace("_", " ")
        share = f" ({row['share']:.0%})" if pd.notna(row["share"]) else ""
        say(f"{kind}: {row['n_in_area']:,} of {row['n']:,}{share} by a rule, {row['n_suggested']:,} more by suggestion")
        say(f"    outside, most often: {', '.join(row['outside']) or 'nothing'}")
    return 0
