"""Every command, its options and its help. A command names its function, which is imported only when it runs."""

from pathlib import Path

import analysis
from analysis.cli.argument_parser import ArgumentParser, program
from analysis.cli.argument_types import instant, parameter, positive_number, seconds, since
from analysis.cli.quota_lab_parser import quota_lab_commands
from analysis.cli.subcommands import Subcommands, add_command, add_group, engine_options, shared_options
from analysis.report import page_registry


def parser() -> ArgumentParser:
    """The whole command line. Global options may stand before or after the command."""
    top = ArgumentParser(
        prog=program(),
        description="Which bug fixes wait for review, per priority area of a release.",
        epilog=f"A first look: {program()} demo. A real project: fetch launchpad, fetch gerrit, build, report.",
        parents=[shared_options()],
    )
    top.add_argument(
        "--version",
        action="version",
        version=f"bugfix-analysis {analysis.__version__}",
        help="print the version and exit",
    )
    subcommands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _fetch(subcommands)
    _refresh(subcommands)
    _save(subcommands)
    _build(subcommands)
    _reports(subcommands)
    _status_commands(subcommands)
    _people(subcommands)
    _areas(subcommands)
    _links(subcommands)
    _twin(subcommands)
    quota_lab_commands(subcommands)
    return top


def _fetch(subcommands: Subcommands) -> None:
    sources = add_group(
        subcommands, "fetch", "get what changed from a server, a saved answer or a clone, into data/raw"
    )
    launchpad = add_command(sources, "launchpad", "bugs with tasks, comments and activity", "fetch.launchpad")
    gerrit = add_command(sources, "gerrit", "changes with patch sets, votes and messages", "fetch.gerrit")
    for source, kind in ((launchpad, "bugs"), (gerrit, "changes")):
        source.add_argument(
            "--dump", nargs="+", type=Path, metavar="FILE", help=f"read saved {kind}, files or folders, not a server"
        )
    keyring, password = (
        "launchpadlib's keyring or LP_CREDENTIALS_FILE",
        "GERRIT_USERNAME and GERRIT_HTTP_PASSWORD or netrc",
    )
    for server, where in ((launchpad, keyring), (gerrit, password)):
        _server_options(server, where)
    _bug_options(launchpad)
    _change_options(gerrit)
    git = add_command(sources, "git", "merged commits of a local clone", "fetch.git")
    git.add_argument("--repo", type=Path, required=True, metavar="PATH", help="a clone, bare or not")
    git.add_argument("--branch", nargs="+", metavar="NAME", help="branches, main line first (default: every branch)")


def _server_options(command: ArgumentParser, credentials: str) -> None:
    command.add_argument(
        "--workers",
        type=positive_number,
        metavar="N",
        help="most requests at the same time (default: 4, or 8 for a server on this machine)",
    )
    command.add_argument(
        "--verify", action="store_true", help="also list every id, to find items that were missed or are gone"
    )
    command.add_argument(
        "--private", action="store_true", help="also keep private records, marked as private, in data/raw only"
    )
    command.add_argument(
        "--sign-in", action="store_true", help=f"sign in as yourself (default: anonymous), with {credentials}"
    )
    command.add_argument("--contact", default="", metavar="MAIL", help="your mail address, sent to the server")
    command.add_argument(
        "--since",
        type=since,
        metavar="DATE",
        help="fetch closed items only if they changed since then, or `all` (default: as last time, at first all)",
    )
    command.add_argument(
        "--for",
        dest="seconds",
        type=seconds,
        metavar="TIME",
        help="stop after this time, such as 2h, 30m or 45s; the next run goes on",
    )
    command.add_argument("--strict", action="store_true", help="exit with 9 if some items could not be fetched")


def _bug_options(command: ArgumentParser) -> None:
    command.add_argument(
        "--tasks",
        choices=("shown", "always"),
        default="shown",
        help="ask for the tasks of every bug, or only if its activity shows tasks in other projects (default: shown)",
    )


def _change_options(command: ArgumentParser) -> None:
    command.add_argument(
        "--comments",
        choices=("all", "open", "none"),
        default="open",
        help="changes whose inline comments are fetched (default: open)",
    )


def _refresh(subcommands: Subcommands) -> None:
    refresh = add_command(
        subcommands,
        "refresh",
        "fetch what changed from Launchpad, Gerrit and a clone, then build; no failing source stops the others",
        "refresh.refresh",
    )
    _server_options(refresh, "the same credentials as `fetch launchpad` and `fetch gerrit`")
    _bug_options(refresh)
    _change_options(refresh)
    refresh.add_argument("--repo", type=Path, metavar="PATH", help="also read this clone, bare or not")
    refresh.add_argument("--branch", nargs="+", metavar="NAME", help="its branches (default: every branch)")


def _save(subcommands: Subcommands) -> None:
    sources = add_group(subcommands, "save", "write the stored public records to a file, to share them")
    for source, kind in (("launchpad", "bugs with tasks, comments and activity"), ("gerrit", "changes")):
        command = add_command(
            sources, source, f"{kind}, one per line, in the form that `fetch {source} --dump` reads", f"save.{source}"
        )
        command.add_argument(
            "file",
            type=Path,
            metavar="FILE",
            help="its ending chooses the compression: .jsonl (none), .gz, .bz2, .xz, .zst",
        )


