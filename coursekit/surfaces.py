"""Test surfaces: functions of two variables on which descent shows its character.

A :class:`Surface` is called with points of shape ``(..., 2)`` and returns values of shape
``(...)``; leading dimensions are independent points. Gradients and Hessians come from autograd,
none is written by hand. :func:`get` finds a surface by its name, :func:`bowl` makes a quadratic one
to measure.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import cos, pi, sin

import torch
from torch import Tensor

from coursekit import _require

Bounds = tuple[tuple[float, float], tuple[float, float]]

__all__ = ["Bounds", "Surface", "bowl", "get", "names"]


@dataclass(frozen=True, eq=False)
class Surface:
    """A function of two variables, with what is needed to draw it and to judge a descent on it.

    Parameters
    ----------
    name : str
        What :func:`get` knows it by.
    function : callable
        Maps points ``(..., 2)`` to values ``(...)``, built from torch operations.
    minima : Tensor of shape (k, 2), float64
        The minima, a global one first. Where there are too many to list, the global ones.
    bounds : ((float, float), (float, float))
        The range of each coordinate that is worth looking at.
    start : Tensor of shape (2,), float64
        Where a descent usually starts.

    Examples
    --------
    >>> rosenbrock = get("rosenbrock")
    >>> rosenbrock(torch.tensor([[1.0, 1.0], [0.0, 0.0]]))
    tensor([0., 1.])
    """

    name: str
    function: Callable[[Tensor], Tensor]
    minima: Tensor
    bounds: Bounds
    start: Tensor

    def __call__(self, theta: Tensor) -> Tensor:
        """Return the surface's height at points ``theta``.

        Parameters
        ----------
        theta : Tensor of shape (..., 2)
            Points, of any floating dtype, on any device.

        Returns
        -------
        Tensor of shape (...)
            The heights, with the dtype and on the device of ``theta``.

        Raises
        ------
        TypeError
            If ``theta`` is no floating-point tensor.
        ValueError
            If ``theta`` is empty or its last dimension is not 2.
        """
        _require.tensor("theta", theta, min_dims=1)
        if theta.shape[-1] != 2:
            raise ValueError(f"theta must have shape (..., 2), got {tuple(theta.shape)}")
        return self.function(theta)

    def grid(self, points: int = 101) -> tuple[Tensor, Tensor, Tensor]:
        """Return the surface on an even grid over its bounds, ready for a contour plot.

        Parameters
        ----------
        points : int
            Grid points along each axis, at least 2.

        Returns
        -------
        x, y, height : Tensor of shape (points, points), float64
            Row ``i`` has one ``y``, column ``j`` one ``x``, as matplotlib's ``contour`` wants it.

        Raises
        ------
        TypeError
            If ``points`` is no integer.
        ValueError
            If ``points`` is below 2.

        Examples
        --------
        >>> x, y, height = get("saddle").grid(points=51)
        >>> height.shape
        torch.Size([51, 51])
        """
        _require.integer("points", points, low=2)
        across, along = (
            torch.linspace(low, high, points, dtype=torch.float64) for low, high in self.bounds
        )
        x, y = torch.meshgrid(across, along, indexing="xy")
        return x, y, self.function(torch.stack((x, y), dim=-1))


def _points(*rows: tuple[float, float]) -> Tensor:
    return torch.tensor(rows, dtype=torch.float64).reshape(-1, 2)


@dataclass(frozen=True)
class _Bowl:
    """A quadratic's equation. An object and no inner function, so that a surface can be pickled."""

    condition_number: float
    curvature: float
    cosine: float
    sine: float

    def __call__(self, theta: Tensor) -> Tensor:
        x, y = theta.unbind(-1)
        c, s = self.cosine, self.sine
        u, w = (c * x + s * y, c * y - s * x) if (c, s) != (1, 0) else (x, y)
        return self.curvature / 2 * (u**2 + self.condition_number * w**2)


