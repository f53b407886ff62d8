"""The origin of the data: where they are, which project they are of, and by which rules they were judged."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TypedDict

import pandas as pd

from analysis import config, shipped
from analysis.build.build_marker import built_as_of, built_for
from analysis.build.projects import Project, projects
from analysis.dataset.name_lookup import resolve_name
from analysis.errors import ProjectFileError, StoreError, UsageError
from analysis.judge import queue, review_plan, review_state
from analysis.report import measures
from analysis.store import Store
from analysis.store.status import Status
from analysis.tables.configuration import Sections, parse_toml

VARIABLE = "ANALYSIS_DATA"  # the environment variable that names the data directory
CONTENTS = ("changes.parquet", "quota_runs")  # entries that mark a folder of tables or runs
KINDS = {"launchpad": "bugs", "gerrit": "changes"}  # what a source has, for a reader
LEAST_APART = pd.Timedelta(days=1)  # of two sources, for a page to say the instant of each
GERRIT, LAUNCHPAD = "https://review.opendev.org/", "https://bugs.launchpad.net/"


class StoredSource(TypedDict):
    """What is stored of one source; `at` is its instant (ISO 8601), empty if unknown."""

    source: str
    where: str
    at: str
    n_records: int
    n_pending: int
    n_gone: int
    gaps: list[str]


class Cycle(TypedDict, total=False):
    """The first and last day of a release's cycle, and a warning if the data are from another time."""

    starts: str
    ends: str
    doubt: str


@dataclass(frozen=True, slots=True)
class Origin:
    """The origin of a project's tables: what pages need besides the tables, in plain values.

    `starts` and `ends` are the first and last day of the release's cycle; `doubt` is a warning if the data are from
    another time. All three are empty if the release has no area file. `sources` describe what is stored of each source.
    """

    project: str
    launchpad_project: str
    release: str
    as_of: str
    gerrit_root: str = GERRIT
    launchpad_root: str = LAUNCHPAD
    review_label: str = "Code-Review"
    approval_label: str = "Workflow"
    limits: Mapping[str, object] = field(default_factory=dict)
    capacity: review_plan.Capacity = field(default_factory=review_plan.Capacity)
    known_points: float = 60.0
    revisit_points: float = 15.0
    starts: str = ""
    ends: str = ""
    doubt: str = ""
    sources: tuple[StoredSource, ...] = ()

    @property
    def instant(self) -> pd.Timestamp:
        """The instant to which ages are measured, as a Timestamp."""
        return pd.Timestamp(self.as_of).tz_convert("UTC").as_unit("us")

    @property
    def instants_apart(self) -> str:
        """The instants of the bugs and of the changes, in words; empty unless they are a day or more apart."""
        instants = self._instants
        if len(instants) < len(KINDS) or max(instants.values()) - min(instants.values()) < LEAST_APART:
            return ""
        return ", ".join(f"{kind} as of {when:%Y-%m-%d %H:%M} UTC" for kind, when in instants.items())

    @property
    def changes_behind_days(self) -> float | None:
        """How many days the changes are older than the bugs; 0 where they are newer, None where that is unknown."""
        at = self._instants
        return max((at["bugs"] - at["changes"]) / LEAST_APART, 0.0) if len(at) == len(KINDS) else None

    @property
    def _instants(self) -> dict[str, pd.Timestamp]:
        at = {KINDS[one["source"]]: one["at"] for one in self.sources if one["source"] in KINDS and one["at"]}
        # A later record of a source is not in tables that were built as of an earlier instant.
        return {kind: min(pd.Timestamp(text).tz_convert("UTC"), self.instant) for kind, text in at.items()}

    @property
    def roots(self) -> dict[str, str]:
        """The addresses for links, as keywords of `measures.with_addresses`."""
        return {"gerrit_root": self.gerrit_root, "launchpad_root": self.launchpad_root}


