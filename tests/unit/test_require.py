"""The checks behind every error message: what passes, what does not, and what is said."""

import math
import re
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from coursekit import _require

F64 = torch.float64

ARRAY = [1.0, 2.0]


@given(st.floats(-2, 3) | st.integers(-2, 3), st.booleans(), st.booleans())
def test_a_number_is_inside_its_interval_or_refused(
    value: float, low_open: bool, high_open: bool
) -> None:
    above = value > -1 if low_open else value >= -1
    below = value < 2 if high_open else value <= 2
    allowed = re.escape(f"in {'(' if low_open else '['}-1, 2{')' if high_open else ']'}, got ")
    bounds: dict[str, Any] = {"low": -1, "high": 2, "low_open": low_open, "high_open": high_open}
    tensor = torch.tensor([0.5, value], dtype=F64)
    if above and below:
        assert _require.number("x", value, **bounds) is value
        assert _require.real("x", value, **bounds) is value
        assert _require.number("x", tensor, **bounds) is tensor
    else:
        for check in (_require.number, _require.real):
            with pytest.raises(ValueError, match=f"^x must be {allowed}"):
                check("x", value, **bounds)
        with pytest.raises(ValueError, match=f"^x must be {allowed}"):
            _require.number("x", tensor, **bounds)


@pytest.mark.parametrize("check", [_require.number, _require.real])
@pytest.mark.parametrize("value", [-1.0, 0.0, 2.0])
@pytest.mark.parametrize("side", ["low", "high"])
@pytest.mark.parametrize("is_open", [True, False])
def test_the_ends_of_an_interval(
    check: Callable[..., Any], value: float, side: str, is_open: bool
) -> None:
    limits: dict[str, Any] = {side: value, f"{side}_open": is_open}
    if is_open:
        sign = ">" if side == "low" else "<"
        with pytest.raises(ValueError, match=rf"^x must be finite and {sign} {value:g}, got"):
            check("x", value, **limits)
    else:
        beyond = value - 1 if side == "low" else value + 1
        sign = ">=" if side == "low" else "<="
        assert check("x", value, **limits) == value
        assert check("x", value, **{side: value}) == value
        with pytest.raises(ValueError, match=rf"^x must be finite and {sign} {value:g}, got"):
            check("x", beyond, **limits)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_number_is_finite(value: float) -> None:
    with pytest.raises(ValueError, match=f"^x must be finite, got {value}$"):
        _require.real("x", value)
    with pytest.raises(ValueError, match=rf"^x must be finite, got {value} in tensor\(\[1.0, "):
        _require.number("x", torch.tensor([1.0, value]))


@pytest.mark.parametrize("value", [None, True, "1", 1j, ARRAY, torch.tensor(True)])
def test_a_number_is_real(value: Any) -> None:
    shown = "tensor(True, dtype bool)" if isinstance(value, torch.Tensor) else repr(value)
    got = re.escape(f", got {shown}")
    with pytest.raises(TypeError, match=rf"^x must be a real number( or tensor)?{got}$"):
        _require.number("x", value)
    with pytest.raises(TypeError, match=rf"^x must be a real number{got}$"):
        _require.real("x", value)


def test_one_number_is_no_tensor_and_a_tensor_has_some() -> None:
    with pytest.raises(TypeError, match="x must be a real number, got tensor"):
        _require.real("x", torch.tensor(1.0))
    with pytest.raises(ValueError, match=r"x must hold at least one number, got tensor\(\[\], "):
        _require.number("x", torch.ones(0))
    with pytest.raises(TypeError, match="x must be a real number or tensor"):
        _require.number("x", torch.tensor([1j]))
    assert _require.number("x", torch.tensor([1, 2])).tolist() == [1, 2]  # type: ignore[union-attr]


def test_a_tensor_that_can_not_be_compared_is_not_let_through() -> None:
    with pytest.raises(TypeError, match=r"^lr must be a dense tensor, got layout torch.sparse_coo"):
        _require.number("lr", torch.tensor([-1.0, 2.0]).to_sparse(), low=0)


