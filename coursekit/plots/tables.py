"""Tables of numbers as colours."""

from __future__ import annotations

from math import inf

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from numpy.typing import ArrayLike
from torch import Tensor

from coursekit import _require
from coursekit.plots._axes import (
    _array,
    _axes,
    _centres,
    _edges,
    _figure,
    _pair,
    _plain_numbers,
    _theory,
    _two,
)

__all__ = ["heatmap"]

_DIVERGED = "#C9CDD3"


def heatmap(
    values: Tensor | ArrayLike,
    x: Tensor | ArrayLike,
    y: Tensor | ArrayLike,
    ax: Axes | None = None,
    *,
    xlabel: str = "",
    ylabel: str = "",
    label: str = "",
    log_x: bool = True,
    log_y: bool = True,
    log_values: bool = True,
    limits: tuple[float, float] | None = None,
    theory: tuple[ArrayLike, ArrayLike] | None = None,
    colorbar: bool = True,
) -> Axes:
    """Draw a table of numbers as colours, with diverged cells hatched grey.

    Parameters
    ----------
    values
        Shape ``(len(y), len(x))``. What is not finite is left out, with ``log_values`` what is not
        positive too, and the hatched ground shows.
    x, y
        Positions of the cells' centres, two or more, strictly increasing; positive where the axis
        is log.
    ax
        Where to draw; a new figure if None.
    xlabel, ylabel, label
        Names of the axes and of the colour bar.
    log_x, log_y, log_values
        Which of the three scales are logarithmic.
    limits
        Ends of the colour scale; the finite values' own if None.
    theory
        ``(x, y)`` of a line drawn thin and dark over the cells.
    colorbar
        Whether to draw the colour bar; maps side by side with the same limits need only one.

    Returns
    -------
    matplotlib.axes.Axes
        The axes that were drawn on.

    Raises
    ------
    TypeError, ValueError
        If shapes do not match, an axis is not increasing, a log scale meets no positive number, the
        limits are out of order, or a switch is no bool.

    Examples
    --------
    >>> ax = heatmap([[1.0, 2.0], [3.0, float("inf")]], x=[0.1, 1.0], y=[0.1, 1.0])
    >>> ax.get_xscale(), ax.patch.get_hatch()
    ('log', '////')
    """
    options = {"log_x": log_x, "log_y": log_y, "log_values": log_values, "colorbar": colorbar}
    for name, value in options.items():
        _require.boolean(name, value)
    columns = _centres("x", x, log=log_x)
    rows = _centres("y", y, log=log_y)
    table = _array("values", values, dims=2)
    if table.shape != (len(rows), len(columns)):
        raise ValueError(
            f"values must have shape (len(y), len(x)) = {(len(rows), len(columns))}, "
            f"got {table.shape}"
        )
    if limits is not None:
        low, high = _two("limits", limits)
        _require.real("limits[0]", low, low=0 if log_values else -inf, low_open=log_values)
        _require.real("limits[1]", high, low=low)
    if theory is not None:
        if not isinstance(theory, tuple | list) or len(theory) != 2:
            raise TypeError(f"theory must be a pair (x, y), got {theory!r}")
        theory = _pair("theory[0]", theory[0], "theory[1]", theory[1])
    shown = np.ma.masked_invalid(table)
    if log_values:
        shown = np.ma.masked_less_equal(shown, 0)
    if limits is None:
        if shown.count() == 0:
            raise ValueError("values must hold a number that its colour scale can show, got none")
        limits = (float(shown.min()), float(shown.max()))
    norm = LogNorm(*limits) if log_values else Normalize(*limits)
    ax = _axes(ax)
    ax.patch.set(facecolor=_DIVERGED, hatch="////", edgecolor="#8A9099", linewidth=0)
    mesh = ax.pcolormesh(
        _edges(columns, log=log_x), _edges(rows, log=log_y), shown, norm=norm, rasterized=True
    )
    ax.set_xscale("log" if log_x else "linear")
    ax.set_yscale("log" if log_y else "linear")
    ax.grid(visible=False)
    box = (ax.get_xlim(), ax.get_ylim())
    if theory is not None:
        _theory(ax, theory, label="theory", halo=True)
    ax.set(xlim=box[0], ylim=box[1], xlabel=xlabel, ylabel=ylabel)
    for axis, log in ((ax.xaxis, log_x), (ax.yaxis, log_y)):
        if log:
            _plain_numbers(axis)
    if colorbar:
        bar = _figure(ax).colorbar(mesh, ax=ax, label=label, pad=0.02)
        bar.outline.set_visible(False)
        if log_values:
            _plain_numbers(bar.ax.yaxis)
    return ax
