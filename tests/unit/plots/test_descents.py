"""Surfaces and paths."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from matplotlib.axes import Axes
from numpy.testing import assert_allclose, assert_array_equal

from coursekit import plots
from coursekit.surfaces import get
from tests.unit.plots.cases import BOWL, STEPS, xy


def test_surface_shows_its_bounds_and_marks_its_minima(ax: Axes) -> None:
    himmelblau = get("himmelblau")
    plots.surface(himmelblau, ax)
    assert (ax.get_xlim(), ax.get_ylim()) == himmelblau.bounds
    (stars,) = ax.get_lines()
    assert_array_equal(xy(stars), himmelblau.minima)
    assert stars.get_linestyle() == "None"


def test_surface_levels_are_even_in_the_logarithm_of_the_height(ax: Axes) -> None:
    plots.surface(BOWL, ax, levels=10, resolution=51)
    filled = ax.collections[0]
    levels = filled.levels  # type: ignore[attr-defined]
    assert len(levels) == 11
    assert_allclose(np.diff(levels), np.diff(levels)[0])
    assert levels[-1] == pytest.approx(0)  # the highest point of the grid, relative to itself
    # A height that is a tenth of the highest one lies on the level -1.
    outline = ax.figure.add_subplot().contour(
        *BOWL.grid(51), levels=[float(BOWL.grid(51)[2].max()) / 10]
    )
    assert len(outline.get_paths()[0]) > 10


def test_contours_run_along_the_edges_of_the_fill(ax: Axes) -> None:
    plots.surface(BOWL, ax)
    filled, outlined = ax.collections
    levels = filled.levels  # type: ignore[attr-defined]
    assert len(levels) == 25
    assert_array_equal(levels, outlined.levels)  # type: ignore[attr-defined]


def test_contours_lie_where_the_surface_has_their_height(ax: Axes) -> None:
    valley = get("rosenbrock")
    raised = replace(valley, function=lambda theta: valley(theta) + 1000)
    plots.surface(raised, ax, levels=8)
    highest = float(valley.grid(201)[2].max())
    filled, outlined = ax.collections
    levels = filled.levels  # type: ignore[attr-defined]
    for drawn, width in ((filled, 1), (outlined, 0)):
        for i in range(4, 8):  # in the valley itself the grid is too coarse
            corners = torch.tensor(np.asarray(drawn.get_paths()[i].vertices))
            above = (valley(corners) / highest).log10().numpy()
            assert levels[i] - 0.05 <= above.min()
            assert above.max() <= levels[i + width] + 0.05
    dashes: Any = outlined.get_linestyle()
    assert {dash for _, dash in dashes} == {None}  # solid, below zero too


def test_surface_without_known_minima_is_even_in_the_height(ax: Axes) -> None:
    nowhere = replace(BOWL, minima=torch.empty(0, 2))
    plots.surface(nowhere, ax, levels=4, resolution=11)
    levels = ax.collections[0].levels  # type: ignore[attr-defined]
    assert_allclose(levels, np.linspace(0, float(BOWL.grid(11)[2].max()), 5), atol=1e-12)
    assert len(ax.get_lines()[0].get_xdata()) == 0  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "named"),
    [({"levels": 1}, "levels"), ({"levels": 2.0}, "levels"), ({"resolution": 1}, "resolution")],
)
def test_surface_names_what_is_wrong(options: dict[str, Any], named: str) -> None:
    with pytest.raises((TypeError, ValueError), match=f"^{named} must be an integer"):
        plots.surface(BOWL, **options)
    plots.surface(BOWL, levels=2, resolution=3)


def test_path_draws_every_run_with_ring_and_disc(ax: Axes) -> None:
    points = torch.stack([STEPS.points, STEPS.points + 1], dim=1)
    plots.path(points, ax, method="adam", label="ours")
    lines = ax.get_lines()
    assert_array_equal(xy(lines[0]), points[:, 0])
    assert_array_equal(xy(lines[3]), points[:, 1])
    assert {drawn.get_color() for drawn in lines} == {plots.color("adam")}
    assert lines[0].get_label() == "ours"
    assert all(str(drawn.get_label()).startswith("_") for drawn in lines[1:])
    ring, disc = lines[1], lines[2]
    assert_array_equal(xy(ring)[0], points[0, 0])
    assert_array_equal(xy(disc)[0], points[-1, 0])
    assert (ring.get_markerfacecolor(), disc.get_markerfacecolor()) == ("white", disc.get_color())


def test_path_ends_where_it_diverges_and_keeps_the_limits(ax: Axes) -> None:
    plots.surface(BOWL, ax)
    ax.set(xlim=(-3, 3), ylim=(-1, 2))
    limits = (ax.get_xlim(), ax.get_ylim())
    nan = float("nan")
    points = torch.tensor([[1.0, 1.0], [900.0, 2.0], [nan, nan]])
    plots.path(points, ax, method="sgd")
    assert (ax.get_xlim(), ax.get_ylim()) == limits
    assert_array_equal(xy(ax.get_lines()[-1]), points[1:2])


def test_path_keeps_the_limits_of_what_is_drawn(ax: Axes) -> None:
    ax.plot([0, 1], [0, 2])
    limits = (ax.get_xlim(), ax.get_ylim())
    plots.path(torch.tensor([[1.0, 1.0], [900.0, -800.0]]), ax, method="sgd")
    assert (ax.get_xlim(), ax.get_ylim()) == limits


def test_path_ends_at_the_last_point_of_which_both_coordinates_are_known(ax: Axes) -> None:
    plots.path(torch.tensor([[1.0, 1.0], [2.0, 2.0], [3.0, torch.nan]]), ax, method="sgd")
    assert_array_equal(xy(ax.get_lines()[-1]), [[2, 2]])


@pytest.mark.parametrize("dots", [True, False])
def test_path_marks_its_steps_unless_told(dots: bool, ax: Axes) -> None:
    plots.path(STEPS, ax, method="adam", dots=dots)
    line = ax.get_lines()[0]
    assert (line.get_marker(), line.get_label()) == ("." if dots else "", "Adam")


def test_path_names_what_is_no_table() -> None:
    with pytest.raises(TypeError, match=r"^path must be a table of numbers, got list"):
        plots.path(SimpleNamespace(points=[["a", "b"]]), method="sgd")


@pytest.mark.parametrize("drawn_on", [True, False])
def test_path_on_empty_axes_shows_all_of_itself(drawn_on: bool, ax: Axes) -> None:
    drawn = plots.path(torch.tensor([[5.0, 7.0], [9.0, -3.0]]), ax if drawn_on else None,
                       method="sgd")  # fmt: skip
    assert drawn.get_xlim()[0] < 5 < 9 < drawn.get_xlim()[1]
    assert drawn.get_ylim()[0] < -3 < 7 < drawn.get_ylim()[1]


@pytest.mark.parametrize("shape", [(3,), (4, 3), (2, 2, 1), (0, 2), (3, 0, 2)])
def test_path_refuses_points_that_are_not_in_the_plane(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"path must have points of shape \(steps \+ 1, ..., 2\)"):
        plots.path(torch.zeros(shape), method="sgd")
