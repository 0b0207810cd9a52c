"""One expression on two tapes, ours and torch's: the same value and the same derivatives."""

from collections.abc import Callable
from math import inf, nan
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from coursekit.autodiff import Var

pytestmark = pytest.mark.usefixtures("double_precision")


@pytest.fixture(scope="module", autouse=True)
def double_precision() -> object:
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


SHAPES = [(), (1,), (3,), (2, 1), (2, 3), (3, 3), (1, 3), (2, 3, 3), (4, 1, 3, 2)]

UNARY: dict[str, Callable[..., object]] = {
    "exp": lambda x: (x.tanh() * 0.5).exp(),
    "log": lambda x: (x**2 + 0.5).log(),
    "tanh": lambda x: x.tanh(),
    "relu": lambda x: x.relu(),
    "neg": lambda x: -x,
    "square": lambda x: x**2,
    "cube": lambda x: x**3,
    "root": lambda x: (x**2 + 1) ** 0.5,
    "constant power": lambda x: x**0,
    "plus": lambda x: 2 + x,
    "minus": lambda x: 2 - x,
    "times": lambda x: -1.5 * x,
    "over": lambda x: 3 / (x**2 + 1),
    "sum": lambda x: x.sum(),
    "mean": lambda x: x.mean(),
    "sum of last": lambda x: x.sum(-1) if len(_shape(x)) else x,
    "mean of first, kept": lambda x: x.mean(0, keepdim=True) if len(_shape(x)) else x,
    "sum of two": lambda x: x.sum((0, -1), keepdim=True) if len(_shape(x)) > 1 else x,
    "mean of two": lambda x: x.mean((-1, 0)) if len(_shape(x)) > 1 else x,
    "transpose": lambda x: x.mT if len(_shape(x)) > 1 else x,
}
BINARY: dict[str, Callable[..., object]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / (b**2 + 1),
    "matmul": lambda a, b: a @ b,
}


def _shape(x: Var | Tensor) -> tuple[int, ...]:
    return tuple((x.value if isinstance(x, Var) else x).shape)


def _fits(name: str, a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    if name == "matmul":
        if len(a) < 2 or len(b) < 2 or a[-1] != b[-2]:
            return False
        a, b = a[:-2], b[:-2]
    return all(m == n or 1 in (m, n) for m, n in zip(a[::-1], b[::-1], strict=False))


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[tuple[int, ...]], list[tuple[str, tuple[int, ...]]], int]:
    """Draw inputs' shapes, then operations on what is there already: nodes come to be shared."""
    shapes = draw(st.lists(st.sampled_from(SHAPES), min_size=1, max_size=4))
    values: list[Tensor] = [torch.zeros(shape) for shape in shapes]
    steps: list[tuple[str, tuple[int, ...]]] = []
    for _ in range(draw(st.integers(1, 12))):
        places = st.integers(0, len(values) - 1)
        i, j = draw(places), draw(places)
        names = list(UNARY) + [n for n in BINARY if _fits(n, _shape(values[i]), _shape(values[j]))]
        name = draw(st.sampled_from(names))
        where = (i, j) if name in BINARY else (i,)
        values.append((UNARY | BINARY)[name](*(values[k] for k in where)))  # type: ignore[arg-type]
        steps.append((name, where))
    return shapes, steps, draw(st.integers(0, 2**31))


def _run(inputs: list[Var] | list[Tensor], steps: list[tuple[str, tuple[int, ...]]]) -> object:
    values: list[object] = list(inputs)
    for name, where in steps:
        values.append((UNARY | BINARY)[name](*(values[k] for k in where)))
    total: object = 0.0
    for place, value in enumerate(values):  # everything counts, what is used twice above all
        total = total + (value * (1 / (place + 1))).sum()  # type: ignore[operator, attr-defined]
    return total


