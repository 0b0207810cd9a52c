"""Notebook figures shown at the size they were drawn for.

A notebook's PNG holds two pixels for each of the page's. It is shown at half its size, with that
size written out, so that it is sharp and the text below it does not move when it arrives.
"""

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

DENSITY = 2
"""Pixels of a stored figure for one of the page's."""


def png_size(path: Path) -> tuple[int, int] | None:
    """Return a PNG's width and height in pixels, or None if the file is no PNG."""
    with path.open("rb") as file:
        head = file.read(24)
    if head[:8] != b"\x89PNG\r\n\x1a\n":
        return None
    return int.from_bytes(head[16:20]), int.from_bytes(head[20:24])


class Translator(HTML5Translator):
    """Sphinx's writer of HTML, with the size of notebook figures."""

    def visit_image(self, node: nodes.Element) -> None:
        """Write an image; one made by a notebook with its size on the page."""
        path = Path(self.builder.srcdir, node["uri"])
        size = png_size(path) if "jupyter_execute" in path.parts and path.is_file() else None
        super().visit_image(node)
        if size and not {"width", "height", "scale"} & set(node.attributes):
            width, height = (side // DENSITY for side in size)
            sized = f'<img width="{width}" height="{height}" decoding="async" '
            self.body[-1] = self.body[-1].replace("<img ", sized, 1)


def setup(app: Sphinx) -> None:
    """Use the translator for HTML."""
    app.set_translator("html", Translator)
