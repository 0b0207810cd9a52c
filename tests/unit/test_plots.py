"""Figures, asserted on their artists: data, labels, limits, colours; and what must not change."""

import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from itertools import chain, combinations
from types import SimpleNamespace
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import LogNorm, to_rgb, to_rgba
from numpy.testing import assert_allclose, assert_array_equal
from torch import Tensor

from coursekit import plots
from coursekit.descent import descend
from coursekit.optim import SGD
from coursekit.plots import descents, tables
from coursekit.surfaces import get

mpl.use("agg")


@pytest.fixture(autouse=True)
def _course_style() -> Iterator[None]:
    with plt.style.context("coursekit.course"):
        yield
    plt.close("all")


@pytest.fixture
def ax() -> Axes:
    return plt.figure().add_subplot()


def xy(drawn: Any) -> np.ndarray:
    return np.column_stack(drawn.get_data())


BOWL = get("bowl")
STEPS = descend(BOWL, BOWL.start, SGD(lr=0.1), steps=5)
CALLS: dict[str, Callable[[Axes | None], Axes]] = {
    "surface": lambda ax: plots.surface(BOWL, ax),
    "path": lambda ax: plots.path(STEPS, ax, method="sgd"),
    "loss_curves": lambda ax: plots.loss_curves({"sgd": STEPS.values}, ax),
    "heatmap": lambda ax: plots.heatmap([[1, 2], [3, 4]], [1, 10], [1, 10], ax),
    "fitted_line": lambda ax: plots.fitted_line([0, 1], [1, 2], 1.0, 1.0, ax, truth=(1.0, 1.0)),
    "residuals": lambda ax: plots.residuals([1, 2], [0.1, -0.1], ax),
    "distribution": lambda ax: plots.distribution([1.0, 2.0, 2.5], ax, density=np.ones_like),
    "theory": lambda ax: plots.theory([0, 1], [0, 1], ax),
}


@pytest.mark.parametrize("name", CALLS)
def test_draws_on_the_given_axes_and_touches_nothing_else(name: str, ax: Axes) -> None:
    settings, figures = dict(mpl.rcParams), plt.get_fignums()
    state = torch.random.get_rng_state()
    assert CALLS[name](ax) is ax
    assert ax.has_data()
    assert dict(mpl.rcParams) == settings
    assert plt.get_fignums() == figures
    assert torch.equal(torch.random.get_rng_state(), state)


@pytest.mark.parametrize("name", CALLS)
def test_makes_one_new_figure_without_axes(name: str, ax: Axes) -> None:
    before = len(plt.get_fignums())
    drawn = CALLS[name](None)
    assert drawn.figure is not ax.figure
    assert len(plt.get_fignums()) == before + 1


@pytest.mark.parametrize(
    ("name", "xlabel", "ylabel"),
    [
        ("surface", r"$\theta_1$", r"$\theta_2$"),
        ("path", "", ""),
        ("loss_curves", "step", "loss"),
        ("heatmap", "", ""),
        ("fitted_line", "$x$", "$y$"),
        ("residuals", "fitted value", "residual"),
        ("distribution", "", "density"),
        ("theory", "", ""),
    ],
)
def test_axes_are_named_for_what_they_show(name: str, xlabel: str, ylabel: str) -> None:
    ax = CALLS[name](None)
    assert (ax.get_xlabel(), ax.get_ylabel()) == (xlabel, ylabel)


def test_names_that_are_given_are_the_axes_names() -> None:
    ax = plots.loss_curves({"a": [1, 2]}, xlabel="epoch", ylabel="error")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("epoch", "error")
    ax = plots.heatmap(np.ones((2, 2)), [1, 2], [1, 2], xlabel="rate", ylabel="decay")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("rate", "decay")
    assert plots.distribution([1.0, 2.0], xlabel="slope").get_xlabel() == "slope"
    assert plots.theory([0, 1], [0, 1], label="limit").get_lines()[0].get_label() == "limit"
    assert plots.theory([0, 1], [0, 1]).get_lines()[0].get_label() == "theory"


def line_at(number: int) -> Callable[[Axes], Any]:
    return lambda ax: ax.get_lines()[number]


