"""Every benchmark beside its peers, one after the other: `python -m benchmarks`.

    python -m benchmarks [NAME ...] [--small] [--results FILE]
    python -m benchmarks --compare BEFORE.json AFTER.json

A benchmark is a module here with a `main`; it is run in a process of its own, so that its memory is its own. The rows
that it leaves (`rows`) are kept with the machine and the versions; the one table shows each at its largest size, with
how its time grows over four of them (the slope, log to log; 1 is a straight line), beside its peers in the same run.
"""

import argparse
import importlib.metadata
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.rows import HEADER, Row, last_with_slope, line

HERE = Path(__file__).parent
PACKAGES = ("pandas", "pyarrow", "msgspec", "scikit-learn", "duckdb", "distributed", "numpy", "bertopic")


def main(words: list[str] | None = None) -> int:
    """Run the benchmarks, or compare two results; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"among {', '.join(known())} (default: all)")
    parser.add_argument("--small", action="store_true", help="smaller, where a benchmark can be")
    parser.add_argument("--results", type=Path, metavar="FILE", help="default: results/<now>.json beside this file")
    parser.add_argument("--compare", nargs=2, type=Path, metavar="FILE", help="two results: what became faster")
    arguments = parser.parse_args(words)
    if arguments.compare:
        before, after = (json.loads(path.read_text(encoding="utf-8")) for path in arguments.compare)
        print("\n".join(compared(before, after)))
        return 0
    strange = sorted(set(arguments.names) - set(known()))
    if strange:
        parser.error(f"expected names among {known()}, found {strange}")
    return _all(arguments.names or known(), arguments)


def known() -> list[str]:
    """The modules here that are a benchmark."""
    return sorted(path.stem for path in HERE.glob("[a-z]*.py") if "def main(" in path.read_text(encoding="utf-8"))


def _all(names: list[str], arguments: argparse.Namespace) -> int:
    results = {"machine": machine(), "benchmarks": {name: _run(name, small=arguments.small) for name in names}}
    path = arguments.results or HERE / "results" / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results, indent=1), encoding="utf-8")
    print("\n" + "\n".join(table(results)))
    spent = sum(result["processor_seconds"] for result in results["benchmarks"].values())
    print(f"\n{spent:.0f} s of processor time")
    print(f"\nkept in {path}")
    return max(int(result["exit_code"]) for result in results["benchmarks"].values())


def machine() -> Row:
    """What the figures depend on besides the code."""
    versions = {name: importlib.metadata.version(name) for name in PACKAGES if _has(name)}
    return {
        "processors": len(os.sched_getaffinity(0)),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": platform.system(),
        "architecture": platform.machine(),
        "python": platform.python_version(),
        **versions,
    }


def _has(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _run(name: str, *, small: bool) -> Row:
    """One benchmark, its lines shown as they come."""
    print(f"\n== {name}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        rows_file = Path(folder) / "rows.json"
        words = [sys.executable, "-m", f"benchmarks.{name}", "--json", str(rows_file), *(["--small"] if small else [])]
        begun, before, lines = time.perf_counter(), _of_children(), []
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=HERE.parent) as process:
            for output_line in process.stdout or ():
                print(output_line, end="", flush=True)
                lines.append(output_line.rstrip())
        rows = json.loads(rows_file.read_text(encoding="utf-8")) if rows_file.exists() else []
        seconds = time.perf_counter() - begun
    return {
        "exit_code": process.returncode,
        "seconds": seconds,
        "processor_seconds": _of_children() - before,
        "rows": rows,
        "lines": lines,
    }


def _of_children() -> float:
    """The processor time of all processes that have ended, and of theirs: a busy machine does not lengthen it."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def table(results: Row) -> Iterator[str]:
    """All rows of all benchmarks in one table, each at its largest size."""
    yield HEADER
    for name, result in results["benchmarks"].items():
        yield from (line(name, row) for row in last_with_slope(result["rows"]))
        if result["exit_code"]:
            yield f"{name:10} ended with {result['exit_code']}: see its own lines above"


def compared(before: Row, after: Row) -> Iterator[str]:
    """Row by row, how many times as long the second took, and as much memory; rows of one alone are named."""
    strange = {
        key for key in before["machine"] | after["machine"] if before["machine"].get(key) != after["machine"].get(key)
    }
    for key in sorted(strange):
        yield f"{key}: {before['machine'].get(key)} before, {after['machine'].get(key)} after"
    old, new = _by_name(before), _by_name(after)
    yield f"{'benchmark, what, n':66} {'before s':>9} {'after s':>9} {'time':>6} {'memory':>6}"
    for key in sorted(old.keys() | new.keys()):
        if key not in old or key not in new:
            yield f"{key:66} only {'before' if key in old else 'after'}"
            continue
        memory = _ratio(old[key].get("peak_mb"), new[key].get("peak_mb"))
        was, now = old[key]["seconds"], new[key]["seconds"]
        yield f"{key:66} {was:9.2f} {now:9.2f} {_ratio(was, now):>6} {memory:>6}"


def _by_name(results: Row) -> dict[str, Row]:
    return {
        f"{name}, {row['what']}, {row.get('n', '')}": row
        for name, result in results["benchmarks"].items()
        for row in result["rows"]
        if "seconds" in row
    }


def _ratio(before: float | None, after: float | None) -> str:
    return f"x{after / before:.2f}" if before and after is not None else ""


if __name__ == "__main__":
    sys.exit(main())
