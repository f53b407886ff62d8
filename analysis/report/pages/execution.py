"""Runs one notebook by papermill in its own kernel."""

import logging
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import AbstractContextManager, chdir, nullcontext
from pathlib import Path
from types import MappingProxyType

import nbformat
import papermill
from papermill.translators import translate_parameters
from traitlets.config import Config

from analysis.errors import NotebookError
from analysis.report.pages.forked_kernel import KernelServer
from analysis.report.pages.plan import Job
from analysis.report.run_record import Outcome

SECONDS = 600
NO_OPTIONS: Mapping[str, object] = MappingProxyType({})
FOLDERS = ("data_dir", "since")  # parameters that are paths of this machine
ROOT = Path(__file__).parents[3]  # a kernel that starts here imports `analysis` whether it is installed or not


def execute_all(
    jobs: Sequence[Job], folder: Path, sockets: Path, progress: Callable[[str], None]
) -> dict[str, Outcome]:
    """Run the jobs, one per processor at a time, and write `<page>.ipynb` into the folder; page -> outcome.

    The kernels use sockets in our own folder, not ports that other users of the machine can reach.
    """
    outcomes = {}
    folder, sockets = folder.resolve(), sockets.resolve()
    # Threads, because a kernel is a process of its own and this side only passes messages. They share one working
    # directory, so papermill must not change it: each thread would restore what it found, in whatever order they end.
    with chdir(ROOT), kernel_server(len(jobs)) as server, ThreadPoolExecutor(os.cpu_count()) as pool:
        options = {"kernel_manager_class": server.manager_class} if server else {}
        running = [
            pool.submit(execute, job, folder / f"{job.page}.ipynb", sockets / str(n), options)
            for n, job in enumerate(jobs)
        ]
        for n, ended in enumerate(as_completed(running), 1):
            outcome = ended.result()
            outcomes[outcome.page] = outcome
            progress(f"{n}/{len(jobs)} {outcome.page} {'FAILED' if outcome.failure else 'ok'} {outcome.seconds:.1f} s")
    return {job.page: outcomes[job.page] for job in jobs}


def kernel_server(n_jobs: int) -> AbstractContextManager[KernelServer | None]:
    """The process that forks the kernels of several pages; None if a page starts its own, which is as quick for one.

    Elsewhere than on Linux a process that has imported so much may not be forked safely.
    """
    return KernelServer() if n_jobs > 1 and sys.platform == "linux" else nullcontext()


def execute(job: Job, executed: Path, sockets: Path, options: Mapping[str, object] = NO_OPTIONS) -> Outcome:
    """Run the job's notebook and write it with its outputs to `executed`; the outcome names a failing cell.

    The copy is also written if a cell fails: it shows the results of the cells before it. The paths of its kernel's
    sockets begin with `sockets`; `options` are more of papermill's, for its client of the kernel.
    """
    logging.getLogger("papermill").setLevel(logging.ERROR)
    started = time.monotonic()
    failure = ""
    try:
        papermill.execute_notebook(
            _no_template(job.source.path),
            _no_template(executed),
            parameters=dict(job.parameters),
            progress_bar=False,
            request_save_on_cell_execute=False,  # else the whole copy is written before and after each cell
            execution_timeout=SECONDS,
            config=Config({"KernelManager": {"transport": "ipc", "connection_file": f"{sockets}.json"}}),
            # A kernel that is stopped while it starts its last wait prints an error, which nobody can use.
            extra_arguments=["--IPKernelApp.log_level=CRITICAL"],
            shutdown_kernel="immediate",  # it has nothing to save
            **options,
        )
    except papermill.PapermillExecutionError as cause:
        failure = _hide_folders(str(_notebook_error(job, cause)), job)
    _make_public(executed, job)
    return Outcome(job.page, round(time.monotonic() - started, 2), failure)


def _make_public(executed: Path, job: Job) -> None:
    """Replace paths of this machine in the copy by the folders that the notebook names."""
    notebook = nbformat.read(executed, as_version=4)  # type: ignore[no-untyped-call]
    notebook.metadata.pop("papermill", None)
    values = {**job.parameters, **{name: job.source.parameters[name] for name in FOLDERS if name in job.parameters}}
    for cell in notebook.cells:
        if "injected-parameters" in cell.metadata.get("tags", ()):
            cell.source = translate_parameters("python3", "python", values)
        for output in cell.get("outputs", ()):
            if output.output_type == "error":
                output.evalue = _hide_folders(output.evalue, job)
                output.traceback = [_hide_folders(line, job) for line in output.traceback]
    nbformat.write(notebook, executed)  # type: ignore[no-untyped-call]


def _hide_folders(text: str, job: Job) -> str:
    """The text of an error, with the notebook's own names for the folders."""
    for name in FOLDERS:
        if folder := job.parameters.get(name):
            text = text.replace(str(folder), str(job.source.parameters[name] or name))
    return text


def _notebook_error(job: Job, cause: papermill.PapermillExecutionError) -> NotebookError:
    first_line = next(iter(str(cause.source).strip().splitlines()), "")
    return NotebookError(
        expected=f"every cell of {job.source.path.name} to run for {job.page}",
        found=f"In [{cause.exec_count}] ({first_line[:80]!r}): {cause.ename}: {str(cause.evalue)[:300]}",
        do="open the executed notebook beside the page, or run it in `make lab`",
    )


def _no_template(path: Path) -> str:
    """A path in which braces are escaped, because papermill formats paths with the parameters."""
    return str(path).replace("{", "{{").replace("}", "}}")