def bowl(condition_number: float = 10.0, angle: float = 0.0, curvature: float = 1.0) -> Surface:
    r"""Return an elongated quadratic bowl, if wanted turned against the axes.

    .. math::

        f(\theta) = \tfrac{1}{2} \lambda \left(u^2 + \kappa\, w^2\right), \qquad
        u = x \cos\alpha + y \sin\alpha, \quad w = y \cos\alpha - x \sin\alpha

    The Hessian has the eigenvalues :math:`\lambda` along the valley and :math:`\kappa\lambda`
    across it. On the axis-aligned bowl the valley runs along ``x``.

    Parameters
    ----------
    condition_number : float
        :math:`\kappa \ge 1`, the largest curvature over the smallest.
    angle : float
        :math:`\alpha`, in radians: how far the valley is turned counter-clockwise from the x-axis.
    curvature : float
        :math:`\lambda > 0`, the smallest curvature.

    Returns
    -------
    Surface
        With its minimum, of height 0, at the origin.

    Raises
    ------
    TypeError
        If an argument is no real number.
    ValueError
        If ``condition_number`` is below 1, ``curvature`` not positive, or one of them not finite.

    Examples
    --------
    >>> valley = bowl(condition_number=100)
    >>> valley(torch.tensor([[1.0, 0.0], [0.0, 1.0]]))
    tensor([ 0.5000, 50.0000])
    """
    kappa = _require.real("condition_number", condition_number, low=1)
    _require.real("angle", angle)
    scale = _require.real("curvature", curvature, low=0, low_open=True)
    c, s = cos(angle), sin(angle)
    return Surface(
        name="bowl" if angle == 0 else "turned-bowl",
        function=_Bowl(kappa, scale, c, s),
        minima=_points((0, 0)),
        bounds=((-5.0, 5.0), (-5.0, 5.0)),
        start=_points((-4 * c - 2 * s, 2 * c - 4 * s))[0],
    )


def _rosenbrock(theta: Tensor) -> Tensor:
    x, y = theta.unbind(-1)
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


def _beale(theta: Tensor) -> Tensor:
    x, y = theta.unbind(-1)
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2


def _himmelblau(theta: Tensor) -> Tensor:
    x, y = theta.unbind(-1)
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


def _rastrigin(theta: Tensor) -> Tensor:
    return (10 + theta**2 - 10 * torch.cos(2 * pi * theta)).sum(-1)


def _two_wells(theta: Tensor) -> Tensor:
    x, y = theta.unbind(-1)
    along = x**4 / 4 - x**3 / 12 - x**2 / 2 + x / 4 + 5 / 12
    return along + y**2 / 2


def _saddle(theta: Tensor) -> Tensor:
    x, y = theta.unbind(-1)
    return x**2 / 2 + (y**2 - 1) ** 2 / 4


def _plateau(theta: Tensor) -> Tensor:
    r_squared = (theta**2).sum(-1)
    return r_squared / (1 + r_squared)


_SURFACES = {
    surface.name: surface
    for surface in (
        bowl(),
        bowl(angle=pi / 4),
        Surface(
            name="rosenbrock",
            function=_rosenbrock,
            minima=_points((1, 1)),
            bounds=((-2.0, 2.0), (-1.0, 3.0)),
            start=_points((-1.2, 1))[0],
        ),
        Surface(
            name="beale",
            function=_beale,
            minima=_points((3, 0.5)),
            bounds=((-4.5, 4.5), (-4.5, 4.5)),
            start=_points((1, 1))[0],
        ),
        Surface(
            name="himmelblau",
            function=_himmelblau,
            minima=_points(
                (3, 2),
                (-2.805118086952745, 3.131312518250573),
                (-3.779310253377747, -3.283185991286170),
                (3.584428340330492, -1.848126526964404),
            ),
            bounds=((-5.0, 5.0), (-5.0, 5.0)),
            start=_points((0, 0))[0],
        ),
        Surface(
            name="rastrigin",
            function=_rastrigin,
            minima=_points((0, 0)),
            bounds=((-5.12, 5.12), (-5.12, 5.12)),
            start=_points((3.3, -2.4))[0],
        ),
        Surface(
            name="two-wells",
            function=_two_wells,
            minima=_points((-1, 0), (1, 0)),
            bounds=((-2.0, 2.0), (-1.5, 1.5)),
            start=_points((1.8, 1))[0],
        ),
        Surface(
            name="saddle",
            function=_saddle,
            minima=_points((0, 1), (0, -1)),
            bounds=((-2.0, 2.0), (-2.0, 2.0)),
            start=_points((1.5, 1e-3))[0],
        ),
        Surface(
            name="plateau",
            function=_plateau,
            minima=_points((0, 0)),
            bounds=((-8.0, 8.0), (-8.0, 8.0)),
            start=_points((5, 3))[0],
        ),
    )
}


