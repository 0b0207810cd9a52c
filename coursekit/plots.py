"""Figures of the course: draw what the lower floors computed, and compute nothing themselves.

Every function takes ``ax=None`` (and then draws on the axes of a new figure), returns the
:class:`~matplotlib.axes.Axes` it drew on, and leaves matplotlib's global settings alone. A chapter
chooses the looks once, with ``plt.style.use("coursekit.course")``.

Methods are characters of a story: Adam has the same colour, dash and marker in every chapter. They
are kept in :data:`PALETTE`. Each colour has a contrast of at least 3:1 on white, and two characters
of one cast that share a dash differ in lightness, so that they part in grey print and with
colour-blind eyes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backend_bases import RendererBase
from matplotlib.colors import LinearSegmentedColormap, LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.text import Annotation
from matplotlib.ticker import LogFormatterMathtext, MaxNLocator
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from coursekit import _moved, _require

if TYPE_CHECKING:
    from coursekit.descent import Path
    from coursekit.surfaces import Surface

__all__ = [
    "PALETTE",
    "Look",
    "bars",
    "color",
    "direct_labels",
    "distribution",
    "fitted_line",
    "heatmap",
    "loss_curves",
    "path",
    "residuals",
    "style",
    "surface",
    "theory",
]

__getattr__ = _moved.forwarder(__name__)

Array = NDArray[np.float64]

_HALO = withStroke(linewidth=3, foreground="white")
_DIVERGED = "#C9CDD3"
_DEEPEST = 1e-6
_HEIGHTS = LinearSegmentedColormap.from_list("heights", ["#FFFFFF", "#DDE5EE", "#ABBDD1"])


class Look(NamedTuple):
    """How one character of the course is named and drawn."""

    label: str
    color: str
    linestyle: Any
    marker: str


_DASHED, _DOTTED = (0, (5, 1.6)), (0, (4, 1.2, 1, 1.2))

PALETTE: Mapping[str, Look] = MappingProxyType(
    {
        # Update rules: solid for the four main ones, each one's relatives dashed and dotted.
        "sgd": Look("SGD", "#1B5FAA", "-", "o"),
        "momentum": Look("momentum", "#DA7008", "-", "s"),
        "rmsprop": Look("RMSprop", "#14866D", "-", "^"),
        "adam": Look("Adam", "#8B1A4F", "-", "D"),
        "nesterov": Look("Nesterov", "#9C4A00", _DASHED, "s"),
        "adagrad": Look("Adagrad", "#4B3B8F", _DASHED, "v"),
        "adamw": Look("AdamW", "#D4588C", _DASHED, "D"),
        "adadelta": Look("Adadelta", "#2F6B4F", _DOTTED, "^"),
        "amsgrad": Look("AMSGrad", "#B05CB0", _DOTTED, "D"),
        # What is measured, and what it is held against.
        "data": Look("data", "#6F8196", "-", "o"),
        "fit": Look("fit", "#B23A0A", "-", "o"),
        "truth": Look("truth", "#1A1A1A", _DASHED, "*"),
        "theory": Look("theory", "#1A1A1A", "-", "_"),
        # The three sets.
        "train": Look("training", "#2B6CB0", "-", "o"),
        "validation": Look("validation", "#D9730D", _DASHED, "s"),
        "test": Look("test", "#6B2C6B", _DOTTED, "^"),
        # Batch regimes.
        "batch": Look("full batch", "#3A2466", "-", "o"),
        "mini-batch": Look("mini-batch", "#14866D", _DASHED, "s"),
        "stochastic": Look("one at a time", "#C97A1E", "-", "."),
        # The parts of an error.
        "bias": Look("bias²", "#1B5FAA", "-", "o"),
        "variance": Look("variance", "#DA7008", _DASHED, "s"),
        "noise": Look("noise", "#6B7480", _DOTTED, "^"),
        "error": Look("error", "#3A2466", "-", "D"),
    }
)
"""The looks of the course's characters, by name."""


def color(method: str) -> str:
    """Return the colour that ``method`` has in every chapter, as ``#RRGGBB``.

    Parameters
    ----------
    method
        A name in :data:`PALETTE`.

    Returns
    -------
    str
        The colour.

    Raises
    ------
    ValueError
        If ``method`` is not a name in :data:`PALETTE`.

    Examples
    --------
    >>> color("adam")
    '#8B1A4F'
    """
    return PALETTE[_require.choice("method", method, PALETTE)].color


