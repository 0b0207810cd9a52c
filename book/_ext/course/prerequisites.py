"""The chapters' map: which chapter builds on which, as a picture whose boxes are links.

It is drawn from what the chapters say themselves under "builds on", so that it cannot disagree with
them: a chapter stands one row below the last that it builds on, in the order of the contents, and
no line goes behind a box. On a phone there is no room for rows: there the chapters stand in a list,
with arcs beside it.
"""

from collections.abc import Mapping, Sequence
from html import escape
from textwrap import wrap
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.locale import _
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from sphinx.writers.html5 import HTML5Translator

WIDTH, ROW = 760, 76
BOX = (172, 40)
CLEAR = 8
"""How far a line keeps from the boxes of a row that it goes through."""
LETTER = 8.4
"""About what a Latin letter takes; a box is wider where a title needs it."""
NARROW, LINE, LEFT, LETTERS = 360, 44, 70, 30
"""The list: its width, a line's height (a finger's), where titles begin, their longest line."""


def depths(builds: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Return each chapter's row: one below the lowest of those that it builds on.

    Examples
    --------
    >>> depths({"line": [], "descent": ["line"], "adam": ["line", "descent"]})
    {'line': 0, 'descent': 1, 'adam': 2}
    """
    found: dict[str, int] = {}

    def depth(name: str, above: tuple[str, ...] = ()) -> int:
        if name in above:
            raise ValueError(f"chapters build on each other in a circle: {[*above, name]}")
        if name not in found:
            found[name] = 1 + max(
                (depth(each, (*above, name)) for each in builds[name]), default=-1
            )
        return found[name]

    for name in builds:
        depth(name)
    return {name: found[name] for name in builds}


def direct(builds: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Return what each chapter builds on, without what these build on themselves.

    Examples
    --------
    >>> direct({"line": [], "descent": ["line"], "adam": ["line", "descent"]})
    {'line': [], 'descent': ['line'], 'adam': ['descent']}
    """

    def below(name: str) -> set[str]:
        return {name}.union(*(below(each) for each in builds[name]))

    return {
        name: [
            each
            for each in own
            if not any(each in below(other) for other in own if other != each)
        ]
        for name, own in builds.items()
    }  # fmt: skip


def beside(x: float, boxes: Sequence[tuple[float, float]]) -> float:
    """Return where a line that would go through a row at ``x`` passes none of its boxes.

    Examples
    --------
    >>> [beside(x, [(100, 200), (216, 300)]) for x in (50, 98, 190, 260)]
    [50, 92, 208, 308]
    """
    edges = [edge for left, right in boxes for edge in (left - CLEAR, right + CLEAR)]
    return min(
        (
            each
            for each in (x, *edges)
            if all(each <= left - CLEAR or each >= right + CLEAR for left, right in boxes)
        ),
        key=lambda each: abs(each - x),
    )


def drawing(builds: Mapping[str, Sequence[str]], titles: Mapping[str, str], label: str) -> str:
    """Return the map as SVG, whose colours are the page's."""
    row_of = depths(builds)
    rows: dict[int, list[str]] = {}
    for name, row in row_of.items():
        rows.setdefault(row, []).append(name)
    width, height = BOX
    widths = {name: max(width, LETTER * len(titles[name]) + 24) for name in builds}
    place = {
        name: (WIDTH * (2 * column + 1) / (2 * len(names)), ROW * row + height / 2 + 1)
        for row, names in rows.items()
        for column, name in enumerate(names)
    }
    sides = {name: (x - widths[name] / 2, x + widths[name] / 2) for name, (x, _y) in place.items()}

    def line(above: str, name: str) -> str:
        (x, y), (end, _y) = place[above], place[name]
        lower = y + height / 2
        path = f"M{x:.0f} {lower:.0f}"

        def curve(to: float, upper: float) -> str:
            bend = ROW / 2 - 12
            return f"C{x:.0f} {lower + bend:.0f} {to:.0f} {upper - bend:.0f} {to:.0f} {upper:.0f}"

        for row in range(row_of[above] + 1, row_of[name]):  # which it goes through
            boxes_of_row = [sides[each] for each in rows[row]]
            straight = x + (end - x) / (row_of[name] + 1 - row)
            to = x if beside(x, boxes_of_row) == x else beside(straight, boxes_of_row)
            path += curve(to, ROW * row + 1)
            x, lower = to, ROW * row + 1 + height
            path += f"V{lower:.0f}"
        return f'<path d="{path}{curve(end, ROW * row_of[name] + 1)}"/>'

    lines = "".join(line(each, name) for name, above in direct(builds).items() for each in above)
    boxes = "".join(
        f'<a href="{name}.html"><rect x="{x - widths[name] / 2:.0f}" y="{y - height / 2:.0f}" '
        f'width="{widths[name]:.0f}" height="{height}" rx="6"/>'
        f'<text x="{x:.0f}" y="{y + 5:.0f}">{escape(titles[name])}</text></a>'
        for name, (x, y) in place.items()
    )
    tall = ROW * (len(rows) - 1) + height + 2
    return (
        f'<div class="map" role="group" aria-label="{escape(label)}">'
        f'<svg class="map-wide" viewBox="0 0 {WIDTH} {tall}">'
        f'<g class="lines" aria-hidden="true">{lines}</g>{boxes}</svg>'
        f"{listed(builds, titles)}</div>"
    )


def listed(builds: Mapping[str, Sequence[str]], titles: Mapping[str, str]) -> str:
    """Return the map as a list, in which an arc leads to each chapter from what it builds on.

    Examples
    --------
    >>> svg = listed({"line": [], "descent": ["line"]}, {"line": "Lines", "descent": "Down"})
    >>> svg.count("<a "), svg.count("<path")
    (2, 1)
    """
    middle = {name: LINE * (row + 0.5) for row, name in enumerate(builds)}
    at = LEFT - 14
    most = len(builds) - 1 or 1
    arcs = "".join(
        f'<path d="M{at} {y0:.0f}C{x:.0f} {y0:.0f} {x:.0f} {y1:.0f} {at} {y1:.0f}"/>'
        for name, above in direct(builds).items()
        for y0, y1 in ((middle[each], middle[name]) for each in above)
        # A cubic's middle is three quarters of the way to its handles; the longest stays inside.
        for x in [at - (at - 4) / 0.75 * ((y1 - y0) / LINE / most) ** 0.5]
    )
    rows = "".join(
        f'<a href="{name}.html"><rect x="{LEFT - 4}" y="{y - LINE / 2 + 2:.0f}" '
        f'width="{NARROW - LEFT + 4}" height="{LINE - 4}" rx="6"/>'
        f'<circle cx="{at}" cy="{y:.0f}" r="4.5"/>'
        f"<text>{spans}</text></a>"
        for name, y in middle.items()
        for parts in [wrap(titles[name], LETTERS)]
        for spans in [
            "".join(
                f'<tspan x="{LEFT + 6}" y="{y + 5 + 17 * (row - (len(parts) - 1) / 2):.0f}">'
                f"{escape(part)} </tspan>"
                for row, part in enumerate(parts)
            )
        ]
    )
    return (
        f'<svg class="map-narrow" viewBox="0 0 {NARROW} {LINE * len(builds)}">'
        f'<g class="lines" aria-hidden="true">{arcs}</g>{rows}</svg>'
    )


class Map(nodes.General, nodes.Element):
    """Where the map is drawn, once all chapters are read."""


class MapDirective(SphinxDirective):
    """``map``: what builds on what."""

    def run(self) -> list[nodes.Node]:
        """Keep its place."""
        return [Map()]


def _visit_map(self: "HTML5Translator", _node: Map) -> None:
    env: BuildEnvironment = self.builder.env
    chapters = {
        name: env.metadata[name]["builds"]
        for name in env.toctree_includes.get(env.config.root_doc, [])
        if "builds" in env.metadata[name]
    }
    known = {name: [each for each in own if each in chapters] for name, own in chapters.items()}
    titles = {name: env.titles[name].astext() for name in known}
    self.body.append(drawing(known, titles, _("What builds on what")))
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Register the directive and its node."""
    app.add_node(Map, html=(_visit_map, None))
    app.add_directive("map", MapDirective)
