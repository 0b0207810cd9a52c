"""Notebook figures shown at the size they were drawn for.

A stored figure holds two pixels for each of the page's, or however many its resolution says. It is
shown at its drawn size, with that size written out: sharp, and without moving the text below it
when it arrives.
"""

from pathlib import Path

from docutils import nodes
from PIL import Image
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

DRAWN_AT = 100
"""Dots per inch at which a figure's pixel is a pixel of the page: ``figure.dpi`` of the style."""


def size_on_page(path: Path) -> tuple[int, int]:
    """Return the width and height, in pixels of the page, at which a PNG was drawn."""
    with Image.open(path) as image:
        dpi = round(image.info.get("dpi", (DRAWN_AT, DRAWN_AT))[0])
        return round(image.width * DRAWN_AT / dpi), round(image.height * DRAWN_AT / dpi)


class Translator(HTML5Translator):
    """Sphinx's writer of HTML, with the size of notebook figures."""

    def visit_image(self, node: nodes.Element) -> None:
        """Write an image; one made by a notebook with its size on the page."""
        path = Path(self.builder.srcdir, node["uri"])
        drawn = "jupyter_execute" in path.parts and path.suffix == ".png"
        super().visit_image(node)
        if drawn and not {"width", "height", "scale"} & set(node.attributes):
            width, height = size_on_page(path)
            sized = f'<img width="{width}" height="{height}" decoding="async" '
            self.body[-1] = self.body[-1].replace("<img ", sized, 1)


def setup(app: Sphinx) -> None:
    """Use the translator for HTML."""
    app.set_translator("html", Translator)