def find_data(data_dir: Path | str) -> Path | str:
    """The named data directory; for an empty name, the one that belongs to the working directory.

    The search order is: the variable ANALYSIS_DATA, `data` in the working directory and in every folder above it,
    `data` of the repository, `data/demo` of the repository. Raises StoreError, which names the places that were
    searched.
    """
    if data_dir and "://" in str(data_dir):
        return data_dir
    places = [Path(data_dir)] if data_dir else list(dict.fromkeys(_places()))
    folder = next((place for place in places if any((place / "processed" / it).exists() for it in CONTENTS)), None)
    if folder is None:
        raise StoreError(
            expected="a data directory with tables in its folder processed",
            found="none at " + ", ".join(map(str, places)),
            do=f"run `make demo` or `make refresh-data`, or name the folder: analysis.open(...) or {VARIABLE}",
        )
    return folder.resolve()


def _places() -> Iterator[Path]:
    if os.environ.get(VARIABLE):
        yield Path(os.environ[VARIABLE])
        return  # a named place is the only one to search
    for folder in (Path.cwd(), *Path.cwd().parents):
        yield folder
        yield folder / "data"
    yield shipped.default_data_dir()
    yield shipped.default_data_dir() / "demo"


def read_origin(store: Store, *, project: str, release: str) -> Origin:
    """The origin of the tables in a data directory. Raises UsageError for a project or release that it does not hold.

    The settings of the command that last showed the tables, such as the user's own project file, override the project
    files of the repository.
    """
    selected = select_project(store, project)
    marker = store.read_marker(marker_name(selected.name), Origin)
    as_of = marker.as_of if marker and not selected.scopes else _newest_instant(store, selected)
    origin = marker if marker and marker.as_of == as_of else project_origin(store, selected, as_of=as_of)
    if release and release != origin.release:
        raise UsageError(
            expected=f"release as {origin.release!r}, for which the tables of {selected.name} were built",
            found=repr(release)[:80],
            do=f"leave it out, or run `build --release {release}` first",
        )
    return origin


def _newest_instant(store: Store, project: Project) -> str:
    """The instant of the tables; without snapshots, the newest time in them."""
    if project.scopes:
        instant = built_as_of(store, project)
    else:
        times = {"bugs": ["created_at", "updated_at"], "changes": ["created_at", "updated_at"]}
        instant = measures.newest(
            *(store.read_table(name, project=project.name, columns=columns) for name, columns in times.items())
        )
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"


def write_origin(store: Store, origin: Origin) -> None:
    """Write the origin beside the tables, for the next program that opens them."""
    store.write_marker(marker_name(origin.project), origin)


def marker_name(project: str) -> str:
    """The name of the marker that `write_origin` writes."""
    return f"origin {project}"


def select_project(store: Store, project: str) -> Project:
    """The project of a Gerrit or Launchpad name; for an empty name Nova, or the only project there is."""
    by_name = {each.name: each for each in projects(store, _project_files())}
    names_of_tables = [each for each in _project_names(store) if each not in by_name]
    by_name |= {name: Project(name, _sections(name)) for name in names_of_tables}
    if not by_name:
        raise StoreError(
            expected=f"tables of a project below {store.processed}", found="none", do="run `fetch` and `build` first"
        )
    if not project:
        default = "openstack/nova" if "openstack/nova" in by_name else ""
        if not default and len(by_name) > 1:
            raise UsageError(
                expected=f"a project among {list(by_name)}", found="none was named", do="analysis.open(project=...)"
            )
        return by_name[default or next(iter(by_name))]
    by_launchpad = {each.launchpad_project: each for each in by_name.values()}
    selected = by_name.get(project) or by_launchpad.get(project)
    return selected or by_name[resolve_name(project, list(by_name), what="a project")]


def _project_names(store: Store) -> list[str]:
    from analysis.store import tables

    return tables.projects(store.processed, "changes")


