"""What a report costs for one project among many, against the same project alone: `python -m benchmarks.reports`.

Both report on the same tables of the same project; beside one of them lie those of all the others. A report for which
nothing changed is timed too.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.rows import Row, leave

PROJECTS, CHANGES = 200, 20_000
ABOUT = "invented/project-0003"
AMONG, ALONE = f"one project among {PROJECTS}", "the same project alone"


def typed(folder: Path, *words: str) -> float:
    """The seconds of a command as a user types it."""
    begun = time.perf_counter()
    command = [sys.executable, "-m", "analysis", "--data-dir", str(folder), *words]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def alone(folder: Path, to: Path) -> None:
    """A data directory with this one project of another."""
    for name in (ABOUT, ABOUT.partition("/")[2]):
        for path in folder.glob(f"raw/*/*/{name.replace('/', '%2F')}"):
            shutil.copytree(path, to / path.relative_to(folder))
    for path in folder.glob(f"processed/*.parquet/{ABOUT.replace('/', '%2F')}.parquet"):
        (to / path.relative_to(folder)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, to / path.relative_to(folder))


def rows(folder: Path, changes: int) -> Iterator[Row]:
    """Both reports, in turn, and each again with nothing changed."""
    among, by_itself = folder / "among", folder / "alone"
    typed(among, "twin", "world", "--projects", str(PROJECTS), "--changes", str(changes))
    typed(among, "build")
    alone(among, by_itself)
    seconds: dict[str, float] = {}
    for what, data in ((ALONE, by_itself), (AMONG, among)):
        words = ("--gerrit-project", ABOUT, "report")
        seconds[what] = typed(data, *words)
        ratio = {"beside": f"{seconds[what] / seconds[ALONE]:.2f} x alone"} if what == AMONG else {}
        yield {"what": what, "n": changes, "seconds": seconds[what]} | ratio
        yield {"what": f"{what}, nothing changed", "n": changes, "seconds": typed(data, *words)}


def main() -> None:
    """Measure, print a line each, and leave them as JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="a tenth of the size")
    parser.add_argument("--json", type=Path, help="also write the results here")
    arguments = parser.parse_args()
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for row in rows(Path(folder), CHANGES // 10 if arguments.small else CHANGES):
            print(f"{row['what']:40} {row['seconds']:9.2f} s {row.get('beside', '')}", flush=True)
            results.append(row)
    leave(arguments.json, results)


if __name__ == "__main__":
    main()