def names() -> list[str]:
    """Return the names of the surfaces that :func:`get` knows.

    Returns
    -------
    list of str

    Examples
    --------
    >>> "rosenbrock" in names()
    True
    """
    return list(_SURFACES)


def get(name: str) -> Surface:
    r"""Return the surface of that name.

    Parameters
    ----------
    name : str
        One of :func:`names`.

    Returns
    -------
    Surface

    Raises
    ------
    TypeError
        If ``name`` is no string.
    ValueError
        If there is no such surface; the message lists those there are.

    Notes
    -----
    ``bowl``, ``turned-bowl``
        :func:`bowl` of condition number 10, along the axes and turned by 45 degrees.
    ``rosenbrock``
        :math:`(1 - x)^2 + 100\,(y - x^2)^2`, a curved valley (Rosenbrock 1960).
    ``beale``
        :math:`(1.5 - x + xy)^2 + (2.25 - x + xy^2)^2 + (2.625 - x + xy^3)^2`, flat with steep
        corners (Beale 1958).
    ``himmelblau``
        :math:`(x^2 + y - 11)^2 + (x + y^2 - 7)^2`, four minima of equal height
        (Himmelblau 1972).
    ``rastrigin``
        :math:`\sum_i (10 + \theta_i^2 - 10 \cos 2\pi\theta_i)`, a local minimum near every integer
        point within its bounds (Rastrigin 1974). Only the global one is in ``minima``.
    ``two-wells``
        :math:`x^4/4 - x^3/12 - x^2/2 + x/4 + 5/12 + y^2/2`, whose slope along x is
        :math:`(x^2 - 1)(x - 1/4)`: a deep well at -1, a shallow one at 1, a saddle at 1/4.
    ``saddle``
        :math:`x^2/2 + (y^2 - 1)^2/4`: a saddle of curvatures 1 and -1 at the origin, where a
        descent that starts on the x-axis ends; a minimum on either side.
    ``plateau``
        :math:`r^2/(1 + r^2)` with :math:`r^2 = x^2 + y^2`, ever flatter outwards (Geman and
        McClure 1987).

    ``rosenbrock`` and ``beale`` start where Moré, Garbow and Hillstrom (1981) start them.

    References
    ----------
    * Rosenbrock (1960), "An Automatic Method for Finding the Greatest or Least Value of a
      Function", https://doi.org/10.1093/comjnl/3.3.175.
    * Beale (1958), "On an Iterative Method for Finding a Local Minimum of a Function of More than
      One Variable", Technical Report 25, Princeton University.
    * Himmelblau (1972), "Applied Nonlinear Programming", McGraw-Hill.
    * Rastrigin (1974), "Systems of Extremal Control", Nauka.
    * Geman and McClure (1987), "Statistical Methods for Tomographic Image Reconstruction", Bulletin
      of the International Statistical Institute 52, 5-21.
    * Moré, Garbow and Hillstrom (1981), "Testing Unconstrained Optimization Software",
      https://doi.org/10.1145/355934.355936.

    Examples
    --------
    >>> get("himmelblau").minima.shape
    torch.Size([4, 2])
    """
    surface = _SURFACES[_require.choice("name", name, _SURFACES)]
    # A start that is trained in place must not be the next descent's.
    return replace(surface, start=surface.start.clone(), minima=surface.minima.clone())
