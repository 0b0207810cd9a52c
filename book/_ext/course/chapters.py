"""Chapters as readers meet them: how one opens, and the rows of the landing page that lead to them.

A chapter's source says what it takes in an admonition, "In this chapter", which reads well in a
notebook too. The page puts that in one form: under the title a line of minutes, prerequisites and
the download; then the opening question, in larger type; then what the reader will be able to do.
"""

import re
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from docutils import nodes
from PIL import Image
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.locale import _
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import SphinxDirective

from course.outputs import dark_twin

if TYPE_CHECKING:
    from sphinx.writers.html5 import HTML5Translator

TITLES = {"In this chapter", "本章内容"}
TIME = re.compile(r"\s*(?:About|about|大约|约)?\s*(\d+)\s*(?:minutes|分钟)[.。]?")
# Where, in a paragraph that says everything, what the chapter builds on begins.
BUILDS = re.compile(
    r"(?:It (builds on .*)|(It uses every .*|前置章节.*|前面各章.*|只需要.*))", re.DOTALL
)
# How the parts begin where each has a paragraph of its own.
LABELS = {
    "goals": {"You will", "学完这章，你能"},
    "builds": {"Builds on", "预备知识", "前置章节"},
    "time": {"Time", "时间"},
}

CODE = re.compile(r"`([^`]+)`")

SEMICOLON = re.compile(r";\s+|；")
AND = re.compile(r"^(?:and |并且|并|以及)")

THUMBNAIL = 320
"""Width in pixels of the picture beside a chapter's row, shown at half of it."""
WHITE = 245
"""From this grey on a pixel is paper."""


class Facts(nodes.General, nodes.TextElement):
    """The line under a chapter's title."""


class Opening(SphinxTransform):
    """Put a chapter's opening in order: title, facts, question, what one will be able to do."""

    default_priority = 400

    def apply(self, **_options: object) -> None:
        """Rewrite the page at hand, if it says what is in this chapter."""
        chapter = next(iter(self.document.findall(nodes.section)), None)
        box = next((each for each in chapter or () if _is_opening(each)), None)
        if chapter is None or box is None:
            return
        title, goals, builds, minutes = taken_apart(box)
        self.env.metadata[self.env.docname] |= {"minutes": minutes, "builds": _named(builds)}
        place = chapter.index(box)
        chapter.remove(box)
        facts = Facts("", "", classes=["facts"])
        if minutes:
            facts += nodes.inline("", _("%s minutes") % minutes)
        facts += [nodes.inline("", "", *builds), *_ways_to_run(self.env.docname)]
        chapter.insert(place, facts)
        end = place + 1
        while end < len(chapter) and isinstance(chapter[end], nodes.paragraph | nodes.comment):
            if isinstance(chapter[end], nodes.paragraph):
                chapter[end]["classes"].append("lead")
            end += 1
        heading = nodes.paragraph("", title, classes=["goals-title"])
        points = [_points(goal) for goal in goals]
        chapter.insert(end, nodes.container("", heading, *points, classes=["goals"]))


def _points(goal: nodes.Node) -> nodes.Node:
    """Return a goal of three parts or more, which semicolons part, as a list."""
    items: list[list[nodes.Node]] = [[]]
    for child in goal.children:
        first, *others = SEMICOLON.split(child) if isinstance(child, nodes.Text) else [child]
        items[-1].append(nodes.Text(first) if isinstance(first, str) else first)
        items += [[nodes.Text(_capital(AND.sub("", other)))] for other in others]
    if not isinstance(goal, nodes.paragraph) or len(items) < 3:
        return goal
    listed = [nodes.list_item("", nodes.paragraph("", "", *item)) for item in items]
    return nodes.bullet_list("", *listed)


def _is_opening(node: nodes.Node) -> bool:
    return isinstance(node, nodes.admonition) and node[0].astext() in TITLES


def _named(builds: list[nodes.Node]) -> list[str]:
    """Return the chapters that are linked in what a chapter says it builds on."""
    links = (link for part in builds for link in part.findall(addnodes.pending_xref))
    return [link["reftarget"] for link in links if "doc" in (link["refdomain"], link["reftype"])]


def _ways_to_run(page: str) -> list[nodes.Node]:
    above = "../" * page.count("/")
    download = nodes.reference("", _("Download this notebook"), internal=True, classes=["download"])
    download["refuri"] = f"{above}_sources/{page}.ipynb"
    running = nodes.reference("", _("How to run it"), internal=True)
    running["refuri"] = f"{above}running.html"
    return [download, running]


def taken_apart(
    box: nodes.Element,
) -> tuple[str, list[nodes.Node], list[nodes.Node], str]:
    """Return what an opening's box says: its title, the goals, what it builds on, the minutes."""
    title = box[0].astext()
    goals: list[nodes.Node] = []
    builds: list[nodes.Node] = []
    minutes = ""
    for part in box.children[1:]:
        if found := TIME.search(part.astext()):
            minutes = found[1]
        # Markdown's parser puts an empty text before what is strong.
        said = [child for child in part.children if child.astext()]
        label = said[0].astext() if said and isinstance(said[0], nodes.strong) else ""
        kind = next((kind for kind, known in LABELS.items() if label in known), "")
        if kind == "builds":
            builds += said
        elif kind == "goals":
            title = label
            rest = said[1:]
            if isinstance(rest[0], nodes.Text):
                rest[0] = nodes.Text(_capital(rest[0].lstrip()))
            goals.append(nodes.paragraph("", "", *rest))
        elif kind != "time":
            before, after = _parted(part) if isinstance(part, nodes.paragraph) else (part, [])
            builds += after
            goals.append(before)
    return title, goals, builds, minutes


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _parted(paragraph: nodes.Element) -> tuple[nodes.Element, list[nodes.Node]]:
    """Part a paragraph that says everything before the sentence on what the chapter builds on."""
    children = paragraph.children
    for place, child in enumerate(children):
        found = BUILDS.search(child) if isinstance(child, nodes.Text) else None
        if found:
            sentence = nodes.Text(_capital(found[1] or found[2]))
            before = [*children[:place], nodes.Text(child[: found.start()].rstrip())]
            after = [sentence, *children[place + 1 :]]
            if isinstance(after[-1], nodes.Text):
                after[-1] = nodes.Text(TIME.sub("", after[-1]))
            return nodes.paragraph("", "", *before), after
    return paragraph, []


