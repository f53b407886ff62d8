"""The dataset as of an earlier instant: a build at that instant, kept beside the current tables."""

import pandas as pd

from analysis import shipped, themes
from analysis.build.judgement import Judgement, read_corrections
from analysis.build.projects import Project
from analysis.build.run import build
from analysis.dataset.origin import Origin, read_origin, select_project
from analysis.errors import StoreError, UsageError
from analysis.judge import areas
from analysis.store import Store, is_local


def tables_at(store: Store, origin: Origin, instant: pd.Timestamp) -> tuple[Store, Origin]:
    """A store with the tables of a build at the instant, and their origin.

    A build from the same snapshots is reused.

    Raises UsageError for an instant after that of the data, and StoreError if the snapshots are not there.
    """
    as_of = origin.instant
    if instant > as_of:
        raise UsageError(
            expected=f"an instant up to that of the data, {as_of:%Y-%m-%d %H:%M} UTC",
            found=f"{instant:%Y-%m-%d %H:%M} UTC",
            do="name an earlier one, or fetch newer data first",
        )
    if not is_local(store.data_dir) or not store.raw.exists():
        raise StoreError(
            expected=f"snapshots in {store.raw}, from which the past is built",
            found="none at hand",
            do="open the data directory that `fetch` wrote to",
        )
    project = select_project(store, origin.project)
    folder = store.processed / "at" / f"{instant:%Y%m%dT%H%M%SZ}"
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "raw").exists():
        (folder / "raw").symlink_to(store.raw.resolve(), target_is_directory=True)
    then = Store(folder)
    build(then, project, _judgement(project, origin.release, instant))
    return then, read_origin(then, project=origin.project, release=origin.release)


def _judgement(project: Project, release: str, instant: pd.Timestamp) -> Judgement:
    lists = shipped.folder("data")
    area_path = shipped.folder("data/areas").file(f"{release}.toml")
    text = area_path.read_text(encoding="utf-8-sig") if release else ""
    return Judgement(
        area_file=areas.parse(text, path=str(area_path)) if release else None,
        failure_modes=themes.parse_failure_modes(lists.file("failure_modes.toml").read_text(encoding="utf-8-sig")),
        theme_names=themes.Names.from_toml(lists.file("theme_names.toml").read_text(encoding="utf-8-sig")),
        as_of=instant,
        replays=True,
        corrections=read_corrections(project, shipped.folder("data/corrections").file),
    )