@pytest.mark.parametrize("hidden", [torch.ones(2, device="meta"), torch.ones(2).to_sparse()])
def test_a_tensor_whose_numbers_can_not_be_had_is_shown_by_its_shape(hidden: torch.Tensor) -> None:
    with pytest.raises(TypeError, match=r"got a tensor of shape \(2,\), dtype float32$"):
        _require.real("x", hidden)


def test_values_are_shown_short() -> None:
    with pytest.raises(TypeError, match=r"got 'a{56}\.\.\.$"):
        _require.real("x", "a" * 100)
    with pytest.raises(TypeError, match=f"got '{'a' * 58}'$"):
        _require.real("x", "a" * 58)
    with pytest.raises(TypeError, match=r"got 'a{56}\.\.\.$"):
        _require.real("x", "a" * 59)
    with pytest.raises(TypeError, match=r"got tensor\(\[1.0, 1.0, 1.0, 1.0, 1.0, 1.0\], dtype f"):
        _require.real("x", torch.ones(6))
    with pytest.raises(TypeError, match=r"got a tensor of shape \(7,\), dtype float32$"):
        _require.real("x", torch.ones(7))


def test_an_integer() -> None:
    assert _require.integer("n", 3, low=3) == 3
    assert _require.integer("n", 5, low=3, high=5) == 5
    with pytest.raises(ValueError, match=r"^n must be an integer >= 3, got 2$"):
        _require.integer("n", 2, low=3)
    for value in (2, 6):
        with pytest.raises(ValueError, match=rf"^n must be an integer in \[3, 5\], got {value}$"):
            _require.integer("n", value, low=3, high=5)
    for odd, shown in ((True, "True"), (3.0, "3.0"), ("3", "'3'"), (torch.tensor(3), "tensor.3, ")):
        with pytest.raises(TypeError, match=f"^n must be an integer, got {shown}"):
            _require.integer("n", odd, low=0)


def test_a_boolean() -> None:
    assert _require.boolean("b", True) is True
    assert _require.boolean("b", False) is False
    for odd, shown in (
        (1, "1"),
        (0, "0"),
        ("True", "'True'"),
        (torch.tensor(True), "tensor.True,"),
    ):
        with pytest.raises(TypeError, match=f"^b must be True or False, got {shown}"):
            _require.boolean("b", odd)


def test_a_function() -> None:
    assert _require.function("f", abs) is abs
    with pytest.raises(TypeError, match=r"^f must be callable, got 3$"):
        _require.function("f", 3)


def test_a_choice() -> None:
    assert _require.choice("kind", "mean", ["mean", "sum"]) == "mean"
    with pytest.raises(
        ValueError,
        match=r"^kind must be one of \['mean', 'sum'\], got 'meen'; did you mean 'mean'\?$",
    ):
        _require.choice("kind", "meen", ["mean", "sum"])
    with pytest.raises(ValueError, match=r"got 'zzz'$"):
        _require.choice("kind", "zzz", (name for name in ("mean", "sum")))
    with pytest.raises(TypeError, match=r"^kind must be one of \['mean'\], got 3$"):
        _require.choice("kind", 3, ["mean"])


