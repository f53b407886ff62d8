"""JupyterLab as people get it: on loopback, behind a token, with a start notebook whose choices do something."""

import os
import shutil
import socket
import subprocess
import time
import urllib.request
from pathlib import Path
from urllib.error import HTTPError

import invented_tables
import pytest
from conftest import missing
from test_browser import FLAGS

from analysis.reports import lab, plan

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
TOKEN = "invented-for-this-test"
SLOW = 120_000  # ms: JupyterLab's first start, on a machine that does other things too


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    return invented_tables.write(tmp_path_factory.mktemp("lab") / "da ta", invented_tables.tables())


@pytest.fixture(scope="module")
def address(data_dir):
    """A running JupyterLab, as `lab.start` runs it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = lab.copies(NOTEBOOKS, data_dir)
    words = lab.command(folder, port=port, token=TOKEN, opens_browser=False)
    environment = os.environ | {"PYTHONPATH": str(lab.ROOT)}
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
    assert 'data_dir = \\"../data\\"' in (NOTEBOOKS / "00_start.ipynb").read_text()


def test_of_many_projects_the_copies_read_the_one_that_is_named(data_dir):
    folder = lab.copies(NOTEBOOKS, data_dir, "openstack/nova")

    assert 'project = \\"openstack/nova\\"' in (folder / "00_start.ipynb").read_text()
    assert folder != lab.copies(NOTEBOOKS, data_dir)


def parameters(notebook):
    return dict(plan.read(notebook).parameters)


def test_a_copy_knows_all_that_a_report_tells_its_notebook(data_dir):
    told = {
        "launchpad_project": "neutron", "launchpad_root": "http://127.0.0.1:1/", "as_of": "2015-08-03T12:00:00Z",
        "limits": {"first_review_days": 3}, "sources": [{"source": "git", "gaps": ["a \"gap\"\n"]}],
    }  # fmt: skip
    folder = lab.copies(NOTEBOOKS, data_dir, "openstack/neutron", told)

    for source in sorted(NOTEBOOKS.glob("*.ipynb")):
        declared, found = parameters(source), parameters(folder / source.name)
        assert found == declared | {name: value for name, value in told.items() if name in declared} | {
            name: value
            for name, value in (("data_dir", str(data_dir)), ("project", "openstack/neutron"))
            if name in declared
        }
    assert "# whose bug tasks count" in (folder / "00_start.ipynb").read_text()


def test_a_copy_that_is_there_learns_of_newer_tables_and_keeps_what_was_tried(data_dir):
    start = lab.copies(NOTEBOOKS, data_dir, "invented", {"as_of": "2015-08-03T12:00:00Z"}) / "00_start.ipynb"
    start.write_text(
        start.read_text().replace(
            "from analysis import figures", '%time tried = 1\\n",\n    "from analysis import figures'
        )
    )

    lab.copies(NOTEBOOKS, data_dir, "invented", {"as_of": "2015-08-10T12:00:00Z"})

    assert 'as_of = \\"2015-08-10T12:00:00Z\\"' in start.read_text()
    assert "%time tried = 1" in start.read_text()


def test_what_somebody_tried_in_a_copy_is_kept(data_dir):
    tried = lab.copies(NOTEBOOKS, data_dir) / "12_texts.ipynb"
    tried.write_text("tried")

    lab.copies(NOTEBOOKS, data_dir)

    assert tried.read_text() == "tried"


def test_the_command_listens_on_loopback_only_and_asks_for_a_token(tmp_path):
    words = lab.command(tmp_path, port=8888, token="", opens_browser=True)

    assert "--ServerApp.ip=127.0.0.1" in words
    assert not any("token=" in word for word in words)  # JupyterLab makes one; an empty one would ask for none


@pytest.mark.browser
def test_nobody_gets_in_without_the_token(address):
    with pytest.raises(HTTPError) as refused:
        urllib.request.urlopen(f"{address}/api/contents", timeout=30)

    assert refused.value.code == 403


@pytest.mark.browser
def test_in_the_start_notebook_the_table_follows_a_choice_made_by_keyboard(address):
    chromium = shutil.which("chromium")
    if chromium is None:
        missing("Chromium (Debian's package chromium)")
    from playwright.sync_api import expect, sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_context(viewport={"width": 1280, "height": 1000}).new_page()
        page.goto(f"{address}/lab/tree/00_start.ipynb?token={TOKEN}", timeout=SLOW)
        page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=SLOW)  # earlier, Run asks for a kernel
        page.locator(".lm-MenuBar-itemLabel").get_by_text("Run", exact=True).click(timeout=SLOW)
        page.locator(".lm-Menu-itemLabel").get_by_text("Run All Cells", exact=True).click(timeout=SLOW)
        area = page.locator(".widget-dropdown:has(label:text-is('Area')) select")
        rows = page.locator(".jp-OutputArea #chosen tbody tr")

        expect(rows).to_have_count(5, timeout=SLOW)
        area.focus()
        page.keyboard.type("Sch")
        page.keyboard.press("Enter")

        expect(rows).to_have_count(2, timeout=SLOW)
        assert page.locator("#chosen tbody td[data-label=Change]").all_inner_texts() == ["107", "106"]
        change = page.locator("#chosen tbody td[data-label=Change] a").first
        assert change.evaluate("link => getComputedStyle(link).textDecorationLine") == "underline"
        browser.close()
