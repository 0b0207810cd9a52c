"""The looks of the course's characters, to every eye."""

from collections.abc import Iterator
from itertools import chain, combinations

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes

from coursekit import plots
from tests.unit.plots.cases import TO_XYZ, lab, linear

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

CASTS = {
    "rules": ["sgd", "momentum", "rmsprop", "adam", "nesterov", "adagrad", "adamw", "adadelta",
              "amsgrad"],
    "after Adam": ["sgd", "momentum", "adam", "amsgrad", "adamax", "nadam", "radam", "lion",
                   "adafactor", "shampoo", "muon", "schedule-free"],
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
    with pytest.raises(
        ValueError, match=r"method must be one of .*'momentum'.*did you mean 'momentum'"
    ):
        plots.color("momentun")
    with pytest.raises(TypeError, match="method"):
        plots.style(3)  # type: ignore[arg-type]


def test_line_gives_what_plot_takes(ax: Axes) -> None:
    (drawn,) = ax.plot([0, 1], **plots.style("adamw"))
    assert (drawn.get_color(), drawn.get_label()) == (plots.color("adamw"), "AdamW")
    assert drawn.get_linestyle() == "--"
