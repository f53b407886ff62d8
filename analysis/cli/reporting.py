"""The commands that show: the pages of a release, and JupyterLab."""

import argparse
import os
from typing import Any

from analysis import config, measures, reports, schema, visible
from analysis.cli.chosen import project, projects, settings
from analysis.cli.limiting import over_limits, raise_breaches
from analysis.cli.origin import origin, review_rules
from analysis.cli.releases import area_file, check_release, doubt, release_of, releases
from analysis.cli.said import say
from analysis.errors import UsageError
from analysis.pipeline.built import built_as_of
from analysis.pipeline.fetch import root
from analysis.pipeline.projects import Project
from analysis.reports import lab
from analysis.store import Status, Store

NO_AREA = {schema.NO_AREA: "In no area"}
# What is no matter of one page, and how it is said.
OPTIONS = {
    "data_dir": "--data-dir",
    "project": "--gerrit-project",
    "release": "--release",
    "as_of": "build --as-of, before the report",
    "previous_dir": "--since",
    "previous_as_of": "--since",
}


def report(given: argparse.Namespace) -> int:
    """Pages, from the tables."""
    chosen = settings(given)
    store = Store(chosen.data_dir)
    about = project(store, chosen)
    common = _common(store, about, chosen)
    if common["doubt"]:
        say(f"note: {common['doubt']}; --release chooses among {', '.join(releases(chosen))}")
    areas = store.read_table("areas", project=about.name).sort_values("position")
    themes = store.read_table("themes", project=about.name)
    typed = _typed(given)
    measures.theme_to_show(themes, str(typed.get("shown_theme", "")))  # a wrong one is said before a page is made
    each = {
        "area_id": dict(zip(areas["area_id"], areas["title"], strict=True)) | NO_AREA,
        "theme_id": measures.worth_a_page(themes),
    }
    made = reports.run(
        reports.ReportSet(about.name, _title(about), common["release"], common["as_of"], common["doubt"]),
        notebooks_dir=chosen.notebooks_dir,
        data_dir=store.nearby(about.name, whole=reports.read_whole(chosen.notebooks_dir)),
        values=reports.Values(common, typed, each),
        names=given.names,
        since=given.since,
        hidden=_hidden(store, about),
        progress=say,
    )
    say(f"{len(made.made)} pages made, {len(made.kept)} kept as they were; open {made.index}")
    for page, why in made.skipped.items():
        say(f"left out {page}: {why}")
    made.raise_failures()
    if given.fail_on_breach:
        raise_breaches(over_limits(store, about)[2])
    return 0


def _typed(given: argparse.Namespace) -> dict[str, Any]:
    """The values of -p. Raises UsageError for one that an option says: pages would contradict their own heading."""
    typed = dict(given.parameter or ())
    if said := sorted(set(typed) & set(OPTIONS)):
        raise UsageError(
            expected=f"{said[0]} by its option", found=f"-p {said[0]}=...", do=f"give it as {OPTIONS[said[0]]}"
        )
    return typed


def _common(store: Store, about: Project, chosen: config.Settings) -> dict[str, Any]:
    """What each notebook of the project that declares it is told, on a page and in JupyterLab alike."""
    declared, review = area_file(chosen, release_of(about, chosen)), review_rules(about)
    return {
        **origin(about, chosen),
        "project": about.name,
        "release": check_release(store, about, chosen),
        "as_of": f"{built_as_of(store, about):%Y-%m-%dT%H:%M:%SZ}",
        "limits": dict(about.sections.get("limits", {})),
        "starts": declared.starts.isoformat(),
        "ends": declared.ends.isoformat(),
        "doubt": doubt(declared, built_as_of(store, about)),
        "review_label": review.review_label,
        "approval_label": review.approval_label,
        "sources": _sources(store, about),
    }


def _hidden(store: Store, about: Project) -> list[str]:
    """What the public may not see, or no longer: private bugs, and changes that are private, gone or tell of one."""
    read = {
        "bugs": ["bug_id", "is_private"],
        "changes": ["change_number", "is_private"],
        "links": list(schema.LINKS.key),
    }
    bugs, changes, links = (store.read_table(name, project=about.name, columns=read[name]) for name in read)
    shown_bugs = visible.visible_bugs(bugs)["bug_id"]
    shown_changes = visible.visible_changes(changes, links=links, bugs=bugs)["change_number"]
    of_bugs = set(bugs["bug_id"]) - set(shown_bugs)
    of_changes = set(changes["change_number"]) - set(shown_changes)
    of_changes |= set(store.gone("gerrit", about.gerrit)) if about.gerrit else set()
    return [*(f"bug {number}" for number in of_bugs), *(f"change {number}" for number in of_changes)]


def _sources(store: Store, about: Project) -> list[dict[str, Any]]:
    """What `measures.sources` shows of each source of the project, in plain values: they are a notebook's parameter."""
    known = {each.source: each for each in store.status(verifies=False) if each.scope == getattr(about, each.source)}
    return [_told(name, known.get(name), store) for name in ("launchpad", "gerrit", "git")]


def _told(name: str, found: Status | None, store: Store) -> dict[str, Any]:
    if found is None:
        nothing: dict[str, Any] = {"where": "", "at": "", "n_records": 0, "n_pending": 0, "n_gone": 0}
        return {"source": name, **nothing, "gaps": ["nothing was fetched"]}
    return {
        "source": name,
        "where": str(found.scope),
        "at": "" if found.as_of is None else found.as_of.isoformat(),
        "n_records": found.n_records,
        "n_pending": found.n_pending,
        "n_gone": found.n_gone,
        "gaps": [gap.replace(str(store.data_dir), "data") for gap in found.gaps],
    }


def _title(about: Project) -> str:
    """What pages call the project; one that this machine serves, such as the twin's, must not pass for the real one."""
    server = about.gerrit or about.launchpad
    address = root(server) if server else ""
    return f"{about.name} (served by this machine)" if address.startswith("http:") else about.name


def lab_server(given: argparse.Namespace) -> int:
    """JupyterLab, until it is stopped."""
    chosen = settings(given)
    store = Store(chosen.data_dir)
    # Of many projects the notebooks read one: all of them together need not fit into memory.
    about = project(store, chosen) if projects(store, chosen) else None
    name = about.name if about else ""
    # Where there is nothing to explore, this says so before a browser opens.
    store.read_table("changes", project=name or None, columns=["change_number"])
    return lab.start(
        notebooks_dir=chosen.notebooks_dir,
        data_dir=store.nearby(name),
        project=name,
        common=_common(store, about, chosen) if about else {},
        port=given.port,
        token=os.environ.get("JUPYTER_TOKEN", ""),
        opens_browser=not given.no_browser,
    )