def style(method: str) -> dict[str, Any]:
    """Return ``color``, ``linestyle`` and ``label`` of ``method``, as keywords for ``ax.plot``.

    Parameters
    ----------
    method
        A name in :data:`PALETTE`.

    Returns
    -------
    dict
        Ready to be unpacked: ``ax.plot(x, y, **style("sgd"))``.

    Raises
    ------
    ValueError
        If ``method`` is not a name in :data:`PALETTE`.

    Examples
    --------
    >>> style("sgd")
    {'color': '#1B5FAA', 'linestyle': '-', 'label': 'SGD'}
    """
    look = PALETTE[_require.choice("method", method, PALETTE)]
    return {"color": look.color, "linestyle": look.linestyle, "label": look.label}


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
        Number of contour levels, at least 2.
    resolution
        Points of the grid along each axis, at least 2.

    Returns
    -------
    matplotlib.axes.Axes
        The axes that were drawn on.

    Raises
    ------
    TypeError, ValueError
        If ``levels`` or ``resolution`` is no integer of at least 2.

    Examples
    --------
    >>> from coursekit.surfaces import get
    >>> ax = surface(get("himmelblau"))
    >>> ax.get_xlim() == get("himmelblau").bounds[0]
    True
    """
    _require.integer("levels", levels, low=2)
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
    path: Path | Tensor,
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
        If the points are not at least two-dimensional with a last dimension of 2, or ``method`` is
        not a name in :data:`PALETTE`.

    Examples
    --------
    >>> import torch
    >>> ax = path(torch.tensor([[2.0, 1.0], [1.0, 0.5], [0.5, 0.3]]), method="adam")
    >>> ax.get_lines()[0].get_label()
    'Adam'
    """
    look = style(method) | ({} if label is None else {"label": label})
    points = _array("path", path if isinstance(path, Tensor) else path.points)
    if points.ndim < 2 or points.shape[-1] != 2:
        raise ValueError(f"path must have points of shape (steps + 1, ..., 2), got {points.shape}")
    fresh = ax is None or not ax.has_data()
    ax = _axes(ax)
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


def loss_curves(
    curves: Mapping[str, Tensor | ArrayLike],
    ax: Axes | None = None,
    *,
    steps: ArrayLike | None = None,
    log: bool = True,
    quantiles: tuple[float, float] = (0.1, 0.9),
    xlabel: str = "step",
    ylabel: str = "loss",
) -> Axes:
    """Draw losses against steps; where there are many runs, their median and a band.

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
        Names of the axes.

    Returns
    -------
    matplotlib.axes.Axes
        The axes that were drawn on.

    Raises
    ------
    TypeError, ValueError
        If there are no curves, one has another shape, or the quantiles are out of order.

    Examples
    --------
    >>> ax = loss_curves({"adam": [[4.0, 5.0, 6.0], [1.0, 2.0, 4.0]]})
    >>> ax.get_lines()[0].get_ydata().tolist()
    [5.0, 2.0]
    """
    low = _require.real("quantiles[0]", quantiles[0], low=0, high=1)
    high = _require.real("quantiles[1]", quantiles[1], low=low, high=1, low_open=True)
    if not curves:
        raise ValueError("curves must hold at least one curve, got none")
    losses = {name: _array(f"curves[{name!r}]", values) for name, values in curves.items()}
    for name, values in losses.items():
        if values.ndim not in (1, 2):
            raise ValueError(
                f"curves[{name!r}] must have shape (steps,) or (steps, runs), got {values.shape}"
            )
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
    ax.set(xlabel=xlabel, ylabel=ylabel)
    return ax


