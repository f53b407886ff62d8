"""JupyterLab as users get it: on loopback, behind a token, with a start notebook whose choices have an effect."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.error import HTTPError

import invented_tables
import pytest
from conftest import missing
from test_browser import FLAGS

from analysis.report.pages import lab, plan

pytestmark = pytest.mark.kernel

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
TOKEN = "invented-for-this-test"
SLOW = 120_000  # ms: JupyterLab's first start, on a machine that does other things too


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    frames = invented_tables.with_people_and_themes(invented_tables.tables())
    return invented_tables.write(tmp_path_factory.mktemp("lab") / "da ta", frames)


@pytest.fixture(scope="module")
def address(data_dir):
    """A JupyterLab that `lab.start` started."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = lab.copies(NOTEBOOKS, data_dir)
    words = lab.command(folder, port=port, opens_browser=False)
    environment = lab.environment(os.environ, TOKEN)
    with (data_dir / "lab.log").open("w") as log, subprocess.Popen(words, env=environment, stderr=log) as server:
        try:
            yield _answering(f"http://127.0.0.1:{port}", server)
        finally:
            server.terminate()


def _answering(address, server):
    until = time.monotonic() + 90
    while time.monotonic() < until and server.poll() is None:
        try:
            urllib.request.urlopen(f"{address}/api/status?token={TOKEN}", timeout=5)
            return address
        except OSError:
            time.sleep(0.5)
    pytest.fail("JupyterLab did not start")


def test_a_copy_reads_the_given_data_and_the_projects_notebook_stays(data_dir):
    folder = lab.copies(NOTEBOOKS, data_dir)

    assert f'data_dir = \\"{data_dir}\\"' in (folder / "00_start.ipynb").read_text()
    assert 'data_dir = \\"\\"' in next(path for path in NOTEBOOKS if path.stem == "00_start").read_text()


def test_of_many_projects_the_copies_read_the_one_that_is_named(data_dir):
    folder = lab.copies(NOTEBOOKS, data_dir, "openstack/nova")

    assert 'project = \\"openstack/nova\\"' in (folder / "00_start.ipynb").read_text()
    assert folder != lab.copies(NOTEBOOKS, data_dir)


def parameters(notebook):
    return dict(plan.read(notebook).parameters)


def test_a_copy_knows_all_that_a_report_tells_its_notebook(data_dir):
    result = {"release": 'a "release"\n', "since": "2015-08-03"}
    folder = lab.copies(NOTEBOOKS, data_dir, "openstack/neutron", result)

    for source in NOTEBOOKS:
        declared, found = parameters(source), parameters(folder / source.name)
        assert found == declared | {name: value for name, value in result.items() if name in declared} | {
            name: value
            for name, value in (("data_dir", str(data_dir)), ("project", "openstack/neutron"))
            if name in declared
        }
    assert "# whose areas the tables hold" in (folder / "00_start.ipynb").read_text()


def test_a_copy_that_is_there_learns_of_newer_tables_and_keeps_what_was_tried(data_dir):
    start = lab.copies(NOTEBOOKS, data_dir, "invented", {"release": "kilo"}) / "00_start.ipynb"
    start.write_text(start.read_text().replace("import analysis", '%time tried = 1\\n",\n    "import analysis'))

    lab.copies(NOTEBOOKS, data_dir, "invented", {"release": "liberty"})

    assert 'release = \\"liberty\\"' in start.read_text()
    assert "%time tried = 1" in start.read_text()


def test_what_somebody_tried_in_a_copy_is_kept(data_dir):
    tried = lab.copies(NOTEBOOKS, data_dir) / "12_texts.ipynb"
    tried.write_text("tried")

    lab.copies(NOTEBOOKS, data_dir)

    assert tried.read_text() == "tried"


def test_the_command_listens_on_loopback_only(tmp_path):
    assert "--ServerApp.ip=127.0.0.1" in lab.command(tmp_path, port=8888, opens_browser=True)


def test_the_secret_is_in_the_environment_and_not_in_the_arguments(tmp_path, monkeypatch):
    ran = {}
    monkeypatch.setattr(lab, "copies", lambda *words: tmp_path)
    monkeypatch.setattr(lab, "serve", lambda words, environ: ran.update(words=words, env=environ) or 0)

    lab.start(notebooks=sorted(tmp_path.glob("*.ipynb")), data_dir=tmp_path, token=TOKEN)

    assert ran["env"]["JUPYTER_TOKEN"] == TOKEN
    assert not [word for word in ran["words"] if TOKEN in word or "token" in word]


def test_without_a_token_jupyterlab_makes_one_as_an_empty_one_asks_for_none():
    assert "JUPYTER_TOKEN" not in lab.environment({"JUPYTER_TOKEN": ""}, "")


