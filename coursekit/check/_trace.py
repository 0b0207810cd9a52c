"""What a function returned, call by call, and when two such records are the same."""

from dataclasses import dataclass

import torch
from torch import Tensor

from coursekit.check._exercise import Call, Values
from coursekit.check._text import Text


@dataclass(frozen=True)
class Failure:
    """Why a call gave nothing to compare."""

    key: str
    sentence: Text
    error: str = ""


@dataclass(frozen=True)
class Seen:
    """One call and what it returned.

    ``changed`` is the argument that it changed in place, if any; ``tracked`` one that it left with
    ``requires_grad`` set.
    """

    call: Call
    values: Values
    changed: str | None = None
    tracked: str | None = None


@dataclass(frozen=True)
class Trace:
    """All that a function returned, up to the failure that ended it, if one did."""

    seen: tuple[Seen, ...]
    failure: Failure | None = None


FINE = (1e-9, 1e-11)  # relative and absolute: float64, whatever the algebra
_COARSE = {torch.float16: (1e-2, 1e-2), torch.bfloat16: (5e-2, 5e-2)}
_SINGLE = (1e-4, 1e-6)  # what float32 anywhere inside leaves


def close(yours: Tensor, expected: Tensor, tolerance: tuple[float, float] | None = None) -> Tensor:
    """Say entry by entry whether two values are equal, as nearly as the dtype can tell."""
    relative, absolute = tolerance or _COARSE.get(yours.dtype, _SINGLE)
    return torch.isclose(
        yours.double(), expected.double(), rtol=relative, atol=absolute, equal_nan=True
    )


def agree(yours: Values, expected: Values, tolerance: tuple[float, float] | None = None) -> bool:
    """Say whether all values have equal shapes and, as far as can be told, equal entries."""
    return all(
        mine.shape == theirs.shape and bool(close(mine, theirs, tolerance).all())
        for mine, theirs in zip(yours, expected, strict=True)
    )