POINTS = {"marker": "o", "linestyle": "None", "markersize": 4, "markeredgewidth": 0, "alpha": 0.55,
          "color": plots.color("data")}  # fmt: skip
LOOKS: dict[str, tuple[str, Callable[[Axes], Any], dict[str, object]]] = {
    "minima": ("surface", line_at(0), {"marker": "*", "markersize": 11, "zorder": 4,
                                       "color": plots.color("truth"), "markeredgecolor": "white"}),
    "heights": ("surface", lambda ax: ax.collections[0], {"cmap": descents._HEIGHTS}),
    "contours": ("surface", lambda ax: ax.collections[1], {"linewidth": 0.4,
                                                           "edgecolor": to_rgba("#7C8EA3")}),
    "steps": ("path", line_at(0), {"marker": ".", "markersize": 4, "zorder": 5}),
    "start": ("path", line_at(1), {"marker": "o", "zorder": 6, "linestyle": "None"}),
    "end": ("path", line_at(2), {"marker": "o", "zorder": 6, "markeredgecolor": "white"}),
    "data": ("fitted_line", line_at(0), POINTS),
    "residuals": ("residuals", line_at(1), POINTS),
    "zero": ("residuals", line_at(0), {"linewidth": 1, "color": plots.color("theory")}),
    "histogram": ("distribution", lambda ax: ax.patches[0], {"alpha": 0.45}),
    "theory": ("theory", line_at(0), {"linewidth": 1.1, "linestyle": "-", "zorder": 4,
                                      "color": plots.color("theory")}),
    "truth": ("fitted_line", line_at(1), {"linewidth": 1.1, "color": plots.color("theory")}),
    "diverged": ("heatmap", lambda ax: ax.patch, {"hatch": "////", "linewidth": 0,
                                                      "facecolor": to_rgba(tables._DIVERGED),
                                                      "edgecolor": to_rgba("#8A9099")}),
    "cells": ("heatmap", lambda ax: ax.collections[0], {"rasterized": True}),
}  # fmt: skip


@pytest.mark.parametrize(("name", "artist", "look"), LOOKS.values(), ids=LOOKS)
def test_a_look_is_the_same_in_every_chapter(
    name: str, artist: Callable[[Axes], Any], look: dict[str, object], ax: Axes
) -> None:
    drawn = artist(CALLS[name](ax))
    for key, value in look.items():
        assert np.all(plt.getp(drawn, key) == value), key


@pytest.mark.parametrize("name", ["surface", "heatmap"])
def test_no_grid_runs_over_filled_axes(name: str, ax: Axes) -> None:
    CALLS[name](ax)
    assert not any(line.get_visible() for line in [*ax.get_xgridlines(), *ax.get_ygridlines()])


def test_every_public_function_is_tried_above() -> None:
    helpers = {"PALETTE", "Look", "color", "style", "direct_labels"}
    assert set(plots.__all__) - helpers == set(CALLS)


# The style.


def test_the_style_loads_without_a_warning_and_draws_with_what_matplotlib_ships() -> None:
    code = (
        "import warnings; warnings.simplefilter('error')\n"
        "import matplotlib; matplotlib.use('agg'); import matplotlib.pyplot as plt\n"
        "plt.style.use('coursekit.course')\n"
        "ax = plt.figure().add_subplot(xlabel=r'$\\hat{v}_t$', ylabel='−η · ‖g‖²', title='κ ≤ ∞')\n"
        "ax.plot([1, 2]); ax.figure.canvas.draw()\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_the_style_is_what_the_chapters_count_on() -> None:
    settings = mpl.rcParams
    assert settings["figure.figsize"] == [7.2, 3.6]
    assert settings["figure.dpi"] == 100
    assert settings["figure.constrained_layout.use"]
    assert not settings["savefig.transparent"]
    assert not settings["axes.spines.top"]
    assert not settings["axes.spines.right"]
    assert settings["font.sans-serif"] == ["DejaVu Sans"]


# The palette. Machado, Oliveira & Fernandes (2009), severity 1, applied to linear RGB.

SIGHT = {
    "full": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)


def linear(name: str) -> np.ndarray:
    c = np.array(to_rgb(name))
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    x, y, z = TO_XYZ @ np.clip(rgb, 0, 1) / TO_XYZ.sum(1)
    fx, fy, fz = (
        np.cbrt(c) if c > (6 / 29) ** 3 else c / (3 * (6 / 29) ** 2) + 4 / 29 for c in (x, y, z)
    )
    return np.array([116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)])


