"""Data sets: drawn from a seed, or bundled with scikit-learn. Nothing downloads.

Every generator returns :class:`Samples`, whose shapes follow one convention:

==============================  ==============  ==========
what was asked for              ``x``           ``y``
==============================  ==============  ==========
one feature                     ``(n,)``        ``(n,)``
``d`` features                  ``(n, d)``      ``(n,)``
``datasets=m``, one feature     ``(m, n)``      ``(m, n)``
``datasets=m``, ``d`` features  ``(m, n, d)``   ``(m, n)``
==============================  ==============  ==========

A real-valued ``y`` has the dtype of ``x``; a ``y`` that names classes is ``int64``. Each generator
draws from a ``torch.Generator`` of its own, on the CPU: a seed means the same numbers on every
device, and the global random state is neither read nor moved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import pi
from typing import TYPE_CHECKING, NamedTuple, TypeVar, cast

import torch
from torch import Tensor

from coursekit import _require

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Samples",
    "blobs",
    "breast_cancer",
    "curve",
    "diabetes",
    "digits",
    "iris",
    "line",
    "linear",
    "linnerud",
    "logistic",
    "minibatches",
    "moons",
    "polynomial",
    "sine",
    "sparse",
    "spirals",
    "split",
    "standardize",
    "tensors",
    "wine",
]

Numbers = Sequence[float] | Tensor
"""A handful of numbers, written as a list or held in a tensor."""


class Samples(NamedTuple):
    """Inputs and targets, which unpack as ``x, y = samples``.

    Attributes
    ----------
    x : Tensor, shape (..., n) or (..., n, d)
        Inputs: one feature, or ``d`` of them in the last dimension.
    y : Tensor, shape (..., n)
        Targets: of ``x``'s dtype, or ``int64`` where they name classes.
    """

    x: Tensor
    y: Tensor

    def to(self, device: torch.device | str) -> Samples:
        """Return the same samples on ``device``."""
        return Samples(self.x.to(device), self.y.to(device))

    def to_frame(self) -> pd.DataFrame:
        """Return one row a sample, in order.

        Returns
        -------
        pandas.DataFrame
            Columns ``x`` (one feature) or ``x0, x1, ...`` (several), then ``y``; where there are
            several data sets, a column ``dataset`` that counts them from 0 stands in front.

        Examples
        --------
        >>> line(2, slope=2, intercept=1, noise=0, seed=0, datasets=2).to_frame().columns.tolist()
        ['dataset', 'x', 'y']
        """
        import pandas as pd

        x, y = self.x.detach().cpu(), self.y.detach().cpu()
        columns: dict[str, object] = {}
        if y.ndim > 1:
            rows = torch.arange(y.numel()) // y.shape[-1]
            columns["dataset"] = rows.numpy()
        if x.ndim == y.ndim:
            columns["x"] = x.flatten().numpy()
        else:
            for j, feature in enumerate(x.flatten(end_dim=-2).unbind(-1)):
                columns[f"x{j}"] = feature.numpy()
        columns["y"] = y.flatten().numpy()
        return pd.DataFrame(columns)


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
        _require.real("low", low)
        _require.real("high", high, low=low, low_open=True)
        u = torch.rand(self.shape, generator=self.generator, dtype=self.dtype)
        # A sum that rounds up to `high` would leave [low, high).
        edge = torch.tensor([high, low], dtype=self.dtype)
        return (low + (high - low) * u).clamp(max=torch.nextafter(edge[0], edge[1]))

    def gaussian(self, sd: float, *features: int) -> Tensor:
        _require.real("noise", sd, low=0)
        shape = (*self.shape, *features)
        return sd * torch.randn(shape, generator=self.generator, dtype=self.dtype)

    def labels(self, classes: int) -> Tensor:
        """Classes as even in number as ``n`` allows, in random order."""
        order = torch.rand(self.shape, generator=self.generator, dtype=torch.float64).argsort(-1)
        return order % classes


def _numbers(name: str, value: object, dims: int, dtype: torch.dtype) -> Tensor:
    """Return ``value``, a tensor or a (nested) list of finite numbers, as a tensor of ``dtype``."""
    if not isinstance(value, Tensor | list | tuple):
        raise TypeError(f"{name} must be a list of numbers or a tensor, got {value!r}")
    try:
        found = torch.as_tensor(value, dtype=dtype, device="cpu")
    except (TypeError, ValueError, RuntimeError):
        raise TypeError(f"{name} must hold numbers only, got {value!r}") from None
    return _require.tensor(name, found, dims=dims, finite=True)


# Generators: regression


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
        :math:`f`: takes the tensor ``x`` and returns a tensor of the same shape.
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
        return a tensor of the shape of ``x``.

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
    return Samples(x, mean + noises)


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


def polynomial(
    n: int,
    coefficients: Numbers,
    noise: float,
    low: float = -1.0,
    high: float = 1.0,
    *,
    seed: int,
    datasets: int | None = None,
    dtype: torch.dtype = torch.float64,
) -> Samples:
    r"""Draw samples of a polynomial.

    .. math:: y = \sum_k c_k x^k + \varepsilon

    Parameters
    ----------
    n
        Samples a data set, at least 1.
    coefficients
        :math:`c_0, c_1, \ldots`: the constant first.
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
    >>> x, y = polynomial(100, [1, 0, -2], noise=0, seed=0)
    >>> torch.allclose(y, 1 - 2 * x**2)
    True
    """
    c = _numbers("coefficients", coefficients, 1, _require.precision("dtype", dtype))

    def horner(x: Tensor) -> Tensor:
        value = torch.zeros_like(x)
        for c_k in c.flip(0):
            value = value * x + c_k
        return value

    return curve(n, horner, noise, low, high, seed=seed, datasets=datasets, dtype=dtype)


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
    w = _numbers("weights", weights, 1, dtype)
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
    :math:`(j + 1)^{-r}`: with :math:`r = 1` their frequencies fall as Zipf's law says of words.

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
    w = _numbers("weights", weights, 1, dtype)
    _require.integer("active", active, low=1, high=len(w))
    _require.real("rarity", rarity, low=0, high=8)
    chance = torch.arange(1, len(w) + 1, dtype=torch.float64) ** -rarity
    rows = chance.expand(torch.Size(draws.shape).numel(), -1)
    on = torch.multinomial(rows, active, generator=draws.generator).view(*draws.shape, active)
    x = torch.zeros(*draws.shape, len(w), dtype=dtype).scatter(-1, on, 1.0)
    return Samples(x, x @ w + draws.gaussian(noise))


# Generators: classification


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
    w = _numbers("weights", weights, 1, dtype)
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
    _require.real("spread", spread, low=0)
    if isinstance(centers, int):
        k = _require.integer("centers", centers, low=1)
        angle = 2 * pi * torch.arange(k, dtype=dtype) / k
        mu = 4 * torch.stack([angle.cos(), angle.sin()], dim=-1)
    else:
        mu = _numbers("centers", centers, 2, dtype)
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
    _require.real("turns", turns)
    y = draws.labels(classes)
    r = draws.uniform()
    phi = 2 * pi * (turns * r + y / classes)
    x = torch.stack([r * phi.cos(), r * phi.sin()], dim=-1)
    return Samples(x + draws.gaussian(noise, 2), y)


# Sets bundled with scikit-learn


def diabetes() -> pd.DataFrame:
    """Return the progression of diabetes in 442 patients, with ten measurements at baseline.

    Returns
    -------
    pandas.DataFrame
        442 rows. Measurements are unscaled, as recorded:

        ================  ====================================================
        ``age``           years
        ``sex``           1 or 2 (the source does not say which is which)
        ``bmi``           body mass index, kg/m²
        ``bp``            mean arterial blood pressure, mm Hg
        ``tc``            total serum cholesterol, mg/dl
        ``ldl``           low-density lipoproteins, mg/dl
        ``hdl``           high-density lipoproteins, mg/dl
        ``tch``           total cholesterol over hdl, no unit
        ``ltg``           logarithm of serum triglycerides, probably
        ``glu``           blood sugar, mg/dl
        ``progression``   target: disease progression a year later, no unit
        ================  ====================================================

    Notes
    -----
    Efron, Hastie, Johnstone and Tibshirani (2004), "Least Angle Regression", Annals of Statistics
    32(2), 407-499; bundled with scikit-learn, where ``tc`` to ``glu`` are called ``s1`` to ``s6``.
    The source gives no units for blood pressure and serum values: the ones above are what their
    ranges agree with.

    Examples
    --------
    >>> diabetes().shape
    (442, 11)
    """
    from sklearn.datasets import load_diabetes

    serum = {"s1": "tc", "s2": "ldl", "s3": "hdl", "s4": "tch", "s5": "ltg", "s6": "glu"}
    frame = load_diabetes(as_frame=True, scaled=False).frame
    return cast("pd.DataFrame", frame.rename(columns={**serum, "target": "progression"}))


def digits() -> pd.DataFrame:
    """Return 1,797 handwritten digits, 8 by 8 pixels each.

    Returns
    -------
    pandas.DataFrame
        1,797 rows: ``pixel_0_0`` to ``pixel_7_7`` (row, column), the count of inked cells in a
        4 by 4 block of the scanned 32 by 32 bitmap, from 0.0 to 16.0; and ``digit``, 0 to 9.

    Notes
    -----
    Alpaydin and Kaynak (1998), "Optical Recognition of Handwritten Digits", UCI Machine Learning
    Repository: the test part, written by 13 people; bundled with scikit-learn.

    Examples
    --------
    >>> digits().shape
    (1797, 65)
    """
    from sklearn.datasets import load_digits

    return cast(
        "pd.DataFrame", load_digits(as_frame=True).frame.rename(columns={"target": "digit"})
    )


def iris() -> pd.DataFrame:
    """Return four measurements of 150 iris flowers of three species.

    Returns
    -------
    pandas.DataFrame
        150 rows: ``sepal_length``, ``sepal_width``, ``petal_length``, ``petal_width`` in cm, and
        the categorical ``species``: setosa, versicolor or virginica.

    Notes
    -----
    Fisher (1936), "The use of multiple measurements in taxonomic problems", Annals of Eugenics 7,
    179-188, measured by Anderson; bundled with scikit-learn, whose copy is the paper's.

    Examples
    --------
    >>> iris()["species"].value_counts().to_dict()
    {'setosa': 50, 'versicolor': 50, 'virginica': 50}
    """
    from sklearn.datasets import load_iris

    bunch = load_iris(as_frame=True)
    frame = bunch.frame.rename(columns=lambda name: name.removesuffix(" (cm)").replace(" ", "_"))
    return _with_classes(frame, "species", bunch.target_names.tolist())


def wine() -> pd.DataFrame:
    """Return thirteen chemical measurements of 178 Italian wines from three cultivars.

    Returns
    -------
    pandas.DataFrame
        178 rows: ``alcohol`` (% by volume), ``malic_acid``, ``ash``, ``alcalinity_of_ash``,
        ``magnesium``, ``total_phenols``, ``flavanoids``, ``nonflavanoid_phenols``,
        ``proanthocyanins``, ``color_intensity``, ``hue``, ``od280_od315`` (ratio of the absorbances
        of the diluted wine at 280 and 315 nm), ``proline``, and the categorical ``cultivar``: A, B
        or C. The source gives no units; alcohol's is plain from its range.

    Notes
    -----
    Aeberhard and Forina (1992), "Wine", UCI Machine Learning Repository; bundled with scikit-learn.

    Examples
    --------
    >>> wine()["cultivar"].value_counts().to_dict()
    {'B': 71, 'A': 59, 'C': 48}
    """
    from sklearn.datasets import load_wine

    names = {"od280/od315_of_diluted_wines": "od280_od315"}
    frame = load_wine(as_frame=True).frame.rename(columns=names)
    return _with_classes(frame, "cultivar", ["A", "B", "C"])


def breast_cancer() -> pd.DataFrame:
    """Return thirty measurements of the cell nuclei in 569 breast tumours.

    Returns
    -------
    pandas.DataFrame
        569 rows: ten measurements of a nucleus (``radius``, ``texture``, ``perimeter``, ``area``,
        ``smoothness``, ``compactness``, ``concavity``, ``concave_points``, ``symmetry``,
        ``fractal_dimension``), each as the image's ``mean_``, ``error_`` (standard error of that
        mean) and ``worst_`` (mean of the three largest); and the categorical ``diagnosis``: benign
        (code 0, 357 tumours) or malignant (code 1, 212). Lengths are in the digitised image's
        units, which the source does not convert; texture is the standard deviation of grey values.

    Notes
    -----
    Street, Wolberg and Mangasarian (1993), "Nuclear feature extraction for breast tumor diagnosis",
    SPIE 1905, 861-870 (Wisconsin Diagnostic Breast Cancer, UCI); bundled with scikit-learn, which
    codes malignant as 0: here it is 1, because it is what a test looks for.

    Examples
    --------
    >>> breast_cancer()["diagnosis"].value_counts().to_dict()
    {'benign': 357, 'malignant': 212}
    """
    from sklearn.datasets import load_breast_cancer

    def renamed(column: str) -> str:
        if column.endswith(" error"):
            column = f"error {column.removesuffix(' error')}"
        return column.replace(" ", "_")

    frame = load_breast_cancer(as_frame=True).frame.rename(columns=renamed)
    return _with_classes(
        frame.assign(target=1 - frame["target"]), "diagnosis", ["benign", "malignant"]
    )


def linnerud() -> pd.DataFrame:
    """Return three exercises and three body measurements of 20 middle-aged men.

    Returns
    -------
    pandas.DataFrame
        20 rows: ``chin_ups``, ``sit_ups``, ``jumps`` (counts), and ``weight`` (lb), ``waist`` (in),
        ``pulse`` (beats a minute).

    Notes
    -----
    Linnerud, in Tenenhaus (1998), "La régression PLS: théorie et pratique", Technip; bundled with
    scikit-learn, whose units are the American ones that the numbers agree with.

    Examples
    --------
    >>> linnerud().columns.tolist()
    ['chin_ups', 'sit_ups', 'jumps', 'weight', 'waist', 'pulse']
    """
    from sklearn.datasets import load_linnerud

    names = {"Chins": "chin_ups", "Situps": "sit_ups"}
    frame = load_linnerud(as_frame=True).frame
    return cast("pd.DataFrame", frame.rename(columns=names).rename(columns=str.lower))


def _with_classes(frame: pd.DataFrame, name: str, classes: list[str]) -> pd.DataFrame:
    """Return ``frame`` with its integer column ``target`` as the categorical column ``name``."""
    import pandas as pd

    labels = pd.Categorical.from_codes(frame["target"].tolist(), dtype=pd.CategoricalDtype(classes))
    return frame.drop(columns="target").assign(**{name: labels})


# From a frame to tensors, from a whole to its parts


def tensors(frame: pd.DataFrame, target: str, *, dtype: torch.dtype = torch.float64) -> Samples:
    """Turn a frame into samples: one column is the target, all others are the features.

    Parameters
    ----------
    frame
        ``n`` rows; the feature columns hold numbers.
    target
        The column to predict. Categories become their codes and integers stay, both as ``int64``;
        real numbers become ``dtype``.
    dtype
        ``torch.float64`` or ``torch.float32``.

    Returns
    -------
    Samples
        ``x`` of shape ``(n, columns - 1)``, in the frame's order, and ``y`` of shape ``(n,)``.

    Raises
    ------
    TypeError
        If ``frame`` is no frame, or a feature column does not hold numbers.
    ValueError
        If ``frame`` is empty, has no column ``target``, or no other column.

    Examples
    --------
    >>> x, y = tensors(iris(), "species")
    >>> x.shape, y.bincount()
    (torch.Size([150, 4]), tensor([50, 50, 50]))
    """
    import pandas as pd

    _require.precision("dtype", dtype)
    _frame("frame", frame)
    _require.choice("target", target, [str(column) for column in frame.columns])
    features = frame.drop(columns=target)
    if features.shape[1] == 0:
        raise ValueError(f"frame must have a feature column beside the target {target!r}")
    x = torch.tensor(_numeric("frame", features).to_numpy(dtype=float), dtype=dtype)
    labels = frame[target]
    if isinstance(labels.dtype, pd.CategoricalDtype):
        return Samples(x, torch.tensor(labels.cat.codes.to_numpy(), dtype=torch.int64))
    whole = pd.api.types.is_integer_dtype(labels) or pd.api.types.is_bool_dtype(labels)
    numbers = _numeric("frame", frame[[target]])[target].to_numpy()
    return Samples(x, torch.tensor(numbers, dtype=torch.int64 if whole else dtype))


def _frame(name: str, value: object) -> pd.DataFrame:
    import pandas as pd

    if not isinstance(value, pd.DataFrame):
        raise TypeError(f"{name} must be a pandas.DataFrame, got {type(value).__name__}")
    if len(value) == 0:
        raise ValueError(f"{name} must have at least one row, got none")
    return value


def _numeric(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    for column in frame.columns:
        if not pd.api.types.is_numeric_dtype(frame[column]):
            raise TypeError(
                f"{name} must hold numbers, got dtype {frame[column].dtype} in column {column!r}"
            )
    return frame


Data = TypeVar("Data", bound="Tensor | tuple[Tensor, ...] | pd.DataFrame")
"""What has rows: a tensor, several tensors with as many rows, or a frame."""


def split(
    data: Data,
    fractions: Sequence[float],
    *,
    seed: int,
    stratify: str | Tensor | None = None,
) -> tuple[Data, ...]:
    """Deal the rows out to parts at random, without overlap and without remainder.

    Parameters
    ----------
    data
        A tensor, a tuple of tensors (:class:`Samples` too) with as many rows each, or a frame.
        Rows are the first dimension: for several data sets in one tensor, those are the rows.
    fractions
        The parts' shares, each above 0, summing to 1: ``(0.6, 0.2, 0.2)`` for training, validation
        and test. The last row of a part is the cumulated share of the rows, rounded.
    seed
        At least 0. The same seed gives the same parts.
    stratify
        Labels, ``(n,)``, or for a frame the name of their column: each class is dealt out by the
        same fractions, so that its share is the same in every part, as far as it divides.

    Returns
    -------
    tuple
        One piece of data a fraction, of the kind of ``data``; rows in random order.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind or outside its range, if the tensors differ in their
        number of rows, or if a part would be empty.

    Examples
    --------
    >>> train, test = split(iris(), (0.8, 0.2), seed=0, stratify="species")
    >>> test["species"].value_counts().to_dict()
    {'setosa': 10, 'versicolor': 10, 'virginica': 10}
    """
    n = _rows(data)
    shares = _shares(fractions)
    generator = _require.seeded(seed)
    labels = _labels(data, n, stratify)
    parts: list[list[Tensor]] = [[] for _ in shares]
    for label in torch.unique(labels):
        rows = torch.nonzero(labels == label).flatten()
        rows = rows[torch.randperm(len(rows), generator=generator)]
        cuts = (shares.cumsum(0) * len(rows)).round().long()[:-1]
        for part, piece in zip(parts, rows.tensor_split(cuts), strict=True):
            part.append(piece)
    dealt = [torch.cat(part) for part in parts]
    if any(len(rows) == 0 for rows in dealt):
        sizes = [len(rows) for rows in dealt]
        raise ValueError(f"fractions must leave a row for every part, got parts of {sizes} rows")
    if stratify is not None:
        # Class after class as they are now; a batch should meet them mixed.
        dealt = [rows[torch.randperm(len(rows), generator=generator)] for rows in dealt]
    return tuple(_take(data, rows) for rows in dealt)


def _rows(data: object) -> int:
    if isinstance(data, Tensor):
        return len(_require.tensor("data", data, min_dims=1, floating=False))
    if not isinstance(data, tuple):
        return len(_frame("data", data))
    if not data:
        raise ValueError("data must hold at least one tensor, got an empty tuple")
    sizes = [len(_require.tensor("data", part, min_dims=1, floating=False)) for part in data]
    if len(set(sizes)) > 1:
        raise ValueError(f"data must be tensors with as many rows each, got {sizes}")
    return sizes[0]


def _shares(fractions: object) -> Tensor:
    shares = _numbers("fractions", fractions, 1, torch.float64)
    _require.number("fractions", shares, low=0, low_open=True)
    if abs(float(shares.sum()) - 1) > 1e-9:
        raise ValueError(f"fractions must sum to 1, got {shares.tolist()}")
    return shares


def _labels(data: object, n: int, stratify: object) -> Tensor:
    """Return one integer a row: equal where the rows are of one class."""
    if stratify is None:
        return torch.zeros(n, dtype=torch.int64)
    if isinstance(stratify, Tensor):
        labels = _require.tensor("stratify", stratify, dims=1, floating=False)
        if len(labels) != n:
            raise ValueError(f"stratify must have a label for each of {n} rows, got {len(labels)}")
        return labels.cpu()
    if isinstance(data, Tensor | tuple):
        raise TypeError(f"stratify must be a tensor of labels for tensors, got {stratify!r}")
    frame = _frame("data", data)
    column = _require.choice("stratify", stratify, [str(name) for name in frame.columns])
    return torch.tensor(frame[column].factorize()[0])


def _take(data: Data, rows: Tensor) -> Data:
    if isinstance(data, Tensor):
        return cast("Data", data[rows.to(data.device)])
    if isinstance(data, tuple):
        parts = [part[rows.to(part.device)] for part in data]
        return cast("Data", Samples(*parts) if isinstance(data, Samples) else tuple(parts))
    return cast("Data", data.iloc[rows.numpy()])


Table = TypeVar("Table", bound="Tensor | pd.DataFrame")
"""Rows of numbers: a tensor or a frame."""


def standardize(train: Table, *others: Table) -> tuple[Table, ...]:
    r"""Shift and scale every feature by the mean and deviation that it has in ``train``.

    .. math:: z = \frac{x - \bar x_\text{train}}{s_\text{train}}, \qquad
        s^2 = \frac1n \sum_i (x_i - \bar x)^2

    Nothing of ``others`` enters the scaling: their rows were not seen. A feature that is constant
    in ``train`` is shifted and not scaled.

    Parameters
    ----------
    train
        A floating-point tensor of shape ``(n,)`` or ``(n, ...)``, or a frame of numbers.
    others
        Validation and test parts, of the same kind and with the same features.

    Returns
    -------
    tuple
        ``train`` and every one of ``others``, scaled, in order.

    Raises
    ------
    TypeError
        If they are not all tensors or all frames, or a column does not hold numbers.
    ValueError
        If one is empty, holds NaN or infinity, or has other features than ``train``.

    Examples
    --------
    >>> train, test = standardize(torch.tensor([1.0, 3.0]), torch.tensor([5.0]))
    >>> train, test
    (tensor([-1.,  1.]), tensor([3.]))
    """
    if isinstance(train, Tensor):
        return cast("tuple[Table, ...]", _standardized(train, others))
    import pandas as pd

    frames = [_frame("train", train), *(_frame("others", other) for other in others)]
    for frame in frames:
        if list(frame.columns) != list(frames[0].columns):
            raise ValueError(
                f"others must have train's columns {list(frames[0].columns)}, "
                f"got {list(frame.columns)}"
            )
    values = [torch.tensor(_numeric("train", f).to_numpy(dtype=float)) for f in frames]
    scaled = zip(frames, _standardized(values[0], values[1:]), strict=True)
    parts = (pd.DataFrame(z.numpy(), index=f.index, columns=f.columns) for f, z in scaled)
    return cast("tuple[Table, ...]", tuple(parts))


def _standardized(train: Tensor, others: Sequence[object]) -> tuple[Tensor, ...]:
    _require.tensor("train", train, min_dims=1, finite=True)
    parts = [train]
    for other in others:
        part = _require.tensor("others", other, min_dims=1, finite=True)
        if part.shape[1:] != train.shape[1:] or part.dtype != train.dtype:
            raise ValueError(
                f"others must have train's features {tuple(train.shape[1:])} and dtype "
                f"{train.dtype}, got {tuple(part.shape[1:])} and {part.dtype}"
            )
        parts.append(part)
    mean, scale = train.mean(0), train.std(0, correction=0)
    # Rounding leaves a constant feature's deviation just above zero.
    scale = torch.where((train == train[0]).all(0), torch.ones_like(scale), scale)
    return tuple((part - mean) / scale for part in parts)


def minibatches(
    n: int, batch_size: int, generator: torch.Generator | None, drop_last: bool = False
) -> Iterator[Tensor]:
    """Yield the rows of one epoch's mini-batches: every row once, in random order.

    Parameters
    ----------
    n
        Rows in the data, at least 1.
    batch_size
        Rows in a batch, from 1; a batch size above ``n`` gives one batch of all.
    generator
        Where the order is drawn from; it moves on, so that the next epoch's order is another.
        None keeps the rows in order.
    drop_last
        Leave out the last batch if it is smaller than the others.

    Yields
    ------
    Tensor
        Row numbers, ``int64``, of shape ``(batch_size,)``, the last batch's possibly shorter.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind or outside its range.

    Examples
    --------
    >>> [rows.tolist() for rows in minibatches(5, 2, None)]
    [[0, 1], [2, 3], [4]]
    """
    n = _require.integer("n", n, low=1)
    batch_size = _require.integer("batch_size", batch_size, low=1)
    _require.boolean("drop_last", drop_last)
    if generator is not None:
        _require.generator("generator", generator, when="or None")
    order = torch.arange(n) if generator is None else torch.randperm(n, generator=generator)
    batches = torch.split(order, batch_size)
    return iter(batches[:-1] if drop_last and len(batches[-1]) < batch_size else batches)
