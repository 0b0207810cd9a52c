"""What every public function asks of its arguments, said once.

Each function returns the value it was given, checked, or raises ``TypeError`` (not the kind of
thing that was wanted) or ``ValueError`` (the kind, but not an allowed value). The message names the
argument, shows the value and says what is allowed.
"""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from math import inf, isfinite
from numbers import Integral, Real
from operator import index

import torch
from torch import Generator, Tensor

Number = float | Tensor
"""A hyper-parameter: one number, or a tensor of them that broadcasts against the parameters."""


def shown(value: object) -> str:
    """Return what a message says of a value: its ``repr``, cut off where it is long."""
    if isinstance(value, Tensor):
        kind = str(value.dtype).removeprefix("torch.")
        try:
            numbers = value.tolist() if value.numel() <= 6 else None
        except RuntimeError:  # sparse, on the device meta, inside torch.func.vmap
            numbers = None
        if numbers is None:
            return f"a tensor of shape {tuple(value.shape)}, dtype {kind}"
        return f"tensor({numbers}, dtype {kind})"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _interval(low: float, high: float, low_open: bool, high_open: bool) -> str:
    if low == -inf and high == inf:
        return "finite"
    if high == inf:
        return f"finite and {'>' if low_open else '>='} {low:g}"
    if low == -inf:
        return f"finite and {'<' if high_open else '<='} {high:g}"
    return f"in {'(' if low_open else '['}{low:g}, {high:g}{')' if high_open else ']'}"


def any_of(bad: Tensor) -> bool:
    """Return whether any of ``bad`` is true; inside ``torch.func.vmap`` nobody can tell: False."""
    try:
        return bool(bad.any())
    except RuntimeError:
        return False


def _ends(values: Tensor) -> list[float]:
    """Return the least and the greatest, NaN both if one is; inside ``torch.func.vmap`` none."""
    ends = torch.stack(torch.aminmax(values.detach()))
    try:
        return list(ends.tolist())
    except RuntimeError:
        return []


def number(
    name: str,
    value: object,
    *,
    low: float = -inf,
    high: float = inf,
    low_open: bool = False,
    high_open: bool = False,
) -> Number:
    """Return ``value``, a finite real number or a real tensor, all of it inside the interval."""
    if isinstance(value, Tensor):
        if value.dtype == torch.bool or value.is_complex():
            raise TypeError(f"{name} must be a real number or tensor, got {shown(value)}")
        tensor(name, value, floating=False, empty=True)
        if value.numel() == 0:
            raise ValueError(f"{name} must hold at least one number, got {shown(value)}")
        for end in _ends(value):
            above = end > low if low_open else end >= low
            below = end < high if high_open else end <= high
            if not (isfinite(end) and above and below):
                allowed = _interval(low, high, low_open, high_open)
                raise ValueError(f"{name} must be {allowed}, got {end:g} in {shown(value)}")
        return value
    return real(name, value, low=low, high=high, low_open=low_open, high_open=high_open)


