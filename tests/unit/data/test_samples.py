"""Samples as a frame, and on another device."""

from collections.abc import Callable

import numpy as np
import pytest

from coursekit import data
from tests.unit.data.cases import FEATURES, GENERATORS, each_generator


@each_generator
@pytest.mark.parametrize("datasets", [None, 3])
def test_a_frame_has_a_row_for_every_sample(
    make: Callable[..., data.Samples], datasets: int | None
) -> None:
    x, y = samples = make(5, **GENERATORS[make], seed=0, datasets=datasets)
    frame = samples.to_frame()
    names = [f"x{j}" for j in range(FEATURES[make])] if make in FEATURES else ["x"]
    assert frame.columns.tolist() == [*(["dataset"] if datasets else []), *names, "y"]
    np.testing.assert_array_equal(frame[names].to_numpy().ravel(), x.flatten().numpy())
    np.testing.assert_array_equal(frame["y"], y.flatten().numpy())
    if datasets:
        assert frame["dataset"].tolist() == [0] * 5 + [1] * 5 + [2] * 5


def test_samples_move_together() -> None:
    moved = data.moons(4, seed=0).to("meta")
    assert moved.x.device.type == moved.y.device.type == "meta"
