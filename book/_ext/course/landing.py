"""The head of the landing page, and the card that other sites show beside a link.

The card shows two descents, run by coursekit while the book is built: forty steps of plain gradient
descent and of momentum in one valley, each at the best constants that theory gives.
"""

from math import sqrt
from pathlib import Path

from docutils import nodes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from torch import Tensor

from course.labs import is_lab
from coursekit import plots
from coursekit.descent import descend
from coursekit.optim import SGD, Momentum, Rule
from coursekit.surfaces import Surface, bowl

KAPPA = 25
STEPS = 40


class Hero(SphinxDirective):
    """``hero``: words to the left, and from the lab on what stands to the right.

    The words are a sentence, a list of ways in, to which the one into the other language is added,
    and a list of readers.
    """

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Parse the content and part it."""
        words, shown = nodes.container(classes=["hero-words"]), nodes.container()
        self.state.nested_parse(self.content, self.content_offset, words)
        place = next((i for i, node in enumerate(words) if is_lab(node)), len(words))
        shown += words[place:]
        del words[place:]
        lists = [node for node in words if isinstance(node, nodes.bullet_list)]
        if len(lists) != 2 or not shown.children:
            raise self.error("a hero is a sentence, a list of ways in, a list of readers, a lab")
        lists[0]["classes"].append("ways")
        for edition in self.env.config.course_editions:
            if edition["name"] != self.env.config.course_edition:
                link = (
                    f'<a href="../{edition["name"]}/index.html" hreflang="{edition["tag"]}" '
                    f'lang="{edition["tag"]}">{edition["label"]}</a>'
                )
                lists[0] += nodes.list_item("", nodes.raw("", link, format="html"))
        return [nodes.container("", words, shown, classes=["hero"])]


def descents() -> tuple[Surface, dict[str, Tensor]]:
    """Return the valley and the points of each rule on its way, of shape ``(steps + 1, 2)``."""
    valley_ = bowl(condition_number=KAPPA)
    root = sqrt(KAPPA)
    rules: dict[str, Rule] = {
        "sgd": SGD(lr=2 / (KAPPA + 1)),
        "momentum": Momentum(lr=(2 / (root + 1)) ** 2, momentum=((root - 1) / (root + 1)) ** 2),
    }
    runs = {
        name: descend(valley_, valley_.start, rule, STEPS).points for name, rule in rules.items()
    }
    return valley_, runs


def card(path: Path, title: str) -> None:
    """Draw the card, 1200 by 630 pixels."""
    surface, runs = descents()
    figure = Figure(figsize=(12, 6.3), dpi=100, facecolor="white")
    figure.set_layout_engine("none")  # the constructor takes it too, but its types don't say so
    FigureCanvasAgg(figure)
    ax = figure.add_axes((0, 0, 1, 0.76))
    plots.surface(surface, ax)
    for name, points in runs.items():
        ax.plot(*points.T, "o-", color=plots.color(name), linewidth=3, markersize=6)
    ax.set_axis_off()
    figure.text(0.04, 0.86, title, fontsize=44, weight="bold", color="#14202b", va="center")
    figure.savefig(path)


def _draw_card(app: Sphinx, failure: Exception | None) -> None:
    if failure is None and app.builder.format == "html":
        card(Path(app.outdir, "_static", "card.png"), "Deep Learning Foundations")


def setup(app: Sphinx) -> None:
    """Register the directive, draw the card at the end of a build."""
    app.add_directive("hero", Hero)
    app.connect("build-finished", _draw_card)
