"""Heat maps."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import LogNorm
from numpy.testing import assert_allclose, assert_array_equal

from coursekit import plots
from tests.unit.plots.cases import lab, linear, xy


def test_heatmap_cells_are_centred_where_they_belong(ax: Axes) -> None:
    values = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    plots.heatmap(values, [1, 10, 100], [0.0, 1.0], ax, log_y=False, xlabel="x", label="loss")
    (mesh,) = ax.collections
    assert isinstance(mesh, QuadMesh)
    corners: Any = mesh.get_coordinates()
    assert_allclose(corners[0, :, 0], 10 ** np.array([-0.5, 0.5, 1.5, 2.5]))
    assert_allclose(corners[:, 0, 1], [-0.5, 0.5, 1.5])
    assert_array_equal(np.reshape(np.asarray(mesh.get_array()), (2, 3)), values)
    assert (ax.get_xscale(), ax.get_yscale(), ax.get_xlabel()) == ("log", "linear", "x")
    assert mesh.colorbar is not None
    assert mesh.colorbar.ax.get_ylabel() == "loss"


def test_heatmap_cells_are_centred_on_a_log_axis_of_rows_too(ax: Axes) -> None:
    plots.heatmap(np.ones((3, 2)), [1.0, 2.0], [1, 10, 100], ax, log_x=False)
    (mesh,) = ax.collections
    corners: Any = mesh.get_coordinates()  # type: ignore[attr-defined]
    assert_allclose(corners[0, :, 0], [0.5, 1.5, 2.5])
    assert_allclose(corners[:, 0, 1], 10 ** np.array([-0.5, 0.5, 1.5, 2.5]))


def test_heatmap_leaves_diverged_cells_to_the_hatched_ground(ax: Axes) -> None:
    values = [[1.0, np.inf], [np.nan, 0.0]]
    plots.heatmap(values, [1, 2], [1, 2], ax, limits=(0.5, 8))
    (mesh,) = ax.collections
    shown: Any = mesh.get_array()
    assert_array_equal(np.ma.getmaskarray(shown).ravel(), [False, True, True, True])
    assert isinstance(mesh.norm, LogNorm)
    assert (mesh.norm.vmin, mesh.norm.vmax) == (0.5, 8)
    assert ax.patch.get_hatch()
    ground = linear(ax.patch.get_facecolor()[:3])  # type: ignore[arg-type]
    scale = plt.get_cmap("viridis_r")(np.linspace(0, 1, 64))[:, :3]
    distances = [np.linalg.norm(lab(ground) - lab(linear(tuple(c)))) for c in scale]  # type: ignore[arg-type]
    assert min(distances) > 20


def test_heatmaps_side_by_side_may_share_a_colour_bar(ax: Axes) -> None:
    plots.heatmap(np.ones((2, 2)), [1, 2], [1, 2], ax, colorbar=False)
    assert len(ax.figure.axes) == 1


def test_heatmap_theory_is_dark_on_top_and_keeps_the_limits(ax: Axes) -> None:
    plots.heatmap(np.ones((2, 2)), [1, 2], [1, 2], ax, theory=([0.01, 100], [0.1, 20]))
    (line,) = ax.get_lines()
    assert_array_equal(xy(line), [[0.01, 0.1], [100, 20]])
    assert line.get_color() == plots.color("theory")
    assert line.get_zorder() > ax.collections[0].get_zorder()
    assert ax.get_xlim()[1] < 4
    assert ax.get_ylim()[1] < 4


@pytest.mark.parametrize(
    ("values", "x", "y", "message"),
    [
        ([[1, 2]], [1, 2], [1, 2], r"values must have shape \(len\(y\), len\(x\)\) = \(2, 2\)"),
        (np.ones((2, 2)), [2, 1], [1, 2], "x must hold two or more strictly increasing"),
        (np.ones((2, 2)), [1, 1], [1, 2], "x must hold two or more strictly increasing"),
        (np.ones((2, 1)), [1], [1, 2], "x must hold two or more strictly increasing"),
        (np.ones((2, 2)), [[1, 2]], [1, 2], r"x must have shape \(n,\)"),
        (np.ones((2, 2)), [0, 2], [1, 2], "x must be positive on a logarithmic axis, got 0"),
        (np.ones((2, 2)), [1, 2], [0, 2], "y must be positive on a logarithmic axis, got 0"),
        (np.full((2, 2), np.nan), [1, 2], [1, 2], "values must hold a number"),
        (np.ones(2), [1, 2], [1, 2], "values must have 2 dimension"),
    ],
)
def test_heatmap_names_what_is_wrong(
    values: np.ndarray, x: list[float], y: list[float], message: str
) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        plots.heatmap(values, x, y)


@pytest.mark.parametrize("which", ["log_x", "log_y", "log_values"])
def test_each_of_a_heatmaps_scales_is_logarithmic_unless_told(which: str, ax: Axes) -> None:
    plots.heatmap([[1, 2], [4, 8]], [1, 10], [1, 10], ax, **{which: False})  # type: ignore[arg-type]
    (mesh,) = ax.collections
    scales = (ax.get_xscale(), ax.get_yscale(), mesh.norm.__class__.__name__)
    expected = {"log_x": "log", "log_y": "log", "log_values": "LogNorm"}
    expected[which] = "Normalize" if which == "log_values" else "linear"
    assert scales == tuple(expected.values())
    ticks = (type(axis.get_major_formatter()).__name__ for axis in (ax.xaxis, ax.yaxis))
    assert [tick == "_PlainLog" for tick in ticks] == [which != "log_x", which != "log_y"]


def test_heatmap_on_a_linear_scale_shows_zero_and_below(ax: Axes) -> None:
    plots.heatmap([[-1.0, 0.0], [2.0, np.inf]], [-1, 1], [0, 1], ax, log_x=False, log_y=False,
                  log_values=False)  # fmt: skip
    (mesh,) = ax.collections
    shown: Any = mesh.get_array()
    assert_array_equal(np.ma.getmaskarray(shown).ravel(), [False, False, False, True])
    assert (mesh.norm.vmin, mesh.norm.vmax) == (-1, 2)


def test_a_colour_bar_stands_close_without_a_frame(ax: Axes) -> None:
    plots.heatmap([[1, 2], [4, 8]], [1, 10], [1, 10], ax)
    (mesh,) = ax.collections
    bar: Any = mesh.colorbar
    assert bar.ax.get_ylabel() == ""
    assert not bar.outline.get_visible()
    ax.figure.canvas.draw()
    assert 0 < bar.ax.get_position().x0 - ax.get_position().x1 < 0.05
    assert type(bar.ax.yaxis.get_major_formatter()).__name__ == "_PlainLog"


def test_theory_over_cells_is_named_and_has_a_halo(ax: Axes) -> None:
    plots.heatmap(np.ones((2, 2)), [1, 2], [1, 2], ax, theory=([1, 2], [1, 2]))
    (over_cells,) = ax.get_lines()
    assert over_cells.get_label() == "theory"
    (halo,) = over_cells.get_path_effects()
    assert vars(halo)["_gc"] == {"linewidth": 2.6, "foreground": "white"}
    assert not plots.theory([0, 1], [0, 1]).get_lines()[0].get_path_effects()
