"""Run a descent, or ten thousand of them at once, and keep the whole path."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from torch import Generator, Tensor

from coursekit import _require
from coursekit._require import Number
from coursekit.optim import Rule, hyper_parameters

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["Path", "descend"]

Objective = Callable[[Tensor], Tensor]
Noise = Number | Callable[[Tensor, Generator | None], Tensor]


@dataclass(frozen=True, eq=False)
class Path:
    """Where a descent has been, the start included.

    Parameters
    ----------
    points : Tensor of shape (steps + 1, ..., d)
        The parameters before the first step and after each.
    values : Tensor of shape (steps + 1, ...)
        The objective there.
    """

    points: Tensor
    values: Tensor

    def to_frame(self) -> "DataFrame":
        """Return the path as a tidy pandas frame, a row for each step of each run.

        Returns
        -------
        pandas.DataFrame
            With columns ``step``, ``run``, ``x0`` ... ``x{d-1}``, ``value``. Runs are numbered from
            0 in the order of the leading dimensions, the last of them fastest.

        Examples
        --------
        >>> from coursekit.optim import SGD
        >>> path = descend(lambda theta: theta.square().sum(-1), torch.ones(1), SGD(lr=0.25), 2)
        >>> print(path.to_frame().to_string(index=False))
         step  run   x0  value
            0    0 1.00 1.0000
            1    0 0.50 0.2500
            2    0 0.25 0.0625
        """
        import pandas as pd

        length, d = self.points.shape[0], self.points.shape[-1]
        runs = self.values[0].numel()
        points = self.points.reshape(length * runs, d).cpu().numpy()
        columns = {
            "step": torch.arange(length).repeat_interleave(runs).numpy(),
            "run": torch.arange(runs).repeat(length).numpy(),
            **{f"x{i}": points[:, i] for i in range(d)},
            "value": self.values.reshape(-1).cpu().numpy(),
        }
        return pd.DataFrame(columns)


def descend(
    objective: Objective,
    start: Tensor,
    rule: Rule,
    steps: int,
    schedule: Callable[[int], Number] | None = None,
    noise: Noise | None = None,
    generator: Generator | None = None,
) -> Path:
    r"""Follow an update rule downhill, every run in ``start`` and ``rule`` at once.

    Leading dimensions are independent runs. The gradient is that of the objective's sum over the
    runs, which is each run's own; a run that diverges carries on with infinity or NaN and leaves
    the others as they would have been without it, bit for bit.

    Parameters
    ----------
    objective : callable
        Maps points ``(..., d)`` to values ``(...)`` by torch operations, each row on its own.
    start : Tensor of shape (..., d)
        Where to start, float32 or float64; the path has its dtype and device. It is expanded to
        what it and the rule's hyper-parameters broadcast to: ``start`` of shape ``(2,)`` under
        ``lr`` of shape ``(10_000, 1)`` makes ten thousand runs from one point. A tensor whose last
        dimension is d rather than 1 gives each coordinate its own hyper-parameter.
    rule : Rule
        One of :mod:`coursekit.optim`, or any dataclass with its ``init`` and ``update``.
    steps : int
        How many steps to take.
    schedule : callable, optional
        ``schedule(step)``, for step 0, 1, ..., returns the factor that multiplies ``rule.lr``: a
        number, or a tensor that broadcasts to ``theta`` to give each run its own.
    noise : float, Tensor or callable, optional
        The standard deviation of Gaussian noise added to every gradient, independent for each run,
        step and coordinate; a tensor broadcasts against ``start`` as a hyper-parameter does. Or a
        callable ``noise(theta, generator)`` that returns what is to be added.
    generator : torch.Generator, optional
        What Gaussian noise is drawn from: needed with it, so that no run depends on global state.

    Returns
    -------
    Path
        All points and values, the start included.

    Raises
    ------
    TypeError
        If an argument is not of the kind described.
    ValueError
        If ``start`` is empty or not finite, shapes don't fit, ``steps`` is negative, or ``noise``
        comes without a generator. Nothing is raised because a run diverges.

    Examples
    --------
    On :math:`\theta^2/2` each step multiplies :math:`\theta` by :math:`1 - \eta`:

    >>> from coursekit.optim import SGD
    >>> lr = torch.tensor([[0.5], [1.0], [3.0]])
    >>> path = descend(lambda theta: 0.5 * theta.square().sum(-1), torch.ones(1), SGD(lr), 2)
    >>> path.points[:, :, 0]
    tensor([[ 1.0000,  1.0000,  1.0000],
            [ 0.5000,  0.0000, -2.0000],
            [ 0.2500,  0.0000,  4.0000]])
    """
    _require.function("objective", objective)
    _require.integer("steps", steps, low=0)
    if schedule is not None:
        _require.function("schedule", schedule)
    start = theta = _every_run(start, rule, noise, generator)
    state = rule.init(theta)
    points = theta.new_empty((steps + 1, *theta.shape))
    values = theta.new_empty((steps + 1, *theta.shape[:-1]))
    points[0] = theta
    for step in range(steps):
        values[step], grad = _value_and_grad(objective, theta)
        with torch.no_grad():
            if noise is not None:
                grad = grad + _drawn(noise, theta, generator)
            now = rule if schedule is None else _scheduled(rule, schedule, step, theta)
            theta, state = now.update(theta, grad, state)
            points[step + 1] = _require.alike("start", start, "rule.update(...)", theta)
    with torch.no_grad():
        values[steps] = _value(objective, theta)
    return Path(points, values)


def _every_run(
    start: Tensor, rule: Rule, noise: Noise | None, generator: Generator | None
) -> Tensor:
    """Return ``start`` with a row for every run that it and the hyper-parameters ask for."""
    _require.parameters("start", start, min_dims=1, finite=True, empty=False)
    batched = hyper_parameters(rule)
    if noise is not None and not callable(noise):
        batched["noise"] = _require.number("noise", noise, low=0)
        source = _require.generator("generator", generator, when="to draw noise")
        if source.device != start.device:
            raise ValueError(
                f"generator must be on start's device {start.device}, got {source.device}"
            )
    theta = start.detach()
    for name, value in batched.items():
        if isinstance(value, Tensor):
            theta = theta.expand(_require.broadcasts(name, value, "start", theta))
            if theta.shape[-1] != start.shape[-1]:
                raise ValueError(
                    f"{name} must have a last dimension of 1 or start's {start.shape[-1]}, "
                    f"got shape {tuple(value.shape)}"
                )
    return theta.clone()


def _value(objective: Objective, theta: Tensor) -> Tensor:
    value = _require.tensor("objective(theta)", objective(theta))
    if value.shape != theta.shape[:-1]:
        raise ValueError(
            f"objective(theta) must have shape {tuple(theta.shape[:-1])} for theta of shape "
            f"{tuple(theta.shape)}, got {tuple(value.shape)}"
        )
    return value


def _value_and_grad(objective: Objective, theta: Tensor) -> tuple[Tensor, Tensor]:
    with torch.enable_grad():
        theta = theta.detach().requires_grad_()
        value = _value(objective, theta)
        grad = None
        if value.requires_grad:
            (grad,) = torch.autograd.grad(value.sum(), theta, allow_unused=True)
        if grad is None:
            raise ValueError("objective must compute its value from theta by torch operations")
    return value.detach(), grad


def _drawn(noise: Noise, theta: Tensor, generator: Generator | None) -> Tensor:
    if callable(noise):
        added = _require.tensor("noise(theta, generator)", noise(theta, generator))
        _require.broadcasts("noise(theta, generator)", added, "theta", theta, widening=False)
        return added
    unit = torch.randn(theta.shape, generator=generator, dtype=theta.dtype, device=theta.device)
    return noise * unit


def _scheduled(rule: Rule, schedule: Callable[[int], Number], step: int, theta: Tensor) -> Rule:
    factor = _require.number(f"schedule({step})", schedule(step), low=0)
    if isinstance(factor, Tensor):
        _require.broadcasts(f"schedule({step})", factor, "theta", theta, widening=False)
    return replace(rule, lr=rule.lr * factor)
