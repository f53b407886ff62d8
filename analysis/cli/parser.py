"""Every command, its options and its help; a command names its function, which is imported when it is run."""

import argparse
import ast
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

Subcommands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

GLOBAL = argparse.SUPPRESS  # so that an option given before the command is not overwritten by the command's default


def parser() -> argparse.ArgumentParser:
    """The whole command line. Global options may stand before or after the command."""
    top = argparse.ArgumentParser(
        prog="python -m analysis",
        description="Which bug fixes wait for review, per priority area of a release.",
        epilog="A first look: python -m analysis demo. A real project: fetch launchpad, fetch gerrit, build, report.",
        parents=[_shared()],
    )
    subcommands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _fetch(subcommands)
    _build(subcommands)
    _reports(subcommands)
    _around(subcommands)
    _people(subcommands)
    _areas(subcommands)
    _links(subcommands)
    _twin(subcommands)
    _quota_lab(subcommands)
    return top


def _shared() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False, argument_default=GLOBAL)
    group = shared.add_argument_group("what and where")
    group.add_argument(
        "--data-dir",
        type=_data_dir,
        metavar="D",
        help="holds raw/ and processed/; a folder, or an address: s3://... (default: data)",
    )
    group.add_argument("--project", metavar="P", help="name in data/projects, or a TOML file (default: nova)")
    group.add_argument("--release", metavar="R", help="release whose areas count (default: the project file's)")
    group.add_argument("--launchpad-root", metavar="URL", help="(default: the project file's, else the real Launchpad)")
    group.add_argument("--launchpad-project", metavar="NAME", help="such as nova")
    group.add_argument("--gerrit-root", metavar="URL", help="(default: the project file's, else review.opendev.org)")
    group.add_argument("--gerrit-project", metavar="NAME", help="such as openstack/nova")
    return shared


def _command(subcommands: Subcommands, name: str, text: str, run: str) -> argparse.ArgumentParser:
    made = subcommands.add_parser(name, help=text, description=text, parents=[_shared()])
    made.set_defaults(run=run)
    return made


def _group(subcommands: Subcommands, name: str, text: str) -> Subcommands:
    made = subcommands.add_parser(name, help=text, description=text)
    return made.add_subparsers(metavar="WHAT", required=True)


def _fetch(subcommands: Subcommands) -> None:
    sources = _group(subcommands, "fetch", "get what changed from a server, a saved answer or a clone, into data/raw")
    launchpad = _command(sources, "launchpad", "bugs with tasks, comments and activity", "fetching.launchpad")
    gerrit = _command(sources, "gerrit", "changes with patch sets, votes and messages", "fetching.gerrit")
    gerrit.add_argument(
        "--dump", nargs="+", type=Path, metavar="FILE", help="read saved answers of Gerrit's list instead of a server"
    )
    keyring, password = (
        "launchpadlib's keyring or LP_CREDENTIALS_FILE",
        "GERRIT_USERNAME and GERRIT_HTTP_PASSWORD or netrc",
    )
    for server, where in ((launchpad, keyring), (gerrit, password)):
        server.add_argument(
            "--workers", type=_positive, default=4, metavar="N", help="requests in flight at most (default: 4)"
        )
        server.add_argument("--verify", action="store_true", help="list every id too: what was missed, what is gone")
        server.add_argument("--private", action="store_true", help="keep private records too, marked, in data/raw only")
        server.add_argument("--sign-in", action="store_true", help=f"as yourself (default: anonymous); from {where}")
        server.add_argument("--contact", default="", metavar="MAIL", help="told to the server: how to reach you")
    gerrit.add_argument(
        "--comments",
        choices=("all", "open", "none"),
        default="all",
        help="inline comments of which changes (default: all)",
    )
    git = _command(sources, "git", "merged commits of a local clone", "fetching.git")
    git.add_argument("--repo", type=Path, required=True, metavar="PATH", help="a clone, bare or not")
    git.add_argument("--branch", nargs="+", metavar="NAME", help="branches, main line first (default: every branch)")


def _build(subcommands: Subcommands) -> None:
    build = _command(subcommands, "build", "turn data/raw into the tables of data/processed", "building.build")
    build.add_argument("--as-of", type=_instant, metavar="DATE", help="replay the state of a past instant (UTC)")
    build.add_argument(
        "--sentence-model",
        type=Path,
        metavar="FOLDER",
        help="make themes with this local model too (extra: embeddings)",
    )
    build.add_argument("--force", action="store_true", help="build even where nothing changed")
    _engine(build)


def _reports(subcommands: Subcommands) -> None:
    report = _command(subcommands, "report", "run the notebooks and write the pages of a release", "reporting.report")
    report.add_argument("names", nargs="*", metavar="NAME", help="notebooks, such as 02_area (default: all)")
    report.add_argument(
        "-p",
        "--parameter",
        action="append",
        type=_parameter,
        metavar="NAME=VALUE",
        help="a value for them",
    )
    report.add_argument(
        "--since",
        default="",
        metavar="RUN",
        help="compare with this kept run, an id or a date (default: the one before)",
    )
    report.add_argument(
        "--fail-on-breach", action="store_true", help="end with 10 where a fix is over a limit, see `limits`"
    )
    _command(
        subcommands,
        "limits",
        "the fixes that wait longer than [limits] of the project file allows; ends with 10 where there is one, else 0",
        "limiting.limits",
    )
    _command(subcommands, "runs", "the kept runs of a release's report", "comparing.runs")
    compare = _command(subcommands, "compare", "what happened between two kept runs, as Markdown", "comparing.compare")
    compare.add_argument("old", metavar="OLD", help="a run's id, or a date")
    compare.add_argument("new", nargs="?", default="", metavar="NEW", help="the same (default: what readers see now)")


