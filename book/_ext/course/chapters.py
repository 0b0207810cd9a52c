"""Chapters as readers meet them: how one opens, and the rows of the landing page that lead to them.

A chapter's source says what it takes in an admonition, "In this chapter", which reads well in a
notebook too, in three paragraphs: goals, prerequisites, time. The page puts them in order: under
the title a line of time, prerequisites and the download; then the opening question, in larger type;
then what the reader will be able to do.
"""

import re
from html import escape
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.locale import _
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import SphinxDirective

from course.thumbnails import DRAWN

if TYPE_CHECKING:
    from sphinx.writers.html5 import HTML5Translator

TITLES = {"In this chapter", "本章内容"}
MINUTES = re.compile(r"(\d+)\s*(?:minutes|分钟)")
LABELS = {  # how each paragraph begins
    "goals": {"You will", "学完这章，你能"},
    "builds": {"Builds on", "预备知识", "前置章节"},
    "time": {"Time", "时间"},
}

CODE = re.compile(r"`([^`]+)`")

SEMICOLON = re.compile(r";\s+|；")
AND = re.compile(r"^(?:and |并且|并|以及)")


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
        title, goals, builds, time = taken_apart(box)
        self.env.metadata[self.env.docname] |= {"time": time, "builds": _named(builds)}
        place = chapter.index(box)
        chapter.remove(box)
        facts = Facts("", "", classes=["facts"])
        if time:
            facts += nodes.inline("", time)
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
    """Return what an opening's box says: its title, the goals, what it builds on, the time."""
    title = box[0].astext()
    goals: list[nodes.Node] = []
    builds: list[nodes.Node] = []
    time = ""
    for part in box.children[1:]:
        # Markdown's parser puts an empty text before what is strong.
        said = [child for child in part.children if child.astext()]
        label = said[0].astext() if said and isinstance(said[0], nodes.strong) else ""
        kind = next((kind for kind, known in LABELS.items() if label in known), "")
        if kind == "builds":
            builds += said
        elif kind == "time":
            time = _capital("".join(child.astext() for child in said[1:]).strip(" ：.。"))
        elif kind == "goals":
            title = label
            rest = said[1:]
            if isinstance(rest[0], nodes.Text):
                rest[0] = nodes.Text(_capital(rest[0].lstrip()))
            goals.append(nodes.paragraph("", "", *rest))
        else:
            goals.append(part)
    return title, goals, builds, time


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


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
            if pair[0] not in DRAWN:
                raise self.error(f"_ext/course/thumbnails.py draws nothing for {pair[0]}")
        return [Rows("", pairs=pairs)]


def _visit_rows(self: "HTML5Translator", node: Rows) -> None:
    rows = "".join(_row(self, name, question) for name, question in node["pairs"])
    self.body.append(f'<ol class="chapters">{rows}</ol>\n')
    raise nodes.SkipNode


def _row(writer: "HTML5Translator", name: str, question: str) -> str:
    env: BuildEnvironment = writer.builder.env
    number = env.toc_secnumbers.get(name, {}).get("", ())
    stated = MINUTES.search(env.metadata[name].get("time", ""))  # the first: to read it
    time = f'<span class="minutes">{_("%s minutes") % stated[1]}</span>' if stated else ""
    asked = CODE.sub(r"<code>\1</code>", escape(question))
    return (
        f'<li><a href="{escape(writer.builder.get_relative_uri(env.config.root_doc, name))}">'
        f'<span class="thumbnail">{DRAWN[name]().svg()}</span><span class="text">'
        f'<span class="title">{".".join(map(str, number))}{". " if number else ""}'
        f"{escape(env.titles[name].astext())}</span>"
        f'<span class="question">{asked}</span>{time}</span></a></li>'
    )


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
    app.connect("env-get-outdated", _always_anew)
