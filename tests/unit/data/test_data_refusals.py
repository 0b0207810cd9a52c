"""What the functions of data refuse."""

import inspect
import math
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from coursekit import data
from tests.unit.data.cases import GENERATORS, each_generator

not_real = st.sampled_from(["1", None, True, 1j, [1.0], torch.ones(2)])

not_finite = st.sampled_from([math.nan, math.inf, -math.inf])

not_int = st.sampled_from(["1", None, True, 1.0, 2.5, math.nan, [1], torch.tensor(1)])

below_one = st.integers(max_value=0)

negative = st.floats(max_value=-1e-9)

not_numbers = st.sampled_from(
    ["12", None, 3.0, ["a"], [None], [], [[1.0]], [math.nan, 1.0], [1.0, math.inf],
     torch.ones(2, 2), torch.empty(0), torch.tensor([math.nan])]
)  # fmt: skip

BAD: dict[str, st.SearchStrategy[Any]] = {
    "n": not_int | below_one,
    "datasets": not_int.filter(lambda value: value is not None) | below_one,
    "seed": not_int | st.integers(max_value=-1) | st.integers(min_value=2**63),
    "dtype": st.sampled_from(
        ["float64", None, float, torch.int64, torch.float16, torch.bfloat16, torch.complex64]
    ),
    "noise": not_real | not_finite | negative,
    "spread": not_real | not_finite | negative,
    "low": not_real | not_finite,
    "high": not_real | not_finite | st.floats(max_value=-2.0),
    "function": st.sampled_from([None, 3.0, "sin", len, lambda x: x[:1], lambda x: x.long()]),
    "slope": not_real | not_finite,
    "intercept": not_real | not_finite,
    "amplitude": not_real | not_finite,
    "frequency": not_real | not_finite,
    "turns": not_real | not_finite,
    "weights": not_numbers,
    "correlation": not_real | not_finite | negative | st.floats(min_value=1 + 1e-9),
    "active": not_int | below_one | st.integers(min_value=5),
    "rarity": not_real | not_finite | negative | st.floats(min_value=8 + 1e-9),
    "centers": st.sampled_from(
        ["3", None, True, 2.0, [], [1.0], [[]], [[1.0], [1.0, 2.0]], [["a"]],
         torch.ones(3), torch.tensor([[math.nan]])]
    ) | below_one,
    "classes": not_int | below_one,
}  # fmt: skip

AT_THE_EDGE: dict[str, list[Any]] = {
    "n": [0],
    "datasets": [0],
    "noise": [-1e-9],
    "spread": [-1e-9],
    "low": [math.inf],
    "weights": [[[1.0, 2.0]], torch.ones(2, 2), torch.tensor(1.0), []],
    "correlation": [-1e-9, 1.0 + 1e-9],
    "active": [0, 5],
    "rarity": [-1e-9, 8.0 + 1e-9],
    "centers": [0, [1.0, 2.0], [[[1.0]]]],
    "classes": [0],
    "seed": [-1, 2**63],
}


@each_generator
def test_generators_refuse_what_is_just_outside(make: Callable[..., data.Samples]) -> None:
    good = {"n": 5, "seed": 0, **GENERATORS[make]}
    limits = {**AT_THE_EDGE, "high": [good.get("low", 0.0)]}
    for argument in inspect.signature(make).parameters:
        for bad in limits.get(argument, []):
            with pytest.raises((TypeError, ValueError), match=f"^{argument} must"):
                make(**{**good, argument: bad})


@settings(max_examples=150)
@given(draw=st.data())
def test_generators_refuse_bad_arguments_by_name(draw: st.DataObject) -> None:
    make = draw.draw(st.sampled_from(list(GENERATORS)))
    argument = draw.draw(st.sampled_from(list(inspect.signature(make).parameters)))
    good = {"n": 5, "seed": 0, **GENERATORS[make]}
    with pytest.raises((TypeError, ValueError), match=f"^{argument}"):
        make(**{**good, argument: draw.draw(BAD[argument])})


