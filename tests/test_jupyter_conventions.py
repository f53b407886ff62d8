"""Conventions of Jupyter: papermill, a scheduler, servers, pytest and git on other people's machines."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
from importlib.util import find_spec
from pathlib import Path

import invented_tables
import nbformat
import pytest
from conftest import missing
from papermill import execute_notebook
from traitlets.config import Config

from analysis.dataset import origin
from analysis.report.pages import execution, lab

ROOT = Path(__file__).parents[1]
NOTEBOOKS = ROOT / "notebooks"
TOKEN = "invented-for-this-test"


@pytest.fixture(scope="module")
def frames():
    return invented_tables.with_people_and_themes(invented_tables.tables())


@pytest.fixture(scope="module")
def checkout(tmp_path_factory, frames):
    """Another person's checkout: the packages, the notebooks, and tables in its folder data."""
    folder = tmp_path_factory.mktemp("check out")
    for name in ("analysis", "quota_lab", "notebooks"):
        shutil.copytree(ROOT / name, folder / name)
    for name in ("areas", "projects"):
        shutil.copytree(ROOT / "data" / name, folder / "data" / name)
    shutil.copy(ROOT / "pyproject.toml", folder)
    invented_tables.write(folder / "data", frames)
    without_grammar(folder)
    return folder


def without_grammar(folder):
    """Spare what Python starts with this folder on its path a second: the grammar of internationalised addresses.

    jsonschema does without it where it is not installed, and a notebook has no such address.
    """
    (folder / "rfc3987_syntax.py").write_text("raise ImportError\n")


def environment(checkout, **more):
    """The environment of a shell that can import the package, as if installed, and has no other setting of ours."""
    ours = ("ANALYSIS_DATA", "JUPYTER_TOKEN", "JPY_SESSION_NAME")
    theirs = {name: value for name, value in os.environ.items() if name not in ours}
    return theirs | {"PYTHONPATH": str(checkout)} | more


def papermill(notebook, folder, environ):
    words = [sys.executable, "-m", "papermill", "--no-progress-bar", str(notebook), str(folder / "out.ipynb")]
    return subprocess.run(words, cwd=folder, env=environ, capture_output=True, text=True, timeout=240)


@pytest.mark.kernel
def test_plain_papermill_finds_the_data_of_the_repository_from_elsewhere(checkout):
    folder = checkout / "../elsewhere"
    folder.mkdir()

    ended = papermill(f"{checkout}/notebooks/02_area.ipynb", folder, environment(checkout))

    assert ended.returncode == 0, ended.stderr[-2000:]
    assert "Fixes awaiting review: Simplify quotas" in (folder / "out.ipynb").read_text()


@pytest.mark.parametrize("place", [".", "notebooks"])
def test_a_notebook_that_runs_within_a_checkout_finds_the_data_there(checkout, place, monkeypatch):
    monkeypatch.delenv("ANALYSIS_DATA", raising=False)
    monkeypatch.chdir(checkout / place)

    assert origin.find_data("") == (checkout / "data").resolve()


@pytest.mark.kernel
def test_plain_papermill_without_data_says_where_it_looked(checkout, tmp_path):
    ended = papermill(NOTEBOOKS / "02_area.ipynb", tmp_path, environment(checkout, ANALYSIS_DATA=str(tmp_path / "no")))

    assert ended.returncode != 0
    assert f"none at {tmp_path / 'no'}" in ended.stderr and "make demo" in ended.stderr


@pytest.mark.kernel
def test_a_job_of_the_scheduler_runs_a_copy_of_the_copy_in_jupyterlab(checkout, tmp_path):
    opened = lab.copies(sorted((checkout / "notebooks").glob("*.ipynb")), checkout / "data") / "02_area.ipynb"
    copy = tmp_path / "jobs" / "7d1e" / "02_area-2015-07-01.ipynb"
    copy.parent.mkdir(parents=True)
    shutil.copy(opened, copy)

    with execution.kernel_server(2) as server:  # that of the session
        done = server_run(server, copy)

    assert "Fixes awaiting review: Simplify quotas" in done.read_text()


def server_run(server, notebook):
    """Run a notebook in its folder by papermill in a kernel of the server; raises the error of a cell."""
    done = notebook.with_suffix(".out.ipynb")
    ipc = {"transport": "ipc", "connection_file": str(notebook.with_suffix(".json"))}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(notebook.parent)
        execute_notebook(notebook.name, done.name, progress_bar=False, kernel_manager_class=server.manager_class,
                         shutdown_kernel="immediate", config=Config({"KernelManager": ipc}))  # fmt: skip
    return done


@pytest.mark.kernel
def test_a_strangers_pytest_runs_the_notebooks(checkout):
    if find_spec("nbmake") is None:
        missing("nbmake")
    # One of each kind; a report runs all.
    names = ["00_start", "00_cookbook", "00_one_bug", "05_themes", "18_quota_engines"]
    words = ["-m", "pytest", "--nbmake", "-q", "-p", "no:cacheprovider", *(f"notebooks/{name}.ipynb" for name in names)]

    ended = subprocess.run(
        [sys.executable, *words], cwd=checkout, env=environment(checkout), capture_output=True, text=True, timeout=400
    )

    assert ended.returncode == 0, ended.stdout[-3000:]
    assert f"{len(names)} passed" in ended.stdout


