"""Why a fitted model errs: bias, variance and noise, over many data sets at once.

The fits are batched over data sets and over the model's size, and compose with
:func:`decompose`::

    x, y = data.sine(30, noise=0.3, seed=0, datasets=1000)   # (1000, 30) each
    grid = torch.linspace(0, 1, 50, dtype=torch.float64)
    predictions = fit_polynomial(range(10), x, y, grid)      # (10, 1000, 50)
    parts = decompose(predictions, torch.sin(2 * pi * grid), 0.3**2).mean()   # (10,) each

All of them ask for the same three tensors, float32 or float64:

* ``x``: training inputs ``(..., n)``, or ``(..., n, d)`` with ``d`` features; without the leading
  dimensions, all data sets share them;
* ``y``: training targets ``(..., n)``, usually ``(datasets, n)``;
* ``at``: where to predict, ``(points,)``, or ``(points, d)``.

They return predictions ``(sizes, ..., points)``, usually ``(sizes, datasets, points)``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import pi
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from coursekit import _moved, _require
from coursekit._require import Number

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Decomposition",
    "bootstrap",
    "decompose",
    "fit_knn",
    "fit_polynomial",
    "fit_random_features",
    "knn_smoother",
    "knn_theory",
    "polynomial_smoother",
    "polynomial_theory",
]

__getattr__ = _moved.forwarder(__name__)


class Decomposition(NamedTuple):
    """Expected squared error and the three parts it is the sum of, all of one shape.

    Attributes
    ----------
    bias_squared : Tensor
        How far the average prediction is from the truth, squared.
    variance : Tensor
        How far a prediction is from the average prediction, squared, on average.
    noise : Tensor
        The variance of a new target around the truth.
    error : Tensor
        The expected squared distance of a prediction from a new target.
    """

    bias_squared: Tensor
    variance: Tensor
    noise: Tensor
    error: Tensor

    def mean(self) -> Decomposition:
        """Return each part's mean over the points, the last dimension."""
        return Decomposition(*(part.mean(-1) for part in self))

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each entry, in order, with a column for each part.

        Examples
        --------
        >>> ones = torch.ones(2)
        >>> Decomposition(ones, ones, ones, 3 * ones).to_frame().assign(degree=[1, 5])
           bias_squared  variance  noise  error  degree
        0           1.0       1.0    1.0    3.0       1
        1           1.0       1.0    1.0    3.0       5
        """
        import pandas as pd

        return pd.DataFrame(
            {name: part.detach().flatten().cpu().numpy() for name, part in self._asdict().items()}
        )


def decompose(
    predictions: Tensor, truth: Tensor, noise_variance: Number = 0.0, *, unbiased: bool = False
) -> Decomposition:
    r"""Split the expected squared error of a method of learning, point by point.

    With :math:`\hat f_D` fitted to data set :math:`D`, one of :math:`m`, and a new target
    :math:`y = f + \varepsilon`, :math:`\operatorname{Var} \varepsilon = \sigma^2`:

    .. math::

        \underbrace{\frac1m \sum_D (\hat f_D - f)^2 + \sigma^2}_\text{error}
        = \underbrace{(\bar f - f)^2}_{\text{bias}^2}
        + \underbrace{\frac1m \sum_D (\hat f_D - \bar f)^2}_\text{variance}
        + \underbrace{\sigma^2}_\text{noise},
        \qquad \bar f = \frac1m \sum_D \hat f_D

    The identity holds for the sample itself, whatever :math:`m`. Each side is computed from its own
    definition, so that the sum is a check.

    Parameters
    ----------
    predictions
        :math:`\hat f_D`, of shape ``(..., datasets, points)``. Infinite and NaN ones stay in their
        own points.
    truth
        :math:`f` without noise, of shape ``(points,)`` or broadcasting to ``(..., points)``. Where
        only noisy targets are known, give those and no ``noise_variance``: the noise is then part
        of the bias.
    noise_variance
        :math:`\sigma^2 \ge 0`, a number or a tensor that broadcasts to ``(..., points)``.
    unbiased
        With :math:`m` data sets, the variance above falls short of the expected one by a factor
        :math:`(m - 1) / m` on average, and the squared bias exceeds its own by the rest. True
        divides by :math:`m - 1` instead and takes that rest, variance over :math:`m`, off the
        squared bias, which may then fall below zero. The sum stays the same.

    Returns
    -------
    Decomposition
        Four tensors of shape ``(..., points)``.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind, the shapes don't fit, ``truth`` is not finite,
        ``noise_variance`` negative or not finite, or ``unbiased`` is asked of a single data set.

    References
    ----------
    Geman, Bienenstock and Doursat (1992), "Neural networks and the bias/variance dilemma", Neural
    Computation 4(1), 1-58.

    Examples
    --------
    Two data sets, one point, where the truth is 1:

    >>> parts = decompose(torch.tensor([[2.0], [4.0]]), torch.tensor([1.0]), 0.5)
    >>> [part.item() for part in parts]
    [4.0, 1.0, 0.5, 5.5]
    """
    _require.tensor("predictions", predictions, min_dims=2)
    m = predictions.shape[-2]
    point = predictions.select(-2, 0)
    _require.tensor("truth", truth, finite=True)
    _fits("truth", truth, point)
    noise = torch.as_tensor(
        _require.number("noise_variance", noise_variance, low=0), dtype=point.dtype
    ).to(point.device)
    _fits("noise_variance", noise, point)
    if _require.boolean("unbiased", unbiased) and m == 1:
        raise ValueError("unbiased must be False for a single data set, got True")

    # In float16 the squares below, times m, may be more than it holds.
    predictions = predictions.to(torch.promote_types(predictions.dtype, torch.float32))
    average = predictions.mean(-2)
    bias_squared = (average - truth).square()
    variance = (predictions - average.unsqueeze(-2)).square().mean(-2)
    error = (predictions - truth.expand(point.shape).unsqueeze(-2)).square().mean(-2) + noise
    if unbiased:
        variance = variance * m / (m - 1)
        bias_squared = bias_squared - variance / m
    parts = (bias_squared, variance, noise.expand(point.shape).clone(), error)
    return Decomposition(*(part.to(point.dtype) for part in parts))


def _fits(name: str, value: Tensor, point: Tensor) -> None:
    """Ask that ``value`` broadcasts to the shape of ``point`` and does not widen it."""
    if _require.broadcasts(name, value, "predictions, less their data sets,", point) != point.shape:
        raise ValueError(
            f"{name} must broadcast to shape {tuple(point.shape)}, got {tuple(value.shape)}"
        )


def bootstrap(n: int, rounds: int, *, seed: int) -> Tensor:
    """Return the rows of data sets drawn from one with replacement, each as large as it.

    Parameters
    ----------
    n
        Rows to draw from and to draw, at least 1.
    rounds
        Data sets to draw, at least 1.
    seed
        At least 0. The same seed gives the same rows.

    Returns
    -------
    Tensor of shape (rounds, n)
        Row numbers, ``int64``: ``x[rows]`` and ``y[rows]`` are the data sets.

    Raises
    ------
    TypeError, ValueError
        If an argument is no integer or outside its range.

    References
    ----------
    Efron (1979), "Bootstrap methods: another look at the jackknife", Annals of Statistics 7(1).

    Examples
    --------
    >>> bootstrap(5, rounds=3, seed=0).shape
    torch.Size([3, 5])
    """
    _require.integer("n", n, low=1)
    _require.integer("rounds", rounds, low=1)
    generator = _require.seeded(seed)
    return torch.randint(n, (rounds, n), generator=generator)


# Polynomials


def fit_polynomial(degrees: Iterable[int], x: Tensor, y: Tensor, at: Tensor) -> Tensor:
    r"""Fit polynomials of all degrees to all data sets by least squares, in one call.

    The columns of :math:`Q` in :math:`\Phi = QR`, where :math:`\Phi_{ij} = P_j(x_i)` are Legendre
    polynomials, are an orthonormal basis in order of degree. So a fit of degree :math:`k` is the
    sum of the first :math:`k + 1` terms of the largest:

    .. math:: \hat f_k(a) = \sum_{j=0}^{k} q_j(a)\, (Q^\top y)_j,
        \qquad q(a)^\top = P(a)^\top R^{-1}

    Parameters
    ----------
    degrees
        Degrees to fit, each at least 0 and below the number of distinct inputs in any data set.
    x, y, at
        As in the module's introduction, with one feature; ``float64`` for degrees above 5.

    Returns
    -------
    Tensor of shape (degrees, ..., points)
        Predictions.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind, holds NaN or infinity, has a shape that does not fit,
        or a degree is too high for the data.

    Examples
    --------
    >>> x = torch.tensor([0.0, 1.0, 2.0, 3.0])
    >>> fit_polynomial([0, 2], x, x**2, torch.tensor([4.0])).round(decimals=4)
    tensor([[ 3.5000],
            [16.0000]])
    """
    x, y, at = _one_feature(x, y, at)
    chosen = _sizes("degrees", degrees, low=0)
    Q, q_at = _orthonormal(x, at, chosen)
    coefficients = (Q.mT @ y.unsqueeze(-1)).mT
    return (q_at * coefficients).cumsum(-1)[..., chosen].movedim(-1, 0)


def polynomial_smoother(degrees: Iterable[int], x: Tensor, at: Tensor) -> Tensor:
    r"""Return the matrices :math:`S` by which polynomial fits are linear in the targets.

    .. math:: \hat f(a) = S y, \qquad S = \Phi(a) (\Phi^\top \Phi)^{-1} \Phi^\top

    Parameters
    ----------
    degrees
        As in :func:`fit_polynomial`.
    x
        The design: training inputs ``(n,)``.
    at
        Where to predict, ``(points,)``.

    Returns
    -------
    Tensor of shape (degrees, points, n)

    Raises
    ------
    TypeError, ValueError
        As :func:`fit_polynomial` does.

    Examples
    --------
    A constant is the mean of the targets:

    >>> polynomial_smoother([0], torch.tensor([0.0, 1.0]), torch.tensor([5.0])).round(decimals=4)
    tensor([[[0.5000, 0.5000]]])
    """
    _require.tensor("x", x, dims=1)
    x, _, at = _one_feature(x, x, at)
    chosen = _sizes("degrees", degrees, low=0)
    Q, q_at = _orthonormal(x, at, chosen)
    return torch.stack([q_at[:, : k + 1] @ Q[:, : k + 1].T for k in chosen])


def polynomial_theory(
    degrees: Iterable[int],
    x: Tensor,
    at: Tensor,
    function: Callable[[Tensor], Tensor],
    noise_variance: float,
) -> Decomposition:
    r"""Return what :func:`decompose` converges to when only the targets' noise is drawn anew.

    For a smoother :math:`S` and targets with independent noise of variance :math:`\sigma^2`:

    .. math::

        \text{bias}^2 = (S f(x) - f(a))^2, \qquad
        \text{variance} = \sigma^2 \sum_i S_i^2

    Parameters
    ----------
    degrees, x, at
        As in :func:`polynomial_smoother`.
    function
        :math:`f`, from inputs to the truth there.
    noise_variance
        :math:`\sigma^2`, at least 0, for the training targets and for new ones.

    Returns
    -------
    Decomposition
        Four tensors of shape ``(degrees, points)``.

    Raises
    ------
    TypeError, ValueError
        As :func:`fit_polynomial` does, or if ``noise_variance`` is negative or not finite, or
        ``function`` returns another shape or dtype than it is given.

    Examples
    --------
    >>> x = torch.linspace(-1, 1, 10)
    >>> parts = polynomial_theory([1], x, torch.zeros(1), lambda x: 3 * x, 0.5)
    >>> [round(part.item(), 4) for part in parts]
    [0.0, 0.05, 0.5, 0.55]
    """
    return _theory(polynomial_smoother(degrees, x, at), x, at, function, noise_variance)


def _orthonormal(x: Tensor, at: Tensor, degrees: list[int]) -> tuple[Tensor, Tensor]:
    """Return polynomials, orthonormal over ``x``, there (..., n, k) and ``at`` (..., points, k)."""
    ordered, _ = x.sort(-1)
    distinct = int((ordered.diff(dim=-1) != 0).sum(-1).min()) + 1
    highest = max(degrees)
    if highest >= distinct:
        raise ValueError(
            f"degrees must be below the number of distinct inputs of every data set, {distinct}, "
            f"got {highest}"
        )
    low, high = x.min(), x.max()
    span = torch.where(high > low, high - low, 1)
    Q, R = torch.linalg.qr(_legendre(2 * (x - low) / span - 1, highest))
    P = _legendre(2 * (at - low) / span - 1, highest)
    return Q, torch.linalg.solve_triangular(R, P, upper=True, left=False)


def _legendre(z: Tensor, highest: int) -> Tensor:
    """Return P_0(z) ... P_highest(z) in the last dimension, by Bonnet's recursion."""
    P = [torch.ones_like(z), z]
    for j in range(1, highest):
        P.append(((2 * j + 1) * z * P[j] - j * P[j - 1]) / (j + 1))
    return torch.stack(P[: highest + 1], dim=-1)


