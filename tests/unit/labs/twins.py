"""What the labs' JavaScript must agree with: a twin of each function, and of each lab's numbers.

``FUNCTIONS`` has, by the name of a function in ``book/labs/src/maths.js``, how a problem is drawn
and who else solves it: coursekit where it can, otherwise NumPy in another way. ``NUMBERS`` has, by
the name of a lab, the numbers of its first state, from coursekit. What is missing here fails.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from math import comb
from typing import Any

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor
from torch.distributions import Beta, Binomial, Distribution

from coursekit import bias_variance as bv
from coursekit import data, descent, linear_models, losses, optim, schedules, surfaces
from coursekit.autodiff import Var

Problem = list[Any]


@dataclass(frozen=True)
class Twin:
    """How a problem is drawn, as JavaScript's arguments, and what solves it here."""

    draw: Callable[[Generator], Problem]
    solve: Callable[..., Any]
    sort: bool = False  # where the order of what comes back means nothing


def double(values: Any) -> Tensor:
    """Return values in double precision."""
    return torch.tensor(values, dtype=torch.float64)


def vectors(count: int, *more: tuple[float, float]) -> Callable[[Generator], Problem]:
    """Return a drawer of so many vectors of one length, then of numbers between two ends each."""

    def draw(rng: Generator) -> Problem:
        size = int(rng.integers(1, 5))
        found = [rng.normal(size=size).tolist() for _ in range(count)]
        return [*found, *numbers(*more)(rng)]

    return draw


def numbers(*ends: tuple[float, float]) -> Callable[[Generator], Problem]:
    """Return a drawer of numbers between two ends each."""
    return lambda rng: [float(rng.uniform(low, high)) for low, high in ends]


def seeds(rng: Generator) -> Problem:
    """Draw a seed and a count."""
    return [int(rng.integers(0, 2**32)), int(rng.integers(0, 12))]


# ----- update rules ------------------------------------------------------------------------------


def sgd(theta: list[float], grad: list[float], lr: float) -> Any:
    rule = optim.SGD(lr=lr)
    start = double(theta)
    return rule.update(start, double(grad), rule.init(start))[0].tolist()


def with_buffer(rule: type[optim.Momentum] | type[optim.Nesterov]) -> Callable[..., Any]:
    def solve(
        theta: list[float], grad: list[float], buffer: list[float], lr: float, beta: float
    ) -> Any:
        made = rule(lr=lr, momentum=beta)
        state: Any = made.init(double(theta))._replace(b=double(buffer))
        if isinstance(state, optim.MomentumState):
            state = state._replace(t=torch.tensor(1))  # the first buffer would be the gradient
        moved, after = made.update(double(theta), double(grad), state)
        return [moved.tolist(), after.b.tolist()]

    return solve


def adam(
    theta: list[float],
    grad: list[float],
    first: list[float],
    second: list[float],
    t: int,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
) -> Any:
    rule = optim.Adam(lr=lr, beta1=beta1, beta2=beta2, eps=eps)
    state = rule.init(double(theta))
    taken = torch.full_like(state.t, t - 1)
    state = state._replace(t=taken, m=double(first), v=double(second))
    moved, after = rule.update(double(theta), double(grad), state)
    return [moved.tolist(), after.m.tolist(), after.v.tolist()]


def adam_averages(grads: list[float], beta1: float, beta2: float) -> list[float]:
    rule = optim.Adam(beta1=beta1, beta2=beta2)
    theta = double([0.0])
    state = rule.init(theta)
    for grad in grads:
        theta, state = rule.update(theta, double([grad]), state)
    return [state.m.item(), state.v.item()]


def adam_problem(rng: Generator) -> Problem:
    theta, grad, first, second = vectors(4)(rng)
    rates = numbers(STEP, (0.1, 0.99), (0.1, 0.999), (1e-8, 0.5))(rng)
    return [theta, grad, first, [abs(v) for v in second], int(rng.integers(1, 50)), *rates]


def adam_bound(beta1: float, beta2: float) -> Any:
    # Cauchy and Schwarz's sum, Σ a² / b, in closed form where it converges.
    ratio = beta1**2 / beta2
    return None if ratio >= 1 else ((1 - beta1) ** 2 / (1 - beta2) / (1 - ratio)) ** 0.5


def adagrad(theta: list[float], grad: list[float], s: list[float], lr: float, eps: float) -> Any:
    rule = optim.Adagrad(lr=lr, eps=eps)
    state = rule.init(double(theta))._replace(s=double(s))
    moved, after = rule.update(double(theta), double(grad), state)
    return [moved.tolist(), after.s.tolist()]


def rmsprop(
    theta: list[float], grad: list[float], v: list[float], lr: float, alpha: float, eps: float
) -> Any:
    rule = optim.RMSprop(lr=lr, alpha=alpha, eps=eps)
    state = rule.init(double(theta))._replace(v=double(v))
    moved, after = rule.update(double(theta), double(grad), state)
    return [moved.tolist(), after.v.tolist()]


def full_adagrad(
    theta: list[float], grad: list[float], s: list[float], lr: float, eps: float
) -> Any:
    rule = optim.FullAdagrad(lr=lr, eps=eps)
    a, b, c = s
    state = rule.init(double(theta))._replace(s=double([[a, b], [b, c]]))
    moved, after = rule.update(double(theta), double(grad), state)
    return [moved.tolist(), after.s[[0, 0, 1], [0, 1, 1]].tolist()]


def scaled_problem(*more: tuple[float, float]) -> Callable[[Generator], Problem]:
    """Return a drawer of parameters, a gradient, past squares, then numbers."""

    def draw(rng: Generator) -> Problem:
        theta, grad, old, *rest = vectors(3, *more)(rng)
        return [theta, grad, [one * one for one in old], *rest]

    return draw


def matrix_problem(rng: Generator) -> Problem:
    """Draw two parameters, a gradient, the matrix of three earlier ones, a rate and an epsilon."""
    earlier = rng.normal(size=(3, 2))
    a, b, c = (earlier.T @ earlier)[[0, 0, 1], [0, 1, 1]].tolist()
    theta, grad = rng.normal(size=(2, 2)).tolist()
    return [theta, grad, [a, b, c], *numbers(STEP, STEP)(rng)]


