"""Every test of figures draws in the style of the course, on a canvas without a window."""

from collections.abc import Iterator

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from matplotlib.axes import Axes

mpl.use("agg")


@pytest.fixture(autouse=True)
def _course_style() -> Iterator[None]:
    with plt.style.context("coursekit.course"):
        yield
    plt.close("all")


@pytest.fixture
def ax() -> Axes:
    return plt.figure().add_subplot()
