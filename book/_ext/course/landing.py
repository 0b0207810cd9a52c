"""The picture at the head of the landing page, and the card that other sites show beside a link.

Both show the same two descents, run by coursekit while the book is built: forty steps of plain
gradient descent and of momentum in one valley, each at the best constants that theory gives.
"""

from html import escape
from math import sqrt
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from sphinx.application import Sphinx
from torch import Tensor

from coursekit import plots
from coursekit.descent import descend
from coursekit.optim import SGD, Momentum, Rule
from coursekit.surfaces import Surface, bowl

KAPPA = 25
STEPS = 40
LEVELS = 9

WIDTH, HEIGHT = 520, 340
VIEW = ((-4.5, 1.2), (-4.6, 4.6))
"""What is shown of the valley: both ways, and the minimum."""

WORDS = {
    "en": {
        "sgd": "gradient descent",
        "momentum": "momentum",
        "alt": "Contours of a long valley. From the same point, plain gradient descent zigzags"
        " across it and is still on its way after forty steps; momentum swings wider and arrives.",
        "caption": "Forty steps from the same point, each rule at its best constants. Only one line"
        " of code differs.",
        "link": "Why does it help?",
    },
    "zh": {
        "sgd": "梯度下降",
        "momentum": "动量",
        "alt": "一条狭长山谷的等高线。从同一点出发，"
        "梯度下降左右折返，四十步后还在路上；动量摆幅更大，却已到谷底。",
        "caption": "同一点出发，各走四十步，常数都取最好的。代码只差一行。",
        "link": "为什么有用？",
    },
}


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


def valley(edition: str) -> str:
    """Return the picture as SVG, whose colours are the page's."""
    words = WORDS[edition]
    surface, runs = descents()
    (left, right), (bottom, top) = VIEW
    scale = WIDTH / (right - left)

    def place(point: Tensor) -> tuple[float, float]:
        x, y = point.tolist()
        return (x - left) * scale, (top - y) * HEIGHT / (top - bottom)

    heights = [
        float(surface(surface.start)) * (level / LEVELS) ** 2 for level in range(1, LEVELS + 6)
    ]
    x0, y0 = place(surface.minima[0])
    # On f = (x² + κ y²) / 2 the contour of height h crosses the axes at √(2h) and √(2h/κ).
    rings = "".join(
        f'<ellipse cx="{x0:.1f}" cy="{y0:.1f}" rx="{sqrt(2 * h) * scale:.1f}" '
        f'ry="{sqrt(2 * h / KAPPA) * HEIGHT / (top - bottom):.1f}"/>'
        for h in heights
    )
    lines = ""
    for name, points in runs.items():
        corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(place, points))
        dots = "".join(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.6"/>' for x, y in map(place, points)
        )
        lines += f'<g class="{name}"><polyline points="{corners}"/>{dots}</g>'
    labels = (
        f'<text class="sgd" x="{WIDTH - 14}" y="32">{words["sgd"]}</text>'
        f'<text class="momentum" x="{WIDTH - 14}" y="56">'
        f"{words['momentum']}</text>"
    )
    return (
        '<figure class="valley">'
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(words["alt"])}">'
        f'<g class="rings">{rings}</g>{lines}'
        f'<circle class="minimum" cx="{x0:.1f}" cy="{y0:.1f}" r="4"/>{labels}</svg>'
        f"<figcaption>{words['caption']} "
        f'<a href="momentum.html">{words["link"]}</a></figcaption></figure>'
    )


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
    """Draw the card at the end of a build."""
    app.connect("build-finished", _draw_card)