# ----- momentum on one curvature -----------------------------------------------------------------


def momentum_polynomial(a: float, beta: float) -> list[float]:
    return [1, -(1 + beta - a), beta]


def nesterov_polynomial(a: float, beta: float) -> list[float]:
    return [1, -(1 + beta) * (1 - a), beta * (1 - a)]


def roots_of(polynomial: Callable[[float, float], list[float]]) -> Callable[..., Any]:
    def solve(a: float, beta: float) -> Any:
        return [[z.real, z.imag] for z in np.roots(polynomial(a, beta)).astype(complex)]

    return solve


def zero_at(
    polynomial: Callable[[float, float], list[float]], z: float, beta: float, value: float = 0
) -> float:
    """Return the ηλ at which the polynomial has a value at z; it is linear in ηλ."""
    first, second = (np.polyval(polynomial(a, beta), z) - value for a in (0.0, 1.0))
    return float(first / (first - second))


def momentum_within(r: float, beta: float) -> Any:
    if beta > r * r:
        return None
    return sorted(zero_at(momentum_polynomial, z, beta) for z in (r, -r))


def nesterov_within(r: float, beta: float) -> Any:
    # The product of the roots, the value at z = 0, reaches r² or -r², or a root is r or -r.
    edges = [zero_at(nesterov_polynomial, z, beta) for z in (r, -r)]
    edges += [zero_at(nesterov_polynomial, 0, beta, value) for value in (r * r, -r * r)]
    # At ηλ = 1 both roots are zero: what is sought lies around it.
    return [max(edge for edge in edges if edge < 1), min(edge for edge in edges if edge > 1)]


def spread_of(way: Callable[[float, float, float], tuple[Any, Any]]) -> Callable[..., Any]:
    """Return the stationary variance of x' = A x + B e, whose first part is the error."""

    def solve(lr: float, beta: float, curvature: float) -> float:
        a, b = (np.array(each, dtype=float) for each in way(lr, beta, curvature))
        system = np.eye(4) - np.kron(a, a)
        return float(np.linalg.solve(system, np.outer(b, b).ravel())[0])

    return solve


def momentum_way(lr: float, beta: float, curvature: float) -> tuple[Any, Any]:
    return [[1 - lr * curvature, -lr * beta], [curvature, beta]], [-lr, 1]


def nesterov_way(lr: float, beta: float, curvature: float) -> tuple[Any, Any]:
    ahead = 1 + beta
    moved = [1 - lr * ahead * curvature, -lr * beta * beta]
    return [moved, [curvature, beta]], [-lr * ahead, 1]


def polyak(kappa: float) -> Any:
    # Both directions on the edge of the complex region: ηκ = (1 + √β)², η = (1 - √β)².
    r = (np.sqrt(kappa) - 1) / (np.sqrt(kappa) + 1)
    return [(1 - r) ** 2, r * r]


# ----- surfaces ----------------------------------------------------------------------------------


def himmelblau_curvatures(x: float, y: float) -> Any:
    where = double([x, y]).requires_grad_()
    height = surfaces.get("himmelblau")(where)
    (slope,) = torch.autograd.grad(height, where, create_graph=True)
    rows = [torch.autograd.grad(one, where, retain_graph=True)[0] for one in slope]
    return torch.linalg.eigvalsh(torch.stack(rows)).tolist()


def slope_at(surface: surfaces.Surface, x: float, y: float) -> Any:
    where = double([x, y]).requires_grad_()
    return torch.autograd.grad(surface(where), where)[0].tolist()


def bowl_gradient(x: float, y: float, kappa: float, angle: float) -> Any:
    return slope_at(surfaces.bowl(condition_number=kappa, angle=angle), x, y)


# ----- lines through points ----------------------------------------------------------------------


def points(*more: tuple[float, float]) -> Callable[[Generator], Problem]:
    """Return a drawer of points near a line, two of them far off, then of numbers."""

    def draw(rng: Generator) -> Problem:
        x = np.arange(7) + rng.uniform(-0.3, 0.3, 7)
        y = rng.normal() * x + rng.normal(size=7)
        y[:2] += rng.normal(size=2) * 10
        return [x.tolist(), y.tolist(), *numbers(*more)(rng)]

    return draw


def slope_of(loss: Callable[..., Tensor]) -> Callable[..., float]:
    """Return a loss's derivative in the error."""

    def solve(error: float, *more: float) -> float:
        x = double(error).requires_grad_()
        (slope,) = torch.autograd.grad(loss(x, double(0.0), "mean", *more), x)
        return float(slope)

    return solve


def least_squares_line(x: list[float], y: list[float]) -> Any:
    fit = linear_models.fit_ridge(double(x)[:, None], double(y), 0)
    return [float(fit.coef[0]), float(fit.intercept)]


def best_line(lines: Any, x: list[float], y: list[float], loss: Callable[..., Tensor]) -> Any:
    """Return the line of some, (slope, level) each, whose total loss is least."""
    fits = double(lines)[:, :1] * double(x) + double(lines)[:, 1:]
    total = loss(fits, double(y).expand_as(fits), "none").sum(-1)
    return lines[int(total.argmin())].tolist()


def least_absolute_line(x: list[float], y: list[float]) -> Any:
    """Try all lines through two of the points."""
    i, j = np.triu_indices(len(x), 1)
    ends, heights = np.array(x), np.array(y)
    slopes = (heights[j] - heights[i]) / (ends[j] - ends[i])
    lines = np.column_stack((slopes, heights[i] - slopes * ends[i]))
    return best_line(lines, x, y, losses.l1_loss)


def huber_line(x: list[float], y: list[float], delta: float) -> Any:
    """Solve for each way in which errors may lie within δ, above and below: one is the answer's."""
    ways = np.array(list(product((-1, 0, 1), repeat=len(x))))
    inside = (ways == 0).astype(float)
    ways, inside = ways[inside.sum(1) > 1], inside[inside.sum(1) > 1]
    design = np.column_stack((x, np.ones(len(x))))
    gram = np.einsum("wn,ni,nj->wij", inside, design, design)
    right = (inside * y - delta * ways) @ design
    lines = np.linalg.solve(gram, right[..., None])[..., 0]
    return best_line(
        lines, x, y, lambda fit, target, how: losses.huber_loss(fit, target, how, delta)
    )


