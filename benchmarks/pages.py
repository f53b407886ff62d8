"""What a person waits for: importing, opening, one page, a whole report. `python -m benchmarks.pages [--data-dir D]`.

Each is timed by the clock and by the processor, because the clock of a busy machine says little: `seconds` is the time
of all processors that it took, `beside` the clock's. Without --data-dir, of the invented project. Every Python keeps
what it compiled, as a person's does, also where PYTHONDONTWRITEBYTECODE is set: to compile our modules anew takes as
long as to import them.
"""

import argparse
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import twin
from benchmarks.rows import Row, leave

TIMES = 5  # the median of so many
NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
OPEN = "import analysis; nova = analysis.open({folder!r})"
SNIPPETS = {
    "import analysis": "import analysis",
    "analysis.open": OPEN,
    "analysis.open, fixes()": OPEN + "; nova.fixes()",
}


def timed(*words: str, compiled: Path) -> tuple[float, float]:
    """Seconds of the processors and of the clock that a command takes, its children's too.

    What Python compiles is kept in the folder `compiled`.
    """
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environ["PYTHONPYCACHEPREFIX"] = str(compiled)
    before, begun = os.times(), time.perf_counter()
    subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL, env=environ)
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return spent, time.perf_counter() - begun


def row(what: str, spent: float, clock: float, words: str = "") -> Row:
    """One line of the table."""
    return {"what": what, "seconds": spent, "beside": f"{clock:.2f} s by the clock{words}"}


def rows(folder: Path, compiled: Path) -> Iterator[Row]:
    """Each in turn; of the snippets what they take beyond an empty Python, once their modules are compiled."""
    empty = statistics.median(timed("-c", "", compiled=compiled)[0] for _ in range(TIMES))
    for what, code in SNIPPETS.items():
        _, *every = [timed("-c", code.format(folder=str(folder)), compiled=compiled) for _ in range(TIMES + 1)]
        spent, clock = (statistics.median(one) for one in zip(*every, strict=True))
        yield row(what, spent - empty, clock)
    reports = folder / "processed" / "reports"
    if reports.exists():
        shutil.rmtree(reports)
    spent, clock = timed("-m", "analysis", "--data-dir", str(folder), "report", compiled=compiled)
    pages = [
        page["seconds"] for path in reports.glob(".runs/*/*/run.json") for page in json.loads(path.read_text())["pages"]
    ]
    yield row("a whole report", spent, clock, f", {len(pages)} pages")
    yield row("a page of it, on average", spent / len(pages), statistics.median(pages), ", the median of its kernel")
    listing = f"import json; from benchmarks.pages import kernels; print(json.dumps(kernels({str(folder)!r})))"
    done = subprocess.run([sys.executable, "-c", listing], check=True, stdout=subprocess.PIPE, text=True)
    seconds = json.loads(done.stdout.splitlines()[-1])
    middle, slowest = statistics.median(seconds.values()), max(seconds, key=lambda name: seconds[name])
    words = f"{len(seconds)} notebooks; {slowest} the longest, {seconds[slowest]:.2f} s"
    yield {"what": "a page's kernel, the median", "seconds": middle, "beside": words}


def kernels(folder: str) -> dict[str, float]:
    """Seconds of the processor that the cells of each notebook take, in a process forked from a warm one as a page's.

    Notebooks that are run once for each area or theme are run once, for the one that opens by itself; those that read
    what the data do not hold are left out, as in a report.
    """
    from analysis.report.pages import plan
    from analysis.report.pages.kernel_server import preload

    preload()
    os.environ["ANALYSIS_DATA"] = folder
    sources = plan.sources(list(NOTEBOOKS.glob("[0-9]*.ipynb")))
    processed = Path(folder) / "processed"
    have = [one for one in sources if all((processed / f"{name}.parquet").exists() for name in one.tables)]
    return {one.name: _forked(one.path) for one in have}


def _forked(notebook: Path) -> float:
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
                _run_cells(notebook)
            code = 0
        except Exception as cause:
            sys.stderr.write(f"{cause}\n")
            sys.stderr.flush()
        finally:
            os._exit(code)
    _, status, usage = os.wait4(pid, 0)
    if status:
        raise SystemExit(f"{notebook.name} failed")
    return usage.ru_utime + usage.ru_stime


class _Result(Protocol):
    def raise_error(self) -> None: ...


class _Shell(Protocol):
    """What is asked of IPython, which says little of its types."""

    def run_cell(self, raw_cell: str, store_history: bool = False) -> _Result: ...


def _run_cells(notebook: Path) -> None:
    """The cells of a notebook one after the other, each output made as for a page."""
    from IPython.core.interactiveshell import InteractiveShell

    shell: _Shell = InteractiveShell.instance()
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            shell.run_cell("".join(cell["source"]), store_history=False).raise_error()


def built(folder: Path, compiled: Path) -> Path:
    """The tables of the invented project."""
    with twin.Server(twin.build_world()) as server:
        roots = ("--launchpad-root", server.launchpad_root, "--gerrit-root", server.gerrit_root)
        for words in (("fetch", "launchpad", *roots), ("fetch", "gerrit", *roots), ("build",)):
            timed("-m", "analysis", "--data-dir", str(folder), *words, compiled=compiled)
    return folder


def main() -> None:
    """Measure, print a line each, and leave them as JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="the same: it is small")
    parser.add_argument("--json", type=Path, help="also write the results here")
    parser.add_argument("--data-dir", type=Path, help="tables that are built; their report is made anew")
    arguments = parser.parse_args()
    results = []
    with tempfile.TemporaryDirectory() as folder:
        data_dir, compiled = Path(folder) / "data", Path(folder) / "compiled"
        for one in rows(arguments.data_dir or built(data_dir, compiled), compiled):
            print(f"{one['what']:40} {one['seconds']:9.2f} s {one['beside']}", flush=True)
            results.append(one)
    leave(arguments.json, results)


if __name__ == "__main__":
    main()
