"""JupyterLab on loopback, with copies of the notebooks that read the given data."""

import ast
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from jupyter_client.kernelspec import KernelSpecManager

from analysis.report.page_registry import EXPLORING
from analysis.report.pages import fingerprint

ROOT = Path(__file__).parents[3]
START = f"{EXPLORING[0]}.ipynb"
SETTINGS = ".settings"
# JupyterLab asks in a dialogue whether it may fetch news; here it may not, and the user is not asked.
OVERRIDES = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}}
KERNEL = "bugfix-analysis"  # the name by which any Jupyter server of this user finds this environment


def start(
    *,
    notebooks: Sequence[Path],
    data_dir: Path,
    project: str = "",
    common: Mapping[str, object] | None = None,
    port: int = 8888,
    token: str = "",
    opens_browser: bool = True,
) -> int:
    """Run JupyterLab until it is stopped, and return its exit code; it prints the address with its token.

    People work on copies in `data/processed/lab`, so what they try never changes the notebooks of the project. A copy
    that is there is kept, and told again what is known of the data; newer notebooks come in a folder of their own.

    Parameters
    ----------
    project
        Whose tables the copies read; empty: every project that is there.
    common
        Values for every notebook that declares them, as a report gives them: release, as_of, launchpad_project, ...
    port
        The first to try; JupyterLab takes the next free one.
    token
        What a browser must show. Empty: JupyterLab makes one.
    """
    folder = copies(notebooks, data_dir.resolve(), project, common)
    register_kernel()
    # A kernel finds `analysis` whether it is installed or not.
    return serve(command(folder, port=port, opens_browser=opens_browser), environment(os.environ, token))


def serve(words: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run a server until it ends by itself, and return its exit code.

    A terminal sends Ctrl-C to the server too, which asks whether to stop and then stops its kernels.
    """
    with subprocess.Popen(words, env=environ) as server:
        while True:
            try:
                return server.wait()
            except KeyboardInterrupt:  # subprocess.run would kill the server a quarter of a second later
                continue


def register_kernel(share: Path | None = None, *, root: Path = ROOT) -> Path:
    """Register the kernel of this environment for every Jupyter server of this user, and return its folder.

    A server of another environment then runs a notebook with this one's packages. `share` is where Jupyter keeps what
    is shared, by default this user's own folder, or that of JUPYTER_DATA_DIR.
    """
    spec = {
        "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "Bugfix analysis",
        "language": "python",
        "env": {"PYTHONPATH": str(root)},  # whether the package is installed or not
        "metadata": {"debugger": True},
    }
    folder = (Path(KernelSpecManager().user_kernel_dir) if share is None else share / "kernels") / KERNEL
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "kernel.json", json.dumps(spec, indent=1) + "\n")
    return folder


def environment(own: Mapping[str, str], token: str) -> dict[str, str]:
    """The environment of JupyterLab: with our code to import, and with the token, which it reads there.

    Every user of the machine can read the arguments of a process, and nobody else its environment.
    """
    path = os.pathsep.join(filter(None, (str(ROOT), own.get("PYTHONPATH"))))
    without = {name: value for name, value in own.items() if name != "JUPYTER_TOKEN"}  # an empty one would ask for none
    return without | {"PYTHONPATH": path} | ({"JUPYTER_TOKEN": token} if token else {})


def command(folder: Path, *, port: int, opens_browser: bool) -> list[str]:
    """The command line of a JupyterLab that listens on loopback only, asks for a token, and fetches nothing."""
    words = [
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        f"--ServerApp.root_dir={folder}",
        f"--LabApp.default_url=/lab/tree/{START}",
        f"--ServerApp.open_browser={opens_browser}",
        f"--LabApp.app_settings_dir={folder / SETTINGS}",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.news_url=None",
    ]
    # Root may run it in a container; on loopback and behind a token that is no wider than its shell.
    root_words = ["--allow-root"] if os.geteuid() == 0 else []
    return [sys.executable, "-m", "jupyterlab", *words, *root_words]


def copies(
    notebooks: Sequence[Path], data_dir: Path, project: str = "", common: Mapping[str, object] | None = None
) -> Path:
    """The folder of the copies; missing copies are made, each with values for the parameters of its notebook.

    In a copy that is there, only these values are set again: its tables may be newer than it is.
    """
    name = fingerprint.of_files(notebooks)[:8] + (f"-{quote(project, safe='')}" if project else "")
    folder = data_dir / "processed" / "lab" / name
    folder.mkdir(parents=True, exist_ok=True)
    values = {**(common or {}), "data_dir": str(data_dir).replace("\\", "/"), "project": project}
    for source in notebooks:
        copy = folder / source.name
        _write(copy, _set_values(copy if copy.exists() else source, values))
    (folder / SETTINGS).mkdir(exist_ok=True)
    _write(folder / SETTINGS / "overrides.json", json.dumps(OVERRIDES, indent=1) + "\n")
    return folder


def _set_values(notebook: Path, values: Mapping[str, object]) -> str:
    """The notebook's text with these values in its cell of parameters; unchanged if it has no readable one."""
    text = notebook.read_text(encoding="utf-8")
    try:
        content = json.loads(text)
        (cell,) = (cell for cell in content["cells"] if "parameters" in cell["metadata"].get("tags", ()))
        old = "".join(cell["source"])
        new = _assign(old, values)
    except (ValueError, KeyError, TypeError, SyntaxError):
        return text  # the user is experimenting with it
    if new == old:
        return text
    cell["source"] = new.splitlines(keepends=True)
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _assign(code: str, values: Mapping[str, object]) -> str:
    """The code with other literals for the names that it assigns; the comments behind them stay."""
    lines = code.encode().splitlines(keepends=True)  # ast counts columns in bytes
    begins = [sum(map(len, lines[:number])) for number in range(len(lines))]
    assigned = b"".join(lines)
    for it in reversed([it for it in ast.parse(code).body if isinstance(it, ast.Assign)]):
        name, old = getattr(it.targets[0], "id", ""), it.value
        if name in values:
            value = values[name]
            literal = json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)
            begin = begins[old.lineno - 1] + old.col_offset
            end = begins[(old.end_lineno or old.lineno) - 1] + (old.end_col_offset or 0)
            assigned = assigned[:begin] + literal.encode() + assigned[end:]
    return assigned.decode()


def _write(copy: Path, text: str) -> None:
    if copy.exists() and copy.read_text(encoding="utf-8") == text:
        return
    draft = copy.with_suffix(".new")
    draft.write_text(text, encoding="utf-8")
    shutil.move(draft, copy)
