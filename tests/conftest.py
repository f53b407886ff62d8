"""Fixtures for every test."""

import gc
import hashlib
import os
import signal
import socket
import sys
from contextlib import ExitStack, nullcontext
from functools import cache
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings
from threadpoolctl import threadpool_limits

import twin
from analysis import cli
from analysis.report.pages import light_jsonschema
from quota_lab import databases

# A slow machine is no bug: no test is judged by the clock.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

# Tests press Ctrl-C in programs of their own. A shell starts what runs in the background deaf to it, and a child
# inherits that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Tests start some hundred processes. Where Python may not keep what it compiled, as some containers set it, each of
# them compiles pandas and scikit-learn anew, which takes three times as long as to import them.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Some test files read notebooks, and every test process imports every file.
light_jsonschema.load()

# The collector of garbage would walk through six thousand collected tests again and again, and through every library.
gc.disable()

REAL = Path(__file__).parents[2] / "shared" / "real"
# What a test needs beside Python and files. `make test-fast` runs the tests that need none of it and are not LONG.
OF_REPORTS = ("line", "kernel", "browser")
SLOW = ("line", "server", "kernel", "browser", "database", "real_data", "real_gerrit")
LONG = "long"
# The files that take longest, longest first, by processor time and waiting.
LONGEST = (
    "test_unknown_on_pages",
    "test_faults",
    "test_browser",
    "test_commands",
    "test_kill",
    "test_docs",
    "test_patterns",
    "test_far_data",
    "test_real_gerrit",
    "test_quota_explorer",
    "test_jupyter_conventions",
    "test_scale",
    "test_first_fetch",
    "test_engine",
    "test_private",
    "test_import_closure",
    "test_lab",
    "test_pipeline",
    "test_dataset_past",
    "test_reports",
)
NEEDED_BY = {
    "served": "server",
    "twin": "server",
    "bucket": "line",
    "invented_project": "line",
    "browser": "browser",
    "real_data": "real_data",
    "explored": LONG,
    "explored_on_mariadb": LONG,
    "compared": LONG,
}


def pytest_collection_modifyitems(items):
    """Mark each test that uses a fixture which starts something, and run the longest files first, then such tests.

    A whole file runs in one process: the last one to begin should be short, or the other processes wait for it.
    """
    for item in items:
        for fixture in NEEDED_BY.keys() & set(item.fixturenames):
            item.add_marker(NEEDED_BY[fixture])
    long = {item.path for item in items if needs(item, *SLOW, LONG)}
    rank = {name: n for n, name in enumerate(LONGEST)}
    items.sort(key=lambda item: (rank.get(item.path.stem, len(rank)), item.path not in long))


def pytest_collection_finish():
    """Exempt the existing objects from garbage collection, which then handles only objects that tests make."""
    gc.collect()
    gc.freeze()
    gc.enable()


def needs(item, *names):
    """Whether a test has one of these markers."""
    return any(item.get_closest_marker(name) for name in names)


@pytest.fixture(autouse=True)
def loopback_only(request, monkeypatch):
    """Refuse connections to the real Launchpad and Gerrit, and any connection of a test without a marker of SLOW."""
    connect = socket.socket.connect
    is_slow = needs(request.node, *SLOW)

    def guarded(self, address):
        if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"expected a loopback address, found {address}: start the twin instead")
        if self.family != socket.AF_UNIX and not is_slow:
            raise AssertionError(f"{address} in a test of the fast lane: mark it with one of {SLOW}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Run linear algebra on one thread, as in a build: tests run side by side, and waiting threads burn time."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="session", autouse=True)
def no_wait_for_the_disk():
    """Write files without waiting until the disk has them, about a hundred times in each build.

    No test cuts the power, and what a killed process wrote is in the memory of the system, synced or not. Commands that
    tests start wait as ever.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def one_warm_process(request):
    """Fork the kernels of all reports of this session from one process, because each would import for seconds.

    Another test checks that no kernel affects another. Yields the function that chooses the kernels outside of tests.
    """
    if not any(needs(item, *OF_REPORTS) for item in request.session.items):
        yield None
        return
    from analysis.report.pages import execution

    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        started = cache(lambda: stack.enter_context(execution.KernelServer()))  # when a page first asks for it
        usual = execution.kernel_server
        patch.setattr(execution, "kernel_server", lambda n_jobs: nullcontext(started()))
        yield usual


@pytest.fixture
def own_kernels(one_warm_process, monkeypatch):
    """Reports start their kernels as they do outside of tests."""
    monkeypatch.setattr("analysis.report.pages.execution.kernel_server", one_warm_process)


@pytest.fixture(scope="session")
def real_data():
    """The folder of real data beside the project; tests that need it are skipped by name if it is absent."""
    return folder_of_real_data(REAL)


@pytest.fixture(scope="module")
def served(world):
    """The world of the requesting module, served over HTTP."""
    with twin.Server(world) as server:
        yield server


@pytest.fixture(scope="session")
def invented_project(tmp_path_factory):
    """A data directory with the invented project, fetched over HTTP and built: made once, for all test processes.

    All tests share it, so a test that changes it must take a copy; the end of the session checks that none did.
    """
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "invented-project"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            unfinished = tmp_path_factory.mktemp("invented") / "data"
            with twin.Server(twin.build_world(n_bugs=60)) as server:
                roots = ["--launchpad-root", server.launchpad_root, "--gerrit-root", server.gerrit_root]
                for source in ("launchpad", "gerrit"):
                    assert cli.main(["--data-dir", str(unfinished), "fetch", source, *roots]) == 0
            assert cli.main(["--data-dir", str(unfinished), "build"]) == 0
            unfinished.rename(folder)
    made = contents(folder)
    yield folder
    assert contents(folder) == made, f"a test changed {folder}, which is for all tests: let it take a copy"


def contents(folder):
    """The files below a folder, each with a digest of its content."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def running(name):
    """Start and stop the database server of that name, for a fixture."""
    lack = databases.missing().get(name)
    if lack:
        missing(lack)
    with databases.named(name)() as database:
        yield database


def folder_of_real_data(folder):
    """The folder, if it exists. Unlike a server or a browser, nobody can install it, so CI cannot require it."""
    if not folder.is_dir():
        pytest.skip("the real data (folder shared/real beside the project) is missing")
    return folder


def missing(what):
    """Skip the test if this machine lacks a part; fail instead if ANALYSIS_REQUIRE is set, as in CI."""
    if os.environ.get("ANALYSIS_REQUIRE"):
        pytest.fail(f"{what} is missing, and ANALYSIS_REQUIRE says that it must be here")
    pytest.skip(f"{what} is missing")