@pytest.fixture(scope="module")
def foreign_server(checkout, tmp_path_factory):
    """Another person's Jupyter server, which knows only the kernel that `make lab` registered."""
    folder = tmp_path_factory.mktemp("foreign")
    lab.register_kernel(folder / "share", root=checkout)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [sys.executable, "-m", "jupyter_server", "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}",
             "--ServerApp.open_browser=False", f"--ServerApp.root_dir={folder}", "--allow-root"]  # fmt: skip
    own = {name: value for name, value in environment(checkout).items() if name != "PYTHONPATH"}
    own |= {"JUPYTER_DATA_DIR": str(folder / "share"), "JUPYTER_TOKEN": TOKEN}
    with (folder / "server.log").open("w") as log, subprocess.Popen(words, cwd=folder, env=own, stderr=log) as server:
        try:
            yield _answering(f"http://127.0.0.1:{port}", server)
        finally:
            server.terminate()


def _answering(address, server):
    until = time.monotonic() + 90
    while time.monotonic() < until and server.poll() is None:
        try:
            ask(address, "/api/status")
            return address
        except OSError:
            time.sleep(0.3)
    pytest.fail("the Jupyter server did not start")


def ask(address, path, content=None):
    """The answer of the server's API; posts the content if there is one."""
    headers = {"Authorization": f"token {TOKEN}", "Content-Type": "application/json"}
    data = None if content is None else json.dumps(content).encode()
    with urllib.request.urlopen(urllib.request.Request(address + path, data, headers), timeout=60) as answer:
        return json.load(answer)


def run_cell(connection, code):
    """Run code in the kernel of an open websocket, and return its status and its output."""
    header = {"msg_id": f"{time.monotonic_ns()}", "msg_type": "execute_request", "username": "", "session": "test",
              "version": "5.3", "date": ""}  # fmt: skip
    content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False, "stop_on_error": True}
    message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
    connection.send(json.dumps(message))
    outputs, reply, is_idle = [], None, False
    while reply is None or not is_idle:  # reply and output come on two channels, in any order
        table = json.loads(connection.recv())
        if table["parent_header"].get("msg_id") != header["msg_id"]:
            continue
        if table["msg_type"] == "execute_result":
            outputs.append(table["content"]["data"])
        if table["msg_type"] == "execute_reply":
            reply = table["content"]
        is_idle = is_idle or (table["msg_type"] == "status" and table["content"]["execution_state"] == "idle")
    return reply, outputs


@pytest.mark.kernel
@pytest.mark.server
def test_a_foreign_server_runs_a_notebook_with_the_kernel_that_is_registered(foreign_server):
    websocket = pytest.importorskip("websocket")
    rows = ask(foreign_server, "/api/kernelspecs")["kernelspecs"]
    kernel = ask(foreign_server, "/api/kernels", {"name": lab.KERNEL})
    cells = nbformat.read(NOTEBOOKS / "02_area.ipynb", as_version=4).cells
    address = f"{foreign_server.replace('http', 'ws')}/api/kernels/{kernel['id']}/channels?token={TOKEN}"
    connection = websocket.create_connection(address, timeout=120)

    ended = [run_cell(connection, cell.source) for cell in cells if cell.cell_type == "code"]
    connection.close()

    assert rows[lab.KERNEL]["spec"]["display_name"] == "Bugfix analysis"
    assert [reply["status"] for reply, _ in ended] == ["ok"] * len(ended)
    assert any("Fixes awaiting review: Simplify quotas" in json.dumps(outputs) for _, outputs in ended)


def git(folder, *words):
    own = os.environ | {"PYTHONPATH": str(folder)}
    return subprocess.run(["git", *words], cwd=folder, env=own, capture_output=True, text=True, check=True).stdout


@pytest.mark.line  # nbstripout, five times
def test_git_keeps_a_notebook_without_outputs_and_compares_its_code(tmp_path):
    for name in (".gitattributes", ".gitconfig"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    without_grammar(tmp_path)
    git(tmp_path, "init", "-q")
    git(tmp_path, "config", "--local", "include.path", "../.gitconfig")
    cell = nbformat.v4.new_code_cell("1 + 1", outputs=[nbformat.v4.new_output("stream", text="a secret")])
    notebook = nbformat.v4.new_notebook(cells=[cell])
    nbformat.write(notebook, tmp_path / "a.ipynb")

    git(tmp_path, "add", "a.ipynb")
    notebook.cells[0].source = "1 + 2"
    nbformat.write(notebook, tmp_path / "a.ipynb")

    assert "a secret" not in git(tmp_path, "show", "--no-textconv", ":a.ipynb")
    compared = [line for line in git(tmp_path, "diff").splitlines() if re.match(r"[+-][^+-]", line)]
    assert len(compared) == 2 and "1 + 1" in compared[0] and "1 + 2" in compared[1]


def test_make_setup_and_contributing_name_the_line_that_configures_git():
    line = "git config --local include.path ../.gitconfig"

    assert all(line in (ROOT / name).read_text() for name in ("Makefile", "CONTRIBUTING.md", ".gitconfig"))


def test_what_jupyterlab_shows_needs_no_package_that_is_not_declared():
    dependencies = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    declared = {re.split(r"[<>=\[]", line)[0] for line in dependencies}

    assert {"anywidget", "itables", "ipywidgets", "duckdb"} <= declared
    assert find_spec("anywidget")  # which itables' widget imports
