"""Lines, residuals, distributions."""

from typing import Any

import numpy as np
import pytest
import torch
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from numpy.testing import assert_allclose, assert_array_equal

from coursekit import plots
from tests.unit.plots.cases import xy


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
