"""Samples drawn from a seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import pi
from numbers import Integral

import torch
from torch import Tensor

from coursekit import _require
from coursekit.data.samples import Numbers, Samples

__all__ = [
    "blobs",
    "curve",
    "line",
    "linear",
    "logistic",
    "moons",
    "sine",
    "sparse",
    "spirals",
]


class _Draws:
    """The stream of random numbers that one seed stands for, in the shape of the samples."""

    def __init__(self, n: int, datasets: int | None, seed: int, dtype: torch.dtype) -> None:
        _require.integer("n", n, low=1)
        if datasets is not None:
            _require.integer("datasets", datasets, low=1)
        self.shape = (n,) if datasets is None else (datasets, n)
        self.dtype = _require.precision("dtype", dtype)
        self.generator = _require.seeded(seed)

    def uniform(self, low: float = 0.0, high: float = 1.0) -> Tensor:
        low = _require.real("low", low)
        high = _require.real("high", high, low=low, low_open=True)
        edge = torch.tensor([high, low, high - low], dtype=self.dtype)
        if not edge.isfinite().all():
            raise ValueError(
                f"low and high must be finite in {self.dtype}, as must their difference, "
                f"got {low} and {high}"
            )
        u = torch.rand(self.shape, generator=self.generator, dtype=self.dtype)
        # A sum that rounds up to `high` would leave [low, high).
        return (low + (high - low) * u).clamp(max=torch.nextafter(edge[0], edge[1]))

    def gaussian(self, sd: float, *features: int) -> Tensor:
        sd = _require.real("noise", sd, low=0)
        shape = (*self.shape, *features)
        return sd * torch.randn(shape, generator=self.generator, dtype=self.dtype)

    def labels(self, classes: int) -> Tensor:
        """Classes as even in number as ``n`` allows, in random order."""
        order = torch.rand(self.shape, generator=self.generator, dtype=torch.float64).argsort(-1)
        return order % classes


def curve(
    n: int,
    function: Callable[[Tensor], Tensor],
    noise: float,
    low: float = 0.0,
    high: float = 1.0,
    *,
    seed: int,
    datasets: int | None = None,
    dtype: torch.dtype = torch.float64,
) -> Samples:
    r"""Draw samples of a function of one variable, with Gaussian noise on the target.

    .. math::

        x \sim \mathrm{Uniform}[a, b), \qquad
        y = f(x) + \varepsilon, \qquad \varepsilon \sim \mathcal{N}(0, \sigma^2)

    Parameters
    ----------
    n
        Samples a data set, at least 1.
    function
        :math:`f`: takes the tensor ``x`` and returns a floating-point tensor of the same shape.
    noise
        :math:`\sigma`, the noise's standard deviation, at least 0, in units of ``y``.
    low, high
        :math:`a < b`, the interval of ``x``.
    seed
        At least 0. The same seed gives the same samples.
    datasets
        Independent data sets to draw in this one call; None for one without the extra dimension.
    dtype
        ``torch.float64`` or ``torch.float32``.

    Returns
    -------
    Samples
        ``x`` and ``y`` of shape ``(n,)``, or ``(datasets, n)``.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind or outside the range above, or if ``function`` does not
        return a floating-point tensor of the shape of ``x``.

    Examples
    --------
    >>> x, y = curve(5, torch.square, noise=0, low=-1, seed=0)
    >>> torch.equal(y, x**2)
    True
    """
    draws = _Draws(n, datasets, seed, dtype)
    _require.function("function", function)
    x = draws.uniform(low, high)
    noises = draws.gaussian(noise)
    mean = _require.tensor("function(x)", function(x))
    if mean.shape != x.shape:
        raise ValueError(
            f"function must return a tensor of x's shape {tuple(x.shape)}, got {tuple(mean.shape)}"
        )
    return Samples(x, mean.to(dtype) + noises)


def line(
    n: int,
    slope: float,
    intercept: float,
    noise: float,
    low: float = 0.0,
    high: float = 1.0,
    *,
    seed: int,
    datasets: int | None = None,
    dtype: torch.dtype = torch.float64,
) -> Samples:
    r"""Draw samples of a straight line.

    .. math:: y = w x + b + \varepsilon

    Parameters
    ----------
    n
        Samples a data set, at least 1.
    slope, intercept
        :math:`w` and :math:`b`.
    noise, low, high, seed, datasets, dtype
        As in :func:`curve`.

    Returns
    -------
    Samples
        ``x`` and ``y`` of shape ``(n,)``, or ``(datasets, n)``.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind or outside its range.

    Examples
    --------
    >>> x, y = line(256, slope=5, intercept=7, noise=0.25, seed=0)
    >>> x.shape, y.shape
    (torch.Size([256]), torch.Size([256]))
    >>> line(256, slope=5, intercept=7, noise=0.25, seed=0, datasets=1000).y.shape
    torch.Size([1000, 256])
    """
    w = _require.real("slope", slope)
    b = _require.real("intercept", intercept)
    return curve(
        n, lambda x: w * x + b, noise, low, high, seed=seed, datasets=datasets, dtype=dtype
    )


def sine(
    n: int,
    noise: float,
    low: float = 0.0,
    high: float = 1.0,
    *,
    amplitude: float = 1.0,
    frequency: float = 1.0,
    seed: int,
    datasets: int | None = None,
    dtype: torch.dtype = torch.float64,
) -> Samples:
    r"""Draw samples of a sine wave.

    .. math:: y = A \sin(2 \pi f x) + \varepsilon

    Parameters
    ----------
    n
        Samples a data set, at least 1.
    noise, low, high, seed, datasets, dtype
        As in :func:`curve`.
    amplitude, frequency
        :math:`A`, and :math:`f` in periods a unit of ``x``.

    Returns
    -------
    Samples
        ``x`` and ``y`` of shape ``(n,)``, or ``(datasets, n)``.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind or outside its range.

    Examples
    --------
    >>> x, y = sine(100, noise=0, frequency=2, seed=0)
    >>> torch.equal(y, torch.sin(4 * torch.pi * x))
    True
    """
    scale = _require.real("amplitude", amplitude)
    omega = 2 * pi * _require.real("frequency", frequency)
    return curve(
        n,
        lambda x: scale * torch.sin(omega * x),
        noise,
        low,
        high,
        seed=seed,
        datasets=datasets,
        dtype=dtype,
    )


def linear(
    n: int,
    weights: Numbers,
    noise: float,
    *,
    intercept: float = 0.0,
    correlation: float = 0.0,
    seed: int,
    datasets: int | None = None,
    dtype: torch.dtype = torch.float64,
) -> Samples:
    r"""Draw a linear regression with several Gaussian features.

    .. math::

        x \sim \mathcal{N}(0, \Sigma), \quad \Sigma_{ii} = 1, \; \Sigma_{ij} = \rho, \qquad
        y = w^\top x + b + \varepsilon

    Parameters
    ----------
    n
        Samples a data set, at least 1.
    weights
        :math:`w`, one for each of the ``d`` features.
    noise, seed, datasets, dtype
        As in :func:`curve`.
    intercept
        :math:`b`.
    correlation
        :math:`\rho`, between any two features, in [0, 1].

    Returns
    -------
    Samples
        ``x`` of shape ``(n, d)`` and ``y`` of shape ``(n,)``, each behind ``datasets`` if given.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind or outside its range.

    Examples
    --------
    >>> x, y = linear(50, [3, 0, -1], noise=0, seed=0)
    >>> torch.allclose(y, 3 * x[:, 0] - x[:, 2])
    True
    """
    draws = _Draws(n, datasets, seed, dtype)
    w = _require.numbers("weights", weights, 1, dtype)
    b = _require.real("intercept", intercept)
    x = _equicorrelated(draws, len(w), correlation)
    return Samples(x, x @ w + b + draws.gaussian(noise))


def _equicorrelated(draws: _Draws, features: int, correlation: float) -> Tensor:
    """Draw standard normal features that share one common part, and so its variance ρ."""
    rho = _require.real("correlation", correlation, low=0, high=1)
    common = draws.gaussian(rho**0.5).unsqueeze(-1)
    return common + draws.gaussian((1 - rho) ** 0.5, features)


def sparse(
    n: int,
    weights: Numbers,
    active: int,
    noise: float,
    *,
    rarity: float = 1.0,
    seed: int,
    datasets: int | None = None,
    dtype: torch.dtype = torch.float64,
) -> Samples:
    r"""Draw a linear regression on rare binary features, as words in a text are.

    Every sample switches on exactly ``active`` of the ``d`` features (1, the rest 0), drawn one
    after another without replacement, feature :math:`j` with a chance proportional to
    :math:`(j + 1)^{-r}`: with :math:`r = 1` these fall as Zipf's law says of words' frequencies.
    (The features' own frequencies fall as they do if one is active, and slower if more are: none
    is on twice in a sample.)

    .. math:: y = w^\top x + \varepsilon

    Parameters
    ----------
    n
        Samples a data set, at least 1.
    weights
        :math:`w`, one for each of the ``d`` features.
    active
        Features switched on in a sample, from 1 to ``d``.
    noise, seed, datasets, dtype
        As in :func:`curve`.
    rarity
        :math:`r`, from 0 (all features alike) to 8.

    Returns
    -------
    Samples
        ``x`` of shape ``(n, d)`` and ``y`` of shape ``(n,)``, each behind ``datasets`` if given.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind or outside its range.

    Examples
    --------
    >>> x, y = sparse(100, torch.ones(20), active=3, noise=0, seed=0)
    >>> x.sum(-1).unique()
    tensor([3.], dtype=torch.float64)
    """
    draws = _Draws(n, datasets, seed, dtype)
    w = _require.numbers("weights", weights, 1, dtype)
    _require.integer("active", active, low=1, high=len(w))
    rarity = _require.real("rarity", rarity, low=0, high=8)
    chance = torch.arange(1, len(w) + 1, dtype=torch.float64) ** -rarity
    rows = chance.expand(torch.Size(draws.shape).numel(), -1)
    on = torch.multinomial(rows, active, generator=draws.generator).view(*draws.shape, active)
    x = torch.zeros(*draws.shape, len(w), dtype=dtype).scatter(-1, on, 1.0)
    return Samples(x, x @ w + draws.gaussian(noise))


def logistic(
    n: int,
    weights: Numbers,
    *,
    intercept: float = 0.0,
    correlation: float = 0.0,
    seed: int,
    datasets: int | None = None,
    dtype: torch.dtype = torch.float64,
) -> Samples:
    r"""Draw two classes for which logistic regression is the true model.

    .. math::

        x \sim \mathcal{N}(0, \Sigma), \qquad
        P(y = 1 \mid x) = \frac{1}{1 + e^{-(w^\top x + b)}}

    Parameters
    ----------
    n, seed, datasets, dtype
        As in :func:`curve`.
    weights, intercept, correlation
        As in :func:`linear`.

    Returns
    -------
    Samples
        ``x`` of shape ``(n, d)`` and classes ``y`` (0 or 1, ``int64``) of shape ``(n,)``, each
        behind ``datasets`` if given.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind or outside its range.

    Examples
    --------
    >>> logistic(1000, [4, 0], seed=0).y.unique()
    tensor([0, 1])
    """
    draws = _Draws(n, datasets, seed, dtype)
    w = _require.numbers("weights", weights, 1, dtype)
    b = _require.real("intercept", intercept)
    x = _equicorrelated(draws, len(w), correlation)
    return Samples(x, (draws.uniform() < torch.sigmoid(x @ w + b)).long())


def blobs(
    n: int,
    centers: int | Sequence[Sequence[float]] | Tensor,
    spread: float = 1.0,
    *,
    seed: int,
    datasets: int | None = None,
    dtype: torch.dtype = torch.float64,
) -> Samples:
    r"""Draw round Gaussian clouds, one a class.

    .. math:: x \mid y = k \;\sim\; \mathcal{N}(\mu_k, \sigma^2 I)

    Parameters
    ----------
    n
        Samples a data set, at least 1; class sizes differ by at most one.
    centers
        :math:`\mu_k`: the ``k`` centres, of shape ``(k, d)``, or only their number, which puts
        them evenly on a circle of radius 4 in the plane, the first on the positive first axis.
    spread
        :math:`\sigma`, at least 0.
    seed, datasets, dtype
        As in :func:`curve`.

    Returns
    -------
    Samples
        ``x`` of shape ``(n, d)`` and classes ``y`` (``int64``) of shape ``(n,)``, each behind
        ``datasets`` if given.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind or outside its range.

    Examples
    --------
    >>> x, y = blobs(90, centers=3, seed=0)
    >>> y.bincount()
    tensor([30, 30, 30])
    """
    draws = _Draws(n, datasets, seed, dtype)
    spread = _require.real("spread", spread, low=0)
    if isinstance(centers, Integral):
        k = _require.integer("centers", centers, low=1)
        angle = 2 * pi * torch.arange(k, dtype=dtype) / k
        mu = 4 * torch.stack([angle.cos(), angle.sin()], dim=-1)
    else:
        mu = _require.numbers("centers", centers, 2, dtype)
    y = draws.labels(len(mu))
    return Samples(mu[y] + draws.gaussian(spread, mu.shape[1]), y)


def moons(
    n: int,
    noise: float = 0.1,
    *,
    seed: int,
    datasets: int | None = None,
    dtype: torch.dtype = torch.float64,
) -> Samples:
    r"""Draw two interleaved half circles, which no straight line parts.

    With :math:`t` uniform on :math:`[0, \pi)` and noise on both coordinates, class 0 lies along
    :math:`(\cos t, \sin t)`, class 1 along :math:`(1 - \cos t, \tfrac12 - \sin t)`.

    Parameters
    ----------
    n
        Samples a data set, at least 1; class sizes differ by at most one.
    noise
        Standard deviation of the noise on each coordinate, at least 0.
    seed, datasets, dtype
        As in :func:`curve`.

    Returns
    -------
    Samples
        ``x`` of shape ``(n, 2)`` and classes ``y`` (0 or 1, ``int64``) of shape ``(n,)``, each
        behind ``datasets`` if given.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind or outside its range.

    Examples
    --------
    >>> moons(100, seed=0).x.shape
    torch.Size([100, 2])
    """
    draws = _Draws(n, datasets, seed, dtype)
    y = draws.labels(2)
    t = draws.uniform(0, pi)
    upper = torch.stack([t.cos(), t.sin()], dim=-1)
    lower = torch.stack([1 - t.cos(), 0.5 - t.sin()], dim=-1)
    x = torch.where(y.unsqueeze(-1) == 0, upper, lower)
    return Samples(x + draws.gaussian(noise, 2), y)


def spirals(
    n: int,
    noise: float = 0.02,
    *,
    classes: int = 2,
    turns: float = 1.0,
    seed: int,
    datasets: int | None = None,
    dtype: torch.dtype = torch.float64,
) -> Samples:
    r"""Draw spirals that wind around one another, one a class.

    With :math:`r` uniform on [0, 1) and noise on both coordinates, class :math:`k` of :math:`K`
    lies along :math:`r (\cos \varphi, \sin \varphi)` where
    :math:`\varphi = 2 \pi (\text{turns} \cdot r + k / K)`.

    Parameters
    ----------
    n
        Samples a data set, at least 1; class sizes differ by at most one.
    noise
        Standard deviation of the noise on each coordinate, at least 0.
    classes
        :math:`K`, at least 1.
    turns
        Full turns from the middle to the rim; negative ones wind clockwise.
    seed, datasets, dtype
        As in :func:`curve`.

    Returns
    -------
    Samples
        ``x`` of shape ``(n, 2)`` and classes ``y`` (``int64``) of shape ``(n,)``, each behind
        ``datasets`` if given.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind or outside its range.

    Examples
    --------
    >>> x, y = spirals(100, noise=0, seed=0)
    >>> bool((x.norm(dim=-1) < 1).all())
    True
    """
    draws = _Draws(n, datasets, seed, dtype)
    _require.integer("classes", classes, low=1)
    turns = _require.real("turns", turns)
    y = draws.labels(classes)
    r = draws.uniform()
    phi = 2 * pi * (turns * r + y.to(dtype) / classes)
    x = torch.stack([r * phi.cos(), r * phi.sin()], dim=-1)
    return Samples(x + draws.gaussian(noise, 2), y)