# ----- the network of three nodes ----------------------------------------------------------------


def on_tape(inputs: list[float], skip: bool, **nodes: float) -> dict[str, Var]:
    """Return the network's numbers as the tape has them, some of them put in place of its own."""
    x, u, v, y = (Var(double(number)) for number in inputs)
    h = Var(double(nodes["h"])) if "h" in nodes else (u * x).tanh()
    p = v * h + x if skip else v * h
    if "p" in nodes:
        p = Var(double(nodes["p"]))
    return {"x": x, "u": u, "v": v, "h": h, "p": p, "L": (p - y) ** 2}


def graph_forward(inputs: list[float], skip: bool) -> Any:
    made = on_tape(inputs, skip)
    return [float(made[name].value) for name in "hpL"]


def graph_backward(inputs: list[float], skip: bool) -> Any:
    made = on_tape(inputs, skip)
    made["L"].backward()
    return [None if (grad := made[name].grad) is None else float(grad) for name in "xuvhp"]


def graph_nudged(inputs: list[float], skip: bool, e: float) -> Any:
    made = on_tape(inputs, skip)
    found = []
    for place, name in enumerate("xuvhp"):
        ends = []
        for by in (e, -e):
            moved = list(inputs)
            nodes = {}
            if name in "hp":
                nodes[name] = float(made[name].value) + by
            else:
                moved[place] += by
            ends.append(float(on_tape(moved, skip, **nodes)["L"].value))
        found.append((ends[0] - ends[1]) / (2 * e))
    return found


def network(*more: tuple[float, float]) -> Callable[[Generator], Problem]:
    """Return a drawer of the network's inputs, whether it skips, and numbers."""

    def draw(rng: Generator) -> Problem:
        inputs = rng.uniform(-2, 2, 4).tolist()
        return [inputs, bool(rng.integers(2)), *numbers(*more)(rng)]

    return draw


# ----- two coefficients --------------------------------------------------------------------------


def means(rng: Generator) -> tuple[list[float], list[float], float]:
    """Draw data with two inputs; return their means of products, as the labs have them."""
    x, y = rng.normal(size=(6, 2)) + rng.normal(size=(6, 1)), rng.normal(size=6) * 3
    (a, b), (_, c) = (x.T @ x / 6).tolist()
    return [a, b, c], (x.T @ y / 6).tolist(), float(y @ y / 6)


def with_strength(rng: Generator) -> Problem:
    gram, products, _ = means(rng)
    return [gram, products, float(rng.uniform(0.02, 2))]


def with_pair(rng: Generator) -> Problem:
    return [*means(rng), rng.normal(size=2).tolist()]


def data_with(gram: list[float], products: list[float], square: float | None = None) -> Any:
    """Return three examples, (3, 2) and (3,), that have these means of products."""
    (a, b, c), (p, q) = gram, products
    inner = np.linalg.solve([[a, b], [b, c]], products) @ products
    last = float(inner) + 1 if square is None else square
    rows = [[a, b, p], [b, c, q], [p, q, last]]
    columns = double(np.linalg.cholesky(rows).T * np.sqrt(3))
    return columns[:, :2], columns[:, 2]


def pair_error(gram: list[float], products: list[float], square: float, w: list[float]) -> float:
    x, y = data_with(gram, products, square)
    return float(losses.mse_loss(x @ double(w), y))


def ridge_pair(gram: list[float], products: list[float], strength: float) -> Any:
    x, y = data_with(gram, products)
    return linear_models.fit_ridge(x, y, 3 * strength, fit_intercept=False).coef.tolist()


def lasso_pair(gram: list[float], products: list[float], strength: float) -> Any:
    """Take from coursekit's steps which coefficients are zero, and solve for the others' signs."""
    x, y = data_with(gram, products)
    found = linear_models.fit_lasso(x, y, strength, fit_intercept=False, tol=1e-13).coef.numpy()
    (a, b, c), used = gram, found != 0
    right = products - strength * np.sign(found)
    exact = np.zeros(2)
    exact[used] = np.linalg.solve(np.array([[a, b], [b, c]])[np.ix_(used, used)], right[used])
    return exact.tolist()


# ----- the best of many scores -------------------------------------------------------------------


def prior(mean: float, apart: float) -> tuple[float, float]:
    """Return a and b of the beta distribution."""
    return mean / apart, (1 - mean) / apart


def score_shares(n: int, mean: float, apart: float) -> list[float]:
    """Multiply out: each right answer makes the next one likelier, as each wrong one does."""
    a, b = prior(mean, apart)
    found = []
    for k in range(n + 1):
        right, wrong = a + np.arange(k), b + np.arange(n - k)
        ways = np.concatenate((right, wrong)) / (a + b + np.arange(n))
        found.append(float(comb(n, k) * ways.prod()))
    return found


def highest_shares(shares: list[float], many: int) -> list[float]:
    """Let one more score come, and be the highest or not."""
    one = np.array(shares)
    best = one
    for _ in range(many - 1):
        best = best * one.cumsum() + (best.cumsum() - best) * one
    found: list[float] = best.tolist()
    return found


def log_density(of: Distribution, at: Tensor) -> Tensor:
    """Return the logarithm of a distribution's density at some places."""
    found: Tensor = of.log_prob(at)
    return found


def behind_shares(
    n: int, mean: float, apart: float, shares: list[float], highest: list[float], at: list[float]
) -> list[float]:
    a, b = prior(mean, apart)
    found = torch.zeros(len(at), dtype=torch.float64)
    for k, weight in enumerate(highest):
        found += weight * log_density(Beta(double(a + k), double(b + n - k)), double(at)).exp()
    return (found / found.sum()).tolist()


def with_scores(rng: Generator) -> Problem:
    n, (mean, apart) = int(rng.integers(1, 30)), numbers((0.1, 0.9), (0.01, 1))(rng)
    return [n, mean, apart]


def with_highest(rng: Generator) -> Problem:
    n, mean, apart = with_scores(rng)
    shares = score_shares(n, mean, apart)
    highest = highest_shares(shares, int(rng.integers(1, 6)))
    return [n, mean, apart, shares, highest, rng.uniform(0.05, 0.95, 5).tolist()]


# ----- polynomials by least squares --------------------------------------------------------------


