"""Both engines behave the same: results, errors by name, and a second try after a worker died."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import dask
import distributed
import engine_work
import pytest

from analysis.build import engine
from analysis.build.engine.forking import uninterrupted
from analysis.errors import IncompleteError, StoreError, UsageError

pytestmark = pytest.mark.line


@pytest.fixture(scope="module")
def cluster():
    """A running cluster, as on other machines; starting one for each test would take longer than the test."""
    engine.dask._library()  # how often a partition is tried is told to the scheduler when it begins
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0", host="127.0.0.1"
    ) as running:
        yield running


@pytest.fixture(params=engine.ENGINES)
def both(request):
    if request.param == "dask":
        return engine.chosen("dask", scheduler=request.getfixturevalue("cluster").scheduler_address)
    return engine.chosen(request.param, workers=2)


def results(outcomes):
    return {each.name: each.result for each in outcomes if each.error is None}


def errors(outcomes):
    return {each.name: each.error for each in outcomes if each.error is not None}


@pytest.mark.parametrize("name", engine.ENGINES)
def test_every_partition_is_run_and_named(name):
    on = engine.chosen(name, workers=2)

    result = list(on.run(engine_work.doubled, {"one": (1,), "two": (2,), "three": (3,)}))

    assert results(result) == {"one": 2, "two": 4, "three": 6}


def test_a_partition_that_fails_is_named_and_the_others_finish(both):
    result = list(both.run(engine_work.doubled, {"one": (1,), "bad": (13,), "three": (3,)}))

    assert results(result) == {"one": 2, "three": 6}
    assert isinstance(errors(result)["bad"], StoreError)
    assert errors(result)["bad"].found == "13"


def test_a_process_that_is_killed_is_tried_again(both, tmp_path):
    mark = tmp_path / "died"

    result = list(both.run(engine_work.dying_once, {str(n): (mark, n) for n in range(4)}))

    assert mark.exists()
    assert results(result) == {"0": 0, "1": 2, "2": 4, "3": 6}


TWIN = [
    "twin",
    "world",
    "--projects",
    "400",
    "--changes",
    "20000",
    "--workers",
    "2",
]  # seconds of work after its first line
DASK = [*TWIN, "--engine", "dask"]
RACES = ["quota-lab", "run", "--database", "sqlite", "--repetitions", "50"]


# The processes of a race are begun, then connect, then wait for each other: at different times after the first line.
@pytest.mark.parametrize(("words", "seconds"), [(TWIN, 0), (DASK, 0), *((RACES, n) for n in (0.1, 0.2, 0.3, 0.6))])
def test_ctrl_c_during_a_build_is_reported_once(words, seconds, tmp_path):
    begun = subprocess.Popen(
        [sys.executable, "-m", "analysis", *words, "--data-dir", str(tmp_path)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # tests in the background have it ignored
    )  # fmt: skip
    with begun:
        begun.stdout.readline()
        time.sleep(seconds)
        os.killpg(begun.pid, signal.SIGINT)  # as a terminal does: to the command and to all that it started
        text = begun.stderr.read()

    # A shell says 130 for both: Python ends by the signal itself where it was interrupted inside exec().
    assert begun.returncode in (130, -signal.SIGINT)
    assert text.startswith("interrupted") and text.count("\n") == 1


@pytest.mark.parametrize("name", engine.ENGINES)
def test_workers_stop_when_the_command_is_killed(name, tmp_path):
    begun = subprocess.Popen(
        [sys.executable, "-c", WORKING_FOR_EVER, name, str(tmp_path)], stderr=subprocess.PIPE, cwd=Path(__file__).parent
    )
    with begun:
        while len(list(tmp_path.iterdir())) < 2 and begun.poll() is None:  # until both are in the midst of their work
            time.sleep(0.01)
        assert begun.poll() is None, begun.stderr.read()
        begun.kill()
        begun.communicate(timeout=60)  # to the end: nobody is left who could write to it


WORKING_FOR_EVER = """
import sys
from pathlib import Path
import engine_work
from analysis.build import engine
if __name__ == "__main__":
    folder = Path(sys.argv[2])
    partitions = {name: (folder / name,) for name in ("one", "two")}
    list(engine.chosen(sys.argv[1], workers=2).run(engine_work.working_for_ever, partitions))
"""


def test_only_the_command_itself_receives_ctrl_c():
    result = results(engine.Local(workers=2).run(engine_work.hears_ctrl_c, {"a": (1,), "b": (2,), "c": (3,)}))

    assert result == {"a": False, "b": False, "c": False}


@pytest.fixture
def interruptible():
    """Handle Ctrl-C as at a terminal, because processes that a shell starts in the background ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_waits_until_a_starting_process_runs():
    done, ended = [], threading.Event()
    other = threading.Thread(target=ended.wait)  # the signal may come by any thread
    other.start()

    with pytest.raises(KeyboardInterrupt), uninterrupted():
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.1)
        done.append("begun")
    ended.set()
    other.join()

    assert done == ["begun"]


def test_a_partition_that_kills_every_process_is_given_up_and_the_rest_finish():
    result = list(engine.Local(workers=2).run(engine_work.dying, {"bad": (13,), "one": (1,), "two": (2,)}))

    assert results(result) == {"one": 2, "two": 4}
    assert isinstance(errors(result)["bad"], IncompleteError)
    assert "exit code -9" in str(errors(result)["bad"])


def test_partitions_have_their_own_processes_but_a_single_one_does_not():
    two = results(engine.Local(workers=2).run(engine_work.process_number, {"a": (1,), "b": (2,)}))
    one = results(engine.Local(workers=2).run(engine_work.process_number, {"a": (1,)}))

    assert len({*two.values(), os.getpid()}) == 3
    assert one == {"a": os.getpid()}


def test_a_partition_has_one_thread_so_that_two_do_not_wait_for_each_other(both):
    result = results(both.run(engine_work.n_threads, {"one": (1,), "two": (2,)}))

    assert result == {"one": 1, "two": 1}


def test_a_single_partition_has_one_thread_in_libraries_that_it_loads_too():
    code = (
        "import engine_work; from analysis.build import engine\n"
        "[done] = engine.Local(preload=['sklearn.cluster']).run(engine_work.n_threads_of_clusters, {'a': (1,)})\n"
        "print(done.result)"
    )
    several = {**os.environ, "OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2"}

    printed = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parent, env=several, capture_output=True, text=True, check=True
    )

    assert printed.stdout == "1\n"


def test_no_partitions_are_no_error(both):
    assert list(both.run(engine_work.doubled, {})) == []


def test_an_address_without_dask_is_refused():
    with pytest.raises(UsageError, match="--engine dask"):
        engine.chosen("local", scheduler="tcp://127.0.0.1:8786")


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "http://127.0.0.1:1", "nonsense"])
def test_an_address_without_a_scheduler_is_named(address):
    with dask.config.set({"distributed.comm.timeouts.connect": "1s"}), pytest.raises(UsageError) as error:
        list(engine.chosen("dask", scheduler=address).run(engine_work.doubled, {"one": (1,)}))

    assert f"a Dask scheduler at {address}" in str(error.value)


def test_work_lost_with_a_scheduler_is_reported_and_does_not_crash(cluster):
    """If the scheduler disappears, the client cancels the running work."""
    with distributed.Client(cluster) as client:
        under_way = client.submit(time.sleep, 0.5)
        under_way.cancel()

        result = engine.dask._outcome(distributed, "one", under_way)

    assert isinstance(result.error, IncompleteError)
    assert "the connection to the scheduler was lost" in str(result.error)