def direct_labels(ax: Axes, *, gap: float = 1.15) -> Axes:
    """Write each line's label at its right end in its colour, nudged so that none overlaps.

    Lines whose label is empty or starts with an underscore are skipped, as in a legend, and so are
    points without a line, which have no end. The labels find their places anew whenever the figure
    is drawn, so they follow its layout and later limits; lines drawn later get none.

    Parameters
    ----------
    ax
        The axes whose lines to label.
    gap
        Least distance of two labels, in heights of a label, at least 1.

    Returns
    -------
    matplotlib.axes.Axes
        The axes that were drawn on.

    Raises
    ------
    TypeError, ValueError
        If ``gap`` is no number of at least 1.

    Examples
    --------
    >>> ax = direct_labels(loss_curves({"sgd": [3.0, 2.0], "adam": [3.0, 1.0]}))
    >>> [text.get_text() for text in ax.texts]
    ['SGD', 'Adam']
    """
    _require.real("gap", gap, low=1)
    ax.get_xlim()  # asking for a limit makes matplotlib compute those it has put off
    labels = _EndLabels(gap)
    ax.add_artist(labels)  # before its notes, so that layout and drawing come to it first
    for drawn in ax.get_lines():
        name = str(drawn.get_label())
        if name and not name.startswith("_") and drawn.get_linestyle() != "None":
            labels.notes[drawn] = ax.annotate(
                name,
                xy=(0, 0),
                xytext=(6, 0),
                textcoords="offset points",
                va="center",
                color=drawn.get_color(),
                annotation_clip=False,
                path_effects=[_HALO],
            )
    labels.place()
    return ax


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
        Shape ``(len(y), len(x))``. What is not finite is left out, and the hatched ground shows.
    x, y
        Positions of the cells' centres, strictly increasing; positive where the axis is log.
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
        If shapes do not match, an axis is not increasing, or a log scale meets no positive number.

    Examples
    --------
    >>> ax = heatmap([[1.0, 2.0], [3.0, float("inf")]], x=[0.1, 1.0], y=[0.1, 1.0])
    >>> ax.get_xscale(), ax.patch.get_hatch()
    ('log', '////')
    """
    columns = _centres("x", x, log=log_x)
    rows = _centres("y", y, log=log_y)
    table = _array("values", values, dims=2)
    if table.shape != (len(rows), len(columns)):
        raise ValueError(
            f"values must have shape (len(y), len(x)) = {(len(rows), len(columns))}, "
            f"got {table.shape}"
        )
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
    ax = _axes(ax)
    ends = np.array([xs.min(), xs.max()])
    ax.plot(xs, ys, "o", color=color("data"), alpha=0.55, markersize=4, markeredgewidth=0,
            label="data")  # fmt: skip
    if truth is not None:
        _theory(ax, (ends, truth[0] * ends + truth[1]), label="truth")
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
    ax.set(xlabel="fitted value", ylabel="residual")
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

    Parameters
    ----------
    samples
        One-dimensional (or a column), finite.
    ax
        Where to draw; a new figure if None.
    density
        Called with an array of positions, returns the density there.
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
        If the samples are not finite numbers, or ``bins`` is no positive integer.

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
    ax = _axes(ax)
    name = look["label"] if label is None else label
    ax.hist(drawn, bins=bins, density=True, color=look["color"], alpha=0.45, label=name)
    if density is not None:
        positions = np.linspace(*ax.get_xlim(), 300)
        _theory(ax, (positions, density(positions)), label="theory")
    if truth is not None:
        ax.axvline(truth, color=color("truth"), linestyle=PALETTE["truth"].linestyle, linewidth=1.2)
    ax.set(xlabel=xlabel, ylabel="density")
    return ax


def bars(
    counts: Mapping[str, float],
    ax: Axes | None = None,
    *,
    xlabel: str = "",
    fmt: str = "{:g}",
    methods: Sequence[str] | None = None,
) -> Axes:
    """Draw named numbers as horizontal bars, first on top, each with its number beside it.

    Parameters
    ----------
    counts
        Numbers by name; a pandas Series' ``to_dict()`` will do.
    ax
        Where to draw; a new figure if None.
    xlabel
        Name of the horizontal axis.
    fmt
        How the numbers are written.
    methods
        Whose colours the bars take, one a bar; all alike if None.

    Returns
    -------
    matplotlib.axes.Axes
        The axes that were drawn on.

    Raises
    ------
    TypeError, ValueError
        If there are no bars, or not one method a bar.

    Examples
    --------
    >>> ax = bars({"SGD": 120, "Adam": 45}, xlabel="steps")
    >>> [text.get_text() for text in ax.texts]
    ['120', '45']
    """
    if not counts:
        raise ValueError("counts must hold at least one number, got none")
    if methods is not None and len(methods) != len(counts):
        raise ValueError(f"methods must have length {len(counts)}, got {len(methods)}")
    lengths = [float(_require.real(f"counts[{name!r}]", n)) for name, n in counts.items()]
    colors = [color(m) for m in methods] if methods is not None else [color("data")] * len(counts)
    ax = _axes(ax)
    drawn = ax.barh(list(counts), lengths, color=colors, height=0.7)
    ax.bar_label(drawn, [fmt.format(n) for n in lengths], padding=4)
    ax.invert_yaxis()
    ax.margins(x=0.12)
    ax.grid(visible=False, axis="y")
    ax.set(xlabel=xlabel)
    return ax


def theory(
    x: Tensor | ArrayLike, y: Tensor | ArrayLike, ax: Axes | None = None, *, label: str = "theory"
) -> Axes:
    """Draw what theory says as a thin dark line.

    Parameters
    ----------
    x, y
        One-dimensional (or columns), of the same length.
    ax
        Where to draw; a new figure if None.
    label
        The line's name.

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
    _theory(ax, (xs, ys), label=label)
    return ax


