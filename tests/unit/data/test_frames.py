"""From a frame to tensors."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from coursekit import data


def test_tensors_keep_the_order_of_columns_and_rows() -> None:
    frame = data.diabetes()
    x, y = data.tensors(frame, "bmi", dtype=torch.float32)
    np.testing.assert_array_equal(x, frame.drop(columns="bmi").to_numpy(dtype="float32"))
    np.testing.assert_array_equal(y, frame["bmi"].to_numpy(dtype="float32"))
    assert x.dtype == y.dtype == torch.float32


def test_truth_values_among_the_features_are_numbers() -> None:
    frame = pd.DataFrame({"x": [0.5, 1.5], "on": [True, False], "y": [1.0, 2.0]})
    assert data.tensors(frame, "y").x.tolist() == [[0.5, 1.0], [1.5, 0.0]]
    (scaled,) = data.standardize(frame)
    assert scaled["on"].tolist() == [1.0, -1.0]


@pytest.mark.parametrize(
    ("values", "dtype", "expected"),
    [
        (pd.Categorical(["b", "a", "b"], categories=["b", "a"]), torch.int64, [0, 1, 0]),
        ([3, 1, 2], torch.int64, [3, 1, 2]),
        ([True, False, True], torch.int64, [1, 0, 1]),
        ([0.5, 1.0, 2.0], torch.float64, [0.5, 1.0, 2.0]),
    ],
)
def test_targets_become_classes_or_numbers(
    values: Any, dtype: torch.dtype, expected: list[float]
) -> None:
    _, y = data.tensors(pd.DataFrame({"x": [1.0, 2.0, 3.0], "y": values}), "y")
    assert y.dtype == dtype
    assert y.tolist() == expected


def test_columns_without_names_go_by_their_numbers() -> None:
    frame = pd.DataFrame([[1.0, 2.0, 0], [3.0, 4.0, 1], [5.0, 6.0, 0], [7.0, 8.0, 1]])
    x, _ = data.tensors(frame, 2)
    assert x.tolist() == frame[[0, 1]].to_numpy().tolist()
    left, right = data.split(frame, (0.5, 0.5), seed=0, stratify=2)
    assert sorted(left[2]) == sorted(right[2]) == [0, 1]
    with pytest.raises(ValueError, match=r"^target must be the label of one column of \[0, 1, 2\]"):
        data.tensors(frame, "2")
    with pytest.raises(TypeError, match=r"^target must be an integer, got 2.0"):
        data.tensors(frame, 2.0)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "values", [pd.Categorical(["a", None, "b"]), pd.array([1, None, 2], dtype="Int64")]
)
def test_a_class_that_is_missing_is_no_class(values: Any) -> None:
    frame = pd.DataFrame({"x": [1.0, 2.0, 3.0], "y": values})
    with pytest.raises(ValueError, match=r"^target 'y' must have no missing values, got .* row 1$"):
        data.tensors(frame, "y")


def test_what_int64_or_a_real_number_can_not_hold_is_refused() -> None:
    large = np.array([2**63, 1], dtype=np.uint64)
    with pytest.raises(ValueError, match=r"^target 'y' must fit int64, got 9223372036854775808$"):
        data.tensors(pd.DataFrame({"x": [1.0, 2.0], "y": large}), "y")
    assert data.tensors(pd.DataFrame({"x": [1.0, 2.0], "y": large // 2}), "y").y[0] == 2**62
    with pytest.raises(TypeError, match=r"^frame must hold numbers, got dtype complex128 in"):
        data.tensors(pd.DataFrame({"x": [1j, 2.0], "y": [1.0, 2.0]}), "y")
