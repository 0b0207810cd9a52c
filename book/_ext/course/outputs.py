"""What notebooks print and draw, as the pages show it.

A stored figure holds two pixels for each of the page's. It is shown at half its size, with that
size written out: sharp, and without moving the text below it when it arrives.
"""

from pathlib import Path

from docutils import nodes
from PIL import Image
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.writers.html5 import HTML5Translator

DENSITY = 2
"""Pixels of a stored figure for one of the page's."""


class Translator(HTML5Translator):
    """Sphinx's writer of HTML, but for notebook figures and the corners of tables."""

    def visit_image(self, node: nodes.Element) -> None:
        """Write an image; one made by a notebook with its size as attributes.

        Sphinx would write a style, which a narrow page could shrink in one direction only.
        """
        path = Path(self.builder.srcdir, node["uri"])
        if "jupyter_execute" not in path.parts or path.suffix != ".png":
            super().visit_image(node)
            return
        with Image.open(path) as image:
            width, height = (round(side / DENSITY) for side in image.size)
        for name in ("width", "height"):
            node.attributes.pop(name, None)
        super().visit_image(node)
        sized = f'<img width="{width}" height="{height}" loading="lazy" decoding="async" '
        self.body[-1] = self.body[-1].replace("<img ", sized, 1)

    def visit_entry(self, node: nodes.Element) -> None:
        """Write a table's cell; an empty one in the head as a plain cell, it heads nothing."""
        super().visit_entry(node)
        if self.context[-1] == "</th>\n" and not node.astext().strip():
            self.body[-1] = self.body[-1].replace("<th", "<td", 1)
            self.context[-1] = "</td>\n"


class CornersOfFrames(SphinxPostTransform):
    """Make the empty corner of a pandas table a plain cell too."""

    default_priority = 900
    formats = ("html",)

    def run(self, **_: object) -> None:
        """Rewrite the tables of the page at hand."""
        for raw in self.document.findall(nodes.raw):
            if 'class="dataframe"' in raw.astext():
                text = raw.astext().replace("<th></th>", "<td></td>")
                raw.replace_self(nodes.raw("", text, **raw.attributes))


def setup(app: Sphinx) -> None:
    """Use both for HTML."""
    app.set_translator("html", Translator)
    app.add_post_transform(CornersOfFrames)
