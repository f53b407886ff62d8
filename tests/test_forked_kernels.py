"""Kernels of pages that are forked from one warm process: each is independent, and none is left behind."""

import os
import signal
import time
from pathlib import Path

import nbformat
import papermill
import pytest
from traitlets.config import Config

from analysis.report.pages import execution
from analysis.report.pages.forked_kernel import KernelServer

pytestmark = pytest.mark.kernel


@pytest.fixture(scope="module")
def server():
    with execution.kernel_server(2) as running:  # that of the session
        yield running


def run(server, folder, code):
    """The output of a notebook with this code, run by papermill in a kernel of the server."""
    python = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"},
              "language_info": {"name": "python"}}  # fmt: skip
    cells = [nbformat.v4.new_code_cell(code)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=python), folder / "in.ipynb")
    ipc = {"transport": "ipc", "connection_file": str(folder / "kernel.json")}
    executed = papermill.execute_notebook(
        str(folder / "in.ipynb"),
        str(folder / "out.ipynb"),
        progress_bar=False,
        kernel_manager_class=server.manager_class,
        shutdown_kernel="immediate",
        config=Config({"KernelManager": ipc}),
    )
    return executed.cells[-1].outputs[0]["data"]["text/plain"]


def test_what_a_page_leaves_behind_does_not_reach_the_next(server, tmp_path):
    first = run(server, tmp_path, "import analysis, pandas; analysis.left = pandas.left = 1; hasattr(analysis, 'left')")
    second = run(server, tmp_path, "import analysis, pandas; hasattr(analysis, 'left') or hasattr(pandas, 'left')")

    assert (first, second) == ("True", "False")


def test_what_pages_import_is_there_already(server, tmp_path):
    modules = "{'analysis.dataset.dataset', 'matplotlib.backends.backend_svg', 'pandas', 'pyarrow.parquet'}"

    assert run(server, tmp_path, f"import sys; sorted({modules} - set(sys.modules))") == "[]"


def started(server, folder):
    """A kernel that runs until somebody ends it."""
    return server.fork(["-f", str(Path(folder) / "lasting.json")], str(folder))


def has_ended(kernel):
    until = time.monotonic() + 120
    while kernel.poll() is None and time.monotonic() < until:
        time.sleep(0.05)
    return kernel.poll() is not None


def test_a_kernel_that_is_killed_is_seen_to_be_dead(server, tmp_path):
    kernel = started(server, tmp_path)
    assert kernel.poll() is None

    os.kill(kernel.pid, signal.SIGKILL)

    assert has_ended(kernel)


def test_no_kernel_outlives_its_server(tmp_path):
    with KernelServer() as own:
        kernel = started(own, tmp_path)
        assert kernel.poll() is None

    assert has_ended(kernel)
    with pytest.raises(ProcessLookupError):
        os.kill(kernel.pid, 0)


def test_a_server_that_died_is_named_when_a_kernel_is_asked_for(tmp_path):
    with KernelServer() as own:
        own._process.kill()
        own._process.wait()

        with pytest.raises(OSError):
            started(own, tmp_path)