CASTS = {
    "rules": ["sgd", "momentum", "rmsprop", "adam", "nesterov", "adagrad", "adamw", "adadelta",
              "amsgrad"],
    "fit": ["data", "fit", "truth"],
    "sets": ["train", "validation", "test"],
    "batches": ["batch", "mini-batch", "stochastic"],
    "errors": ["bias", "variance", "noise", "error"],
}  # fmt: skip


def test_every_character_belongs_to_a_cast() -> None:
    cast = {*chain.from_iterable(CASTS.values()), "theory"}
    assert not plots.PALETTE.keys() - cast, "has a look, and no part in CASTS above"
    assert not cast - plots.PALETTE.keys(), "has a part in CASTS, and no look in plots/palette.py"


@pytest.mark.parametrize("name", plots.PALETTE)
def test_colours_stand_out_from_white(name: str) -> None:
    luminance = float(TO_XYZ[1] @ linear(plots.color(name)))
    assert 1.05 / (luminance + 0.05) >= 3  # WCAG 2.1, 1.4.11


def cycled() -> list[tuple[str, str, str]]:
    with plt.style.context("coursekit.course"):
        cycle = mpl.rcParams["axes.prop_cycle"]
        return [
            (f"line {number} of the cycle", f"#{c['color'].removeprefix('#')}", c["linestyle"])
            for number, c in enumerate(cycle, 1)
        ]


def pairs() -> Iterator[tuple[str, str, str]]:
    """Two characters that share a stage and a dash, and their colours."""
    stages = [
        [(name, plots.PALETTE[name].color, plots.PALETTE[name].linestyle) for name in names]
        for names in ([*cast, "theory"] for cast in CASTS.values() if {*cast} <= {*plots.PALETTE})
    ]
    for stage in [*stages, cycled()]:
        for (one, first, dash), (other, second, other_dash) in combinations(stage, 2):
            if dash == other_dash:
                yield f"{one} and {other}", first, second


@pytest.mark.parametrize(
    ("first", "second"), [pytest.param(a, b, id=names) for names, a, b in pairs()]
)
def test_characters_part_in_grey_and_with_colour_blind_eyes(first: str, second: str) -> None:
    one, other = linear(first), linear(second)
    assert abs(lab(one)[0] - lab(other)[0]) >= 7
    for matrix in SIGHT.values():
        assert np.linalg.norm(lab(matrix @ one) - lab(matrix @ other)) >= 12


def test_an_unknown_character_is_named_with_its_neighbour() -> None:
    with pytest.raises(ValueError, match=r"method must be one of .*'adam'.*did you mean 'adam'"):
        plots.color("adma")
    with pytest.raises(TypeError, match="method"):
        plots.style(3)  # type: ignore[arg-type]


def test_line_gives_what_plot_takes(ax: Axes) -> None:
    (drawn,) = ax.plot([0, 1], **plots.style("adamw"))
    assert (drawn.get_color(), drawn.get_label()) == (plots.color("adamw"), "AdamW")
    assert drawn.get_linestyle() == "--"


# Surfaces and paths.


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
    [({"levels": 1}, "levels"), ({"levels": 2.0}, "levels"), ({"resolution": 1}, "points")],
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
        plots.path(SimpleNamespace(points=[["a", "b"]]), method="sgd")  # type: ignore[arg-type]


@pytest.mark.parametrize("drawn_on", [True, False])
def test_path_on_empty_axes_shows_all_of_itself(drawn_on: bool, ax: Axes) -> None:
    drawn = plots.path(torch.tensor([[5.0, 7.0], [9.0, -3.0]]), ax if drawn_on else None,
                       method="sgd")  # fmt: skip
    assert drawn.get_xlim()[0] < 5 < 9 < drawn.get_xlim()[1]
    assert drawn.get_ylim()[0] < -3 < 7 < drawn.get_ylim()[1]


@pytest.mark.parametrize("shape", [(3,), (4, 3), (2, 2, 1)])
def test_path_refuses_points_that_are_not_in_the_plane(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"path must have points of shape \(steps \+ 1, ..., 2\)"):
        plots.path(torch.zeros(shape), method="sgd")