@settings(max_examples=300, deadline=None)
@given(graph=graphs())
def test_random_graphs_have_torch_s_derivatives(
    graph: tuple[list[tuple[int, ...]], list[tuple[str, tuple[int, ...]]], int],
) -> None:
    shapes, steps, seed = graph
    generator = torch.Generator().manual_seed(seed)
    drawn = [torch.randn(shape, generator=generator) / 2 for shape in shapes]
    theirs = [x.clone().requires_grad_() for x in drawn]
    expected = _run(theirs, steps)
    assert isinstance(expected, Tensor)
    wanted = torch.autograd.grad(expected, theirs)
    ours = [Var(x) for x in drawn]
    found = _run(ours, steps)
    assert isinstance(found, Var)
    found.backward()
    scale = 1 + max(x.abs().max() for x in wanted)
    assert torch.allclose(found.value, expected, rtol=1e-12, atol=1e-12)
    for x, grad in zip(ours, wanted, strict=True):
        assert x.grad is not None
        assert x.grad.shape == grad.shape
        assert torch.allclose(x.grad, grad, rtol=1e-12, atol=1e-12 * float(scale))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ((2, 3), (3, 4)),
        ((5, 2, 3), (3, 4)),
        ((2, 3), (5, 3, 1)),
        ((1, 2, 3), (5, 3, 2)),
        ((2, 0), (0, 4)),
        ((2, 3), (3, 0)),
        ((2, 3), (0, 3, 4)),
    ],
)
def test_a_matrix_product_broadcasts(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    x, y = torch.randn(a), torch.randn(b)
    ours = Var(x), Var(y)
    (ours[0] @ ours[1]).tanh().sum().backward()
    theirs = x.requires_grad_(), y.requires_grad_()
    (theirs[0] @ theirs[1]).tanh().sum().backward()  # type: ignore[no-untyped-call]
    for mine, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine.grad, other.grad, rtol=1e-12, atol=1e-12)


def test_tensors_are_constants_on_either_side() -> None:
    c, x = torch.randn(3, 3), Var(torch.randn(3, 3))
    for y in (c @ x, x @ c, c + x, c - x, c * x, c / x):
        assert isinstance(y, Var)
    (c @ x).sum().backward()
    torch.testing.assert_close(x.grad, c.sum(0)[:, None].expand(3, 3))


def test_an_argument_used_twice_gets_both_derivatives() -> None:
    x = Var(3.0)
    (x * x).backward()
    assert x.grad == 6


def test_gradients_add_up_over_calls_and_every_var_keeps_its_own() -> None:
    x = Var(2.0)
    y = x * 3
    z = y**2
    z.backward()
    assert [float(v.grad) for v in (x, y, z) if v.grad is not None] == [36, 12, 1]
    z.backward()
    assert [float(v.grad) for v in (x, y, z) if v.grad is not None] == [72, 24, 2]


def test_every_gradient_has_memory_of_its_own() -> None:
    x, y = Var(torch.ones(3)), Var(torch.ones(3))
    (x + y).sum().backward()
    assert x.grad is not None
    x.grad.zero_()
    assert y.grad is not None
    assert y.grad.tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("then", [lambda y: y.log(), lambda y: y**0.5])
def test_no_slope_comes_back_through_a_relu_that_is_flat(then: Callable[[Any], Any]) -> None:
    value = torch.tensor([-1.0, 0.0, 4.0, nan])
    x, leaf = Var(value), value.clone().requires_grad_()
    then(x.relu()).sum().backward()
    then(leaf.relu()).sum().backward()
    torch.testing.assert_close(x.grad, leaf.grad, equal_nan=True)


def test_nothing_given_is_changed() -> None:
    value = torch.tensor([1.0, -2.0])
    x = Var(value)
    (x.relu() * x.exp()).sum().backward()
    assert value.tolist() == [1.0, -2.0]
    assert x.value is value


def test_a_long_chain_needs_no_recursion_and_a_ladder_no_exponential_time() -> None:
    x = Var(1.0)
    y = x
    for _ in range(3000):
        y = y + 0.0
    y.backward()
    assert x.grad == 1
    x = Var(1.0)
    y = x
    for _ in range(60):
        y = (y + y) * 0.5
    assert len(y.tape()) == 1 + 3 * 60
    y.backward()
    assert x.grad == 1


def test_the_tape_has_each_before_its_parents() -> None:
    x = Var(1.0)
    y = x * x
    z = y + x
    assert z.tape() == [z, y, x]
    assert [a.number > b.number for a, b in ((z, y), (y, x))] == [True, True]


def test_infinity_and_nan_are_computed_with() -> None:
    x = Var(torch.tensor([0.0, -1.0, inf, nan]))
    x.log().sum().backward()
    assert str(x.grad.tolist() if x.grad is not None else None) == "[inf, -1.0, 0.0, nan]"


