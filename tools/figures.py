"""What a figure draws and writes, kept beside its picture by ``make outputs``.

Pictures of the two editions differ in their words, so they can't be compared by pixels. What is
compared in their place: for each axes the points of its lines, collections, patches and images, as
their count and the mean absolute values of x and y. The texts are kept too: a test looks for
English among the Chinese ones.

A kernel runs this file before the first cell (see ``tools.outputs``); it imports nothing of ours.
"""

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure
from matplotlib.text import Text

KEY = "figure"
FORMULA = re.compile(r"\$[^$]*\$")


def described(figure: Figure) -> dict[str, list[str]]:
    """Return the data and the texts of a figure, each as a list of lines."""
    return {"data": [_data(ax) for ax in figure.axes], "texts": list(dict.fromkeys(_texts(figure)))}


def _data(ax: Any) -> str:
    points = [line.get_xydata() for line in ax.lines]
    points += [one.get_patch_transform().transform(one.get_path().vertices) for one in ax.patches]
    for drawn in ax.collections:
        points.append(drawn.get_offsets())
        if isinstance(drawn, QuadMesh):  # a path for each of its cells takes long
            points.append(np.reshape(drawn.get_coordinates(), (-1, 2)))
        else:
            points += [path.vertices for path in drawn.get_paths()]
        if drawn.get_array() is not None:
            points.append(_column(drawn.get_array()))
    points += [_column(image.get_array()) for image in ax.images]
    table = np.concatenate([np.zeros((0, 2)), *(np.ma.filled(one, np.nan) for one in points)])
    finite = np.where(np.isfinite(table), table, 0.0)
    x, y = np.abs(finite).sum(axis=0) / max(len(table), 1)
    return f"{len(table)} points, mean |x| {x:.6g}, |y| {y:.6g}"


def _column(values: Any) -> Any:
    flat: Any = np.ma.filled(np.ma.asarray(values, dtype=float), np.nan).ravel()
    return np.stack([np.zeros_like(flat), flat], axis=1)


def _texts(figure: Figure) -> Iterator[str]:
    for ax in figure.axes:
        for axis in (ax.xaxis, ax.yaxis):
            axis.get_majorticklabels()  # they are made only when they are asked for
    for text in figure.findobj(Text):
        said = text.get_text() if isinstance(text, Text) else ""
        plain = said if "mathrm" in said or "\\text" in said else FORMULA.sub("", said)
        if text.get_visible() and any(sign.isalpha() for sign in plain):
            yield said


def install() -> None:
    """Let the inline backend say of each figure that it shows what is in it."""
    from matplotlib_inline import backend_inline

    plain: Any = backend_inline._fetch_figure_metadata

    def told(figure: Figure) -> dict[str, Any]:
        return {**(plain(figure) or {}), KEY: described(figure)}

    backend_inline._fetch_figure_metadata = told