def _axes(ax: Axes | None) -> Axes:
    return plt.figure().add_subplot() if ax is None else ax


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
    detached = value.detach().cpu().numpy() if isinstance(value, Tensor) else value
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


def _right_end(ax: Axes, drawn: Line2D) -> Array | None:
    """Return a line's last point between the left and right limit, in pixels inside the axes."""
    box = ax.get_window_extent()
    pixels = drawn.get_transform().transform(np.column_stack(drawn.get_data()).astype(float))
    x, y = pixels.T
    visible = np.isfinite(x) & np.isfinite(y) & (x > box.x0 - 1) & (x < box.x1 + 1)
    if not visible.any():
        return None
    return cast(Array, np.clip(pixels[visible][-1], box.min, box.max))


def _spread(wanted: Array, distance: float, bottom: float, top: float) -> Array:
    """Positions nearest to ``wanted`` (least squares), in its order, at least ``distance`` apart.

    With the k-th lowest moved down by ``k * distance`` the condition is that positions do not
    decrease, and pooling the neighbours that do is exact (isotonic regression).
    """
    order = np.argsort(wanted, kind="stable")
    offsets = distance * np.arange(len(wanted))
    pools: list[list[float]] = []
    for position in (wanted[order] - offsets).tolist():
        pools.append([position])
        while len(pools) > 1 and np.mean(pools[-2]) > np.mean(pools[-1]):
            last = pools.pop()
            pools[-1].extend(last)
    level = np.concatenate([np.full(len(pool), np.mean(pool)) for pool in pools])
    placed = np.empty_like(wanted)
    placed[order] = np.clip(level, bottom, max(bottom, top - offsets[-1])) + offsets
    return placed


class _EndLabels(Artist):
    """Moves the labels of lines to the lines' right ends when a figure is laid out or drawn.

    Where an end is on the page is known only after the layout, and to run that in order to place a
    label would cost as much again as the figure.
    """

    zorder = 0

    def __init__(self, gap: float) -> None:
        super().__init__()
        self.gap = gap
        self.notes: dict[Line2D, Annotation] = {}

    def get_tightbbox(self, renderer: RendererBase | None = None) -> None:  # noqa: ARG002
        self.place()

    def draw(self, renderer: RendererBase) -> None:  # noqa: ARG002 (matplotlib hands it over)
        self.place()

    def place(self) -> None:
        ax = cast(Axes, self.axes)
        ax.apply_aspect()
        ends = {line: end for line in self.notes if (end := _right_end(ax, line)) is not None}
        for line, note in self.notes.items():
            note.set_text(str(line.get_label()) if line in ends else "")
        if not ends:
            return
        for line, end in ends.items():
            self.notes[line].xy = tuple(ax.transData.inverted().transform(end))
        bounds = ax.get_window_extent()
        apart = self.gap * max(self.notes[line].get_window_extent().height for line in ends)
        wanted = np.array([end[1] for end in ends.values()])
        shifts = _spread(wanted, apart, bounds.y0, bounds.y1) - wanted
        for line, shift in zip(ends, shifts, strict=True):
            self.notes[line].set_position((6, shift * 72 / _figure(ax).dpi))
