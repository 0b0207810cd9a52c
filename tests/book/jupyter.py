"""A real JupyterLab on a copy of the chapters, as ``make lab`` starts it, and a browser in it."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Browser, Locator, Page

from book.editions import BOOK, ROOT
from tests.book.browser import chromium

SECONDS = 60

# No question about news on top of the page, and every cell is drawn, not only those in sight.
SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
}


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab: where, with what in it, and the browser to look with."""

    address: str
    folder: Path
    browser: Browser

    def open(self, notebook: str) -> Page:
        """Open a notebook of the folder, such as ``en/adam.ipynb``, its Markdown rendered."""
        page = self.browser.new_page(viewport={"width": 1280, "height": 1000})
        page.goto(f"{self.address}/lab/tree/{notebook}?reset", timeout=1000 * SECONDS)
        written = json.loads((self.folder / notebook).read_text(encoding="utf-8"))["cells"]
        prose = sum(cell["cell_type"] == "markdown" for cell in written)
        page.wait_for_function(
            "(cells) => document.querySelectorAll("
            "'.jp-Notebook .jp-MarkdownCell.jp-mod-rendered .myst').length >= cells",
            arg=prose,
            timeout=1000 * SECONDS,
        )
        return page


def cells(page: Page) -> Locator:
    """Return the cells of the open notebook, in their order."""
    return page.locator(".jp-Notebook .jp-Cell")


def run_cell(page: Page, number: int) -> Locator:
    """Run a cell of the open notebook, counted from 0, as Shift+Enter does; return it when done."""
    cell = cells(page).nth(number)
    cell.locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    page.wait_for_function(
        "(cell) => /\\[\\d+\\]/.test(cell.querySelector('.jp-InputPrompt').textContent)",
        arg=cell.element_handle(),
        timeout=1000 * SECONDS,
    )
    return cell


@contextmanager
def jupyterlab(folder: Path) -> Iterator[Lab]:
    """Start JupyterLab on a copy of both editions in ``folder``, with nobody's own settings."""
    root = folder / "book"
    for edition in ("en", "zh"):
        shutil.copytree(BOOK / edition, root / edition, ignore=shutil.ignore_patterns(".*"))
    settings = folder / "config" / "labconfig" / "default_setting_overrides.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps(SETTINGS), encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {
        f"JUPYTER_{name}_DIR": str(folder / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")
    }
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root"]
    command += [f"--ServerApp.root_dir={root}", f"--ServerApp.port={port}"]
    command += ["--ServerApp.port_retries=0", "--IdentityProvider.token="]
    log = folder / "lab.log"
    with log.open("w", encoding="utf-8") as said, chromium() as browser:
        server = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **own, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(server, address, log)
            yield Lab(address, root, browser)
        finally:
            server.send_signal(signal.SIGTERM)  # its kernels end with it
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()


def _wait_for(server: "subprocess.Popen[bytes]", address: str, log: Path) -> None:
    given_up = time.monotonic() + SECONDS
    while server.poll() is None and time.monotonic() < given_up:
        try:
            urlopen(f"{address}/api/status", timeout=5).close()
        except URLError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text(encoding='utf-8')[-3000:]}")
