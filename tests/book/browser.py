"""The built site, a server that sends a strict policy with it, and a browser to read it in."""

import gzip
import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from book.editions import ROOT, SITE
from tools.pdf import FLAGS, GET_CHROMIUM, chromium_path

POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'"
"""What the pages are served under: KaTeX places its glyphs by style attributes."""

NO_CHROMIUM = f"no Chromium found; {GET_CHROMIUM} gives one"

LAB = re.compile(r'data-lab="([\w-]+)"')
"""Where a page shows a lab, and which."""

PACKED = {".woff2", ".webp", ".png", ".zip", ".gz"}
"""Kinds of files that no server compresses once more."""

SOURCES = ("_config.yml", "_toc.yml", "book/**/*", "coursekit/**/*.py", "coursekit/labs/built/*")
DERIVED = {"__pycache__", ".ipynb_checkpoints", ".ruff_cache"}


def stale() -> str | None:
    """Return what is wrong with the built site, if it is missing or older than its sources."""
    if not (SITE / "index.html").exists():
        return "there is no built site"
    built = SITE.stat().st_mtime
    sources = (path for pattern in SOURCES for path in ROOT.glob(pattern) if path.is_file())
    for path in sources:
        if not DERIVED & set(path.parts) and path.stat().st_mtime > built:
            return f"the built site is older than {path.relative_to(ROOT)}"
    return None


def pages(*editions: str) -> list[str]:
    """Return the address of every page of the editions, from the top of the site."""
    found = (path for edition in editions for path in (SITE / edition).rglob("*.html"))
    return sorted(path.relative_to(SITE).as_posix() for path in found)


def chapters(*editions: str) -> list[str]:
    """Return the pages made from notebooks."""
    return [page for page in pages(*editions) if source(page).exists()]


@cache
def lab_places(edition: str) -> dict[str, str]:
    """Return the page of each lab of an edition."""
    return {
        name: page
        for page in pages(edition)
        for name in LAB.findall((SITE / page).read_text(encoding="utf-8"))
    }


def source(page: str) -> Path:
    """Return where the notebook behind a page would be."""
    return (ROOT / "book" / page).with_suffix(".ipynb")


class _Handler(SimpleHTTPRequestHandler):
    def send_head(self) -> Any:
        """Compress what compresses, as every host of pages does."""
        path = Path(self.translate_path(self.path))
        accepted = self.headers.get("Accept-Encoding", "")
        if path.suffix in PACKED or not path.is_file() or "gzip" not in accepted:
            return super().send_head()
        content = packed(path)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        return BytesIO(content)

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("Cache-Control", "max-age=600")  # as GitHub Pages does
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def served() -> Iterator[str]:
    """Serve the site under the policy; yield its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=str(SITE)))
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the system's Chromium; skip, or fail where it is required, if there is none."""
    path = chromium_path()
    if path is None:
        if os.environ.get("COURSE_REQUIRE_BROWSER") == "1":
            pytest.fail(NO_CHROMIUM)
        pytest.skip(NO_CHROMIUM)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


def complain(found: list[str]) -> None:
    """Fail with everything that was found, if anything was."""
    assert not found, "\n" + "\n".join(found)


@dataclass
class Visit:
    """What happened when a page was opened, and what the page says of itself."""

    page: str
    facts: dict[str, Any] = field(default_factory=dict)
    trouble: list[str] = field(default_factory=list)
    weight: int = 0


SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => list.getEntries().forEach((e) => window.shifts.push(e.value)))
  .observe({ type: "layout-shift", buffered: true });