@pytest.mark.parametrize("make", [data.line, data.linear, data.logistic])
def test_an_argument_of_each_kind_is_refused_wherever_it_occurs(
    make: Callable[..., data.Samples],
) -> None:
    good = {"n": 5, "seed": 0, **GENERATORS[make]}
    for argument in good:
        with pytest.raises((TypeError, ValueError), match=f"^{argument}"):
            make(**{**good, argument: "wrong"})


FRAME = data.iris()

ROWS = torch.arange(6.0)

REFUSED: list[tuple[Callable[..., Any], dict[str, Any], str, type[Exception]]] = [
    (
        data.tensors,
        {"frame": ROWS, "target": "y"},
        "frame must be a pandas.DataFrame, got Tensor",
        TypeError,
    ),
    (data.tensors, {"frame": FRAME[:0], "target": "species"}, "frame", ValueError),
    (
        data.tensors,
        {"frame": FRAME, "target": "specie"},
        "target must be one of .*species",
        ValueError,
    ),
    (data.tensors, {"frame": FRAME, "target": 4}, "target", TypeError),
    (
        data.tensors,
        {"frame": FRAME[["species"]], "target": "species"},
        "frame must have a feature",
        ValueError,
    ),
    (data.tensors, {"frame": FRAME, "target": "petal_width"}, "frame must hold numbers", TypeError),
    (data.tensors, {"frame": FRAME, "target": "species", "dtype": torch.half}, "dtype", ValueError),
    (
        data.tensors,
        {"frame": pd.DataFrame({"x": [1.0], "y": ["a"]}), "target": "y"},
        "frame must hold numbers, got dtype .* in column 'y'",
        TypeError,
    ),
    (
        data.split,
        {"data": [1, 2], "fractions": (1.0,), "seed": 0},
        "data must be a tensor, a tuple of tensors or a pandas.DataFrame, got list",
        TypeError,
    ),
    (
        data.standardize,
        {"train": [1, 2]},
        "train must be a floating-point tensor or a pandas.DataFrame, got list",
        TypeError,
    ),
    (data.split, {"data": (), "fractions": (1.0,), "seed": 0}, "data", ValueError),
    (data.split, {"data": torch.empty(0), "fractions": (1.0,), "seed": 0}, "data", ValueError),
    (data.split, {"data": torch.tensor(1.0), "fractions": (1.0,), "seed": 0}, "data", ValueError),
    (
        data.split,
        {"data": (ROWS, ROWS[1:]), "fractions": (1.0,), "seed": 0},
        r"data must .*\[6, 5\]",
        ValueError,
    ),
    (data.split, {"data": FRAME[:0], "fractions": (1.0,), "seed": 0}, "data", ValueError),
    (data.split, {"data": ROWS, "fractions": 0.5, "seed": 0}, "fractions", TypeError),
    (
        data.split,
        {"data": ROWS, "fractions": (0.5, 0.4), "seed": 0},
        "fractions must sum to 1",
        ValueError,
    ),
    (
        data.split,
        {"data": ROWS, "fractions": (1.5, -0.5), "seed": 0},
        "fractions must be finite and > 0, got -0.5",
        ValueError,
    ),
    (
        data.split,
        {"data": ROWS, "fractions": (1.0, 0.0), "seed": 0},
        "fractions must be finite and > 0, got 0",
        ValueError,
    ),
    (
        data.split,
        {"data": ROWS, "fractions": (0.99, 0.01), "seed": 0},
        r"fractions must .* parts of \[6, 0\] rows",
        ValueError,
    ),
    (
        data.split,
        {"data": ROWS, "fractions": [[0.5, 0.5]], "seed": 0},
        "fractions must have 1 dimension",
        ValueError,
    ),
    (data.split, {"data": ROWS, "fractions": (1.0,), "seed": -1}, "seed", ValueError),
    (
        data.split,
        {"data": ROWS, "fractions": (1.0,), "seed": 0, "stratify": "y"},
        "stratify",
        TypeError,
    ),
    (
        data.split,
        {"data": ROWS, "fractions": (1.0,), "seed": 0, "stratify": ROWS[1:]},
        "stratify",
        ValueError,
    ),
    (
        data.split,
        {"data": FRAME, "fractions": (1.0,), "seed": 0, "stratify": "kind"},
        "stratify",
        ValueError,
    ),
    (
        data.split,
        {"data": ROWS, "fractions": (1.0,), "seed": 0, "stratify": torch.ones(6, 1)},
        "stratify",
        ValueError,
    ),
    (
        data.split,
        {"data": ROWS, "fractions": (1.0,), "seed": 0, "stratify": torch.full((6,), math.nan)},
        "stratify must be finite",
        ValueError,
    ),
    (data.standardize, {"train": [1.0, 2.0]}, "train", TypeError),
    (data.standardize, {"train": torch.tensor([1, 2])}, "train", TypeError),
    (data.standardize, {"train": torch.tensor([math.nan, 2.0])}, "train", ValueError),
    (data.standardize, {"train": torch.tensor(2.0)}, "train", ValueError),
    (
        data.standardize,
        {"train": FRAME},
        "train must hold numbers, got dtype category in column 'species'",
        TypeError,
    ),
    (data.minibatches, {"n": 0, "batch_size": 1, "generator": None}, "n", ValueError),
    (data.minibatches, {"n": 2, "batch_size": 0, "generator": None}, "batch_size", ValueError),
    (data.minibatches, {"n": 2, "batch_size": 1.0, "generator": None}, "batch_size", TypeError),
    (data.minibatches, {"n": 2, "batch_size": 1, "generator": 0}, "generator", TypeError),
    (
        data.minibatches,
        {"n": 2, "batch_size": 1, "generator": None, "drop_last": 1},
        "drop_last",
        TypeError,
    ),
]


