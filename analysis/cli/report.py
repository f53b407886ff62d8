"""The commands that show something: the pages of a release, and JupyterLab."""

import argparse
import os
from dataclasses import asdict
from functools import partial
from pathlib import Path

from analysis import config
from analysis.build.build_marker import HIDDEN, built_as_of
from analysis.build.fetch import root
from analysis.build.projects import Project
from analysis.cli.limits import raise_breaches
from analysis.cli.output import say
from analysis.cli.project_dataset import project_dataset
from analysis.cli.releases import area_file, check_release, doubt, release_of, releases
from analysis.cli.selection import all_projects, load_settings, select_project
from analysis.cli.servers import origin, review_rules
from analysis.dataset import Origin, open_dataset
from analysis.dataset.origin import stored_sources, write_origin
from analysis.errors import StoreError, UsageError
from analysis.judge import privacy
from analysis.judge.queue import Score
from analysis.report import measures, pages
from analysis.report.pages import lab, search_index, single_file
from analysis.store import Scope, Store
from analysis.tables import schema
from analysis.tables.counts import counted

# Options that concern all pages, and how each is given on the command line.
OPTIONS = {
    "data_dir": "--data-dir",
    "project": "--gerrit-project",
    "release": "--release",
    "as_of": "build --as-of, before the report",
    "since": "--since",
}


def report(arguments: argparse.Namespace) -> int:
    """Make pages from the tables."""
    settings = load_settings(arguments)
    store = Store(settings.data_dir)
    project = select_project(store, settings)
    store.check_tables(project=project.name)  # no page is begun that could not read them
    page_origin = _origin(store, project, settings)
    if page_origin.doubt:
        say(f"note: {page_origin.doubt}; --release chooses among {', '.join(releases(settings))}")
    areas = store.read_table("areas", project=project.name).sort_values("position")
    themes = store.read_table("themes", project=project.name)
    typed = _typed_parameters(arguments)
    if "theme" in typed:  # before any page is made
        open_dataset(store.data_dir, project=project.name, release=page_origin.release).theme_id(str(typed["theme"]))
    each = {
        "area_id": dict(zip(areas["area_id"], areas["title"], strict=True))
        | {schema.NO_AREA: measures.title_of_rest(areas)},
        "theme_id": measures.worth_a_page(themes),
    }
    local_copy = store.local_copy(project.name, whole=pages.read_whole(settings.notebooks.files("*.ipynb")))
    write_origin(Store(local_copy), page_origin)  # the kernels of the pages open the tables from this folder
    edition = pages.run(
        pages.ReportSet(
            project=project.name,
            title=_title(project),
            release=page_origin.release,
            as_of=page_origin.as_of,
            doubt=page_origin.doubt,
            instants=page_origin.instants_apart,
        ),
        notebooks=settings.notebooks.files("*.ipynb"),
        data_dir=local_copy,
        values=pages.Values(asdict(page_origin), typed, each),
        names=arguments.names,
        since=arguments.since,
        hidden=_hidden_items(store, project),
        beside=partial(_write_search, data_dir=local_copy, page_origin=page_origin),
        progress=say,
    )
    n_pages = counted(len(edition.pages_made), "page")
    say(f"{n_pages} made, {len(edition.pages_kept)} kept as they were; open {edition.index}")
    for page, why in edition.pages_skipped.items():
        say(f"left out {page}: {why}")
    edition.raise_failures()
    if arguments.single_file:
        target = Path(f"{page_origin.release}-{arguments.single_file}.html")
        target.write_text(single_file.single_file(edition.index.parent, arguments.single_file), encoding="utf-8")
        say(f"wrote {target}, a page of one file")
    if arguments.fail_on_breach:
        raise_breaches(project_dataset(store, project, settings).over_limit())
    return 0


def _write_search(site: Path, *, data_dir: Path, page_origin: Origin) -> None:
    nova = open_dataset(data_dir, project=page_origin.project, release=page_origin.release)
    roots = {
        "bug": f"{page_origin.launchpad_root.rstrip('/')}/bugs/",
        "change": f"{page_origin.gerrit_root.rstrip('/')}/",
    }
    search_index.write(site, nova.search_rows(), roots=roots)


def _typed_parameters(arguments: argparse.Namespace) -> dict[str, object]:
    """The values of -p. Raises UsageError for one that has an option: pages would contradict their own heading."""
    typed = dict(arguments.parameter or ())
    if names := sorted(set(typed) & set(OPTIONS)):
        raise UsageError(
            expected=f"{names[0]} by its option", found=f"-p {names[0]}=...", do=f"give it as {OPTIONS[names[0]]}"
        )
    return typed


