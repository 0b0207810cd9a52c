"""Data, fits and how estimates scatter."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike
from torch import Tensor

from coursekit import _require
from coursekit._language import spoken
from coursekit.plots._axes import Array, _axes, _column, _pair, _theory, _two
from coursekit.plots.palette import PALETTE, color, style

__all__ = ["distribution", "fitted_line", "residuals"]


def fitted_line(
    x: Tensor | ArrayLike,
    y: Tensor | ArrayLike,
    slope: float,
    intercept: float,
    ax: Axes | None = None,
    *,
    truth: tuple[float, float] | None = None,
) -> Axes:
    """Draw data as points and ``slope * x + intercept`` over them.

    Parameters
    ----------
    x, y
        The data, one-dimensional (or a column), of the same length.
    slope, intercept
        Of the fitted line.
    ax
        Where to draw; a new figure if None.
    truth
        Slope and intercept of the line that made the data, drawn thin and dark.

    Returns
    -------
    matplotlib.axes.Axes
        The axes that were drawn on.

    Raises
    ------
    TypeError, ValueError
        If ``x`` and ``y`` have other shapes or different lengths, or a coefficient is no number.

    Examples
    --------
    >>> ax = fitted_line([0.0, 1.0, 2.0], [1.1, 3.9, 7.2], slope=3.05, intercept=1.0, truth=(3, 1))
    >>> [line.get_label() for line in ax.get_lines()]
    ['data', 'truth', 'fit']
    """
    xs, ys = _pair("x", x, "y", y)
    slope, intercept = _require.real("slope", slope), _require.real("intercept", intercept)
    line = None if truth is None else _two("truth", truth)
    ax = _axes(ax)
    ends = np.array([xs.min(), xs.max()])
    ax.plot(xs, ys, "o", color=color("data"), alpha=0.55, markersize=4, markeredgewidth=0,
            label=PALETTE["data"].label)  # fmt: skip
    if line is not None:
        _theory(ax, (ends, line[0] * ends + line[1]), label=PALETTE["truth"].label)
    ax.plot(ends, slope * ends + intercept, **style("fit"))
    ax.set(xlabel="$x$", ylabel="$y$")
    return ax


def residuals(
    fitted: Tensor | ArrayLike, residuals: Tensor | ArrayLike, ax: Axes | None = None
) -> Axes:
    """Draw residuals (observed minus fitted) against fitted values, with a line at zero.

    Parameters
    ----------
    fitted, residuals
        One-dimensional (or columns), of the same length.
    ax
        Where to draw; a new figure if None.

    Returns
    -------
    matplotlib.axes.Axes
        The axes that were drawn on.

    Raises
    ------
    TypeError, ValueError
        If the two are not one-dimensional (or columns) of the same length.

    Examples
    --------
    >>> residuals([1.0, 4.0, 7.0], [0.1, -0.1, 0.2]).get_ylabel()
    'residual'
    """
    xs, ys = _pair("fitted", fitted, "residuals", residuals)
    ax = _axes(ax)
    ax.axhline(0, color=color("theory"), linewidth=1)
    ax.plot(xs, ys, "o", color=color("data"), alpha=0.55, markersize=4, markeredgewidth=0)
    ax.set(xlabel=spoken("fitted value", "拟合值"), ylabel=spoken("residual", "残差"))
    return ax


def distribution(
    samples: Tensor | ArrayLike,
    ax: Axes | None = None,
    *,
    density: Callable[[Array], ArrayLike] | None = None,
    truth: float | None = None,
    bins: int = 40,
    method: str = "data",
    label: str | None = None,
    xlabel: str = "",
) -> Axes:
    """Draw a histogram of estimates, with the density that theory gives thin and dark over it.

    The bars have area 1 together.

    Parameters
    ----------
    samples
        One-dimensional (or a column), finite.
    ax
        Where to draw; a new figure if None.
    density
        Called with an array of positions, returns as many densities there.
    truth
        Where to draw a vertical line.
    bins
        Number of bars.
    method, label
        Whose colour to use, and the name of the bars if not that character's own.
    xlabel
        Name of the horizontal axis.

    Returns
    -------
    matplotlib.axes.Axes
        The axes that were drawn on.

    Raises
    ------
    TypeError, ValueError
        If the samples are not finite numbers, ``density`` can't be called, ``truth`` is no number,
        ``bins`` no positive integer, or ``method`` not a name in :data:`PALETTE`.

    Examples
    --------
    >>> ax = distribution([0.1, 0.4, 0.45, 0.9], bins=3, xlabel="slope")
    >>> len(ax.patches)
    3
    """
    _require.integer("bins", bins, low=1)
    look = style(method)
    drawn = _column("samples", samples)
    if not np.isfinite(drawn).all():
        raise ValueError("samples must be finite, got NaN or infinity")
    if density is not None:
        _require.function("density", density)
    if truth is not None:
        _require.real("truth", truth)
    ax = _axes(ax)
    name = look["label"] if label is None else label
    ax.hist(drawn, bins=bins, density=True, color=look["color"], alpha=0.45, label=name)
    if density is not None:
        positions = np.linspace(*ax.get_xlim(), 300)
        _theory(ax, (positions, density(positions)), label=PALETTE["theory"].label)
    if truth is not None:
        ax.axvline(truth, color=color("truth"), linestyle=PALETTE["truth"].linestyle, linewidth=1.2)
    ax.set(xlabel=xlabel, ylabel=spoken("density", "密度"))
    return ax
