"""Labs: a page that has one loads the engine and that lab; no other page loads anything.

What ``labs.show`` put into the notebook is the page: the first state, drawn by the lab itself. The
bundles, which coursekit brings along, bring it to life when it comes near. A page that is no
notebook says ``{lab}`` with the lab's name.
"""

import re
import zlib
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.docutils import SphinxDirective

BUILT = Path(__file__).resolve().parents[3] / "coursekit" / "labs" / "built"
SHOWN = re.compile(r'<div [^>]*data-lab="([\w-]+)"')


class Lab(SphinxDirective):
    """``lab``: what ``labs.show`` gives for a name, in the edition's language."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Show the lab as it first stands."""
        from coursekit import labs  # torch, which only such a page needs

        shown = labs.Lab(self.arguments[0], language=self.env.config.course_edition)
        return [nodes.raw("", shown._repr_html_(), format="html")]


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
    """Register the directive, connect to Sphinx."""
    app.add_directive("lab", Lab)
    app.connect("config-inited", _offer, priority=200)
    app.add_css_file("labs.css", priority=850)
    app.connect("html-page-context", _load)