def _origin(store: Store, project: Project, settings: config.Settings) -> Origin:
    """The parameters for each notebook of the project that declares them, for pages and for JupyterLab."""
    declared, review = area_file(settings, release_of(project, settings)), review_rules(project)
    links, score = origin(project, settings), project.sections.read(Score)
    return Origin(
        project=project.name,
        launchpad_project=links["launchpad_project"],
        release=check_release(store, project, settings),
        as_of=f"{built_as_of(store, project):%Y-%m-%dT%H:%M:%SZ}",
        gerrit_root=links["gerrit_root"],
        launchpad_root=links["launchpad_root"],
        review_label=review.review_label,
        approval_label=review.approval_label,
        limits=dict(project.sections.get("limits", {})),
        known_points=score.known,
        revisit_points=score.revisit,
        starts=declared.starts.isoformat(),
        ends=declared.ends.isoformat(),
        doubt=doubt(declared, built_as_of(store, project)),
        sources=tuple(stored_sources(store, project)),
    )


def _hidden_items(store: Store, project: Project) -> list[str]:
    """Numbers that the public may not see: private bugs, and changes that are private, gone or name a private bug."""
    read = {
        "bugs": ["bug_id", "is_private"],
        "changes": ["change_number", "is_private"],
        "links": list(schema.LINKS.key),
    }
    bugs, changes, links = (store.read_table(name, project=project.name, columns=read[name]) for name in read)
    shown_bugs = privacy.visible_bugs(bugs)["bug_id"]
    shown_changes = privacy.visible_changes(changes, links=links, bugs=bugs)["change_number"]
    of_bugs = set(bugs["bug_id"]) - set(shown_bugs)
    of_changes = set(changes["change_number"]) - set(shown_changes)
    _refuse_turned(store, project, set(shown_bugs), set(shown_changes))
    of_changes |= set(store.gone_records("gerrit", project.gerrit)) if project.gerrit else set()
    private = {f"bug {number}" for number in of_bugs} | {f"change {number}" for number in of_changes}
    return sorted(private.union(store.read_private(HIDDEN, project=project.name)))


def _refuse_turned(store: Store, project: Project, bugs: set[int], changes: set[int]) -> None:
    """Raise StoreError if the tables show a bug or a change that is no longer public.

    A new page would show it again, because its tables were built before the newer fetch.
    """
    turned = [f"bug {number}" for number in _not_public(store, "launchpad", project.launchpad, bugs)]
    turned += [f"change {number}" for number in _not_public(store, "gerrit", project.gerrit, changes)]
    if turned:
        raise StoreError(
            expected=f"tables of {project.name} that show only what is public",
            found=f"{len(turned)} that turned private or gone since they were built, the first {turned[0]}",
            do="run `build`, then the same command again",
        )


def _not_public(store: Store, source: str, scope: Scope | None, numbers: set[int]) -> list[int]:
    """The numbers among those on pages that are gone from the server, or that the store now marks as private."""
    if scope is None:
        return []
    gone = numbers.intersection(store.gone_records(source, scope))
    return sorted(gone | numbers.intersection(store.private_keys(source, scope)))


def _title(project: Project) -> str:
    """The project's name on pages. One that this machine serves, such as the twin's, is marked as not the real one."""
    server = project.gerrit or project.launchpad
    address = root(server) if server else ""
    return f"{project.name} (served by this machine)" if address.startswith("http:") else project.name


def lab_server(arguments: argparse.Namespace) -> int:
    """Run JupyterLab until it is stopped."""
    settings = load_settings(arguments)
    store = Store(settings.data_dir)
    # The notebooks read one project: all projects together may not fit into memory.
    project = select_project(store, settings) if all_projects(store, settings) else None
    name = project.name if project else ""
    # If there is nothing to explore, or only data of another version, this raises before a browser opens.
    store.read_table("changes", project=name or None, columns=["change_number"])
    if project:
        store.check_tables(project=name)
    local_copy = store.local_copy(name)
    if project:
        write_origin(Store(local_copy), _origin(store, project, settings))
    return lab.start(
        notebooks=settings.notebooks.files("*.ipynb"),
        data_dir=local_copy,
        project=name,
        port=arguments.port,
        token=os.environ.get("JUPYTER_TOKEN", ""),
        opens_browser=not arguments.no_browser,
    )