def real(
    name: str,
    value: object,
    *,
    low: float = -inf,
    high: float = inf,
    low_open: bool = False,
    high_open: bool = False,
) -> float:
    """Return ``value``, one finite real number inside the interval (a bool is no number).

    NumPy's numbers, fractions and integers beyond 64 bits come back as what tensors compute with,
    Python's float or int, which leaves the precision to the tensors it meets.
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a real number, got {shown(value)}")
    try:
        one = float(value)
    except OverflowError:
        one = inf
    if isinstance(value, Integral) and _fits(index(value)):
        one = index(value)
    above = one > low if low_open else one >= low
    below = one < high if high_open else one <= high
    if not (isfinite(one) and above and below):
        allowed = _interval(low, high, low_open, high_open)
        raise ValueError(f"{name} must be {allowed}, got {shown(one)}")
    return one


def _fits(value: int) -> bool:
    return -(2**63) <= value < 2**63


def integer(name: str, value: object, *, low: int | None = None, high: int | None = None) -> int:
    """Return ``value``, an int in ``[low, high]`` (a bool is no int; NumPy's integers are)."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name} must be an integer, got {shown(value)}")
    value = index(value)
    if (low is not None and value < low) or (high is not None and value > high):
        allowed = f">= {low}" if high is None else f"in [{low}, {high}]"
        raise ValueError(f"{name} must be an integer {allowed}, got {shown(value)}")
    if not _fits(value):
        raise ValueError(f"{name} must be an integer of at most 64 bits, got {shown(value)}")
    return value


def boolean(name: str, value: object) -> bool:
    """Return ``value``, True or False."""
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be True or False, got {shown(value)}")
    return value


def function(name: str, value: object) -> object:
    """Return ``value``, something that can be called."""
    if not callable(value):
        raise TypeError(f"{name} must be callable, got {shown(value)}")
    return value


def generator(name: str, value: object, *, when: str) -> Generator:
    """Return ``value``, what random numbers are drawn from; ``when`` says when one is needed."""
    if not isinstance(value, Generator):
        raise TypeError(f"{name} must be a torch.Generator {when}, got {shown(value)}")
    return value


def seeded(seed: object) -> Generator:
    """Return a generator of its own, on the CPU, at the start of what ``seed`` stands for."""
    return Generator().manual_seed(integer("seed", seed, low=0, high=2**63 - 1))


def precision(name: str, value: object) -> torch.dtype:
    """Return ``value``, the dtype of real numbers that the course computes with."""
    if not isinstance(value, torch.dtype):
        raise TypeError(f"{name} must be torch.float32 or torch.float64, got {shown(value)}")
    if value not in (torch.float32, torch.float64):
        raise ValueError(f"{name} must be torch.float32 or torch.float64, got {value}")
    return value


def choice(name: str, value: object, choices: Iterable[str]) -> str:
    """Return ``value``, one of ``choices``; a near miss is pointed out."""
    allowed = list(choices)
    if not isinstance(value, str):
        raise TypeError(f"{name} must be one of {allowed}, got {shown(value)}")
    if value not in allowed:
        near = get_close_matches(value, allowed, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"{name} must be one of {allowed}, got {value!r}{hint}")
    return value


def tensor(
    name: str,
    value: object,
    *,
    dims: int | None = None,
    min_dims: int = 0,
    finite: bool = False,
    floating: bool = True,
    empty: bool = False,
) -> Tensor:
    """Return ``value``, a tensor of the asked-for kind and number of dimensions."""
    if not isinstance(value, Tensor):
        raise TypeError(f"{name} must be a torch.Tensor, got {shown(value)}")
    if value.layout != torch.strided:
        raise TypeError(f"{name} must be a dense tensor, got layout {value.layout}")
    if floating and not value.is_floating_point():
        raise TypeError(f"{name} must be a floating-point tensor, got {shown(value)}")
    if dims is not None and value.ndim != dims:
        raise ValueError(f"{name} must have {dims} dimension(s), got shape {tuple(value.shape)}")
    if value.ndim < min_dims:
        raise ValueError(
            f"{name} must have at least {min_dims} dimension(s), got shape {tuple(value.shape)}"
        )
    if value.numel() == 0 and not empty:
        raise ValueError(f"{name} must not be empty, got shape {tuple(value.shape)}")
    if finite and any_of(~torch.isfinite(value)):
        raise ValueError(f"{name} must be finite, got NaN or infinity in {shown(value)}")
    return value


def numbers(name: str, value: object, dims: int, dtype: torch.dtype) -> Tensor:
    """Return ``value``, a tensor or a (nested) list of finite numbers, as a tensor of ``dtype``."""
    if not isinstance(value, Tensor | list | tuple):
        raise TypeError(f"{name} must be a list of numbers or a tensor, got {shown(value)}")
    if isinstance(value, Tensor) and (value.dtype == torch.bool or value.is_complex()):
        raise TypeError(f"{name} must hold real numbers, got {shown(value)}")
    try:
        found = torch.as_tensor(value, dtype=dtype, device="cpu")
    except OverflowError:
        raise ValueError(f"{name} must be finite, got {shown(value)}") from None
    except (TypeError, ValueError, RuntimeError):
        raise TypeError(f"{name} must hold numbers only, got {shown(value)}") from None
    return tensor(name, found, dims=dims, finite=True)


def parameters(
    name: str, value: object, *, min_dims: int = 0, finite: bool = False, empty: bool = True
) -> Tensor:
    """Return ``value``, a tensor of float32 or float64 that an update rule can step.

    It may be empty, as the weights of ``torch.nn.Linear(0, 3)`` are: a step leaves it as it is.
    """
    theta = tensor(name, value, min_dims=min_dims, finite=finite, empty=empty)
    # half precision cannot count steps: 256 + 1 is 256 in bfloat16
    if theta.dtype not in (torch.float32, torch.float64):
        raise TypeError(f"{name} must have dtype float32 or float64, got {theta.dtype}")
    return theta


def alike(
    first_name: str,
    first: Tensor,
    name: str,
    value: object,
    *,
    whats: tuple[str, ...] = ("shape", "dtype", "device"),
    empty: bool = False,
) -> Tensor:
    """Return ``value``, a tensor with the shape, dtype and device of ``first``."""
    second = tensor(name, value, empty=empty or first.numel() == 0)
    for what in whats:
        wanted, got = getattr(first, what), getattr(second, what)
        if wanted != got:
            raise ValueError(f"{name} must have {first_name}'s {what} {wanted}, got {got}")
    return second


def joint_shape(first: torch.Size, second: torch.Size) -> torch.Size:
    """Return the shape that two shapes broadcast to; raise RuntimeError if they don't."""
    # Not torch.broadcast_shapes: its first call loads sympy, a third of a second.
    blanks = (torch.empty(()).expand(shape) for shape in (first, second))
    shape: torch.Size = torch.broadcast_tensors(*blanks)[0].shape  # type: ignore[no-untyped-call]
    return shape


def shapes_broadcast(name: str, value: object, other: str, shape: torch.Size) -> torch.Size:
    """Return the shape of ``value``, if it is a tensor, with ``shape``, that of ``other``."""
    if not isinstance(value, Tensor):
        return shape
    try:
        return joint_shape(value.shape, shape)
    except RuntimeError:
        raise ValueError(
            f"{name} must broadcast against {other} of shape {tuple(shape)}, "
            f"got shape {tuple(value.shape)}"
        ) from None


def all_broadcast(values: Mapping[str, object], other: str, shape: torch.Size) -> torch.Size:
    """Return the shape of all ``values`` together with ``shape``, that of ``other``."""
    against = other
    for name, value in values.items():
        if isinstance(value, Tensor):
            shape = shapes_broadcast(name, value, against, shape)
            against += f" with {name}" if against == other else f", {name}"
    return shape


def broadcasts(
    name: str, value: Tensor, other_name: str, other: Tensor, *, widening: bool = True
) -> torch.Size:
    """Return the shape of ``value`` with ``other``, whose dtype, device (and width) must stay."""
    shape = shapes_broadcast(name, value, other_name, other.shape)
    if torch.result_type(value, other) != other.dtype:
        raise TypeError(
            f"{name} must not be wider than {other_name}'s {other.dtype}, got {value.dtype}"
        )
    is_cpu_scalar = value.ndim == 0 and value.device.type == "cpu"  # goes with any device
    if value.device != other.device and not is_cpu_scalar:
        raise ValueError(
            f"{name} must be on {other_name}'s device {other.device}, got {value.device}"
        )
    if not widening and shape != other.shape:
        raise ValueError(
            f"{name} must broadcast to {other_name}'s shape {tuple(other.shape)}, "
            f"got {tuple(value.shape)}"
        )
    return shape