# Loss curves and their labels.


def test_loss_curves_draw_median_and_band(ax: Axes) -> None:
    runs = torch.arange(1.0, 12.0).repeat(4, 1)  # in each of four steps the losses 1, 2, ..., 11
    runs[2, 0] = float("nan")  # a diverged run is the worst, not left out
    plots.loss_curves({"adam": runs}, ax, quantiles=(0.1, 0.9))
    (middle,), (band,) = ax.get_lines(), ax.collections
    assert_array_equal(middle.get_ydata(), [6, 6, 7, 6])
    edges: Any = band.get_paths()[0].vertices
    assert [sorted(edges[edges[:, 0] == step, 1])[0] for step in (1, 2)] == [2, 3]
    assert [sorted(edges[edges[:, 0] == step, 1])[-1] for step in (1, 2)] == [10, 11]
    assert middle.get_color() == plots.color("adam")
    assert_array_equal(np.asarray(band.get_facecolor())[0, :3], to_rgb(plots.color("adam")))
    assert (ax.get_yscale(), middle.get_label()) == ("log", "Adam")


def test_loss_curves_take_strangers_steps_and_a_linear_axis(ax: Axes) -> None:
    plots.loss_curves({"mine": [3.0, 2.0]}, ax, steps=[10, 20], log=False, ylabel="MSE")
    (drawn,) = ax.get_lines()
    assert_array_equal(xy(drawn), [[10, 3], [20, 2]])
    assert (drawn.get_label(), ax.get_yscale(), ax.get_ylabel()) == ("mine", "linear", "MSE")


def test_ticks_of_a_log_axis_are_plain_numbers_where_those_are_short(ax: Axes) -> None:
    plots.loss_curves({"sgd": [0.7, 0.21]}, ax)
    ax.figure.canvas.draw()
    shown = [label.get_text() for label in ax.get_yticklabels(which="both")]
    assert {"0.3", "0.6"} <= set(shown)
    plots.loss_curves({"sgd": [1e6, 1e-6]}, ax)
    ax.figure.canvas.draw()
    assert any("10^{-6}" in label.get_text() for label in ax.get_yticklabels())
    assert not any("0.6" in label.get_text() for label in ax.get_yticklabels(which="both"))


def test_a_loss_of_zero_is_left_out_of_a_log_axis(ax: Axes) -> None:
    plots.loss_curves({"a": [1.0, 0.0, 1.0]}, ax)
    with np.errstate(divide="ignore"):
        assert not np.isfinite(ax.yaxis.get_transform().transform([0.0]))


def test_curves_name_what_is_no_table() -> None:
    with pytest.raises(TypeError, match=r"^curves\['a'\] must be a table of numbers"):
        plots.loss_curves({"a": ["x"]})


def test_what_carries_a_gradient_is_drawn_as_numbers(ax: Axes) -> None:
    plots.theory([0, 1], torch.ones(2, requires_grad=True), ax)
    assert_array_equal(ax.get_lines()[0].get_ydata(), [1, 1])


def test_steps_that_are_counted_are_whole_numbers(ax: Axes) -> None:
    plots.loss_curves({"a": [3, 2, 1]}, ax)
    assert all(tick == round(tick) for tick in ax.get_xticks())
    other = plots.loss_curves({"a": [3, 2, 1]}, steps=[0.0, 0.5, 1.0])
    assert not all(tick == round(tick) for tick in other.get_xticks())


def test_the_band_is_from_the_first_to_the_last_decile_by_default(ax: Axes) -> None:
    plots.loss_curves({"a": torch.arange(1.0, 12.0).repeat(2, 1)}, ax, steps=[10, 20])
    (band,), (middle,) = ax.collections, ax.get_lines()
    assert_array_equal(xy(middle), [[10, 6], [20, 6]])
    edges: Any = band.get_paths()[0].vertices
    assert (edges[:, 1].min(), edges[:, 1].max()) == (2, 10)
    assert plt.getp(band, "alpha") == 0.18
    assert np.all(plt.getp(band, "linewidth") == 0)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.001, "0.001"), (10.0, "10"), (1000.0, "1000"), (1e-4, "10^{-4}"), (1e4, "10^{4}")],
)
def test_a_tick_is_a_plain_number_between_a_thousandth_and_some_thousands(
    value: float, text: str, ax: Axes
) -> None:
    plots.loss_curves({"sgd": [1e-5, 1e5]}, ax)
    formatter = ax.yaxis.get_major_formatter()
    formatter.set_locs([value])
    shown = formatter(value)
    assert shown == text if "^" not in text else text in shown


