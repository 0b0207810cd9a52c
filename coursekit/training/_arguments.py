"""What both kinds of training ask of their arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from torch import Tensor, nn

from coursekit import _require

Loss = Callable[[Tensor, Tensor], Tensor]
"""Takes a model's output and the targets, returns one number: their mean loss."""


Pair = tuple[Tensor, Tensor]
"""Inputs and targets with as many rows each; :class:`coursekit.data.Samples` is one."""


def checked_module(name: str, value: object) -> Tensor:
    """Return the first parameter of ``value``, a module."""
    if not isinstance(value, nn.Module):
        raise TypeError(f"{name} must be a torch.nn.Module, got {value!r}")
    first = next(value.parameters(), None)
    if first is None:
        raise ValueError(f"{name} must have parameters to train, got {value!r}")
    return first


def inputs(name: str, value: object, *, like: Tensor, rows_at: int = 0) -> Tensor:
    """Return ``value``, inputs for parameters such as ``like``."""
    x = _require.tensor(name, value, min_dims=rows_at + 1, floating=False)
    if x.is_floating_point() and x.dtype != like.dtype:
        raise TypeError(f"{name} must have the parameters' dtype {like.dtype}, got {x.dtype}")
    if x.device != like.device:
        raise ValueError(f"{name} must be on the device {like.device}, got {x.device}")
    return x


def pair(name: str, value: object, *, like: Tensor, rows_at: int = 0) -> Pair:
    """Return ``value``, inputs and as many targets."""
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise TypeError(
            f"{name} must be a pair of tensors, inputs and targets, got {_require.shown(value)}"
        )
    x = inputs(name, value[0], like=like, rows_at=rows_at)
    y = _require.tensor(name, value[1], min_dims=rows_at + 1, floating=False)
    if x.shape[: rows_at + 1] != y.shape[: rows_at + 1]:
        raise ValueError(
            f"{name} must have as many targets as inputs, "
            f"got shapes {tuple(x.shape)} and {tuple(y.shape)}"
        )
    if x.device != y.device:
        raise ValueError(f"{name} must be on one device, got {x.device} and {y.device}")
    return x, y


def rows_a_batch(value: int | None, n: int) -> int:
    return n if value is None else min(n, _require.integer("batch_size", value, low=1))


def with_gradient(losses: Tensor) -> None:
    """Ask that losses have a gradient to go down."""
    if not losses.requires_grad:
        raise ValueError(
            "loss must be computed from the model's output by torch operations, "
            "through which autograd can go back: what it returned has no gradient"
        )


def all_judges(loss: Loss, metrics: Mapping[str, Loss] | None) -> dict[str, Loss]:
    if metrics is not None and not isinstance(metrics, Mapping):
        raise TypeError(f"metrics must map names to functions, got {metrics!r}")
    judges = {"loss": loss}
    for name, metric in (metrics or {}).items():
        if not isinstance(name, str):
            raise TypeError(f"metrics must have strings for names, got {name!r}")
        if name == "loss":
            raise ValueError("metrics must not be named 'loss': that is recorded anyway")
        judges[name] = metric
    for name, judge in judges.items():
        _require.function(name, judge)
    return judges