def _build(subcommands: Subcommands) -> None:
    build = add_command(subcommands, "build", "turn data/raw into the tables of data/processed", "build.build")
    build.add_argument("--as-of", type=instant, metavar="DATE", help="build the tables as of a past instant (UTC)")
    build.add_argument(
        "--sentence-model",
        type=Path,
        metavar="FOLDER",
        help="also use this local model to make themes (extra: embeddings)",
    )
    build.add_argument("--force", action="store_true", help="build even if nothing changed")
    engine_options(build)


def _reports(subcommands: Subcommands) -> None:
    report = add_command(subcommands, "report", "run the notebooks and write the pages of a release", "report.report")
    report.add_argument(
        "names", nargs="*", metavar="NAME", help=f"notebooks, such as {page_registry.AREA.notebook} (default: all)"
    )
    report.add_argument(
        "-p", "--parameter", action="append", type=parameter, metavar="NAME=VALUE", help="a parameter of the notebooks"
    )
    report.add_argument(
        "--since",
        default="",
        metavar="RUN",
        help="the kept run to compare with, by id or date (default: the one before)",
    )
    report.add_argument(
        "--single-file",
        default="",
        metavar="PAGE",
        help="also write this page as one self-contained file for a mail, RELEASE-PAGE.html in the current folder",
    )
    report.add_argument(
        "--fail-on-breach", action="store_true", help="exit with 10 if a fix is over a limit, see `limits`"
    )
    add_command(
        subcommands,
        "limits",
        "the fixes that wait longer than [limits] of the project file allows; exits with 10 if there are any, else 0",
        "limits.limits",
    )
    add_command(subcommands, "runs", "the kept runs of a release's report", "runs.runs")
    compare = add_command(subcommands, "compare", "what changed between two kept runs, as Markdown", "runs.compare")
    compare.add_argument("old", metavar="OLD", help="a run's id, or a date")
    compare.add_argument("new", nargs="?", default="", metavar="NEW", help="another run (default: the published one)")


def _status_commands(subcommands: Subcommands) -> None:
    """The commands that show what is stored, a first look, and JupyterLab."""
    status = add_command(
        subcommands,
        "status",
        "what is stored: age, counts, pending items, size; and the instant of the tables",
        "status.status",
    )
    status.add_argument(
        "--fail-on-pending", action="store_true", help="exit with 9 if some items could not be fetched, for monitoring"
    )
    add_command(subcommands, "demo", "the whole line on an invented project, over HTTP", "demo.demo")
    lab = add_command(subcommands, "lab", "JupyterLab on loopback with the notebooks ready", "report.lab_server")
    lab.add_argument("--port", type=int, default=8888, metavar="N", help="the first port to try (default: 8888)")
    lab.add_argument("--no-browser", action="store_true", help="only print the address")
    add_command(subcommands, "dictionary", "print the data dictionary: every table and column", "status.dictionary")
    stages = add_command(subcommands, "stages", "print what each stage of a build reads and writes", "stages.stages")
    stages.add_argument(
        "--dot", action="store_true", help="print text for Graphviz: stages --dot | dot -Tsvg > stages.svg"
    )


def _people(subcommands: Subcommands) -> None:
    todo = add_command(subcommands, "todo", "what one person has to do, and what to review next", "todo.todo_list")
    todo.add_argument("--reviewer", required=True, metavar="NAME", help="Gerrit username, display name or account id")
    todo.add_argument("--most", type=positive_number, default=15, metavar="N", help="most lines per list (default: 15)")
    todo.add_argument(
        "--minutes",
        type=positive_number,
        metavar="N",
        help="list as many reviews as fit into so many minutes, by estimate",
    )


def _areas(subcommands: Subcommands) -> None:
    areas = add_group(subcommands, "areas", "the declared areas of a release")
    imported = add_command(areas, "import", "a skeleton area file from a priorities document", "areas.areas_import")
    imported.add_argument(
        "file", type=Path, metavar="FILE.rst", help="the document's source, not a web page made from it"
    )
    add_command(areas, "coverage", "the share of open bugs and fixes that are in an area", "areas.areas_coverage")


def _links(subcommands: Subcommands) -> None:
    links = add_group(subcommands, "links", "how reliable the links between bugs and fixes are")
    add_command(links, "unread", "lines that name a bug and made no link", "links.links_unread")
    add_command(links, "disagreements", "links that another source contradicts", "links.links_disagreements")


def _twin(subcommands: Subcommands) -> None:
    twin = add_group(subcommands, "twin", "an invented Launchpad and Gerrit, for tests, demo and benchmarks")
    serve = add_command(twin, "serve", "serve the invented project on loopback until interrupted", "demo.serve")
    serve.add_argument("--seed", type=int, default=1, metavar="N", help="seed of the world (default: 1)")
    serve.add_argument("--port", type=int, default=0, metavar="N", help="the port to listen on (default: a free one)")
    world = add_command(
        twin, "world", "fill data/raw with a large invented world, and write the truth about it beside it", "demo.world"
    )
    world.add_argument(
        "--projects", type=int, default=200, metavar="N", dest="n_projects", help="number of projects (default: 200)"
    )
    world.add_argument(
        "--changes", type=int, default=1_000_000, metavar="N", help="number of changes in all (default: 1000000)"
    )
    world.add_argument("--bugs", type=int, metavar="N", help="number of bugs in all (default: 3 for every 10 changes)")
    world.add_argument("--seed", type=int, default=1, metavar="N", help="seed of the world (default: 1)")
    engine_options(world)
