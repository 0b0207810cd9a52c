"""Labels at lines' ends."""

from io import BytesIO
from itertools import combinations
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes

from coursekit import plots


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
