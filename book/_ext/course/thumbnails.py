"""The small picture beside each chapter's row on the landing page.

A figure made smaller can't be read: its letters shrink to specks. These are drawn for the size they
are shown at, 88 pixels wide on a phone: one thing of each chapter, thick lines, not a word. What
they show is computed by coursekit while the book is built; the colours are the labs'.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

import torch
from torch import Tensor

from coursekit import data, losses, optim, schedules
from coursekit.bias_variance import fit_knn, fit_polynomial
from coursekit.descent import descend
from coursekit.surfaces import bowl

WIDTH, HEIGHT = 120, 80
MARGIN = 6

Span = tuple[float, float]


class Sketch:
    """A picture that takes points in the units of what it shows.

    Parameters
    ----------
    xs, ys
        What its left and right, its lower and upper edge stand for.

    Examples
    --------
    >>> sketch = Sketch((-1, 1), (0, 2))
    >>> sketch.x(-1), sketch.y(2)
    (6.0, 6.0)
    """

    def __init__(self, xs: Span = (0, 1), ys: Span = (0, 1)) -> None:
        self.xs, self.ys = xs, ys
        self.parts: list[str] = []

    def x(self, value: float) -> float:
        """Return where a value lies across."""
        low, high = self.xs
        return MARGIN + (WIDTH - 2 * MARGIN) * (value - low) / (high - low)

    def y(self, value: float) -> float:
        """Return where a value lies, from above."""
        low, high = self.ys
        return HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * (value - low) / (high - low)

    def line(self, points: Iterable[Sequence[float] | Tensor], look: str, **given: object) -> None:
        """Draw a line through points, in a colour of the course's characters."""
        path = "L".join(f"{self.x(float(x)):.1f} {self.y(float(y)):.1f}" for x, y in points)
        self._add("path", look, {"d": f"M{path}", "stroke_width": 2.5, **given})

    def dots(self, points: Iterable[Sequence[float] | Tensor], look: str, size: float = 6) -> None:
        """Draw points as round dots."""
        path = "".join(f"M{self.x(float(x)):.1f} {self.y(float(y)):.1f}h0" for x, y in points)
        self._add("path", look, {"d": path, "stroke_width": size})

    def ring(self, centre: Span, radii: Span, look: str = "edge") -> None:
        """Draw an ellipse along the axes."""
        x, y = centre
        wide, tall = self.x(x + radii[0]) - self.x(x), self.y(y) - self.y(y + radii[1])
        self.parts.append(
            f'<ellipse cx="{self.x(x):.1f}" cy="{self.y(y):.1f}" rx="{wide:.1f}" ry="{tall:.1f}" '
            f'fill="none" stroke="{_ink(look)}" stroke-width="1.5"/>'
        )

    def _add(self, tag: str, look: str, given: dict[str, object]) -> None:
        said = " ".join(f'{name.replace("_", "-")}="{value}"' for name, value in given.items())
        self.parts.append(f'<{tag} stroke="{_ink(look)}" {said}/>')

    def svg(self) -> str:
        """Return the picture, which says nothing to those who don't see it: the row's text does."""
        return (
            f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
            'aria-hidden="true" fill="none" stroke-linecap="round" stroke-linejoin="round">'
            f"{''.join(self.parts)}</svg>"
        )


def _ink(look: str) -> str:
    return f"var(--{look})" if look in {"edge", "quiet", "text"} else f"var(--look-{look})"


def _pairs(x: Tensor, y: Tensor) -> Tensor:
    return torch.stack((x, y), -1)


def _even(low: float, high: float, count: int = 41) -> Tensor:
    return torch.linspace(low, high, count, dtype=torch.float64)


def supervised_learning() -> Sketch:
    """Draw points of two classes, and where a rule that was taught with them changes its answer."""
    sketch = Sketch((-4.5, 4.5), (-3, 3))
    x, y = data.blobs(26, [[-2.2, -0.4], [2.2, 0.4]], 1.0, seed=3)
    for kind, look in enumerate(("sgd", "momentum")):
        sketch.dots(x[y == kind], look, 6.5)
    rows, columns = _even(-3, 3, 25), _even(-4.5, 4.5, 91)
    border = []
    for row in rows:
        at = _pairs(columns, row.expand_as(columns))
        share = fit_knn([7], x, y.double(), at)[0]
        border.append((float(columns[(share - 0.5).abs().argmin()]), float(row)))
    sketch.line(border, "text", stroke_width=2)
    return sketch