@pytest.mark.parametrize(
    ("curves", "options", "message"),
    [
        ({}, {}, "curves must hold at least one"),
        ({"a": torch.zeros(2, 2, 2)}, {}, r"curves\['a'\] must have shape"),
        ({"a": [1, 2]}, {"steps": [1, 2, 3]}, "steps must have length 2"),
        (
            {"a": [1, 2]},
            {"steps": [[1, 2]]},
            r"steps must have 1 dimension\(s\), got shape \(1, 2\)",
        ),
        ({"a": [1, 2]}, {"steps": []}, r"steps must not be empty, got shape \(0,\)"),
        ({"a": [1, 2]}, {"quantiles": (0.9, 0.1)}, r"quantiles\[1\] must be .*\(0.9, 1\], got 0.1"),
        ({"a": [1, 2]}, {"quantiles": (0.5, 0.5)}, r"quantiles\[1\] must be in \(0.5, 1\]"),
        ({"a": [1, 2]}, {"quantiles": (-0.1, 0.5)}, r"quantiles\[0\] must be in \[0, 1\]"),
        ({"a": [1, 2]}, {"quantiles": (1.1, 1.2)}, r"quantiles\[0\] must be in \[0, 1\]"),
        ({"a": [1, 2]}, {"quantiles": (0.0, 1.1)}, r"quantiles\[1\] must be in \(0, 1\]"),
    ],
)
def test_loss_curves_name_what_is_wrong(
    curves: dict[str, Tensor], options: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        plots.loss_curves(curves, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("scale", ["linear", "log"])
@pytest.mark.parametrize("ends", [[1.0] * 9, [1, 1.01, 1.02, 50, 50.1, 99, 99.9, 100, 100]])
def test_direct_labels_never_overlap_and_stay_in_order(
    ax: Axes, scale: str, ends: list[float]
) -> None:
    for i, end in enumerate(ends):
        ax.plot([0, 1], [10, end], label=f"line {i}")
    ax.set_yscale(scale)
    assert plots.direct_labels(ax) is ax
    ax.figure.canvas.draw()
    boxes = [text.get_window_extent() for text in ax.texts]
    assert [text.get_text() for text in ax.texts] == [f"line {i}" for i in range(len(ends))]
    assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))
    middles = [(box.y0 + box.y1) / 2 for box in boxes]
    assert middles == sorted(middles)
    axes_box = ax.get_window_extent()
    assert all(box.x0 >= axes_box.x0 for box in boxes)
    assert all(axes_box.y0 - 10 <= middle <= axes_box.y1 + 10 for middle in middles)


def test_a_lonely_label_sits_at_its_line_in_its_colour(ax: Axes) -> None:
    ax.plot([0, 1], [0, 5], **plots.style("adam"))
    ax.plot([0, 1, 2], [0, 1, np.nan], **plots.style("sgd"))
    ax.plot([0, 2], [4, 4], label="_unnamed")
    plots.direct_labels(ax)
    ax.figure.canvas.draw()
    assert [(t.get_text(), t.get_color()) for t in ax.texts] == [
        ("Adam", plots.color("adam")),
        ("SGD", plots.color("sgd")),
    ]
    for text, end in zip(ax.texts, [(1, 5), (1, 1)], strict=True):
        assert len(text.get_path_effects()) == 1  # a halo, to be read over a line
        assert text.get_position()[0] == 6
        box, at = text.get_window_extent(), ax.transData.transform(end)
        assert (box.y0 + box.y1) / 2 == pytest.approx(at[1], abs=1)
        assert 0 < box.x0 - at[0] < 15