class Rows(nodes.General, nodes.Element):
    """A group of chapters on the landing page: pairs of a page's name and its question."""


class Chapters(SphinxDirective):
    """``chapters``: rows that lead to chapters, one a line, as ``name | question``."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Read the rows."""
        pairs = [
            tuple(part.strip() for part in line.split("|", 1)) for line in self.content if line
        ]
        for pair in pairs:
            if len(pair) != 2 or pair[0] not in self.env.found_docs:
                message = f"a row is `page | question`, with a page that exists; this one is {pair}"
                raise self.error(message)
        return [Rows("", pairs=pairs)]


def _visit_rows(self: "HTML5Translator", node: Rows) -> None:
    rows = "".join(_row(self, name, question) for name, question in node["pairs"])
    self.body.append(f'<ol class="chapters">{rows}</ol>\n')
    raise nodes.SkipNode


def _row(writer: "HTML5Translator", name: str, question: str) -> str:
    env: BuildEnvironment = writer.builder.env
    number = env.toc_secnumbers.get(name, {}).get("", ())
    minutes = env.metadata[name].get("minutes", "")
    pictures = "".join(
        f'<img class="{theme}" src="_images/{file}" alt="" width="{width}" height="{height}" '
        'loading="lazy" decoding="async">'
        for theme, file, (width, height) in thumbnails(writer.builder.app, name)
    )
    time = f'<span class="minutes">{_("%s minutes") % minutes}</span>' if minutes else ""
    asked = CODE.sub(r"<code>\1</code>", escape(question))
    return (
        f'<li><a href="{escape(writer.builder.get_relative_uri(env.config.root_doc, name))}">'
        f'<span class="thumbnail">{pictures}</span><span class="text">'
        f'<span class="title">{".".join(map(str, number))}{". " if number else ""}'
        f"{escape(env.titles[name].astext())}</span>"
        f'<span class="question">{asked}</span>{time}</span></a></li>'
    )


def thumbnails(app: Sphinx, name: str) -> list[tuple[str, str, tuple[int, int]]]:
    """Draw a chapter's first figure small, light and dark; return class, file and shown size."""
    drawn = (
        Path(app.srcdir, image["uri"])
        for image in app.env.get_doctree(name).findall(nodes.image)
        if image["uri"].endswith(".png")
    )
    figure = next((path for path in drawn if path.exists()), None)
    if figure is None:
        return []
    folder = Path(app.outdir, "_images")
    folder.mkdir(exist_ok=True)
    made = []
    with Image.open(figure) as image:
        light = first_panel(image.convert("RGB"))
    light.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS, reducing_gap=3)
    for theme, picture in (("only-light", light), ("only-dark", dark_twin(light))):
        file = f"thumbnail-{name}-{theme}.png"
        picture.save(folder / file)
        made.append((theme, file, (round(picture.width / 2), round(picture.height / 2))))
    return made


def first_panel(figure: Image.Image) -> Image.Image:
    """Return the left part of a wide figure, up to a gap between panels: what can be seen small.

    Examples
    --------
    >>> figure = Image.new("RGB", (200, 50), "white")
    >>> figure.paste("black", (5, 5, 80, 45)), figure.paste("black", (90, 5, 195, 45))
    (None, None)
    >>> first_panel(figure).size
    (82, 50)
    >>> first_panel(Image.new("RGB", (60, 50))).size
    (60, 50)
    """
    width, height = figure.size
    if width < 1.6 * height:
        return figure
    rows = np.asarray(figure.convert("L"))
    gap = 0
    for x in range(int(0.22 * width), int(0.72 * width)):
        gap = gap + 1 if rows[:, x].min() >= WHITE else 0
        if gap > 0.012 * width:
            return figure.crop((0, 0, x - gap // 2 + 1, height))
    return figure


class Hero(SphinxDirective):
    """``hero``: the head of the landing page, words to the left, two descents to the right."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Parse the words, draw the picture."""
        from course.landing import valley  # torch, which only this page needs

        words = nodes.container(classes=["hero-words"])
        self.state.nested_parse(self.content, self.content_offset, words)
        drawing = nodes.raw("", valley(self.env.config.course_edition), format="html")
        return [nodes.container("", words, drawing, classes=["hero"])]


def _visit_facts(self: "HTML5Translator", node: Facts) -> None:
    self.body.append(self.starttag(node, "p", ""))


def _depart_facts(self: "HTML5Translator", _node: Facts) -> None:
    self.body.append("</p>\n")


def _always_anew(app: Sphinx, *_others: Any) -> list[str]:
    """Read the landing page each time: it shows what other pages say."""
    return [app.config.root_doc]


def setup(app: Sphinx) -> None:
    """Register the transform, the directives and their nodes."""
    app.add_transform(Opening)
    app.add_node(Facts, html=(_visit_facts, _depart_facts))
    app.add_node(Rows, html=(_visit_rows, None))
    app.add_directive("chapters", Chapters)
    app.add_directive("hero", Hero)
    app.connect("env-get-outdated", _always_anew)
