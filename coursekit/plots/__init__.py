"""Figures of the course: draw what the lower floors computed.

Every function that draws takes ``ax=None`` (and then draws on the axes of a new figure; what is
neither None nor axes raises ``TypeError``), returns the :class:`~matplotlib.axes.Axes` it drew on,
and leaves matplotlib's global settings alone. :func:`direct_labels` needs the axes it labels. A
chapter chooses the looks once, with ``plt.style.use("coursekit.course")``.

Methods are characters of a story: Adam has the same colour, dash and marker in every chapter. They
are kept in :data:`PALETTE`. Each colour has a contrast of at least 3:1 on white, and two characters
of one cast that share a dash differ in lightness, so that they part in grey print and with
colour-blind eyes.
"""

from coursekit import _moved
from coursekit.plots.curves import loss_curves, theory
from coursekit.plots.descents import path, surface
from coursekit.plots.labels import direct_labels
from coursekit.plots.palette import PALETTE, Look, color, style
from coursekit.plots.statistics import distribution, fitted_line, residuals
from coursekit.plots.tables import heatmap

__all__ = [
    "PALETTE",
    "Look",
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