def test_single_precision_stays() -> None:
    x = Var(torch.ones(2, dtype=torch.float32))
    (2 * x / 3 - 1).mean().backward()
    assert x.grad is not None
    assert x.grad.dtype == torch.float32


def test_a_scalar_has_the_default_dtype_and_a_short_name() -> None:
    assert Var(1.5).value.dtype == torch.float64
    assert repr(Var(1.5)) == "Var(1.5)"
    assert repr(Var(torch.zeros(40))) == "Var(<shape (40,)>)"


Any_: Any = Var  # for what the type checker would refuse, too
ONE, PAIR, MATRIX = (Any_(torch.ones(shape, dtype=torch.float64)) for shape in ((), 2, (2, 3)))


@pytest.mark.parametrize(
    ("act", "error", "said"),
    [
        (lambda: Any_("1"), TypeError, "value must be a real number, got '1'"),
        (lambda: Any_(True), TypeError, "value must be a real number, got True"),
        (lambda: Any_(torch.tensor(1)), TypeError, "value must be a floating-point tensor"),
        (lambda: Any_(torch.ones(1).half()), TypeError, "value must have dtype float32 or float64"),
        (
            lambda: Any_(torch.ones(1, requires_grad=True)),
            ValueError,
            "value must not require grad .it is on torch's tape.: detach it first",
        ),
        (lambda: Any_(1.0, 3), TypeError, "parents must be pairs of a Var and a function, got 3"),
        (lambda: Any_(1.0, [ONE]), TypeError, "parents must be pairs .* got Var"),
        (lambda: Any_(1.0, [(ONE, 2)]), TypeError, "parents must be pairs .* got .Var.1.0., 2."),
        (lambda: ONE + "1", TypeError, "other must be a real number, got '1'"),
        (lambda: ONE * None, TypeError, "other must be a real number, got None"),
        (
            lambda: PAIR + torch.ones(3),
            ValueError,
            r"other must broadcast against the first operand of shape \(2,\), got shape \(3,\)",
        ),
        (
            lambda: PAIR * torch.ones(2, dtype=torch.float32),
            ValueError,
            "other must have the first operand's dtype torch.float64, got torch.float32",
        ),
        (lambda: PAIR**PAIR, TypeError, "n must be a real number"),
        (lambda: PAIR**nan, ValueError, "n must be finite, got nan"),
        (lambda: MATRIX @ 2.0, TypeError, "other must be a Var or a tensor, got 2.0"),
        (lambda: np.ones(2) * PAIR, TypeError, "other must be a real number, got array"),
        (lambda: np.ones((2, 2)) @ MATRIX, TypeError, "other must be a torch.Tensor, got array"),
        (
            lambda: MATRIX @ MATRIX,
            ValueError,
            r"needs shapes \(..., m, k\) and \(..., k, n\), got \(2, 3\) and \(2, 3\)",
        ),
        (lambda: MATRIX @ torch.ones(3), ValueError, "a matrix product needs shapes"),
        (
            lambda: Any_(torch.ones(2, 2, 3).double()) @ torch.ones(3, 3, 2).double(),
            ValueError,
            r"other must broadcast against the first operand's leading dimensions of shape \(2,\)",
        ),
        (lambda: PAIR.mT, ValueError, "value must have at least 2 dimension"),
        (lambda: MATRIX.sum(2), ValueError, r"dim must be an integer in \[-2, 1\], got 2"),
        (lambda: MATRIX.mean("0"), TypeError, "dim must be an integer, got '0'"),
        (lambda: MATRIX.sum((0, -2)), ValueError, "dim must name each dimension once"),
        (lambda: MATRIX.sum(()), ValueError, r"dim must name a dimension of shape \(2, 3\)"),
        (lambda: ONE.sum(0), ValueError, r"dim must name a dimension of shape \(\), got 0"),
        (lambda: MATRIX.sum(0, 1), TypeError, "keepdim must be True or False, got 1"),
        (
            lambda: PAIR.backward(),
            ValueError,
            r"backward needs one number, got a value of shape \(2,\): take its sum or mean first",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(
    act: Callable[[], object], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        act()


def test_numbers_of_numpys_are_numbers() -> None:
    assert (np.float64(2) * PAIR).value.tolist() == [2.0, 2.0]
    assert MATRIX.sum(np.int64(0)).value.tolist() == [2.0, 2.0, 2.0]