def places(most: int) -> Callable[[Generator], Problem]:
    """Return a drawer of a degree, inputs for it and places between them."""

    def draw(rng: Generator) -> Problem:
        degree = int(rng.integers(0, most + 1))
        x = np.arange(2 * degree + 3) + rng.uniform(-0.3, 0.3, 2 * degree + 3)
        return [degree, x.tolist(), rng.uniform(x[0], x[-1], 4).tolist()]

    return draw


def with_truths(rng: Generator) -> Problem:
    """Draw such a problem with values of a truth at the inputs and at the places."""
    degree, x, at = places(6)(rng)
    return [degree, x, at, rng.normal(size=len(x)).tolist(), rng.normal(size=len(at)).tolist()]


def with_targets(rng: Generator) -> Problem:
    """Draw such a problem with targets at the inputs."""
    degree, x, at = places(6)(rng)
    return [degree, x, rng.normal(size=len(x)).tolist(), at]


def with_targets_and_curve(rng: Generator) -> Problem:
    """Draw such a problem with targets, and a curve's values at the places."""
    degree, x, at, y, curve = with_truths(rng)
    return [degree, x, y, at, curve]


def polynomial_fit(degree: int, x: list[float], y: list[float], at: list[float]) -> Any:
    smooth = bv.polynomial_smoother([degree], double(x), double(at))[0]
    return (smooth @ double(y)).tolist()


def polynomial_parts(
    highest: int, x: list[float], at: list[float], truth: list[float], truth_at: list[float]
) -> Any:
    known = dict(zip([*x, *at], [*truth, *truth_at], strict=True))
    theory = bv.polynomial_theory(
        range(highest + 1),
        double(x),
        double(at),
        lambda places: double([known[place] for place in places.tolist()]),
        1.0,
    ).mean()
    return torch.stack([theory.bias_squared, theory.variance], dim=-1).tolist()


def polynomial_losses(
    highest: int, x: list[float], y: list[float], at: list[float], curve: list[float]
) -> Any:
    def squared(degree: int, places: list[float], wanted: list[float]) -> float:
        return float(np.mean((np.array(polynomial_fit(degree, x, y, places)) - wanted) ** 2))

    return [[squared(k, x, y), squared(k, at, curve)] for k in range(highest + 1)]


# ----- matrices ----------------------------------------------------------------------------------


def matrix(*more: tuple[int, int]) -> Callable[[Generator], Problem]:
    """Return a drawer of a square matrix, every other one of signs alone, then of whole numbers."""

    def draw(rng: Generator) -> Problem:
        rows = rng.normal(size=2 * [int(rng.integers(2, 6))])
        rows = np.sign(rows) if rng.integers(2) else rows
        return [rows.tolist(), *(int(rng.integers(low, high)) for low, high in more)]

    return draw


def turned_matrix(values: list[float], angle: float) -> Any:
    """Turn the axes by one rotation after the other, each a matrix."""
    cos, sin = np.cos(angle), np.sin(angle)

    def axes(*planes: tuple[int, int]) -> Tensor:
        turns = torch.eye(4, dtype=torch.float64).repeat(len(planes), 1, 1)
        for turn, plane in zip(turns, planes, strict=True):
            turn[np.ix_(plane, plane)] = double([[cos, -sin], [sin, cos]])
        found: Tensor = torch.linalg.multi_dot(list(turns))
        return found

    left, right = axes((0, 1), (1, 2), (2, 3), (0, 3)), axes((0, 2), (1, 3), (0, 1), (1, 2))
    return (left @ torch.diag(double(values)) @ right.mT).tolist()


# ----- schedules ---------------------------------------------------------------------------------


def factor_of(
    make: Callable[..., schedules.Schedule], *more: tuple[float, float]
) -> tuple[Callable[[Generator], Problem], Callable[..., float]]:
    """Return a drawer of a step, a length, numbers; and the factor of the schedule made of them."""

    def draw(rng: Generator) -> Problem:
        return [int(rng.integers(0, 300)), int(rng.integers(1, 200)), *numbers(*more)(rng)]

    return draw, lambda t, *given: float(make(*given)(t))


def left_at_end(rates: list[float], curvature: float) -> Any:
    """Run descent from 1, and from 0 with one unit of noise at one of the steps, for each step."""
    theta = double([1.0] + len(rates) * [0.0])
    for step, lr in enumerate(rates, 1):
        grad = curvature * theta
        grad[step] += 1
        rule = optim.SGD(lr=lr)
        theta, _ = rule.update(theta, grad, rule.init(theta))
    return [float(theta[0]), float(theta[1:].square().sum())]


# ----- random numbers ----------------------------------------------------------------------------


def uniforms(seed: int, count: int) -> list[float]:
    """Return what mulberry32 gives."""
    mask = 0xFFFFFFFF
    found = []
    for _ in range(count):
        seed = (seed + 0x6D2B79F5) & mask
        mixed = ((seed ^ (seed >> 15)) * (1 | seed)) & mask
        mixed = ((mixed + ((mixed ^ (mixed >> 7)) * (61 | mixed))) & mask) ^ mixed
        found.append(((mixed ^ (mixed >> 14)) + 0.5) / 2**32)
    return found


def normals(seed: int, count: int) -> list[float]:
    """Return what Box and Muller make of them."""
    flat = np.array(uniforms(seed, count + count % 2)).reshape(-1, 2)
    size, angle = np.sqrt(-2 * np.log(flat[:, 0])), 2 * np.pi * flat[:, 1]
    pairs = np.column_stack((size * np.cos(angle), size * np.sin(angle)))
    found: list[float] = pairs.ravel()[:count].tolist()
    return found


def line_valley(mean: float, scale: float) -> Any:
    """Return the Hessian's eigenvalues and a direction, from inputs of that mean and deviation."""
    inputs = double([mean - scale, mean + scale])
    x = torch.stack([inputs, torch.ones(2, dtype=torch.float64)], dim=-1)
    (small, large), directions = torch.linalg.eigh(x.mT @ x)
    w, b = directions[:, 1].abs()
    return [float(large), float(small), float(torch.atan2(b, w))]


