"""Boxes that open: admonitions and solutions of class ``dropdown`` become ``<details>``.

The browser opens them by mouse, keyboard and find-in-page, without a script.
"""

from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.locale import admonitionlabels
from sphinx.transforms.post_transforms import SphinxPostTransform

if TYPE_CHECKING:
    from sphinx.writers.html5 import HTML5Translator


# sphinx-exercise gives these to every exercise and solution; a page may have an id only once.
SAME_IDS = {"exercise-content", "solution-content"}


class Details(nodes.General, nodes.Element):
    """A box that opens; its first child is its ``Summary``."""


class Summary(nodes.General, nodes.TextElement):
    """What a closed box shows."""


class OpenByTheBrowser(SphinxPostTransform):
    """Replace admonitions of class ``dropdown``, once their titles are known, and repeated ids."""

    default_priority = 900
    formats = ("html",)

    def run(self, **_: object) -> None:
        """Replace them in the page at hand."""
        for content in self.document.findall(nodes.section):
            content["ids"] = [each for each in content["ids"] if each not in SAME_IDS]
        for box in list(self.document.findall(_opens)):
            titled = bool(box.children) and isinstance(box[0], nodes.title)
            title = box.pop(0).children if titled else [nodes.Text(admonitionlabels[box.tagname])]
            kind = ["solution"] if box.tagname == "solution_node" else []
            details = Details(ids=box["ids"], classes=["admonition", *kind, *box["classes"]])
            details += [Summary("", "", *title, classes=["admonition-title"]), *box.children]
            box.replace_self(details)


def _opens(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Admonition) and "dropdown" in node["classes"]


def _visit_details(self: "HTML5Translator", node: Details) -> None:
    self.body.append(self.starttag(node, "details"))


def _depart_details(self: "HTML5Translator", _: Details) -> None:
    self.body.append("</details>\n")


def _visit_summary(self: "HTML5Translator", node: Summary) -> None:
    self.body.append(self.starttag(node, "summary", ""))


def _depart_summary(self: "HTML5Translator", _: Summary) -> None:
    self.body.append("</summary>\n")


def setup(app: Sphinx) -> None:
    """Register the two nodes and the transform that makes them."""
    app.add_node(Details, html=(_visit_details, _depart_details))
    app.add_node(Summary, html=(_visit_summary, _depart_summary))
    app.add_post_transform(OpenByTheBrowser)