def test_ctrl_c_leaves_the_server_the_time_to_stop_its_kernels(tmp_path):
    stops = "import signal, time, pathlib\nsignal.signal(signal.SIGINT, lambda *_: (time.sleep(1), "
    stops += "pathlib.Path('stopped').touch(), exit(7)))\npathlib.Path('ready').touch()\ntime.sleep(60)"
    serves = "import os, sys\nfrom analysis.report.pages import lab\n"
    serves += f"sys.exit(lab.serve([sys.executable, '-c', {stops!r}], os.environ))"
    environ = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    terminal = subprocess.Popen([sys.executable, "-c", serves], cwd=tmp_path, env=environ, start_new_session=True)
    try:
        while not (tmp_path / "ready").exists():
            assert terminal.poll() is None
            time.sleep(0.05)

        os.killpg(terminal.pid, signal.SIGINT)

        assert terminal.wait(timeout=60) == 7
        assert (tmp_path / "stopped").exists()
    finally:
        if terminal.poll() is None:
            os.killpg(terminal.pid, signal.SIGKILL)


@pytest.mark.browser
def test_nobody_gets_in_without_the_token(address):
    with pytest.raises(HTTPError) as refused:
        urllib.request.urlopen(f"{address}/api/contents", timeout=30)

    assert refused.value.code == 403


@pytest.fixture(scope="module")
def browser():
    chromium = shutil.which("chromium")
    if chromium is None:
        missing("Chromium (Debian's package chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield launched
        launched.close()


def opened(browser, address, notebook):
    """A notebook that has run in JupyterLab, in a browser, as a person sees it."""
    page = browser.new_context(viewport={"width": 1280, "height": 1000}).new_page()
    page.set_default_timeout(SLOW)
    run_all_by_keyboard(page, address, notebook)
    return page


@pytest.fixture(scope="module")
def start(browser, address):
    return opened(browser, address, "00_start.ipynb")


def run_all_by_keyboard(page, address, notebook):
    """Open a notebook and run it with the keyboard only: the palette, the name of the command, Enter."""
    page.goto(f"{address}/lab/tree/{notebook}?reset&token={TOKEN}", timeout=SLOW)  # no notebook of before beside it
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()  # earlier, Run asks for a kernel
    page.keyboard.press("Control+Shift+C")
    page.locator(".lm-CommandPalette-input:visible").press_sequentially("Run All Cells")
    page.locator(".lm-CommandPalette-item.lm-mod-active:visible").wait_for()
    page.keyboard.press("Enter")


@pytest.mark.browser
def test_in_the_start_notebook_the_table_follows_choices_made_by_keyboard(start):
    from playwright.sync_api import expect

    page = start
    area, owner = (page.locator(f".widget-dropdown:has(label:text-is('{name}')) select") for name in ("Area", "Owner"))
    rows = page.locator(".jp-OutputArea #chosen tbody tr")
    expect(rows).to_have_count(5, timeout=SLOW)

    area.focus()
    page.keyboard.type("Sch")
    page.keyboard.press("Enter")
    expect(rows).to_have_count(2, timeout=SLOW)
    assert page.locator("#chosen tbody td:nth-child(1)").all_inner_texts() == ["107", "106"]
    change = page.locator("#chosen tbody td:nth-child(1) a").first
    assert change.evaluate("link => getComputedStyle(link).textDecorationLine") == "underline"

    area.focus()
    page.keyboard.type("all")
    page.keyboard.press("Enter")
    expect(rows).to_have_count(5, timeout=SLOW)
    owner.focus()
    page.keyboard.type("Ow")
    expect(page.locator(".jp-OutputArea #chosen tbody tr").first).to_contain_text("Owen Example", timeout=SLOW)
    assert page.locator(".jp-Notification, .Toastify__toast").count() == 0  # nobody is asked about news


@pytest.mark.browser
def test_tables_in_jupyterlab_are_filtered_by_keyboard_and_their_numbers_are_links(start):
    from playwright.sync_api import expect

    page = start
    search = page.locator(".jp-OutputArea .dt-search input").last  # of the data dictionary: a short table has none
    search.focus()
    page.keyboard.type("censored")

    expect(page.get_by_text("filtered from")).to_be_visible(timeout=SLOW)
    link = page.locator(".jp-OutputArea .dt-container tbody a").first
    assert link.get_attribute("href") == "https://review.opendev.org/101"
    assert link.evaluate("link => getComputedStyle(link).textDecorationLine") == "underline"


@pytest.mark.browser
def test_the_cookbook_runs_in_jupyterlab_without_an_error(browser, address):
    page = opened(browser, address, "00_cookbook.ipynb")

    page.locator(".jp-InputPrompt:text-is('[14]:')").wait_for()
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    assert page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.error']").count() == 0
