"""Boxes: what opens, what belongs together, what a page can't do.

Admonitions and solutions of class ``dropdown`` and cells tagged ``hide-input`` become
``<details>``, which the browser opens by mouse, keyboard and find-in-page, without a script. The
code cells right after a solution are part of it. An exercise, the cell to write it in and its
solution become one card. Where a stored output says of an untouched exercise that it is wrong, the
page says whose turn it is instead.
"""

import re
from collections.abc import Callable, Iterator
from itertools import takewhile
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.locale import _, admonitionlabels
from sphinx.transforms.post_transforms import SphinxPostTransform

from course.labs import is_lab

if TYPE_CHECKING:
    from sphinx.writers.html5 import HTML5Translator


# sphinx-exercise gives these to every exercise and solution; a page may have an id only once.
SAME_IDS = {"exercise-content", "solution-content"}

# How a checker's verdict begins when the answer is not right.
REFUSED = re.compile(r"<strong>✗|^✗", re.MULTILINE)


class Details(nodes.General, nodes.Element):
    """A box that opens; its first child is its ``Summary``."""


class Summary(nodes.General, nodes.TextElement):
    """What a closed box shows."""


class Card(nodes.General, nodes.Element):
    """An exercise with its cell and its solution."""


class FoldedCells(SphinxPostTransform):
    """Fold the code of cells tagged ``hide-input``: below what it drew, or in its place."""

    default_priority = 190  # before myst-nb folds them, with a script's worth of words
    formats = ("html",)

    def run(self, **_options: object) -> None:
        """Fold the cells of the page at hand."""
        for cell in list(self.document.findall(_hides_its_input)):
            code = cell.pop(0)
            cell.attributes.pop("hide_mode")
            drawn = any(isinstance(node, nodes.image) or is_lab(node) for node in cell.findall())
            words = _("Code for this figure") if drawn else _("Code") if len(cell) else _("Set-up")
            fold = Details("", Summary("", words), code, classes=["fold"])
            cell.insert(len(cell) if drawn else 0, fold)


def _hides_its_input(node: nodes.Node) -> bool:
    return (
        isinstance(node, nodes.container)
        and bool(node.get("nb_element") == "cell_code" and node.get("hide_mode") == "input")
        and isinstance(node[0], nodes.container)
        and bool(node[0].get("nb_element") == "cell_code_source")
    )


class SolutionCells(SphinxPostTransform):
    """Put the code cells that come right after a solution into it."""

    default_priority = 870  # before the cards are made
    formats = ("html",)

    def run(self, **_options: object) -> None:
        """Gather the solutions of the page at hand."""
        for solution in list(self.document.findall(_is_solution)):
            siblings = solution.parent.children[solution.parent.index(solution) + 1 :]
            for cell in takewhile(_is_code_cell, siblings):
                cell.parent.remove(cell)
                solution[-1].append(cell)


class ExerciseCards(SphinxPostTransform):
    """Make one card of an exercise, the cells after it and its solution."""

    default_priority = 880  # before the solution opens by the browser
    formats = ("html",)

    def run(self, **_options: object) -> None:
        """Gather the exercises of the page at hand."""
        page = self.env.docname
        for exercise in list(self.document.findall(_is_exercise)):
            card = Card("", classes=["exercise-card"])
            following = list(_up_to_the_solution(exercise))
            for cell in following:
                if isinstance(cell, nodes.container):
                    _say_whose_turn_it_is(cell, page)
                cell.parent.remove(cell)
            # Not `replace_self`, which would hand on the exercise's id and classes.
            exercise.parent[exercise.parent.index(exercise)] = card
            card += [exercise, *following]


def _is_exercise(node: nodes.Node) -> bool:
    return node.__class__.__name__.startswith("exercise") and isinstance(node, nodes.Admonition)


def _is_code_cell(node: nodes.Node) -> bool:
    return isinstance(node, nodes.container) and bool(node.get("nb_element") == "cell_code")


def _is_solution(node: nodes.Node) -> bool:
    return bool(node.__class__.__name__ == "solution_node")


def _up_to_the_solution(exercise: nodes.Element) -> Iterator[nodes.Node]:
    """Yield what follows an exercise: cells, and its solution if that comes next.

    Notes that no reader sees may stand between.
    """
    after = exercise.parent.children[exercise.parent.index(exercise) + 1 :]
    siblings = [node for node in after if not isinstance(node, nodes.comment)]
    cells = list(takewhile(lambda node: isinstance(node, nodes.container), siblings))
    yield from cells
    for node in siblings[len(cells) : len(cells) + 1]:
        if _is_solution(node):
            yield node


def _say_whose_turn_it_is(cell: nodes.Element, page: str) -> None:
    """Replace a refusal of what nobody has written yet."""
    for output in cell.findall(lambda node: isinstance(node, nodes.raw | nodes.literal_block)):
        if REFUSED.search(output.astext()):
            above = "../" * page.count("/")
            link = nodes.reference("", _("Download the notebook"), internal=True)
            link["refuri"] = f"{above}_sources/{page}.ipynb"
            text = nodes.paragraph("", "", nodes.strong("", _("Your turn.")), nodes.Text(" "), link)
            text += nodes.Text(
                _(", write your answer in this cell and run it: it is checked there.")
            )
            output.replace_self(nodes.container("", text, classes=["your-turn"]))
            return


class OpenByTheBrowser(SphinxPostTransform):
    """Replace admonitions of class ``dropdown``, once their titles are known, and repeated ids."""

    default_priority = 900
    formats = ("html",)

    def run(self, **_options: object) -> None:
        """Replace them in the page at hand."""
        for content in self.document.findall(nodes.section):
            content["ids"] = [each for each in content["ids"] if each not in SAME_IDS]
        for box in list(self.document.findall(_opens)):
            titled = bool(box.children) and isinstance(box[0], nodes.title)
            title = box.pop(0).children if titled else [nodes.Text(admonitionlabels[box.tagname])]
            kind = ["solution"] if _is_solution(box) else ["aside"]
            details = Details(ids=box["ids"], classes=kind)
            details += [Summary("", "", *title), *box.children]
            box.replace_self(details)


def _opens(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Admonition) and "dropdown" in node["classes"]


Visit = Callable[["HTML5Translator", nodes.Element], None]


def _visit(tag: str, suffix: str) -> tuple[Visit, Visit]:
    def visit(self: "HTML5Translator", node: nodes.Element) -> None:
        self.body.append(self.starttag(node, tag, suffix))

    def depart(self: "HTML5Translator", _node: nodes.Element) -> None:
        self.body.append(f"</{tag}>\n")

    return visit, depart


def setup(app: Sphinx) -> None:
    """Register the nodes and the transforms that make them."""
    app.add_node(Details, html=_visit("details", "\n"))
    app.add_node(Summary, html=_visit("summary", ""))
    app.add_node(Card, html=_visit("div", "\n"))
    app.add_post_transform(FoldedCells)
    app.add_post_transform(SolutionCells)
    app.add_post_transform(ExerciseCards)
    app.add_post_transform(OpenByTheBrowser)
