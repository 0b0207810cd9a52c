"""Labels at the ends of lines."""

from __future__ import annotations

from typing import cast

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.text import Annotation

from coursekit import _require
from coursekit.plots._axes import Array, _figure, _given

__all__ = ["direct_labels"]

_HALO = withStroke(linewidth=3, foreground="white")


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
        If ``ax`` are no axes, or ``gap`` no number of at least 1.

    Examples
    --------
    >>> from coursekit.plots import loss_curves
    >>> ax = direct_labels(loss_curves({"sgd": [3.0, 2.0], "adam": [3.0, 1.0]}))
    >>> [text.get_text() for text in ax.texts]
    ['SGD', 'Adam']
    """
    _require.real("gap", gap, low=1)
    if _given(ax) is None:
        raise TypeError("ax must be the axes whose lines to label, got None")
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