@pytest.mark.parametrize("gap", [None, 9])
def test_labels_stand_as_far_apart_as_the_gap_says(gap: float | None, ax: Axes) -> None:
    for name in "ab":
        ax.plot([0, 1], [0, 1], label=name)
    plots.direct_labels(ax, **({} if gap is None else {"gap": gap}))
    ax.figure.canvas.draw()
    low, high = (text.get_window_extent() for text in ax.texts)
    expected = (gap or 1.15) * max(low.height, high.height)
    assert high.y0 - low.y0 == pytest.approx(expected, abs=1.5)


def test_a_label_stands_at_the_last_point_that_the_axes_show(ax: Axes) -> None:
    ax.plot([0, 1, 2, 3], [0, 1, 2, 3], label="out")
    ax.plot([-5, -4], [0, 1], label="left of all")
    ax.set(xlim=(-1, 2.5), ylim=(-1, 4))
    plots.direct_labels(ax)
    ax.figure.canvas.draw()
    text, hidden = ax.texts
    assert hidden.get_text() == ""
    box = text.get_window_extent()
    assert (box.y0 + box.y1) / 2 == pytest.approx(ax.transData.transform((2, 2))[1], abs=1)


@pytest.mark.parametrize("dpi", [100, 200])
def test_labels_keep_inside_the_figure_in_whatever_resolution_it_is_saved(dpi: int) -> None:
    with plt.style.context("coursekit.course"):
        figure, (_, right) = plt.subplots(1, 2)
        right.plot([0, 40], [0, 1], label="without correction")
        plots.direct_labels(right)
        figure.savefig(BytesIO(), dpi=dpi)
        figure.draw_without_rendering()
    (text,) = right.texts
    box = text.get_window_extent()
    assert right.get_window_extent().x1 - 10 < box.x0
    assert box.x1 <= figure.bbox.x1


def test_labels_follow_later_limits_and_leave_with_their_line(ax: Axes) -> None:
    ax.plot([0, 1, 2], [0, 1, 2], label="long")
    ax.plot([2, 3], [0, 0], label="late")
    plots.direct_labels(ax)
    ax.set(xlim=(0, 1), ylim=(0, 4))
    ax.figure.canvas.draw()
    long, late = ax.texts
    box = long.get_window_extent()
    assert (box.y0 + box.y1) / 2 == pytest.approx(ax.transData.transform((1, 1))[1], abs=1)
    assert late.get_text() == ""


def test_parts_of_a_figure_are_drawn_on_as_figures_are() -> None:
    parts: Any = plt.figure().subfigures(1, 2)
    left, right = parts
    plots.heatmap(np.ones((2, 2)), [1, 2], [1, 2], left.add_subplot())
    labelled = plots.direct_labels(plots.loss_curves({"a": [2, 1]}, right.add_subplot()))
    assert [text.get_text() for text in labelled.texts] == ["a"]


def test_gaps_below_one_are_refused(ax: Axes) -> None:
    with pytest.raises(ValueError, match=r"^gap must be finite and >= 1, got 0.9"):
        plots.direct_labels(ax, gap=0.9)


def test_points_without_a_line_get_no_label_at_an_end_they_do_not_have(ax: Axes) -> None:
    plots.fitted_line([0, 1], [0, 1], 1.0, 0.0, ax)
    plots.direct_labels(ax)
    assert [text.get_text() for text in ax.texts] == ["fit"]


def test_labels_of_lines_that_leave_the_axes_stay_at_the_edge(ax: Axes) -> None:
    ax.plot([0, 1], [0, 1e9], label="up")
    ax.axhline(2, label="level")
    ax.set(ylim=(0, 10), xlim=(0, 1))
    plots.direct_labels(ax)
    ax.figure.canvas.draw()
    box = ax.get_window_extent()
    up, level = ((t.get_window_extent().y0 + t.get_window_extent().y1) / 2 for t in ax.texts)
    assert up == pytest.approx(box.y1, abs=2)
    assert level == pytest.approx(ax.transData.transform((0, 2))[1], abs=2)


# Heat maps.


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


# Lines, residuals, distributions.