def linear_regression() -> Sketch:
    """Draw a line, and how far the points are from it."""
    x, y = data.line(9, slope=1.0, intercept=0.0, noise=0.22, seed=5)
    fitted = fit_polynomial([1], x, y, torch.cat((x, _even(0, 1, 2))))[0]
    sketch = Sketch((0, 1), (-0.1, 1.0))
    for place, value, guess in zip(x, y, fitted[:-2], strict=True):
        sketch.line(((place, value), (place, guess)), "data", stroke_width=1.8)
    sketch.line(_pairs(_even(0, 1, 2), fitted[-2:]), "fit", stroke_width=3)
    sketch.dots(_pairs(x, y), "data", 7)
    return sketch


def loss_functions() -> Sketch:
    """Draw the squared, the absolute and Huber's loss of a residual."""
    sketch = Sketch((-3, 3), (0, 3.2))
    residual = _even(-3, 3, 61)
    nothing = torch.zeros_like(residual)
    seen = residual.abs() < 2.53
    squared = 0.5 * losses.mse_loss(residual, nothing, reduction="none")
    sketch.line(_pairs(residual, squared)[seen], "sgd")
    sketch.line(_pairs(residual, losses.l1_loss(residual, nothing, reduction="none")), "momentum")
    huber = losses.huber_loss(residual, nothing, reduction="none", delta=0.6)
    sketch.line(_pairs(residual, huber), "rmsprop")
    return sketch


def gradient_descent() -> Sketch:
    """Draw steps down a parabola, from side to side."""
    sketch = Sketch((-2.2, 2.2), (-0.1, 2.4))
    sketch.line(((float(x), float(x * x / 2)) for x in _even(-2.2, 2.2)), "data", stroke_width=1.8)
    start = torch.tensor([-2.0], dtype=torch.float64)
    path = descend(lambda theta: theta[..., 0] ** 2 / 2, start, optim.SGD(lr=1.7), 7)
    hops = _pairs(path.points[:, 0], path.values)
    sketch.line(hops, "sgd")
    sketch.dots(hops, "sgd", 6.5)
    return sketch


def backpropagation() -> Sketch:
    """Draw a small network, and one way back through it."""
    sketch = Sketch((0, 2), (0, 3))
    heights = ((0.0, 1.5, 3.0), (0.0, 1.0, 2.0, 3.0), (1.5,))
    layers = [[(float(x), y) for y in column] for x, column in enumerate(heights)]
    for before, after in pairwise(layers):
        for one in before:
            for other in after:
                sketch.line((one, other), "edge", stroke_width=1.5)
    sketch.line((layers[2][0], layers[1][2], layers[0][0]), "fit", stroke_width=3.5)
    for layer in layers:
        sketch.dots(layer, "quiet", 10)
    sketch.dots((layers[2][0], layers[1][2], layers[0][0]), "fit", 10)
    return sketch


def mini_batch() -> Sketch:
    """Draw a descent by noisy gradients, which does not come to rest."""
    sketch = Sketch((-3.4, 3.4), (-2.1, 2.1))
    for radius in (0.6, 1.3, 2.0):
        sketch.ring((0.9, -0.2), (radius * 1.15, radius))
    generator = torch.Generator().manual_seed(4)
    theta = torch.tensor([-4.0, 1.9], dtype=torch.float64)
    points = [theta]
    for _ in range(45):
        noise = torch.randn(2, generator=generator, dtype=torch.float64)
        theta = theta - 0.17 * (theta + 2.2 * noise)
        points.append(theta)
    way = torch.stack(points) + torch.tensor([0.9, -0.2])
    sketch.line(way, "mini-batch", stroke_width=2)
    sketch.dots(way[-1:], "mini-batch", 8)
    return sketch


def _valley(
    condition: float, rules: dict[str, optim.Rule], steps: int, height: float = 1.0
) -> Sketch:
    surface = bowl(condition_number=condition)
    start = torch.tensor([-4.0, height], dtype=torch.float64)
    sketch = Sketch((-4.5, 1.5), (-2.4, 2.4))
    for radius in (0.7, 1.5, 2.3):
        sketch.ring((0, 0), (radius * 5 / condition**0.25, radius))
    for look, rule in rules.items():
        sketch.line(descend(surface, start, rule, steps).points, look)
    sketch.dots([(0.0, 0.0)], "text", 7)
    return sketch


def momentum() -> Sketch:
    """Draw gradient descent and momentum in one valley, each at its best constants."""
    root = 4.0
    rules: dict[str, optim.Rule] = {
        "sgd": optim.SGD(lr=2 / (root**2 + 1)),
        "momentum": optim.Momentum(
            lr=(2 / (root + 1)) ** 2, momentum=((root - 1) / (root + 1)) ** 2
        ),
    }
    return _valley(root**2, rules, 24)