def steps_to_near(eta: float, curvatures: list[float], parts: list[float], near: float) -> Any:
    """Walk along each curvature, step after step."""
    curvature, apart = np.array(curvatures), np.array(parts)
    if (np.abs(1 - eta * curvature) >= 1).any():
        return None
    for t in range(3000):
        if curvature @ apart**2 / 2 < near**2:
            return t
        apart = (1 - eta * curvature) * apart
    return None


PLANE = (-5.0, 5.0)
STEP = (0.01, 2.0)
BETA = (0.02, 0.98)
STABLE = ((0.1, 0.7), (0.02, 0.8), (0.5, 1.8))

FUNCTIONS: Mapping[str, Twin] = {
    "sgd": Twin(vectors(2, STEP), sgd),
    "momentum": Twin(vectors(3, STEP, BETA), with_buffer(optim.Momentum)),
    "nesterov": Twin(vectors(3, STEP, BETA), with_buffer(optim.Nesterov)),
    "adam": Twin(adam_problem, adam),
    "adamAverages": Twin(
        lambda rng: [rng.normal(size=int(rng.integers(0, 20))).tolist(), *numbers(BETA, BETA)(rng)],
        adam_averages,
    ),
    "adamPaperBound": Twin(
        numbers((0.1, 0.99), (0.1, 0.999)), lambda b, c: max(1, (1 - b) / (1 - c) ** 0.5)
    ),
    "adamBound": Twin(numbers((0.1, 0.99), (0.1, 0.999)), adam_bound),
    "momentumRoots": Twin(numbers((0.01, 4), BETA), roots_of(momentum_polynomial), sort=True),
    "nesterovRoots": Twin(numbers((0.01, 2), BETA), roots_of(nesterov_polynomial), sort=True),
    "factor": Twin(
        lambda rng: [rng.normal(size=(2, 2)).tolist()],
        lambda pair: float(np.abs(np.array(pair) @ [1, 1j]).max()),
    ),
    "momentumComplex": Twin(
        numbers(BETA),
        lambda beta: np.sort(np.roots([1, -2 * (1 + beta), (1 - beta) ** 2])).tolist(),
    ),
    "nesterovComplex": Twin(numbers(BETA), lambda beta: [1 - 4 * beta / (1 + beta) ** 2, 1]),
    "momentumBorder": Twin(numbers(BETA), lambda beta: zero_at(momentum_polynomial, -1, beta)),
    "nesterovBorder": Twin(numbers(BETA), lambda beta: zero_at(nesterov_polynomial, -1, beta)),
    "momentumWithin": Twin(numbers((0.1, 1), BETA), momentum_within),
    "nesterovWithin": Twin(numbers((0.1, 1), BETA), nesterov_within),
    "momentumSpread": Twin(numbers(*STABLE), spread_of(momentum_way)),
    "nesterovSpread": Twin(numbers(*STABLE), spread_of(nesterov_way)),
    "polyak": Twin(numbers((1, 400)), polyak),
    "himmelblau": Twin(
        numbers(PLANE, PLANE), lambda x, y: float(surfaces.get("himmelblau")(double([x, y])))
    ),
    "himmelblauGradient": Twin(
        numbers(PLANE, PLANE), lambda x, y: slope_at(surfaces.get("himmelblau"), x, y)
    ),
    "himmelblauCurvatures": Twin(numbers(PLANE, PLANE), himmelblau_curvatures),
    "lineValley": Twin(numbers((0.1, 2), (0.1, 2)), line_valley),
    "stepsToNear": Twin(
        lambda rng: [
            float(rng.uniform(0.05, 1.2)),
            rng.uniform(0.1, 2, 2).tolist(),
            rng.normal(size=2).tolist(),
            float(rng.uniform(0.001, 0.5)),
        ],
        steps_to_near,
    ),
    "squaredSlope": Twin(numbers(PLANE), slope_of(losses.mse_loss)),
    "absoluteSlope": Twin(numbers(PLANE), slope_of(losses.l1_loss)),
    "huberSlope": Twin(numbers(PLANE, STEP), slope_of(losses.huber_loss)),
    "leastSquaresLine": Twin(points(), least_squares_line),
    "leastAbsoluteLine": Twin(points(), least_absolute_line),
    "huberLine": Twin(points((0.8, 5)), huber_line),
    "graphForward": Twin(network(), graph_forward),
    "graphBackward": Twin(network(), graph_backward),
    "graphNudged": Twin(network((0.1, 2)), graph_nudged),
    "pairError": Twin(with_pair, pair_error),
    "ridgePair": Twin(with_strength, ridge_pair),
    "lassoPair": Twin(with_strength, lasso_pair),
    "apartness": Twin(
        numbers((0.1, 0.9), (0.01, 0.2)), lambda mean, far: 1 / (mean * (1 - mean) / far**2 - 1)
    ),
    "scoreShares": Twin(with_scores, score_shares),
    "highestShares": Twin(
        lambda rng: [score_shares(*with_scores(rng)), int(rng.integers(1, 12))], highest_shares
    ),
    "worth": Twin(
        lambda rng: [int(rng.integers(0, 5)), *with_scores(rng)],
        lambda k, n, mean, apart: (mean / apart + k) / (1 / apart + n),
    ),
    "behindShares": Twin(with_highest, behind_shares),
    "polynomialSmoother": Twin(
        places(6),
        lambda degree, x, at: bv.polynomial_smoother([degree], double(x), double(at))[0].tolist(),
    ),
    "polynomialFit": Twin(with_targets, polynomial_fit),
    "polynomialParts": Twin(with_truths, polynomial_parts),
    "polynomialLosses": Twin(with_targets_and_curve, polynomial_losses),
    "adagrad": Twin(scaled_problem(STEP, STEP), adagrad),
    "rmsprop": Twin(scaled_problem(STEP, BETA, STEP), rmsprop),
    "fullAdagrad": Twin(matrix_problem, full_adagrad),
    "bowl": Twin(
        numbers(PLANE, PLANE, (1, 100), (-2, 2)),
        lambda x, y, kappa, angle: float(
            surfaces.bowl(condition_number=kappa, angle=angle)(double([x, y]))
        ),
    ),
    "rosenbrock": Twin(
        numbers(PLANE, PLANE), lambda x, y: float(surfaces.get("rosenbrock")(double([x, y])))
    ),
    "rosenbrockGradient": Twin(
        numbers(PLANE, PLANE), lambda x, y: slope_at(surfaces.get("rosenbrock"), x, y)
    ),
    "bowlGradient": Twin(numbers(PLANE, PLANE, (1, 100), (-2, 2)), bowl_gradient),
    "climbFactor": Twin(
        *factor_of(lambda n, a: schedules.Warmup(n, schedules.Constant(), a), (0, 1))
    ),
    "stairsFactor": Twin(*factor_of(schedules.Step, (0.05, 0.9))),
    "inverseTimeFactor": Twin(
        lambda rng: [int(rng.integers(0, 300)), float(rng.uniform(0, 1))],
        lambda t, decay: schedules.InverseTime(decay)(t),
    ),
    "linearFactor": Twin(*factor_of(lambda n: schedules.Linear(1.0, 0.0, n))),
    "cosineFactor": Twin(*factor_of(schedules.Cosine)),
    "leftAtEnd": Twin(
        lambda rng: [
            rng.uniform(0, 1, int(rng.integers(1, 12))).tolist(),
            float(rng.uniform(0, 2)),
        ],
        left_at_end,
    ),
    "newtonSchulz": Twin(
        matrix((0, 8)), lambda rows, n: optim.newton_schulz(double(rows), steps=n).tolist()
    ),
    "singularValues": Twin(matrix(), lambda rows: torch.linalg.svdvals(double(rows)).tolist()),
    "turnedMatrix": Twin(
        lambda rng: [rng.uniform(0, 1, 4).tolist(), float(rng.uniform(-2, 2))], turned_matrix
    ),
    "uniforms": Twin(seeds, uniforms),
    "normals": Twin(seeds, normals),
}