def _theory(
    smoother: Tensor,
    x: Tensor,
    at: Tensor,
    function: Callable[[Tensor], Tensor],
    noise_variance: float,
) -> Decomposition:
    noise_variance = _require.real("noise_variance", noise_variance, low=0)
    _require.function("function", function)
    truth, truth_at = function(x), function(at)
    for inputs, values in ((x, truth), (at, truth_at)):
        _require.tensor("function(x)", values)
        if values.shape != inputs.shape[:1] or values.dtype != inputs.dtype:
            raise ValueError(
                f"function must return shape {tuple(inputs.shape[:1])} and dtype {inputs.dtype}, "
                f"got {tuple(values.shape)} and {values.dtype}"
            )
    bias_squared = (smoother @ truth - truth_at).square()
    variance = noise_variance * smoother.square().sum(-1)
    noise = torch.full_like(variance, noise_variance)
    return Decomposition(bias_squared, variance, noise, bias_squared + variance + noise)


# Nearest neighbours


def fit_knn(ks: Iterable[int], x: Tensor, y: Tensor, at: Tensor) -> Tensor:
    r"""Average the targets of the nearest neighbours, for all numbers of them at once.

    .. math:: \hat f_k(a) = \frac1k \sum_{i \in N_k(a)} y_i

    Of neighbours at the same Euclidean distance, the one with the lower row comes first.

    Parameters
    ----------
    ks
        Numbers of neighbours, each from 1 to ``n``.
    x, y, at
        As in the module's introduction.

    Returns
    -------
    Tensor of shape (ks, ..., points)
        Predictions.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind, holds NaN or infinity, has a shape that does not fit,
        or a number of neighbours exceeds the data's.

    Examples
    --------
    >>> x = torch.tensor([0.0, 1.0, 2.0])
    >>> fit_knn([1, 2, 3], x, 3 * x, torch.tensor([2.2]))
    tensor([[6.0000],
            [4.5000],
            [3.0000]])
    """
    x, y, at = _problem(x, y, at)
    chosen = _sizes("ks", ks, low=1, high=y.shape[-1])
    nearest = _nearest(x, at, max(chosen))
    rows = nearest.expand(*y.shape[:-1], *nearest.shape[-2:])
    targets = y.unsqueeze(-2).expand(*rows.shape[:-1], -1).gather(-1, rows)
    means = targets.cumsum(-1) / torch.arange(1, max(chosen) + 1, device=y.device)
    return means[..., [k - 1 for k in chosen]].movedim(-1, 0)


