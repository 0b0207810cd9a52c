"""What notebooks print and draw, as the pages show it.

A stored figure holds two pixels for each of the page's. It is shown at half its size, with that
size written out: sharp, and without moving the text below it when it arrives. It is a link to the
picture itself, which course.js opens in a view that enlarges.

In the dark a twin is shown, made here from the same pixels: what has no colour (paper, axes,
letters) changes its lightness, what has a colour keeps its hue and is brightened until it is seen.
So the figure lies on the page without a mat, and a method keeps its colour. A heat map keeps all of
its colours, or its bar would no longer run from dark to bright.
"""

from functools import cache
from itertools import product
from pathlib import Path
from posixpath import join

import matplotlib as mpl
import numpy as np
from docutils import nodes
from PIL import Image
from sphinx.application import Sphinx
from sphinx.locale import _
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.writers.html5 import HTML5Translator

DENSITY = 2
"""Pixels of a stored figure for one of the page's."""

PAPER = np.array([0x14, 0x18, 0x1D]) / 255
INK = np.array([0xDD, 0xE3, 0xEA]) / 255
"""The page's background and text in the dark, as in course.css."""

LUMINANCE = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)
FLOOR = 0.17
"""The least luminance of a solid colour in the dark: 3 to 1 against the page, as on white."""
BRIGHTEST = 0.8
"""A colour is brightened up to this (in linear light); what is still missing is white."""

COLOURS, SHIFTS = 1 << 24, np.array([16, 8, 0])
"""How many colours three channels of 8 bits make, and where in a colour's code each one begins."""

GREY, COLOURED = 0.1, 0.25
"""Up to the first difference between channels a pixel is grey, from the second it has a colour."""

MAPS = ("viridis", "cividis")
"""The maps of colours that heat maps are drawn in."""

GRAIN, GAP = 5, 15
"""In pixels: the least that a heat map covers, and more than a line across it is wide."""


def dark_twin(image: Image.Image) -> Image.Image:
    """Return a figure as it is shown in the dark.

    Each colour is turned once, however many pixels have it. Heat maps stay as they are.
    """
    pixels = np.asarray(image.convert("RGB"))
    codes = _codes(pixels)
    found = np.zeros(COLOURS, dtype=bool)
    found[codes] = True
    colours = np.flatnonzero(found)
    rgb = (colours[:, None] >> SHIFTS & 255).astype(np.float32) / 255
    shown, grey = _darkened(rgb)
    twin = _looked_up(shown, colours, codes)
    solid, across = (mask[..., None] for mask in heat_maps(codes))
    if solid.any():
        mixed = _looked_up(grey * shown + (1 - grey) * rgb, colours, codes)
        twin = np.where(solid, pixels, np.where(across, mixed, twin))
    return Image.fromarray(twin)


