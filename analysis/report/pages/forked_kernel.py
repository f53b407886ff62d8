"""Kernels that are forked from one warm process, as a kernel manager that papermill can use."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import uuid
from pathlib import Path
from threading import Lock
from types import TracebackType

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

ROOT = Path(__file__).parents[3]
SERVER = "analysis.report.pages.kernel_server"
LAUNCHER = "ipykernel_launcher"  # the module that a kernelspec of Python runs, before the kernel's own arguments


class ForkedKernel:
    """A kernel that another process forked, with the methods of `subprocess.Popen` that Jupyter calls."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int, pipe: int) -> None:
        self.pid, self._pipe = pid, pipe
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """None while it lives: its end of the pipe closes when it dies. Its exit code is not known here."""
        if self.returncode is None and select.select([self._pipe], [], [], 0)[0]:
            os.close(self._pipe)
            self.returncode = 0
        return self.returncode

    def wait(self) -> int | None:
        """The result of `poll`; Jupyter calls it only after that is not None."""
        return self.poll()

    def send_signal(self, number: int) -> None:
        """Send a signal to a kernel that lives."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


class KernelServer:
    """The warm process, during a `with`; papermill takes its `manager_class`."""

    def __enter__(self) -> "KernelServer":
        own, theirs = socket.socketpair()
        words = [sys.executable, "-m", SERVER, str(theirs.fileno())]
        self._process = subprocess.Popen(
            words, cwd=ROOT, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()], start_new_session=True
        )
        theirs.close()
        self._socket, self._lock = own, Lock()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, cause: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()
        self._process.wait()

    def fork(self, argv: list[str], cwd: str) -> ForkedKernel:
        """A new kernel. Raises OSError if the server has died."""
        read_end, write_end = os.pipe()
        try:
            with self._lock:  # pages run side by side
                text = json.dumps({"argv": argv, "cwd": cwd}).encode()
                socket.send_fds(self._socket, [text], [write_end])
                answer = self._socket.recv(32)
        finally:
            os.close(write_end)
        if not answer:
            os.close(read_end)
            raise ConnectionResetError(f"the process that forks kernels ended with {self._process.wait()}")
        return ForkedKernel(int(answer), read_end)

    @property
    def manager_class(self) -> type[AsyncKernelManager]:
        """A kernel manager whose kernels this server forks."""
        return type("ForkedKernelManager", (_ForkedKernelManager,), {"server": self})


class _ForkedKernelManager(AsyncKernelManager):
    server: KernelServer

    def __init__(self, **traits: object) -> None:
        super().__init__(**traits)
        self.provisioner = _Provisioner(kernel_id=str(uuid.uuid4()), kernel_spec=self.kernel_spec, parent=self)


class _Provisioner(LocalProvisioner):
    async def launch_kernel(self, cmd: list[str], **words: object) -> KernelConnectionInfo:
        assert isinstance(self.parent, _ForkedKernelManager)
        argv = cmd[cmd.index(LAUNCHER) + 1 :]
        folder = str(words.get("cwd") or ROOT)
        kernel = self.parent.server.fork(argv, folder)
        self.process = kernel  # type: ignore[assignment]  # it has the methods of Popen that are called
        self.pid = self.pgid = kernel.pid  # it leads a session of its own
        self.cwd = folder
        return self.connection_info
