"""The commands of the quota laboratory, with their options and help."""

from analysis.cli.argument_types import positive_number
from analysis.cli.subcommands import Subcommands, add_command, add_group


def quota_lab_commands(subcommands: Subcommands) -> None:
    """Add the commands of the quota laboratory."""
    lab = add_group(subcommands, "quota-lab", "race quota designs on real SQL databases")
    run = add_command(lab, "run", "race designs and record every request", "quota_lab.run")
    run.add_argument(
        "--matrix", choices=("smoke", "full"), default="smoke", help="smoke takes under a minute (default: smoke)"
    )
    run.add_argument(
        "--database",
        nargs="+",
        choices=("sqlite", "postgresql", "mariadb"),
        help="databases to race on (default: all that are installed)",
    )
    run.add_argument("--design", nargs="+", metavar="NAME", help="names (default: all; a wrong name lists them)")
    run.add_argument(
        "--repetitions", type=positive_number, metavar="N", help="runs of each race (default: smoke 1, full 5)"
    )
    run.add_argument(
        "--seed", type=int, default=1, metavar="N", help="seed of the requests and their order (default: 1)"
    )
    run.add_argument("--resume", action="store_true", help="keep existing runs and race only what is missing")
    engines = add_command(
        lab, "engines", "install real quota engines outside the checkout, and race them", "quota_lab.engines"
    )
    engines.add_argument("--engine", nargs="+", metavar="NAME", help="names (default: all; a wrong name lists them)")
    engines.add_argument("--database", nargs="+", choices=("postgresql", "mariadb"), help="(default: both)")
    engines.add_argument(
        "--repetitions", type=positive_number, default=5, metavar="N", help="runs of each race (default: 5)"
    )
    engines.add_argument(
        "--seed", type=int, default=1, metavar="N", help="seed of the requests and their order (default: 1)"
    )
    engines.add_argument("--install-only", action="store_true", help="install the engines, but do not race them")
    explore = add_command(
        lab, "explore", "try every schedule of one design on a model, without a database", "quota_lab.explore"
    )
    explore.add_argument("design", metavar="NAME", help="the design (a wrong name lists them)")
    explore.add_argument(
        "--database",
        choices=("postgresql", "mariadb", "sqlite"),
        default="postgresql",
        help="the one that the model imitates (default: postgresql)",
    )
    add_command(lab, "list", "the runs that are kept", "quota_lab.list_runs")
    show = add_command(lab, "show", "what held and what broke in one run", "quota_lab.show")
    show.add_argument("run_id", nargs="?", metavar="RUN", help="its id in `quota-lab list`")