def test_fit_line_draws_data_fit_and_truth(ax: Axes) -> None:
    x, y = torch.tensor([[0.0], [2.0]]), torch.tensor([[1.0], [7.5]])
    plots.fitted_line(x, y, 3.0, 1.0, ax, truth=(2.0, 0.5))
    named = {str(line.get_label()): line for line in ax.get_lines()}
    assert_array_equal(xy(named["data"]), [[0, 1], [2, 7.5]])
    assert_array_equal(xy(named["fit"]), [[0, 1], [2, 7]])
    assert_array_equal(xy(named["truth"]), [[0, 0.5], [2, 4.5]])
    assert named["data"].get_linestyle() == "None"


def test_residuals_stand_around_zero(ax: Axes) -> None:
    plots.residuals([1, 2], [0.5, -0.5], ax)
    zero, points = ax.get_lines()
    assert_array_equal(zero.get_ydata(), [0, 0])
    assert_array_equal(xy(points), [[1, 0.5], [2, -0.5]])


@pytest.mark.parametrize(
    ("draw", "first", "second"),
    [
        (plots.residuals, "fitted", "residuals"),
        (plots.theory, "x", "y"),
        (lambda x, y: plots.fitted_line(x, y, 1.0, 0.0), "x", "y"),
    ],
)
def test_pairs_must_match(draw: Any, first: str, second: str) -> None:
    with pytest.raises(ValueError, match=rf"^{second} must have {first}'s length 2, got 3"):
        draw([1, 2], [1, 2, 3])
    with pytest.raises(TypeError, match=f"^{first} must be a table of numbers, got list"):
        draw(["a", "b"], [1, 2])
    with pytest.raises(TypeError, match=f"^{second} must be a table of numbers, got list"):
        draw([1, 2], ["a", "b"])
    for bad in (1.0, [], [[1.0, 2.0]], [[[1.0]]]):
        with pytest.raises(ValueError, match=rf"^{first} must have shape \(n,\) or \(n, 1\), got"):
            draw(bad, [1, 2])


def test_fit_line_names_what_is_wrong() -> None:
    with pytest.raises(TypeError, match=r"^slope must be a real number"):
        plots.fitted_line([0, 1], [0, 1], "1", 0.0)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^intercept must be finite"):
        plots.fitted_line([0, 1], [0, 1], 1.0, np.inf)


def test_distribution_has_area_one_and_theory_over_it(ax: Axes) -> None:
    samples = torch.linspace(0, 1, 101)
    plots.distribution(samples, ax, density=lambda x: 2 * x, truth=0.5, bins=10, method="fit")
    area = sum(bar.get_width() * bar.get_height() for bar in ax.patches)  # type: ignore[attr-defined]
    assert area == pytest.approx(1)
    assert len(ax.patches) == 10
    curve, truth = ax.get_lines()
    x, y = np.array(curve.get_data())
    assert_allclose(y, 2 * x)
    assert (curve.get_color(), list(truth.get_xdata())) == (plots.color("theory"), [0.5, 0.5])  # type: ignore[arg-type]


@pytest.mark.parametrize("label", [None, "estimates"])
def test_distribution_has_forty_bars_of_one_name(label: str | None, ax: Axes) -> None:
    plots.distribution(torch.arange(50.0), ax, label=label, truth=3.0, density=np.ones_like)
    assert len(ax.patches) == 40
    assert {bar.get_facecolor()[:3] for bar in ax.patches} == {to_rgb(plots.color("data"))}
    _, named = ax.get_legend_handles_labels()
    assert named == [label or "data", "theory"]
    curve, truth = ax.get_lines()
    assert len(curve.get_xdata()) == 300  # type: ignore[arg-type]
    assert (truth.get_color(), truth.get_linestyle()) == (plots.color("truth"), "--")
    assert truth.get_linewidth() == 1.2


@pytest.mark.parametrize(
    ("samples", "options", "message"),
    [
        ([1.0, np.nan], {}, "samples must be finite, got NaN or infinity"),
        ([1.0, np.inf], {}, "samples must be finite, got NaN or infinity"),
        ([[1.0, 2.0]], {}, "samples must have shape"),
        ([1.0, 2.0], {"bins": 0}, "bins must be an integer >= 1"),
        ([1.0, 2.0], {"method": "dta"}, "method must be one of"),
    ],
)
def test_distribution_names_what_is_wrong(
    samples: list[float], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        plots.distribution(samples, **options)


def test_nothing_that_is_drawn_warns() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for draw in CALLS.values():
            draw(None).figure.canvas.draw()