def _project_files() -> list[Sections]:
    """The project files of the repository; a faulty one is left out, because `build` reports it."""
    files: list[Sections] = []
    for path in shipped.folder("data/projects").files("*.toml"):
        try:
            files.append(config.read_project_file(path).sections)
        except ProjectFileError:
            continue
    return files


def _sections(name: str) -> Sections:
    names = ("gerrit_project", "launchpad_project")
    return next((f for f in _project_files() if name in [f.get("servers", {}).get(key) for key in names]), Sections())


def project_origin(store: Store, project: Project, *, as_of: str = "") -> Origin:
    """The origin of a project's tables from its project file and snapshots; without `as_of`, as of the last build."""
    as_of = as_of or _newest_instant(store, project)
    review, score = project.sections.read(review_state.Rules), project.sections.read(queue.Score)
    servers = project.sections.read(config.Servers) if project.sections else None
    launchpad_root = servers.launchpad_root if servers else LAUNCHPAD
    launchpad = _root(project.launchpad.host) if project.launchpad else launchpad_root
    release = built_for(store, project) or _release_of_areas(store, project) or project.release or ""
    return Origin(
        project=project.name,
        launchpad_project=project.launchpad_project,
        release=release,
        as_of=as_of,
        gerrit_root=_root(project.gerrit.host) if project.gerrit else (servers.gerrit_root if servers else GERRIT),
        launchpad_root=launchpad.replace("://api.launchpad.net/", "://bugs.launchpad.net/"),
        review_label=review.review_label,
        approval_label=review.approval_label,
        limits=dict(project.sections.get("limits", {})),
        capacity=project.sections.read(review_plan.Capacity),
        known_points=score.known,
        revisit_points=score.revisit,
        **cycle_of(release, as_of),
        sources=tuple(stored_sources(store, project)) if project.scopes else (),
    )


def _release_of_areas(store: Store, project: Project) -> str:
    releases = store.read_table("areas", project=project.name, columns=["release"])["release"].unique().tolist()
    return next(iter(releases), "")


def _root(host: str) -> str:
    """The address of a server; plain HTTP for loopback only."""
    return f"{'http' if host.partition(':')[0] in config.LOOPBACK else 'https'}://{host}/"


def cycle_of(release: str, as_of: str) -> Cycle:
    """First and last day of the release's cycle, and a warning if the data are from another time; {} without a file."""
    path = shipped.folder("data/areas").file(f"{release}.toml")
    if not config.NAME.fullmatch(release or "-") or not path.exists():
        return {}
    content = parse_toml(path.read_text(encoding="utf-8-sig"), file=path)
    starts, ends = content.get("starts"), content.get("ends")
    if not isinstance(starts, date) or not isinstance(ends, date):
        return {}
    day = pd.Timestamp(as_of).date()
    is_its_time = starts <= day <= ends + (ends - starts)
    doubt = (
        f"the data are as of {day}, and {release} was made from {starts} to {ends}: "
        "its areas may not be those of that time"
    )
    return {"starts": starts.isoformat(), "ends": ends.isoformat(), "doubt": "" if is_its_time else doubt}


def stored_sources(store: Store, project: Project) -> list[StoredSource]:
    """What is stored of each source of the project, in plain values, as `measures.sources` shows it."""
    every = store.status(verifies=False)
    by_source = {each.source: each for each in every if each.scope == getattr(project, each.source)}
    return [_stored_source(name, by_source.get(name), store) for name in ("launchpad", "gerrit", "git")]


def _stored_source(name: str, status: Status | None, store: Store) -> StoredSource:
    if status is None:
        return StoredSource(
            source=name, where="", at="", n_records=0, n_pending=0, n_gone=0, gaps=["nothing was fetched"]
        )
    return {
        "source": name,
        "where": str(status.scope),
        "at": "" if status.as_of is None else status.as_of.isoformat(),
        "n_records": status.n_records,
        "n_pending": status.n_pending,
        "n_gone": status.n_gone,
        "gaps": [gap.replace(str(store.data_dir), "data") for gap in status.gaps],
    }