@pytest.mark.parametrize(("function", "arguments", "named", "kind"), REFUSED)
def test_bad_arguments_are_refused_by_name(
    function: Callable[..., Any], arguments: dict[str, Any], named: str, kind: type[Exception]
) -> None:
    with pytest.raises(kind, match=f"^{named}"):
        function(**arguments)


LENGTHS = FRAME[["sepal_length"]]


@pytest.mark.parametrize(
    ("train", "other", "kind", "message"),
    [
        (torch.ones(3, 2), FRAME, TypeError, "be a torch.Tensor"),
        (torch.ones(3, 2), torch.ones(2, 3), ValueError,
         r"have train's features \(2,\) and dtype torch.float32, got \(3,\) and torch.float32"),
        (torch.ones(3, 2), torch.ones(2, 2, dtype=torch.float64), ValueError,
         r"have train's features \(2,\) and dtype torch.float32, got \(2,\) and torch.float64"),
        (torch.ones(3, 2), torch.tensor([[1.0, math.inf]]), ValueError, "be finite"),
        (torch.ones(3, 2), torch.empty(0, 2), ValueError, "not be empty"),
        (torch.ones(3), torch.tensor(1.0), ValueError, r"have at least 1 dimension"),
        (LENGTHS, torch.ones(2, 1), TypeError, "be a pandas.DataFrame, got Tensor"),
        (LENGTHS, LENGTHS.astype(str), TypeError, "hold numbers, got dtype"),
        (LENGTHS, FRAME[["petal_length"]], ValueError,
         r"have train's columns \['sepal_length'\], got \['petal_length'\]"),
    ],
)  # fmt: skip
def test_other_parts_must_fit_the_training_part(
    train: Any, other: Any, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=f"^others must {message}"):
        data.standardize(train, other)


def test_refusing_comes_before_drawing() -> None:
    generator = torch.Generator().manual_seed(0)
    before = generator.get_state()
    with pytest.raises(ValueError, match="batch_size"):
        data.minibatches(5, 0, generator)
    assert torch.equal(generator.get_state(), before)
