"""The pictures of the README, taken of the invented project: `make pictures` makes them anew from data/demo."""

import argparse
import html
import io
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from analysis import shipped
from analysis.report.page_registry import AREA, EXPLORING, THEMES
from analysis.report.pages import lab
from twin import people

HERE = Path(__file__).parent / "pictures"
COLOURS = 64  # of flat pages: more would be seen by nobody and doubles the size
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
TOKEN = "for-the-picture"
PATIENCE = 120_000  # ms
TERMINAL = "margin: 0; padding: 24px; background: #17212b; color: #e6edf3; font: 16px/1.5 'DejaVu Sans Mono', monospace"


def main() -> None:
    """Take all five."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data_dir", type=Path, help="as `demo` leaves it")
    data_dir = parser.parse_args().data_dir.resolve()
    HERE.mkdir(exist_ok=True)
    site = data_dir / "processed" / "reports" / "liberty"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        page.set_default_timeout(PATIENCE)
        for name, shown in (("start", "index"), ("area", AREA.name("quotas")), ("themes", THEMES.name())):
            page.goto((site / f"{shown}.html").as_uri())
            _keep(page, name)
        page.set_content(_terminal(data_dir))
        _keep(page, "todo")
        with _jupyterlab(data_dir) as address:
            _run_start(page, address)
            _keep(page, "lab")
        browser.close()


def _keep(page: Page, name: str) -> None:
    """The window as a PNG of few colours."""
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(HERE / f"{name}.png", optimize=True)


def _terminal(data_dir: Path) -> str:
    """What the list of one reviewer looks like where it is typed."""
    asked = f"todo --reviewer {people.CORES[0].name} --most 8"
    words = ["-m", "analysis", "--data-dir", str(data_dir), *asked.split()]
    said = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=True).stdout
    text = html.escape(f"$ python -m analysis --data-dir data/demo {asked}\n\n{said}")
    return f'<body style="margin: 0"><pre style="{TERMINAL}; min-height: 100vh; white-space: pre-wrap">{text}</pre>'


@contextmanager
def _jupyterlab(data_dir: Path) -> Iterator[str]:
    """The address of a JupyterLab as `lab` starts it, on copies of the notebooks that read these data."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = lab.copies(shipped.folder("notebooks").files("*.ipynb"), data_dir)
    words = lab.command(folder, port=port, opens_browser=False)
    with subprocess.Popen(words, env=lab.environment(os.environ, TOKEN), stderr=subprocess.DEVNULL) as server:
        try:
            yield _answering(f"http://127.0.0.1:{port}")
        finally:
            server.terminate()


def _answering(address: str) -> str:
    until = time.monotonic() + PATIENCE / 1000
    while True:
        try:
            urllib.request.urlopen(f"{address}/api/status?token={TOKEN}", timeout=5)
            return address
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.5)


def _run_start(page: Page, address: str) -> None:
    """The start notebook, run by the keyboard, with its choices on the screen."""
    page.goto(f"{address}/lab/tree/{EXPLORING[0]}.ipynb?reset&token={TOKEN}")
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()  # earlier, Run asks for a kernel
    page.keyboard.press("Control+Shift+C")
    page.locator(".lm-CommandPalette-input:visible").press_sequentially("Run All Cells")
    page.locator(".lm-CommandPalette-item.lm-mod-active:visible").wait_for()
    page.keyboard.press("Enter")
    page.locator(".jp-OutputArea #chosen tbody tr").first.wait_for()
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()  # until then each result moves what is below it
    page.locator(".widget-dropdown").first.scroll_into_view_if_needed()
    # JupyterLab draws cells after they are scrolled to; before, their place is blank.
    expect(page.get_by_role("heading", name="Choose")).to_be_in_viewport(timeout=PATIENCE)


if __name__ == "__main__":
    main()