def adaptive_learning_rates() -> Sketch:
    """Draw two ways down a valley, one at a rate for each coordinate."""
    rules: dict[str, optim.Rule] = {
        "sgd": optim.SGD(lr=0.035),
        "adagrad": optim.Adagrad(lr=0.9),
    }
    return _valley(10, rules, 30, height=2.1)


def adam() -> Sketch:
    """Draw a stream of gradients, and their moving average."""
    sketch = Sketch((0, 26), (-1.6, 2.2))
    generator = torch.Generator().manual_seed(9)
    grads = 0.5 + 0.7 * torch.randn(27, generator=generator, dtype=torch.float64)
    average, mean = [], torch.zeros((), dtype=torch.float64)
    for step, grad in enumerate(grads):
        mean = 0.8 * mean + 0.2 * grad
        average.append((step, float(mean / (1 - 0.8 ** (step + 1)))))
        sketch.line(((step, 0), (step, float(grad))), "edge", stroke_width=2.5)
    sketch.line(average, "adam", stroke_width=3)
    return sketch


def learning_rate_schedules() -> Sketch:
    """Draw a rate that warms up and then falls as a cosine."""
    steps = torch.arange(101)
    schedule = schedules.Warmup(15, then=schedules.Cosine(85), start_factor=0.0)
    sketch = Sketch((0, 100), (0, 1.1))
    sketch.line([(0, 0), (100, 0)], "edge", stroke_width=1.5)
    sketch.line(_pairs(steps, torch.as_tensor(schedule(steps))), "sgd", stroke_width=3)
    return sketch


def beyond_adam() -> Sketch:
    """Draw the singular values of a gradient, and those of Muon's step: all alike."""
    sketch = Sketch((-0.5, 6.5), (0, 1.05))
    for place in range(7):
        value = 0.62**place
        sketch.line(((place - 0.17, 0), (place - 0.17, value)), "data", stroke_width=5)
        sketch.line(((place + 0.24, 0), (place + 0.24, 0.72)), "muon", stroke_width=5)
    return sketch


def bias_variance() -> Sketch:
    """Draw fits to many data sets, and the curve that all of them are about."""
    sketch = Sketch((0, 1), (-1.7, 1.7))
    x, y = data.sine(12, 0.35, seed=8, datasets=9)
    at = _even(0.03, 0.97)
    for fit in fit_polynomial([4], x, y, at)[0]:
        sketch.line(_pairs(at, fit.clamp(-1.7, 1.7)), "variance", stroke_width=1.2)
    sketch.line(_pairs(at, (2 * torch.pi * at).sin()), "truth", stroke_width=3)
    return sketch


def regularization() -> Sketch:
    """Draw the L1 norm's diamond and contours of a loss, which touch it at a corner."""
    sketch = Sketch((-1.5, 3.7), (-1.45, 1.9))
    centre, stretch = (2.2, 0.55), 1.6  # the loss: (x - 2.2)² + 1.6 (y - 0.55)²
    touching = ((centre[0] - 1) ** 2 + stretch * centre[1] ** 2) ** 0.5
    for radius in (0.3 * touching, 0.65 * touching, touching):
        sketch.ring(centre, (radius, radius / stretch**0.5))
    diamond = [(1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0), (1.0, 0.0)]
    sketch.line([(-1.5, 0), (3.7, 0)], "edge", stroke_width=1.5)
    sketch.line([(0, -1.45), (0, 1.9)], "edge", stroke_width=1.5)
    sketch.line(diamond, "fit", stroke_width=3)
    sketch.dots([(1.0, 0.0)], "text", 8)
    return sketch


def putting_it_together() -> Sketch:
    """Draw two distributions, and the gap between what was chosen by and what is got."""
    sketch = Sketch((-3, 5), (0, 1.1))
    at = _even(-3, 5, 61)
    for centre, look in ((0.2, "test"), (2.0, "validation")):
        sketch.line(_pairs(at, (-((at - centre) ** 2) / 1.6).exp()), look, stroke_width=3)
        sketch.line(((centre, 0), (centre, 1)), look, stroke_width=1.5)
    return sketch


DRAWN: dict[str, Callable[[], Sketch]] = {
    drawing.__name__.replace("_", "-"): drawing
    for drawing in (
        supervised_learning,
        linear_regression,
        loss_functions,
        gradient_descent,
        backpropagation,
        mini_batch,
        momentum,
        adaptive_learning_rates,
        adam,
        learning_rate_schedules,
        beyond_adam,
        bias_variance,
        regularization,
        putting_it_together,
    )
}
"""The drawings, by their chapters."""