State = Mapping[str, Any]


def steps_to(path: descent.Path, share: float = 1e-3) -> int:
    """Return after how many steps a run's distance from the origin is that share of the first."""
    far = path.points.norm(dim=-1)
    return int((far < share * far[0]).double().argmax())


def momentum_plane(state: State) -> Mapping[str, float]:
    kappa, eta, beta = state["kappa"], state["eta"], state["beta"]
    bowl, start = surfaces.bowl(condition_number=kappa), torch.ones(2, dtype=torch.float64)
    pair = optim.Momentum(lr=eta / kappa, momentum=beta)
    steep, flat = (
        float(np.abs(np.roots(momentum_polynomial(a, beta))).max()) for a in (eta, eta / kappa)
    )
    return {
        "steep": steep,
        "flat": flat,
        "slowest": max(steep, flat),
        "border": zero_at(momentum_polynomial, -1, beta),
        "steps": steps_to(descent.descend(bowl, start, pair, 400)),
        "plain": steps_to(descent.descend(bowl, start, optim.SGD(lr=2 / (kappa + 1)), 400)),
    }


def basins(state: State) -> Mapping[str, float]:
    surface = surfaces.get("himmelblau")
    start = double([state["x"], state["y"]])
    path = descent.descend(surface, start, optim.SGD(lr=state["eta"]), 5000)
    gap, nearest = (surface.minima - path.points[-1]).norm(dim=-1).min(dim=0)
    end = surface.minima[nearest] if gap < 1e-3 else torch.zeros(2)
    found = {"endX": float(end[0]), "endY": float(end[1])}
    limits = [2 / himmelblau_curvatures(*minimum.tolist())[1] for minimum in surface.minima]
    for number, (minimum, limit) in enumerate(zip(surface.minima, limits, strict=True)):
        found |= {f"x{number}": float(minimum[0]), f"y{number}": float(minimum[1])}
        found[f"limit{number}"] = limit
    return found | {"left": sum(limit > state["eta"] for limit in limits)}