def test_a_tensor() -> None:
    x = torch.tensor([[1.0, math.nan]])
    assert _require.tensor("x", x) is x
    assert _require.tensor("x", x, dims=2, min_dims=2) is x
    assert _require.tensor("x", x[:, :1], finite=True).tolist() == [[1.0]]
    assert _require.tensor("x", torch.tensor(1.0)).ndim == 0
    assert _require.tensor("x", x.isnan(), floating=False).dtype == torch.bool
    with pytest.raises(TypeError, match=r"^x must be a torch.Tensor, got \[1.0, 2.0\]$"):
        _require.tensor("x", ARRAY)
    with pytest.raises(TypeError, match=r"^x must be a floating-point tensor, got tensor"):
        _require.tensor("x", torch.tensor([1]))
    with pytest.raises(ValueError, match=r"^x must have 1 dimension\(s\), got shape \(1, 2\)$"):
        _require.tensor("x", x, dims=1)
    with pytest.raises(ValueError, match=r"^x must have at least 3 dim.*, got shape \(1, 2\)$"):
        _require.tensor("x", x, min_dims=3)
    with pytest.raises(ValueError, match=r"^x must not be empty, got shape \(0, 2\)$"):
        _require.tensor("x", x[:0])
    with pytest.raises(ValueError, match=r"^x must be finite, got NaN or infinity in tensor"):
        _require.tensor("x", x, finite=True)


def test_parameters() -> None:
    for dtype in (torch.float32, F64):
        x = torch.tensor([[math.nan]], dtype=dtype)
        assert _require.parameters("x", x, min_dims=2) is x
        with pytest.raises(ValueError, match=r"^x must be finite"):
            _require.parameters("x", x, finite=True)
        with pytest.raises(ValueError, match=r"^x must have at least 3"):
            _require.parameters("x", x, min_dims=3)
        assert _require.parameters("x", x[0, 0]).ndim == 0
    for dtype in (torch.float16, torch.bfloat16):
        with pytest.raises(TypeError, match=f"^x must have dtype float32 or float64, got {dtype}"):
            _require.parameters("x", torch.ones(2, dtype=dtype))


def test_alike() -> None:
    x = torch.ones(2, 3)
    y = x.clone()
    assert _require.alike("x", x, "y", y) is y
    with pytest.raises(TypeError, match=r"^y must be a torch.Tensor, got None"):
        _require.alike("x", x, "y", None)
    for odd, message in (
        (y.T, r"^y must have x's shape torch.Size\(\[2, 3\]\), got torch.Size\(\[3, 2\]\)$"),
        (y.double(), "^y must have x's dtype torch.float32, got torch.float64$"),
        (y.to("meta"), "^y must have x's device cpu, got meta$"),
    ):
        with pytest.raises(ValueError, match=message):
            _require.alike("x", x, "y", odd)


def test_broadcasts() -> None:
    x = torch.ones(2, 3)
    assert _require.broadcasts("y", torch.ones(4, 1, 1), "x", x) == (4, 2, 3)
    assert _require.broadcasts("y", torch.ones(3), "x", x, widening=False) == (2, 3)
    assert _require.broadcasts("y", torch.tensor(1.0, dtype=F64), "x", x) == (2, 3)
    assert _require.broadcasts("y", torch.tensor([1]), "x", x) == (2, 3)
    with pytest.raises(
        ValueError, match=r"^y must broadcast against x of shape \(2, 3\), got shap"
    ):
        _require.broadcasts("y", torch.ones(2), "x", x)
    with pytest.raises(
        ValueError, match=r"^y must broadcast to x's shape \(2, 3\), got \(4, 1, 1\)"
    ):
        _require.broadcasts("y", torch.ones(4, 1, 1), "x", x, widening=False)
    with pytest.raises(
        TypeError, match=r"^y must not be wider than x's torch.float32, got torch.f"
    ):
        _require.broadcasts("y", torch.ones(3, dtype=F64), "x", x)
    with pytest.raises(ValueError, match=r"^y must be on x's device cpu, got meta$"):
        _require.broadcasts("y", torch.ones(3, device="meta"), "x", x)
    with pytest.raises(ValueError, match=r"^y must be on x's device cpu, got meta$"):
        _require.broadcasts("y", torch.ones((), device="meta"), "x", x)
    assert _require.broadcasts("y", torch.ones(()), "x", x.to("meta")) == (2, 3)
    with pytest.raises(ValueError, match=r"^y must be on x's device meta, got cpu$"):
        _require.broadcasts("y", torch.ones(3), "x", x.to("meta"))