def _darkened(p: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return colours as they are shown in the dark, and how grey each is, from 0 to 1.

    A pixel is a mixture of white, black and a colour: ``p = weakest + colour``, and what is missing
    from its strongest channel to 1 is black. White becomes the page's background, black becomes its
    text, the colour stays; and so does the black in a pixel that has a colour, or the dark end of a
    map of colours would turn light.
    """
    strongest, weakest = p.max(-1, keepdims=True), p.min(-1, keepdims=True)
    colour = p - weakest
    grey = 1 - np.clip((strongest - weakest - GREY) / (COLOURED - GREY), 0, 1)
    shown = weakest * PAPER + colour + (1 - strongest) * grey * INK
    return _brightened(np.clip(shown, 0, 1), (1 - weakest) * (1 - grey)), grey


def _codes(pixels: np.ndarray) -> np.ndarray:
    """Return each pixel's three channels of 8 bits as one whole number."""
    red, green, blue = np.moveaxis(pixels, -1, 0).astype(np.int32)
    return np.asarray(red << SHIFTS[0] | green << SHIFTS[1] | blue)


def _looked_up(values: np.ndarray, colours: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Return for each pixel what its colour has become, in 8 bits."""
    table = np.empty((COLOURS, 3), dtype=np.uint8)
    table[colours] = (values * 255).round()
    return np.asarray(table[codes])


def heat_maps(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where a figure shows heat maps, and where seams and lines across them may be, too."""
    exact = _in_a_map()[codes]
    # A letter's edge may have such a colour by chance, but no square of pixels.
    square = _counted(exact, GRAIN) == GRAIN**2
    if not square.any():
        return square, square
    solid = exact & (_counted(square, GRAIN) > 0)
    wide = _counted(solid, GAP) > 0
    return solid, _counted(wide, GAP) == GAP**2


@cache
def _in_a_map() -> np.ndarray:
    """Return for each colour's code whether it is in one of the maps, rounded one way or other."""
    known = np.zeros(COLOURS, dtype=bool)
    around = np.array(list(product((-1, 0, 1), repeat=3)))
    for name in MAPS:
        entries = mpl.colormaps[name](range(256), bytes=True)[:, None, :3] + around
        known[_codes(entries.clip(0, 255))] = True
    return known


def _counted(mask: np.ndarray, size: int) -> np.ndarray:
    """Return how many pixels of the square around each one, of an odd side, are in a mask."""
    sums = np.pad(mask, (size // 2 + 1, size // 2)).astype(np.int32).cumsum(0).cumsum(1)
    sums = sums[size:] - sums[:-size]
    return np.asarray(sums[:, size:] - sums[:, :-size])


def linear(colour: np.ndarray) -> np.ndarray:
    """Return the light of sRGB values from 0 to 1, in which luminances add up."""
    return np.asarray(
        np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)
    )


def _brightened(shown: np.ndarray, coloured: np.ndarray) -> np.ndarray:
    """Return pixels whose colours are seen on black: a dark blue that is read on white is not.

    Of two pixels that are covered alike the lighter stays the lighter. ``coloured`` says how much
    of a pixel is covered by a colour.
    """
    light = linear(shown)
    luminance = np.maximum((light @ LUMINANCE)[..., None], 1e-4)
    wanted = luminance + FLOOR * coloured * (1 - luminance)
    most = np.maximum(light.max(-1, keepdims=True), 1e-4)
    light = light * np.minimum(wanted / luminance, np.maximum(BRIGHTEST / most, 1))
    luminance = (light @ LUMINANCE)[..., None]
    light += np.clip((wanted - luminance) / (1 - luminance), 0, 1) * (1 - light)
    light = np.clip(light, 0, 1)
    return np.asarray(
        np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    )


class Translator(HTML5Translator):
    """Sphinx's writer of HTML, but for notebook figures, tables' corners and labels of cells."""

    def visit_image(self, node: nodes.Element) -> None:
        """Write an image; one made by a notebook with its size, its dark twin and a link to it."""
        path = Path(self.builder.srcdir, node["uri"])
        if "jupyter_execute" not in path.parts or path.suffix != ".png":
            super().visit_image(node)
            return
        with Image.open(path) as image:
            width, height = (round(side / DENSITY) for side in image.size)
        file = self.builder.images[node["uri"]]
        light = join(self.builder.imgpath, file)
        dark = f"{light.removesuffix('.png')}-dark.png"
        alt = self.attval(node.get("alt", ""))
        sizes = f'width="{width}" height="{height}" loading="lazy" decoding="async"'
        pictures = "".join(
            f'<img class="{theme}" {sizes} alt="{alt}" src="{self.attval(address)}">'
            for theme, address in (("only-light", light), ("only-dark", dark))
        )
        label = self.attval(_("Enlarge the figure"))
        self.body.append(f'<a class="enlarge" href="{light}" aria-label="{label}">{pictures}</a>\n')

    def visit_entry(self, node: nodes.Element) -> None:
        """Write a table's cell with its column's name; an empty one in the head heads nothing."""
        super().visit_entry(node)
        if self.context[-1] == "</th>\n" and not node.astext().strip():
            self.body[-1] = self.body[-1].replace("<th", "<td", 1)
            self.context[-1] = "</td>\n"
        elif label := node.get("label"):
            self.body[-1] = self.body[-1].replace(
                "<td", f'<td data-label="{self.attval(label)}"', 1
            )


class NoScaledLinks(SphinxPostTransform):
    """Keep Sphinx from linking figures to themselves: the writer does."""

    default_priority = 900
    formats = ("html",)

    def run(self, **_options: object) -> None:
        """Mark the figures of the page at hand."""
        for image in self.document.findall(nodes.image):
            image["classes"].append("no-scaled-link")


class PandasTables(SphinxPostTransform):
    """Make the empty corner of a pandas table a plain cell, and keep "±" with its number."""

    default_priority = 900
    formats = ("html",)

    def run(self, **_options: object) -> None:
        """Rewrite the tables of the page at hand."""
        for raw in self.document.findall(nodes.raw):
            if 'class="dataframe"' in raw.astext():
                text = raw.astext().replace("<th></th>", "<td></td>").replace("± ", "±\u00a0")
                raw.replace_self(nodes.raw("", text, **raw.attributes))


class LabelledCells(SphinxPostTransform):
    """Give each cell of a table its column's name: a narrow page shows rows as cards."""

    default_priority = 900
    formats = ("html",)

    def run(self, **_options: object) -> None:
        """Label the tables of the page at hand."""
        for table in self.document.findall(nodes.table):
            head = next(table.findall(nodes.thead), None)
            names = [entry.astext() for entry in head.findall(nodes.entry)] if head else []
            if len(names) < 3 or not all(names[1:]):
                continue
            table["classes"].append("cards")
            for body in table.findall(nodes.tbody):
                for row in body.findall(nodes.row):
                    for name, entry in zip(names, row.children, strict=False):
                        entry["label"] = name


def _draw_dark_twins(app: Sphinx, failure: Exception | None) -> None:
    """Draw them beside the figures that were copied."""
    if failure or app.builder.format != "html":
        return
    for source, file in app.builder.images.items():
        if "jupyter_execute" in source and file.endswith(".png"):
            target = Path(app.outdir, "_images", f"{file.removesuffix('.png')}-dark.png")
            if not target.exists():
                with Image.open(Path(app.srcdir, source)) as image:
                    dark_twin(image).save(target, compress_level=1)


def setup(app: Sphinx) -> None:
    """Use them for HTML."""
    app.set_translator("html", Translator)
    for transform in (NoScaledLinks, PandasTables, LabelledCells):
        app.add_post_transform(transform)
    app.connect("build-finished", _draw_dark_twins)
