"""What every figure needs: axes, arrays, plain numbers, the thin dark line."""

from __future__ import annotations

from typing import cast

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import LogFormatterMathtext
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from coursekit import _require
from coursekit.plots.palette import color

Array = NDArray[np.float64]


def _given(ax: object) -> Axes | None:
    """Return what a figure was told to be drawn on; the array of ``plt.subplots(1, 2)`` is none."""
    if not (ax is None or isinstance(ax, Axes)):
        raise TypeError(f"ax must be a matplotlib.axes.Axes or None, got {type(ax).__name__}")
    return ax


def _axes(ax: Axes | None) -> Axes:
    given = _given(ax)
    return plt.figure().add_subplot() if given is None else given


def _figure(ax: Axes) -> Figure:
    return cast(Figure, ax.get_figure(root=True))


class _PlainLog(LogFormatterMathtext):
    """Ticks of a logarithmic axis as 0.02, 5 or 300; as powers of ten where that takes less."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        text = super().__call__(x, pos)
        return f"{x:g}" if text and 5e-4 < abs(x) < 5e3 else text


def _plain_numbers(axis: Axis) -> None:
    axis.set_major_formatter(_PlainLog())
    axis.set_minor_formatter(_PlainLog(labelOnlyBase=False))


def _array(name: str, value: object, *, dims: int | None = None) -> Array:
    detached = value
    if isinstance(value, Tensor):
        exact = value.float() if value.dtype == torch.bfloat16 else value  # NumPy has none
        detached = exact.detach().cpu().numpy()
    try:
        array = np.asarray(detached, dtype=np.float64)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be a table of numbers, got {type(value).__name__}") from None
    if dims is not None and array.ndim != dims:
        raise ValueError(f"{name} must have {dims} dimension(s), got shape {array.shape}")
    if array.size == 0 and dims is not None:
        raise ValueError(f"{name} must not be empty, got shape {array.shape}")
    return array


def _column(name: str, value: object) -> Array:
    array = _array(name, value)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1 or array.size == 0:
        raise ValueError(f"{name} must have shape (n,) or (n, 1), got {array.shape}")
    return array


def _pair(first_name: str, first: object, name: str, value: object) -> tuple[Array, Array]:
    xs, ys = _column(first_name, first), _column(name, value)
    if len(xs) != len(ys):
        raise ValueError(f"{name} must have {first_name}'s length {len(xs)}, got {len(ys)}")
    return xs, ys


def _two(name: str, value: object) -> tuple[float, float]:
    """Return ``value``, two numbers."""
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise TypeError(f"{name} must be two numbers, got {value!r}")
    first, second = (_require.real(f"{name}[{i}]", each) for i, each in enumerate(value))
    return first, second


def _centres(name: str, value: object, *, log: bool) -> Array:
    centres = _column(name, value)
    if len(centres) < 2 or not (np.diff(centres) > 0).all():
        raise ValueError(f"{name} must hold two or more strictly increasing numbers")
    if log and centres[0] <= 0:
        raise ValueError(f"{name} must be positive on a logarithmic axis, got {centres[0]:g}")
    return centres


def _edges(centres: Array, *, log: bool) -> Array:
    if log:
        return cast(Array, np.exp(_edges(np.log(centres), log=False)))
    between = (centres[1:] + centres[:-1]) / 2
    return np.concatenate([[2 * centres[0] - between[0]], between, [2 * centres[-1] - between[-1]]])


def _theory(
    ax: Axes, points: tuple[ArrayLike, ArrayLike], *, label: str, halo: bool = False
) -> None:
    effects = [withStroke(linewidth=2.6, foreground="white")] if halo else None
    ax.plot(*points, color=color("theory"), linewidth=1.1, label=label, path_effects=effects,
            linestyle="-", zorder=4)  # fmt: skip
