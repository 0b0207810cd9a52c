"""Loss curves."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from numpy.testing import assert_array_equal
from torch import Tensor

from coursekit import plots
from tests.unit.plots.cases import xy


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