def knn_smoother(ks: Iterable[int], x: Tensor, at: Tensor) -> Tensor:
    r"""Return the matrices :math:`S` by which k-NN predictions are linear in the targets.

    .. math:: S_i = \frac1k \text{ for } i \in N_k(a), \text{ else } 0

    Parameters
    ----------
    ks
        As in :func:`fit_knn`.
    x
        The design: training inputs ``(n,)`` or ``(n, d)``.
    at
        Where to predict, ``(points,)`` or ``(points, d)``.

    Returns
    -------
    Tensor of shape (ks, points, n)

    Raises
    ------
    TypeError, ValueError
        As :func:`fit_knn` does.

    Examples
    --------
    >>> knn_smoother([2], torch.tensor([0.0, 1.0, 9.0]), torch.tensor([2.0]))
    tensor([[[0.5000, 0.5000, 0.0000]]])
    """
    _require.tensor("x", x, dims=_points(at).ndim)
    x, y, at = _problem(x, x if x.ndim == 1 else x[:, 0], at)
    chosen = _sizes("ks", ks, low=1, high=len(y))
    nearest = _nearest(x, at, max(chosen))
    zeros = at.new_zeros(len(at), len(y))
    return torch.stack([zeros.scatter(-1, nearest[:, :k], 1 / k) for k in chosen])