def cloud(state: State) -> Mapping[str, float]:
    batch, eta, steps = state["batch"], state["eta"], state["t"]
    curvatures, start = double([1, 4]), double([3.5, 2.2])
    noise = double(normals(11, 2 * 200 * 100)).view(100, 200, 2) * 4 / batch**0.5
    rule, theta = optim.SGD(lr=eta), start.expand(200, 2)
    kept = rule.init(theta)
    for pushed in noise[:steps]:
        theta, kept = rule.update(theta, curvatures * theta + pushed, kept)
    # In each direction the error's variance follows v' = (1 - ηλ)² v + η² 16 / B.
    factor = 1 - eta * curvatures
    variance, floor = torch.zeros(2, dtype=torch.float64), eta**2 * 16 / batch / (1 - factor**2)
    for _ in range(steps):
        variance = factor**2 * variance + eta**2 * 16 / batch
    centre = start * factor**steps
    return {
        "measured": float((theta.square() @ curvatures).mean() / 2),
        "expected": float(curvatures @ (variance + centre**2)) / 2,
        "floor": float(curvatures @ floor) / 2,
        "examples": steps * batch,
        "rounds": steps * -(-batch // 64),
    }


def stream(state: State) -> Mapping[str, float]:
    beta1, beta2 = state["beta1"], state["beta2"]
    rule = optim.Adam(lr=1.0, beta1=beta1, beta2=beta2, eps=1e-300)
    theta = double([0.0])
    kept = rule.init(theta)
    longest = 0.0
    for k in range(-5000, 60):
        grad = (beta2 / beta1) ** (k - 59) if k >= 20 else 0.0
        moved, kept = rule.update(double([0.0]), double([grad]), kept)
        longest = max(longest, abs(float(moved)))
    paper = (1 - beta1) / (1 - beta2) ** 0.5
    return {"longest": longest, "paper": paper, "ours": paper / (1 - beta1**2 / beta2) ** 0.5}


def outlier(state: State) -> Mapping[str, float]:
    x = [1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5]
    y = [3.9, 4.9, 4.7, 5.6, 6.3, 6.2, 7.3, 7.4]
    at, height, delta = state["x"], state["y"], state["delta"]
    without, level = least_squares_line(x, y)
    x, y = [*x, at], [*y, height]
    lines: dict[str, tuple[Any, Callable[..., float]]] = {
        "squared": (least_squares_line(x, y), slope_of(losses.mse_loss)),
        "absolute": (least_absolute_line(x, y), slope_of(losses.l1_loss)),
        "huber": (
            huber_line(x, y, delta),
            lambda error: slope_of(losses.huber_loss)(error, delta),
        ),
    }
    found = {"without": without, "off": abs(height - level - without * at)}
    for name, (line, slope) in lines.items():
        found |= {name: line[0], f"{name}Pull": abs(slope(line[1] + line[0] * at - height))}
    return found


def graph(state: State) -> Mapping[str, float]:
    inputs, skip = [state[name] for name in "xuvy"], state["net"] == "skip"
    h, p, loss = graph_forward(inputs, skip)
    bars, nudged = graph_backward(inputs, skip), graph_nudged(inputs, skip, state["e"])
    gate = 1 - h**2
    found = {"h": h, "p": p, "loss": loss, "lossBar": 1, "gate": gate}
    found |= {f"{name}Bar": bar for name, bar in zip("xuvhp", bars, strict=True)}
    found |= {f"{name}Nudged": bar for name, bar in zip("xuvhp", nudged, strict=True)}
    found |= {"xLocal": gate * state["u"], "uLocal": gate * state["x"]}
    found["around"] = found["hBar"] * found["xLocal"]
    return found | {"bar": found[f"{state['at']}Bar"], "nudged": found[f"{state['at']}Nudged"]}


def builder(state: State) -> Mapping[str, float]:
    """Return the loss at the end and its parts, and the least over all peaks of the slider."""
    warmup, steps = state["warmup"], 1000
    cosine = schedules.Cosine(T_max=steps - warmup)
    plan = schedules.Warmup(warmup, cosine, start_factor=1 / warmup)
    peaks = torch.arange(1, 51, dtype=torch.float64)[:, None] / 100
    curvatures = torch.logspace(-2, 0, 9, dtype=torch.float64)
    start, noise = torch.ones(50, 9, dtype=torch.float64), torch.zeros(50, 9, dtype=torch.float64)
    for factor in plan.at(torch.arange(steps, dtype=torch.float64)):
        shrink = (1 - peaks * factor * curvatures) ** 2
        start, noise = shrink * start, shrink * noise + 0.09 * (peaks * factor) ** 2
    start, noise = ((curvatures * part).sum(-1) / 2 for part in (start, noise))
    at, loss = round(100 * state["peak"]) - 1, start + noise
    return {
        "start": float(start[at]),
        "noise": float(noise[at]),
        "loss": float(loss[at]),
        "best": float(peaks[loss.argmin()]),
        "bestLoss": float(loss.min()),
    }


def bundle(state: State) -> Mapping[str, float]:
    x, at = (double(np.linspace(0, 1, count)) for count in (state["n"], 101))
    parts = bv.polynomial_theory(
        range(12), x, at, lambda places: torch.sin(2 * torch.pi * places), state["sigma"] ** 2
    ).mean()
    best = int(parts.error.argmin())
    found = dict(zip(("bias", "variance", "noise", "error"), parts, strict=True))
    return {name: float(part[state["degree"]]) for name, part in found.items()} | {
        "best": best,
        "bestError": float(parts.error[best]),
    }


def fitted(state: State) -> Mapping[str, float]:
    n, grid = state["n"], (torch.arange(100, dtype=torch.float64) + 0.5) / 50 - 1
    losses = []
    for number in range(1, state["draws"] + 1):
        x = 2 * double(uniforms(2 * number - 1, n)) - 1
        y = torch.sin(torch.pi * x) + 0.3 * double(normals(2 * number, n))
        smooth = bv.polynomial_smoother(range(13), x, torch.cat([x, grid]))
        fit, curve = torch.split(smooth @ y, [n, 100], dim=-1)
        far = (curve - torch.sin(torch.pi * grid)).square().mean(-1)
        losses.append(torch.stack([(fit - y).square().mean(-1), far + 0.09]))
    middle = torch.tensor(np.median(torch.stack(losses), axis=0))
    (train, risk), degree = losses[-1], state["degree"]
    return {
        "train": float(train[degree]),
        "risk": float(risk[degree]),
        "trainMedian": float(middle[0, degree]),
        "riskMedian": float(middle[1, degree]),
        "best": int(middle[1].argmin()),
        "bestRisk": float(middle[1].min()),
        "noise": 0.09,
    }


def race(state: State) -> Mapping[str, float]:
    """Return each rule's steps from the start, at the rate that is best on average over starts."""
    name = state["surface"]
    surface = surfaces.bowl(condition_number=100) if name == "ravine" else surfaces.get(name)
    rates = 10 ** (torch.arange(-32, 5, dtype=torch.float64) / 8)
    ends = (torch.linspace(-end, end, 5, dtype=torch.float64) for end in (4, 3))
    starts = torch.cartesian_prod(*ends)
    rules: Mapping[str, Callable[[Any], optim.Rule]] = {
        "sgd": lambda lr: optim.SGD(lr=lr),
        "momentum": lambda lr: optim.Momentum(lr=lr, momentum=0.9),
        "adam": lambda lr: optim.Adam(lr=lr),
    }

    def steps(rule: optim.Rule, start: Tensor) -> Tensor:
        below = descent.descend(surface, start, rule, 400).values < 0.01
        return torch.where(below.any(0), below.double().argmax(0), 401)

    found: dict[str, float] = {"goal": 0.01, "most": 400}
    for name, rule in rules.items():
        needed = steps(rule(rates[:, None, None]), starts.expand(len(rates), -1, 2))
        best = float(rates[needed.double().mean(1).argmin()])
        here = steps(rule(best), double([state["x"], state["y"]]))
        found |= {f"{name}Rate": best, name: int(here)}
    return found


def turn(state: State) -> Mapping[str, float]:
    """Return each rule's fewest steps to a thousandth of the loss, turned and along the axes."""
    wide = torch.logspace(-2, 1.5, 41, dtype=torch.float64)[:, None]
    rules: Mapping[str, optim.Rule] = {
        "sgd": optim.SGD(lr=torch.logspace(-3.5, 0.5, 41, dtype=torch.float64)[:, None]),
        "adagrad": optim.Adagrad(lr=wide),
        "rmsprop": optim.RMSprop(lr=wide),
        "full": optim.FullAdagrad(lr=wide),
    }
    found = {}
    for name, rule in rules.items():
        for mark, angle in (("", state["angle"]), ("0", 0)):
            valley = surfaces.bowl(condition_number=state["kappa"], angle=np.deg2rad(angle))
            values = descent.descend(valley, valley.start, rule, 130).values
            below = values < 1e-3 * values[0]
            first = below.double().argmax(0)[below.any(0)]
            found[name + mark] = int(first.min())
    return found


def valley(state: State) -> Mapping[str, float]:
    """Return the spectrum of the data themselves, and the steps that descent takes on them."""
    u = np.arange(40) - 19.5
    u = u / u.std()
    y = double(5 * (0.5 + u / 12**0.5) + 7 + np.array(normals(1, 40)) / 4)
    x = double(np.column_stack((state["mean"] + state["scale"] * u, np.ones(40))))
    best = torch.linalg.lstsq(x, y[:, None]).solution[:, 0]
    tilt = -2 / state["scale"]
    start = double([tilt, 4 - tilt * state["mean"]])

    def steps(lr: float) -> int:
        path = descent.descend(lambda one: (x @ one - y).square().mean(), start, optim.SGD(lr), 400)
        apart = ((path.points - best) @ x.mT).square().mean(-1).sqrt()
        return int((apart < 0.01).double().argmax())

    small, large = torch.linalg.eigvalsh(x.mT @ x / 20).tolist()
    middle = 2 / (small + large)
    taken = steps(state["eta"])
    return {
        "kappa": large / small,
        "limit": 2 / large,
        "bestRate": middle,
        "predicted": taken,
        "counted": taken,
        "bestSteps": steps(middle),
    }


def touch(state: State) -> Mapping[str, float]:
    """Fit the chapter's patients, as many as the state says, by two of their measurements."""
    frame = data.diabetes()
    pair = [list(frame.columns).index(name) for name in ("bmi", "bp")]
    everyone = data.tensors(frame, "progression")
    train, validation, _ = data.split(everyone, (0.5, 0.25, 0.25), seed=0)
    n = state["patients"]
    y = train.y[:n].double()
    x, x_val = data.standardize(train.x[:n, pair].double(), validation.x[:, pair].double())
    strengths = double([float(f"{10 ** (k / 20):.3g}") for k in range(-40, 45)])

    def path(strength: Tensor) -> linear_models.LinearFit | linear_models.LassoFit:
        if state["penalty"] == "ball":
            return linear_models.fit_ridge(x, y, n * strength)
        return linear_models.fit_lasso(x, y, strength / 2, tol=1e-14)

    def error(fit: linear_models.LinearFit | linear_models.LassoFit) -> Tensor:
        predicted = fit.coef @ x_val.T + fit.intercept[..., None]
        return (
            losses.mse_loss(predicted, validation.y.double().expand_as(predicted), "none")
            .mean(-1)
            .sqrt()
        )

    here, errors = path(double(state["strength"])), error(path(strengths))
    return {
        "bmi": float(here.coef[0]),
        "bp": float(here.coef[1]),
        "error": float(error(here)),
        "plain": float(error(linear_models.fit_ridge(x, y, 0))),
        "best": float(strengths[errors.argmin()]),
        "least": float(errors.min()),
    }


def optimism(state: State) -> Mapping[str, float]:
    """Return means over the winner's score, of it and of the accuracies that stand behind it."""
    n, spread = state["images"], state["spread"]
    right = torch.arange(n + 1, dtype=torch.float64)
    if spread:
        total = 0.9 * 0.1 / spread**2 - 1
        # The binomial distribution, over true accuracies at the middles of fine steps.
        at = (torch.arange(20_000, dtype=torch.float64) + 0.5) / 20_000
        weight = log_density(Beta(double(0.9 * total), double(0.1 * total)), at).exp()
    else:
        total, at, weight = float("inf"), double([0.9]), double([1.0])
    both = log_density(Binomial(n, at[:, None]), right).exp() * (weight / weight.sum())[:, None]
    shares = both.sum(0)
    highest = torch.diff(shares.cumsum(0) ** state["models"], prepend=double([0.0]))
    shown = float((highest * right / n).sum())
    worth = float((highest * (at @ both) / shares)[shares > 0].sum())
    luck = 100.0 if total == float("inf") else 100 * total / (total + n)
    return {"shown": shown, "worth": worth, "gap": shown - worth, "luck": luck, "mean": 0.9}


def spectrum(state: State) -> Mapping[str, float]:
    """Return the least singular value of each rule's first step, and how many are not small."""
    values = [state[f"sigma{number}"] for number in range(1, 5)]
    gradient = double(turned_matrix(values, np.deg2rad(state["angle"])))
    theta = torch.zeros(4, 4, dtype=torch.float64)
    found: dict[str, float] = {}
    muon = optim.Muon(weight_decay=0.0, ns_steps=state["iterations"])
    rules: Mapping[str, optim.Rule] = {"sgd": optim.SGD(), "adam": optim.Adam(), "muon": muon}
    for name, rule in rules.items():
        step = rule.update(theta, gradient, rule.init(theta))[0]
        shares = torch.linalg.svdvals(step) / torch.linalg.svdvals(step)[0]
        found |= {name: float(shares[-1]), f"{name}Many": int((shares > 0.1).sum())}
    return found


NUMBERS: Mapping[str, Callable[[State], Mapping[str, float]]] = {
    "adam-stream": stream,
    "adaptive-turn": turn,
    "beyond-adam-spectrum": spectrum,
    "backpropagation-graph": graph,
    "bias-variance-bundle": bundle,
    "gradient-descent-basins": basins,
    "linear-regression-valley": valley,
    "loss-functions-outlier": outlier,
    "mini-batch-cloud": cloud,
    "momentum-plane": momentum_plane,
    "schedules-builder": builder,
    "race": race,
    "regularization-touch": touch,
    "supervised-fit": fitted,
    "together-optimism": optimism,
}

# Numbers are compared in the first state, and of some labs in these too: for each of their data.
MORE: Mapping[str, list[State]] = {
    "regularization-touch": [
        {"patients": 50},
        {"patients": 221, "strength": 0.126},
        {"penalty": "ball", "strength": 0.398},
        {"penalty": "ball", "patients": 221},
    ],
    "together-optimism": [{"spread": 0}, {"models": 1, "images": 2000}, {"spread": 0.03}],
    "race": [{"surface": name, "x": -2, "y": 2} for name in ("rosenbrock", "himmelblau")],
}