def _around(subcommands: Subcommands) -> None:
    """What is there, a first look, and a place to explore."""
    _command(
        subcommands,
        "status",
        "what is stored: age, counts, pending, size; of which instant the tables are",
        "building.status",
    )
    _command(subcommands, "demo", "the whole line on an invented project, over HTTP", "inventing.demo")
    lab = _command(subcommands, "lab", "JupyterLab on loopback with the notebooks ready", "reporting.lab_server")
    lab.add_argument("--port", type=int, default=8888, metavar="N", help="the first to try (default: 8888)")
    lab.add_argument("--no-browser", action="store_true", help="only print the address")
    _command(subcommands, "dictionary", "print the data dictionary: every table and column", "building.dictionary")


def _engine(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--engine", choices=("local", "dask"), default="local", help="processes here, or Dask (default: local)"
    )
    command.add_argument("--scheduler", metavar="ADDRESS", help="of a Dask cluster (default: one made for the run)")
    command.add_argument(
        "--workers", type=_positive, metavar="N", help="projects at a time (default: one per processor)"
    )


def _data_dir(text: str) -> Path:
    if "://" not in text:
        return Path(text)
    from analysis.store import place  # takes a second to import, and most need it not yet

    return place(text)


def _positive(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1")
    return int(text)


def _instant(text: str) -> datetime:
    try:
        given = datetime.fromisoformat(text)
    except ValueError as cause:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date such as 2015-08-03 or 2015-08-03T12:00") from cause
    return given.replace(tzinfo=UTC) if given.tzinfo is None else given.astimezone(UTC)


def _parameter(text: str) -> tuple[str, object]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    try:
        return name, ast.literal_eval(value)
    except (SyntaxError, ValueError):
        return name, value  # plain text needs no quotes


def _people(subcommands: Subcommands) -> None:
    todo = _command(subcommands, "todo", "the fixes that one reviewer should look at next", "advising.todo_list")
    todo.add_argument("--reviewer", required=True, metavar="NAME", help="Gerrit username, display name or account id")
    todo.add_argument("--most", type=_positive, default=15, metavar="N", help="how many at the most (default: 15)")


def _areas(subcommands: Subcommands) -> None:
    areas = _group(subcommands, "areas", "the declared areas of a release")
    imported = _command(areas, "import", "a skeleton area file from a priorities document", "declaring.areas_import")
    imported.add_argument("file", type=Path, metavar="FILE.rst", help="the document's source, not a page made from it")
    _command(areas, "coverage", "which share of open bugs and fixes is in an area", "declaring.areas_coverage")


def _links(subcommands: Subcommands) -> None:
    links = _group(subcommands, "links", "how far the links between bugs and fixes can be trusted")
    _command(links, "unread", "lines that name a bug and made no link", "linking.links_unread")
    _command(links, "disagreements", "links that another source contradicts", "linking.links_disagreements")


def _twin(subcommands: Subcommands) -> None:
    twin = _group(subcommands, "twin", "an invented Launchpad and Gerrit, for tests, demo and benchmarks")
    serve = _command(twin, "serve", "serve the invented project on loopback until interrupted", "inventing.serve")
    serve.add_argument("--seed", type=int, default=1, metavar="N", help="another world (default: 1)")
    serve.add_argument("--port", type=int, default=0, metavar="N", help="the one to listen on (default: a free one)")
    world = _command(twin, "world", "fill data/raw with a large invented world, its truth beside it", "inventing.world")
    world.add_argument(
        "--projects", type=int, default=200, metavar="N", dest="n_projects", help="how many (default: 200)"
    )
    world.add_argument("--changes", type=int, default=1_000_000, metavar="N", help="of all of them (default: 1000000)")
    world.add_argument("--bugs", type=int, metavar="N", help="of all of them (default: 3 for every 10 changes)")
    world.add_argument("--seed", type=int, default=1, metavar="N", help="another world (default: 1)")
    _engine(world)


def _quota_lab(subcommands: Subcommands) -> None:
    lab = _group(subcommands, "quota-lab", "race quota designs on real SQL databases")
    run = _command(lab, "run", "race designs and keep every request", "racing.run")
    run.add_argument(
        "--matrix", choices=("smoke", "full"), default="smoke", help="smoke takes under a minute (default: smoke)"
    )
    run.add_argument(
        "--database",
        nargs="+",
        choices=("sqlite", "postgresql", "mariadb"),
        help="(default: every one that is installed)",
    )
    run.add_argument("--design", nargs="+", metavar="NAME", help="a wrong name lists them (default: every one)")
    run.add_argument("--repetitions", type=_positive, metavar="N", help="of every race (default: smoke 1, full 5)")
    run.add_argument("--seed", type=int, default=1, metavar="N", help="of the requests and of the order (default: 1)")
    run.add_argument("--resume", action="store_true", help="keep the runs that are there, race only what is missing")
    _command(lab, "list", "the runs that are kept", "racing.list_runs")
    show = _command(lab, "show", "one run: what held and what broke", "racing.show")
    show.add_argument("run_id", nargs="?", metavar="RUN", help="as `quota-lab list` names it")