"""


def visit_all(
    context: BrowserContext, base: str, addresses: list[str], look: Callable[[Page], dict[str, Any]]
) -> list[Visit]:
    """Open the pages one after the other, note everything that goes wrong, and look at each."""
    page = context.new_page()
    seen = Visit("")
    page.on("console", lambda message: _note_message(seen, message))
    page.on("pageerror", lambda error: seen.trouble.append(f"script error: {error}"))
    page.on("requestfailed", lambda request: _note_failure(seen, request))
    page.on("request", lambda request: _note_request(seen, base, request.url))
    page.on("response", lambda response: _note_response(seen, response))
    visits = []
    for address in addresses:
        seen = Visit(address)
        page.goto(f"{base}/{address}", wait_until="load")
        page.evaluate("document.fonts.ready.then(() => null)")
        seen.facts = look(page)
        visits.append(seen)
    page.close()
    return visits


def _note_message(seen: Visit, message: Any) -> None:
    if message.type in {"error", "warning"}:
        seen.trouble.append(f"console: {message.text}")


def _note_failure(seen: Visit, request: Any) -> None:
    # The browser gives up what is still under way, such as the icon, when the next page is opened.
    if request.failure != "net::ERR_ABORTED":
        seen.trouble.append(f"failed: {request.url}, {request.failure}")


def _note_request(seen: Visit, base: str, url: str) -> None:
    if not url.startswith((base, "data:")):
        seen.trouble.append(f"leaves the site: {url}")


def _note_response(seen: Visit, response: Any) -> None:
    if response.status >= 400:
        seen.trouble.append(f"status {response.status}: {response.url}")
    seen.weight += packed_size(response.url)


def packed_size(url: str) -> int:
    """Return what a file of the site weighs on the way from a server that compresses."""
    path = SITE / urlsplit(url).path.lstrip("/")
    if not (url.startswith("http") and path.is_file()):
        return 0
    return len(packed(path))


@cache
def packed(path: Path) -> bytes:
    """Return a file as it travels."""
    content = path.read_bytes()
    return content if path.suffix in PACKED else gzip.compress(content, 6)


# At rest: the fonts that formulas ask for 300 ms after the page has loaded are there, all is drawn.
REST = """
async () => {
  await new Promise((done) => setTimeout(done, 400));
  await document.fonts.ready;
  for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
}
"""


def warm_weights(context: BrowserContext, base: str, addresses: list[str]) -> dict[str, int]:
    """Open the pages one after the other; return what each but the first adds to the cache.

    Each is left at rest. Where a slow machine left the first before its fonts had come, the next
    page that needs one was charged with it.
    """
    page = context.new_page()
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    asked: dict[str, tuple[str, str]] = {}
    cached: set[str] = set()

    def note_request(event: dict[str, Any]) -> None:
        # By the page that asks: a figure may come only when the next page is already open.
        asked[event["requestId"]] = (event["documentURL"], event["request"]["url"])

    def note_response(event: dict[str, Any]) -> None:
        if event["response"].get("fromDiskCache"):
            cached.add(event["requestId"])

    # Of what is still in memory there is an event; what comes from the disk says so itself.
    network.on("Network.requestWillBeSent", note_request)
    network.on("Network.requestServedFromCache", lambda event: cached.add(event["requestId"]))
    network.on("Network.responseReceived", note_response)
    for address in addresses:
        page.goto(f"{base}/{address}", wait_until="load")
        page.evaluate(REST)
    page.close()
    weights: Counter[str] = Counter()
    for page_url, url in (asked[each] for each in asked.keys() - cached):
        weights[page_url] += packed_size(url)
    return {address: weights[f"{base}/{address}"] for address in addresses[1:]}


# axe looks at every element. Of highlighted code one span of a kind tells its colours, and of a
# formula the MathML is what a reader's software gets: without the rest it is many times quicker.
THIN = """
() => {
  const seen = new Set();
  for (const span of document.querySelectorAll(".highlight span[class]")) {
    const kind = span.className + (span.closest("[class*=cell_], .admonition")?.className ?? "");
    if (seen.has(kind)) span.replaceWith(span.textContent);
    seen.add(kind);
  }
  document.querySelectorAll(".katex-html").forEach((glyphs) => glyphs.remove());
}
"""


def axe(page: Page, script: str) -> list[str]:
    """Return axe-core's findings on a page, one a line."""
    page.evaluate(THIN)
    page.add_style_tag(content="section { content-visibility: visible !important }")
    # Boxes that scroll are told of their size in the next frame.
    page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    page.evaluate(script)
    found = page.evaluate(
        """axe.run({ resultTypes: ["violations"], rules: { "target-size": { enabled: true } } })
          .then((result) => result.violations)"""
    )
    return [
        f"{rule['id']}: {node['target']} {json.dumps(node['failureSummary'])[:300]}"
        for rule in found
        for node in rule["nodes"]
    ]
