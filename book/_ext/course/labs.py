"""Labs: a page that has one loads the engine and that lab; no other page loads anything.

What ``labs.show`` put into the notebook is the page: the first state, drawn by the lab itself. The
bundles, which coursekit brings along, bring it to life when it comes near.
"""

import re
import zlib
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

BUILT = Path(__file__).resolve().parents[3] / "coursekit" / "labs" / "built"
SHOWN = re.compile(r'<div [^>]*data-lab="([\w-]+)"')


def is_lab(node: nodes.Node) -> bool:
    """Tell whether a node is what a lab's cell shows."""
    return isinstance(node, nodes.raw) and bool(SHOWN.search(node.astext()))


def _offer(_: Sphinx, config: Config) -> None:
    """Copy the bundles to the edition's scripts and styles."""
    config.html_static_path += [
        str(path) for path in sorted(BUILT.iterdir()) if path.suffix in (".js", ".css")
    ]


def _load(
    _app: Sphinx, page: str, _: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Load the engine, then the page's labs, each under an address that changes with it."""
    names = SHOWN.findall(context.get("body", "")) if doctree else []
    above = "../" * page.count("/")
    files = ["labs.js", *(f"lab-{name}.js" for name in dict.fromkeys(names))] if names else []
    context["labs"] = [
        f"{above}_static/{file}?v={zlib.crc32((BUILT / file).read_bytes()):08x}" for file in files
    ]


def setup(app: Sphinx) -> None:
    """Connect to Sphinx."""
    app.connect("config-inited", _offer, priority=200)
    app.add_css_file("labs.css", priority=850)
    app.connect("html-page-context", _load)
