"""JupyterLab on loopback, with copies of the notebooks that read the given data."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from analysis.reports import fingerprint

ROOT = Path(__file__).parents[2]
START = "00_start.ipynb"


def start(
    *,
    notebooks_dir: Path,
    data_dir: Path,
    project: str = "",
    port: int = 8888,
    token: str = "",
    opens_browser: bool = True,
) -> int:
    """Run JupyterLab until it is stopped, and return its exit code; it prints the address with its token.

    People work on copies in `data/processed/lab`, so what they try never changes the notebooks of the project. A copy
    that is there is kept; newer notebooks come in a folder of their own.

    Parameters
    ----------
    project
        Whose tables the copies read; empty: every project that is there.
    port
        The first to try; JupyterLab takes the next free one.
    token
        What a browser must show. Empty: JupyterLab makes one.
    """
    folder = copies(notebooks_dir, data_dir.resolve(), project)
    # A kernel finds `analysis` whether it is installed or not.
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))}
    return subprocess.run(
        command(folder, port=port, token=token, opens_browser=opens_browser), env=environment
    ).returncode


def command(folder: Path, *, port: int, token: str, opens_browser: bool) -> list[str]:
    """The command line of a JupyterLab that listens on loopback only, asks for a token, and fetches nothing."""
    words = [
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        f"--ServerApp.root_dir={folder}",
        f"--LabApp.default_url=/lab/tree/{START}",
        f"--ServerApp.open_browser={opens_browser}",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.news_url=None",
    ]
    token_words = [f"--IdentityProvider.token={token}"] if token else []
    # Root may run it in a container; on loopback and behind a token that is no wider than its shell.
    root_words = ["--allow-root"] if os.geteuid() == 0 else []
    return [sys.executable, "-m", "jupyterlab", *words, *token_words, *root_words]


def copies(notebooks_dir: Path, data_dir: Path, project: str = "") -> Path:
    """The folder of the copies, made where they are missing, each with `data_dir` and `project` set."""
    sources = sorted(notebooks_dir.glob("*.ipynb"))
    name = fingerprint.of_files(sources)[:8] + (f"-{quote(project, safe='')}" if project else "")
    folder = data_dir / "processed" / "lab" / name
    folder.mkdir(parents=True, exist_ok=True)
    values = {"data_dir": str(data_dir).replace("\\", "/"), "project": project}
    for source in sources:
        copy = folder / source.name
        if not copy.exists():
            _copy(source, copy, values)
    return folder


def _copy(source: Path, copy: Path, values: Mapping[str, str]) -> None:
    text = source.read_text(encoding="utf-8")
    for name, value in values.items():
        before, found, rest = text.partition(f'"{name} = \\"')
        text = before + found + value + rest[rest.index('\\"') :] if found else text
    draft = copy.with_suffix(".new")
    draft.write_text(text, encoding="utf-8")
    shutil.move(draft, copy)