def knn_theory(
    ks: Iterable[int],
    x: Tensor,
    at: Tensor,
    function: Callable[[Tensor], Tensor],
    noise_variance: float,
) -> Decomposition:
    r"""Return what :func:`decompose` converges to when only the targets' noise is drawn anew.

    .. math::

        \text{bias}^2 = \Bigl(\frac1k \sum_{i \in N_k(a)} f(x_i) - f(a)\Bigr)^2, \qquad
        \text{variance} = \frac{\sigma^2}{k}

    Parameters
    ----------
    ks, x, at
        As in :func:`knn_smoother`.
    function
        :math:`f`, from inputs ``(n,)`` or ``(n, d)`` to the truth ``(n,)`` there.
    noise_variance
        :math:`\sigma^2`, at least 0, for the training targets and for new ones.

    Returns
    -------
    Decomposition
        Four tensors of shape ``(ks, points)``.

    Raises
    ------
    TypeError, ValueError
        As :func:`fit_knn` does, or if ``noise_variance`` is negative or not finite, or ``function``
        returns another shape than ``(n,)`` or another dtype than it is given.

    Examples
    --------
    >>> x = torch.arange(5.0)
    >>> knn_theory([1, 4], x, torch.tensor([2.0]), torch.square, 1.0).variance
    tensor([[1.0000],
            [0.2500]])
    """
    return _theory(knn_smoother(ks, x, at), x, at, function, noise_variance)


