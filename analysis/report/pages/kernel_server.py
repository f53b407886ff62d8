"""A process that has imported what pages need, and forks one kernel per page, so that no page waits for imports.

    python -m analysis.report.pages.kernel_server FILE_DESCRIPTOR

Requests come over the socket with that number, each a line of JSON, `{"argv": [...], "cwd": "..."}`, with one end of a
pipe. The answer is the number of the new process. It holds its end of the pipe until it dies, so the holder of the
other end notices at once. If the socket closes, the server ends, and with it every remaining kernel.

Each kernel is forked from the same clean state: pages cannot affect each other.
"""

import gc
import json
import os
import signal
import socket
import sys
from importlib import import_module

from threadpoolctl import threadpool_limits

PRELOAD = (
    "matplotlib_inline.backend_inline",
    "ipykernel.kernelapp",
    "ipykernel.debugger",  # every kernel imports it when it starts, whether anybody debugs or not
    "pyarrow.parquet",
    "analysis.store.tables",
    "analysis.dataset.dataset",
    "analysis.themes.theme_tables",  # scikit-learn: two seconds for a theme's page, which a third of all pages are
)
MOST_BYTES = 65_536


def serve(requests: socket.socket) -> None:
    """Fork a kernel for each request until the other side closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the command, which then closes the socket
    preload()
    gc.freeze()  # keeps memory shared: the collector of a kernel does not touch existing objects
    kernels: set[int] = set()
    while True:
        text, descriptors, _, _ = socket.recv_fds(requests, MOST_BYTES, 1)
        kernels = {pid for pid in kernels if not has_ended(pid)}
        if not text:
            break
        request = json.loads(text)
        pid = os.fork()
        if pid == 0:
            requests.close()
            become_kernel(request["argv"], request["cwd"])
        kernels.add(pid)
        for descriptor in descriptors:
            os.close(descriptor)
        requests.sendall(f"{pid}\n".encode())
    for pid in kernels:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def has_ended(pid: int) -> bool:
    """Whether a kernel has ended. It is not checked again, because another process may then have its number."""
    return os.waitpid(pid, os.WNOHANG)[0] == pid


def preload() -> None:
    """Import what nearly every page imports."""
    os.environ["JPY_PARENT_PID"] = str(os.getpid())  # read when ipykernel is imported: a kernel ends with this process
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    # else the debugger warns on the terminal, when it is imported, of breakpoints that it would miss in Python itself
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    for name in PRELOAD:
        import_module(name)
    from analysis.report import figures

    for name in figures.MODULE_OF:  # each is imported when it is first asked for
        getattr(figures, name)
    # There are as many pages at a time as processors. With several threads per page, KMeans spent nine tenths of its
    # time waiting for its turn, at full load.
    threadpool_limits(1)


def become_kernel(argv: list[str], cwd: str) -> None:
    """Run a kernel in this process until it is told to end; never returns."""
    from ipykernel.kernelapp import launch_new_instance

    code = 1
    try:
        os.setsid()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.chdir(cwd)
        launch_new_instance(argv=argv)
        code = 0
    finally:
        os._exit(code)  # without the handlers of the server for its own end


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
