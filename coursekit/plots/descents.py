"""Surfaces, and the paths of descents on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from numpy.typing import ArrayLike
from torch import Tensor

from coursekit import _require
from coursekit.plots._axes import _array, _axes
from coursekit.plots.palette import color, style
from coursekit.surfaces import Surface

if TYPE_CHECKING:
    from coursekit.descent import Path

__all__ = ["path", "surface"]

_DEEPEST = 1e-6

_HEIGHTS = LinearSegmentedColormap.from_list("heights", ["#FFFFFF", "#DDE5EE", "#ABBDD1"])


def surface(
    surface: Surface, ax: Axes | None = None, *, levels: int = 24, resolution: int = 201
) -> Axes:
    """Draw a two-dimensional surface as filled contours, its minima as stars.

    Where the minima are known, the levels are spaced evenly in the logarithm of the height above
    the lowest of them, so that a flat valley shows as much as a steep wall; without, evenly in the
    height itself.

    Parameters
    ----------
    surface
        What to draw; its bounds are the limits of both axes.
    ax
        Where to draw; a new figure if None.
    levels
        Number of bands between contour lines, at least 2.
    resolution
        Points of the grid along each axis, at least 2.

    Returns
    -------
    matplotlib.axes.Axes
        The axes that were drawn on.

    Raises
    ------
    TypeError, ValueError
        If ``surface`` is no surface, or ``levels`` or ``resolution`` no integer of at least 2.

    Examples
    --------
    >>> from coursekit.surfaces import get
    >>> ax = surface(get("himmelblau"))
    >>> ax.get_xlim() == get("himmelblau").bounds[0]
    True
    """
    if not isinstance(surface, Surface):
        raise TypeError(f"surface must be a coursekit.surfaces.Surface, got {surface!r}")
    _require.integer("levels", levels, low=2)
    _require.integer("resolution", resolution, low=2)
    x, y, grid = (_array("grid", part) for part in surface.grid(resolution))
    heights = np.ma.masked_invalid(grid)
    minima = _array("surface.minima", surface.minima).reshape(-1, 2)
    if len(minima):
        above = heights - float(surface(surface.minima).min())
        heights = np.ma.log10(np.ma.maximum(above / above.max(), _DEEPEST))
    drawn: dict[str, Any] = {"levels": np.linspace(heights.min(), heights.max(), levels + 1)}
    ax = _axes(ax)
    ax.contourf(x, y, heights, cmap=_HEIGHTS, **drawn)
    ax.contour(x, y, heights, colors="#7C8EA3", linewidths=0.4, linestyles="-", **drawn)
    ax.plot(*minima.T, "*", color=color("truth"), markersize=11, markeredgecolor="white", zorder=4)
    xlim, ylim = surface.bounds
    ax.set(xlim=xlim, ylim=ylim, xlabel=r"$\theta_1$", ylabel=r"$\theta_2$")
    ax.grid(visible=False)
    return ax


def path(
    path: Path | Tensor | ArrayLike,
    ax: Axes | None = None,
    *,
    method: str,
    label: str | None = None,
    dots: bool = True,
) -> Axes:
    """Draw the points of a descent: a ring at the start, a disc at the end, a dot a step.

    Parameters
    ----------
    path
        A :class:`~coursekit.descent.Path`, or its points of shape ``(steps + 1, ..., 2)``; each of
        the leading dimensions' runs is a line. Points that are not finite are left out.
    ax
        Where to draw; a new figure if None. Limits are not changed where something is drawn.
    method
        Whose colour and dash to use, a name in :data:`PALETTE`.
    label
        The line's name; the method's own if None.
    dots
        Whether to mark every step.

    Returns
    -------
    matplotlib.axes.Axes
        The axes that were drawn on.

    Raises
    ------
    TypeError, ValueError
        If there are no points, they are not at least two-dimensional with a last dimension of 2,
        ``method`` is not a name in :data:`PALETTE`, or ``dots`` no bool.

    Examples
    --------
    >>> import torch
    >>> ax = path(torch.tensor([[2.0, 1.0], [1.0, 0.5], [0.5, 0.3]]), method="adam")
    >>> ax.get_lines()[0].get_label()
    'Adam'
    """
    _require.boolean("dots", dots)
    look = style(method) | ({} if label is None else {"label": label})
    points = _array("path", getattr(path, "points", path))
    if points.ndim < 2 or points.shape[-1] != 2 or points.size == 0:
        raise ValueError(f"path must have points of shape (steps + 1, ..., 2), got {points.shape}")
    ax = _axes(ax)
    fresh = not ax.has_data()
    limits = (ax.get_xlim(), ax.get_ylim())
    shade = look["color"]
    for x, y in np.moveaxis(points.reshape(len(points), -1, 2), 0, -1):
        ax.plot(x, y, marker="." if dots else "", markersize=4, zorder=5, **look)
        look["label"] = "_"
        finite = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
        if len(finite):
            first, last = finite[0], finite[-1]
            ax.plot(x[first], y[first], "o", color=shade, markerfacecolor="white", zorder=6)
            ax.plot(x[last], y[last], "o", color=shade, markeredgecolor="white", zorder=6)
    if not fresh:
        ax.set(xlim=limits[0], ylim=limits[1])
    return ax