def _nearest(x: Tensor, at: Tensor, k: int) -> Tensor:
    """Return each point's ``k`` nearest inputs, the nearest first: rows, (..., points, k)."""
    # Distances by matrix products are faster and round close neighbours into the wrong order.
    distances = torch.cdist(at, x, compute_mode="donot_use_mm_for_euclid_dist")
    return distances.sort(dim=-1, stable=True).indices[..., :k]


# Random features


def fit_random_features(
    widths: Iterable[int],
    x: Tensor,
    y: Tensor,
    at: Tensor,
    *,
    seed: int,
    scale: float = 1.0,
    strength: float = 0.0,
) -> Tensor:
    r"""Fit the output layer of two-layer networks whose hidden layer stays as it was drawn.

    .. math::

        \varphi_j(x) = \sqrt 2 \cos(s\, w_j^\top x + b_j), \quad
        w_j \sim \mathcal{N}(0, I), \; b_j \sim \mathrm{Uniform}[0, 2 \pi), \qquad
        \hat f(a) = \varphi(a)^\top \Phi^{+} y

    :math:`\Phi^{+} y` are the least-squares weights, and of those the ones with the smallest norm:
    beyond as many features as samples, all fits pass through the data, and this is the limit that
    ridge regression and gradient descent from zero reach. The test error peaks where the width
    meets the number of samples, and falls again after: double descent. With a ``strength``
    :math:`\lambda` the weights of a network of width :math:`p` minimize
    :math:`\lVert \Phi w - y \rVert^2 + \lambda p \lVert w \rVert^2` instead.

    Parameters
    ----------
    widths
        Numbers of features, each at least 1. Of those in one call, a smaller network has the first
        features of a larger.
    x, y, at
        As in the module's introduction. Each data set gets features of its own, so that their
        chance is part of the variance.
    seed
        At least 0, for the features: the same seed, largest width and data sets give the same.
    scale
        :math:`s > 0`, the inverse length over which features vary; bring inputs to unit scale.
    strength
        :math:`\lambda \ge 0`, ridge's penalty for each feature. Below the rounding of the features'
        own products a penalty is lost in them: take 0 instead.

    Returns
    -------
    Tensor of shape (widths, ..., points)
        Predictions.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind, holds NaN or infinity, or has a shape that does not
        fit.

    References
    ----------
    Rahimi and Recht (2007), "Random features for large-scale kernel machines", NeurIPS 20.
    Belkin, Hsu, Ma and Mandal (2019), "Reconciling modern machine-learning practice and the
    classical bias-variance trade-off", PNAS 116(32), 15849-15854.

    Examples
    --------
    Wide enough, the network passes through its data:

    >>> x = torch.tensor([[0.0, 1.0], [1.0, 1.0], [3.0, -1.0]], dtype=torch.float64)
    >>> y = torch.tensor([1.0, -2.0, 5.0], dtype=torch.float64)
    >>> fit_random_features([50], x, y, at=x, seed=0).round(decimals=6)
    tensor([[ 1., -2.,  5.]], dtype=torch.float64)
    """
    x, y, at = _problem(x, y, at)
    chosen = _sizes("widths", widths, low=1)
    scale = _require.real("scale", scale, low=0, low_open=True)
    strength = _require.real("strength", strength, low=0)
    generator = _require.seeded(seed)
    networks, d, widest = y.shape[:-1], x.shape[-1], max(chosen)
    W = torch.randn(*networks, d, widest, generator=generator, dtype=x.dtype).to(x.device)
    b = torch.rand(*networks, 1, widest, generator=generator, dtype=x.dtype).to(x.device) * 2 * pi
    phi, phi_at = (2**0.5 * torch.cos(scale * inputs @ W + b) for inputs in (x, at))
    fits = []
    for width in chosen:
        features, targets = phi[..., :width], y.unsqueeze(-1)
        if strength == 0:
            weights = torch.linalg.pinv(features) @ targets
        elif width < features.shape[-2]:  # as many equations as features
            weights = _solve(features.mT @ features, strength * width, features.mT @ targets)
        else:  # the dual form: as many as samples, however wide the network
            weights = features.mT @ _solve(features @ features.mT, strength * width, targets)
        fits.append((phi_at[..., :width] @ weights).squeeze(-1))
    return torch.stack(fits)


