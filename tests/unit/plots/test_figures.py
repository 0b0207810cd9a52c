"""What all figures share: given axes, names, looks; and what must not change."""

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba

from coursekit import check, notebook, plots
from coursekit.plots import descents, tables
from tests.unit.plots.cases import BOWL, STEPS, xy

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


@pytest.fixture
def _in_chinese() -> Iterator[None]:
    notebook.setup("zh")
    yield
    check.language("en")


@pytest.mark.usefixtures("_in_chinese")
def test_words_are_in_the_language_in_force() -> None:
    texts = [
        text.get_text()
        for draw in CALLS.values()
        for text in (lambda ax: [ax.xaxis.label, ax.yaxis.label])(draw(None))
    ]
    assert [text for text in texts if text] == [
        "$\\theta_1$", "$\\theta_2$", "步数", "损失", "$x$", "$y$", "拟合值", "残差", "密度",
    ]  # fmt: skip
    fitted = CALLS["fitted_line"](None).get_lines()
    assert [line.get_label() for line in fitted] == ["数据", "真值", "拟合"]
    assert plots.theory([0, 1], [0, 1]).get_lines()[0].get_label() == "理论"
    assert (plots.style("train")["label"], plots.PALETTE["adam"].label) == ("训练", "Adam")
    assert plots.loss_curves({"a": [1, 2]}, xlabel="epoch", ylabel="").get_xlabel() == "epoch"


def test_every_character_has_a_chinese_name_or_a_proper_one() -> None:
    english = {name: plots.PALETTE[name].label for name in plots.PALETTE}
    notebook.setup("zh")
    chinese = {name: plots.PALETTE[name].label for name in plots.PALETTE}
    check.language("en")
    for name, own in chinese.items():
        proper = own == english[name] and (own[0].isupper() or own == "schedule-free")
        assert own[0] >= "\u4e00" or proper, name


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


def test_nothing_that_is_drawn_warns() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for draw in CALLS.values():
            draw(None).figure.canvas.draw()


@pytest.mark.parametrize("name", CALLS)
def test_axes_are_axes_and_not_an_array_of_them(name: str) -> None:
    _, both = plt.subplots(1, 2)
    with pytest.raises(TypeError, match=r"^ax must be a matplotlib.axes.Axes or None, got ndarray"):
        CALLS[name](both)


ONES = np.ones((2, 2))

NONSENSE: list[tuple[str, Callable[[], Any]]] = [
    ("curves must map names to losses, got list", lambda: plots.loss_curves([1.0, 2.0])),  # type: ignore[arg-type]
    (r"curves\['a'\] must not be empty", lambda: plots.loss_curves({"a": np.ones((3, 0))})),
    ("quantiles must be two numbers, got 0.5",
     lambda: plots.loss_curves({"a": ONES}, quantiles=0.5)),  # type: ignore[arg-type]
    ("surface must be a coursekit.surfaces.Surface, got 'beale'", lambda: plots.surface("beale")),  # type: ignore[arg-type]
    ("truth must be two numbers, got 3",
     lambda: plots.fitted_line([0, 1], [0, 1], 1.0, 0.0, truth=3)),  # type: ignore[arg-type]
    ("truth must be a real number", lambda: plots.distribution([0, 1], truth="1")),  # type: ignore[arg-type]
    ("density must be callable", lambda: plots.distribution([0, 1], density=1.0)),  # type: ignore[arg-type]
    (r"limits\[1\] must be finite and >= 2, got 1",
     lambda: plots.heatmap(ONES, [1, 2], [1, 2], limits=(2.0, 1.0))),
    (r"limits\[0\] must be finite and > 0, got 0",
     lambda: plots.heatmap(ONES, [1, 2], [1, 2], limits=(0, 1))),
    (r"theory must be a pair \(x, y\), got 3",
     lambda: plots.heatmap(ONES, [1, 2], [1, 2], theory=3)),  # type: ignore[arg-type]
    ("log must be True or False, got 'no'",
     lambda: plots.loss_curves({"a": ONES}, log="no")),  # type: ignore[arg-type]
    ("dots must be True or False, got 0", lambda: plots.path(STEPS, method="sgd", dots=0)),  # type: ignore[arg-type]
    ("log_x must be True or False, got 'linear'",
     lambda: plots.heatmap(ONES, [1, 2], [1, 2], log_x="linear")),  # type: ignore[arg-type]
    ("ax must be the axes whose lines to label, got None", lambda: plots.direct_labels(None)),  # type: ignore[arg-type]
]  # fmt: skip


@pytest.mark.parametrize(("said", "call"), NONSENSE)
def test_nonsense_is_refused_before_a_figure_is_made(said: str, call: Callable[[], Any]) -> None:
    with pytest.raises((TypeError, ValueError), match=f"^{said}"):
        call()
    assert plt.get_fignums() == []


def test_half_precision_is_drawn_like_any_other(ax: Axes) -> None:
    losses = torch.tensor([2.0, 1.0])
    for dtype in (torch.bfloat16, torch.float16, torch.float32):
        plots.loss_curves({"a": losses.to(dtype)}, ax)
    assert [xy(line)[:, 1].tolist() for line in ax.get_lines()] == 3 * [[2.0, 1.0]]


def test_a_path_may_be_an_array(ax: Axes) -> None:
    plots.path(STEPS.points.numpy(), ax, method="sgd")
    assert len(ax.get_lines()) == 3
