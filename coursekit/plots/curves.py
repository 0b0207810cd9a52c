"""Curves against steps, and what theory says of them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike
from torch import Tensor

from coursekit import _require
from coursekit._language import spoken
from coursekit.plots._axes import _array, _axes, _pair, _plain_numbers, _theory, _two
from coursekit.plots.palette import PALETTE, style

__all__ = ["loss_curves", "theory"]


def loss_curves(
    curves: Mapping[str, Tensor | ArrayLike],
    ax: Axes | None = None,
    *,
    steps: ArrayLike | None = None,
    log: bool = True,
    quantiles: tuple[float, float] = (0.1, 0.9),
    xlabel: str | None = None,
    ylabel: str | None = None,
) -> Axes:
    """Draw losses against steps; where there are many runs, their median and a band.

    The median is an observed loss too: of an even number of runs, one of the two in the middle.

    Parameters
    ----------
    curves
        Losses by name, of shape ``(steps,)`` or ``(steps, runs)``. A name in :data:`PALETTE` gets
        that character's look and label; any other takes the next of the style's cycle.
    ax
        Where to draw; a new figure if None.
    steps
        The horizontal positions, shape ``(steps,)``; 0, 1, 2, ... if None.
    log
        Whether the vertical axis is logarithmic.
    quantiles
        Ends of the band, ``0 <= low < high <= 1``: nearest observed losses, so that runs which
        diverged (NaN or infinite) count as the worst.
    xlabel, ylabel
        Names of the axes; "step" and "loss" in the language in force if None.

    Returns
    -------
    matplotlib.axes.Axes
        The axes that were drawn on.

    Raises
    ------
    TypeError, ValueError
        If there are no curves, one is empty or has another shape, ``steps`` has another length, the
        quantiles are out of order, or ``log`` is no bool.

    Examples
    --------
    >>> ax = loss_curves({"adam": [[4.0, 5.0, 6.0], [1.0, 2.0, 4.0]]})
    >>> ax.get_lines()[0].get_ydata().tolist()
    [5.0, 2.0]
    """
    low, high = _two("quantiles", quantiles)
    _require.real("quantiles[0]", low, low=0, high=1)
    _require.real("quantiles[1]", high, low=low, high=1, low_open=True)
    _require.boolean("log", log)
    if not isinstance(curves, Mapping):
        raise TypeError(f"curves must map names to losses, got {type(curves).__name__}")
    if not curves:
        raise ValueError("curves must hold at least one curve, got none")
    losses = {name: _array(f"curves[{name!r}]", values) for name, values in curves.items()}
    for name, values in losses.items():
        if values.ndim not in (1, 2):
            raise ValueError(
                f"curves[{name!r}] must have shape (steps,) or (steps, runs), got {values.shape}"
            )
        if values.size == 0:
            raise ValueError(f"curves[{name!r}] must not be empty, got shape {values.shape}")
    given = None if steps is None else _array("steps", steps, dims=1)
    for name, values in losses.items():
        if given is not None and len(given) != len(values):
            raise ValueError(f"steps must have length {len(values)} as {name!r}, got {len(given)}")
    ax = _axes(ax)
    if log:
        ax.set_yscale("log", nonpositive="mask")
    for name, values in losses.items():
        x = np.arange(len(values)) if given is None else given
        look = style(name) if name in PALETTE else {"label": name}
        if values.ndim == 1:
            ax.plot(x, values, **look)
        else:
            worst_last = np.where(np.isnan(values), np.inf, values)
            bottom, middle, top = np.quantile(
                worst_last, [low, 0.5, high], axis=1, method="nearest"
            )
            (drawn,) = ax.plot(x, middle, **look)
            ax.fill_between(x, bottom, top, color=drawn.get_color(), alpha=0.18, linewidth=0)
    if log:
        _plain_numbers(ax.yaxis)
    if given is None:
        ax.xaxis.set_major_locator(MaxNLocator("auto", integer=True))
    ax.set(
        xlabel=spoken("step", "步数") if xlabel is None else xlabel,
        ylabel=spoken("loss", "损失") if ylabel is None else ylabel,
    )
    return ax


def theory(
    x: Tensor | ArrayLike,
    y: Tensor | ArrayLike,
    ax: Axes | None = None,
    *,
    label: str | None = None,
) -> Axes:
    """Draw what theory says as a thin dark line.

    Parameters
    ----------
    x, y
        One-dimensional (or columns), of the same length.
    ax
        Where to draw; a new figure if None.
    label
        The line's name; "theory" in the language in force if None.

    Returns
    -------
    matplotlib.axes.Axes
        The axes that were drawn on.

    Raises
    ------
    TypeError, ValueError
        If ``x`` and ``y`` are not one-dimensional (or columns) of the same length.

    Examples
    --------
    >>> theory([0, 1], [1, 0]).get_lines()[0].get_label()
    'theory'
    """
    xs, ys = _pair("x", x, "y", y)
    ax = _axes(ax)
    _theory(ax, (xs, ys), label=PALETTE["theory"].label if label is None else label)
    return ax