def _solve(gram: Tensor, penalty: float, right: Tensor) -> Tensor:
    """Return the solution of the equations (gram + penalty I) u = right."""
    eye = torch.eye(gram.shape[-1]).to(gram)
    solution: Tensor = torch.linalg.solve(gram + penalty * eye, right)
    return solution


# What all ask of their arguments


def _points(at: object) -> Tensor:
    points = _require.tensor("at", at, min_dims=1, finite=True)
    if points.ndim > 2:
        raise ValueError(f"at must have shape (points,) or (points, d), got {tuple(points.shape)}")
    return points


def _problem(x: object, y: object, at: object) -> tuple[Tensor, Tensor, Tensor]:
    """Return inputs (..., n, d), targets (..., n) and points (points, d), checked."""
    points = _points(at)
    inputs = _require.parameters("x", x, min_dims=points.ndim, finite=True, empty=False)
    targets = _require.tensor("y", y, min_dims=1, finite=True)
    if points.ndim == 1:
        points, inputs = points.unsqueeze(-1), inputs.unsqueeze(-1)
    for name, tensor in (("y", targets), ("at", points)):
        _require.alike("x", inputs, name, tensor, whats=("dtype", "device"))
    if inputs.shape[-1] != points.shape[-1]:
        raise ValueError(f"at must have x's {inputs.shape[-1]} features, got {points.shape[-1]}")
    wanted = {targets.shape[-1:], targets.shape}
    if inputs.shape[:-1] not in wanted:
        raise ValueError(
            f"x must have an input for each target of y, shape {tuple(targets.shape)}, "
            f"got {tuple(inputs.shape[:-1])}"
        )
    return inputs, targets, points


def _one_feature(x: object, y: object, at: object) -> tuple[Tensor, Tensor, Tensor]:
    """Return inputs (..., n), targets (..., n) and points (points,), checked."""
    _require.tensor("at", at, dims=1)
    inputs, targets, points = _problem(x, y, at)
    return inputs.squeeze(-1), targets, points.squeeze(-1)


def _sizes(name: str, values: object, *, low: int, high: int | None = None) -> list[int]:
    if not isinstance(values, Iterable) or isinstance(values, str | Tensor):
        raise TypeError(f"{name} must be a list or range of integers, got {values!r}")
    sizes = [_require.integer(name, value, low=low, high=high) for value in values]
    if not sizes:
        raise ValueError(f"{name} must hold at least one integer, got none")
    return sizes
