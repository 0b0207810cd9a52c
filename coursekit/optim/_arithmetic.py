"""The arithmetic that the rules share: products, roots and powers that keep their limits."""

import math

import torch
from torch import Tensor

from coursekit._require import Number


def times(factor: Number, x: Tensor) -> Tensor:
    """Return ``factor * x``, and 0 where ``factor`` is 0: what is turned off leaves no NaN.

    In floating point, 0 times infinity is NaN, and a run that has overflown has infinity in ``x``.
    """
    if isinstance(factor, Tensor):
        return factor * torch.where(factor == 0, x.nan_to_num(0, 0, 0), x)
    return torch.zeros_like(x) if factor == 0 else factor * x


def root(x: Tensor) -> Tensor:
    """Return the square root of ``x``, whose derivative at 0 counts as 0.

    The limit is infinite, and infinity times the 0 that the chain rule has beside it is NaN.
    """
    if not torch.is_grad_enabled():
        return x.sqrt()
    zero = x == 0
    return torch.where(zero, 0, torch.where(zero, 1, x).sqrt())


def wide(x: Number) -> Number:
    """Return ``x`` in double precision, where the device has it."""
    if isinstance(x, Tensor) and x.device.type != "mps":
        return x.double()
    return x


def one_minus_power(beta: Number, t: Tensor) -> Tensor:
    r"""Return :math:`1 - \beta^t`, in the precision of ``t``.

    It is computed in double precision: in single precision, :math:`0.99999999` is 1. Two numbers
    are left to Python, as in ``torch.optim``; it takes a fifth of the time and gives the same bits.
    """
    if not isinstance(beta, Tensor) and (steps := _number(t)) is not None:
        return t.new_full((), 1 - beta**steps)
    power: Tensor = torch.as_tensor(wide(beta) ** wide(t))
    return (1 - power).to(t.dtype)


def _number(t: Tensor) -> float | None:
    """Return the one number in ``t``, or None where it is not at hand: traced, mapped, away."""
    if t.ndim or t.requires_grad or t.device.type != "cpu" or torch.compiler.is_compiling():
        return None
    try:
        return float(t.item())
    except RuntimeError:  # inside torch.func.vmap
        return None


def at_least(low: Number, x: Tensor) -> Tensor:
    """Return the larger of ``low`` and ``x``."""
    return torch.maximum(torch.as_tensor(low, dtype=x.dtype, device=x.device), x)


def at_most(high: Number, x: Tensor) -> Tensor:
    """Return the smaller of ``high`` and ``x``."""
    return torch.minimum(torch.as_tensor(high, dtype=x.dtype, device=x.device), x)


def transposed(x: Tensor) -> Tensor:
    """Return each matrix of ``x``, rows for columns."""
    return x.transpose(-2, -1)


def norm(x: Tensor, dims: tuple[int, ...]) -> Tensor:
    """Return the root of the sum of squares over ``dims``, which stay with length 1."""
    length: Tensor = torch.linalg.vector_norm(x, dim=dims, keepdim=True)
    return length


def rms(x: Tensor, dims: tuple[int, ...]) -> Tensor:
    """Return the root mean square over ``dims``, which stay with length 1."""
    return norm(x, dims) / math.sqrt(math.prod(x.shape[dim] for dim in dims))


def function_of_spectrum(x: Tensor, power: float, eps: Number = 0.0, least: Number = 0.0) -> Tensor:
    r"""Return :math:`Q (\Lambda^p + \epsilon)^{\pm 1} Q^T` of each symmetric matrix of ``x``.

    The sign of the outer exponent is that of ``power``. No eigenvalue is less than ``least``, a
    number or one a matrix, shape ``(..., 1, 1)``: what rounding takes below counts as that. A
    matrix that is not finite gives NaN, and the others what they give without it: the
    decomposition of one alone would stop them all.
    """
    lost = ~x.isfinite().all(-1, keepdim=True).all(-2, keepdim=True)
    eye = torch.eye(x.shape[-1], dtype=x.dtype, device=x.device)
    values, vectors = torch.linalg.eigh(torch.where(lost, eye, x))
    values = values[..., None, :].clamp(min=least)
    scaled = values ** abs(power) + (eps.to(x.dtype) if isinstance(eps, Tensor) else eps)
    scaled = 1 / scaled if power < 0 else scaled
    return torch.where(lost, torch.nan, (vectors * scaled) @ transposed(vectors))
