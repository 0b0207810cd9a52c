"""Calls and inputs that the exercises share."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from coursekit.check._exercise import Call, Scenario, Script
from coursekit.check._text import Text


def tensor(*values: object, dtype: torch.dtype = torch.float64) -> Tensor:
    """Return a tensor of these values; float64 unless told."""
    return torch.tensor(values, dtype=dtype)


def step_of(number: int) -> Text:
    """Return the name of the step ``number``, counted from one."""
    return Text("step {n}", "第 {n} 步").format(n=number)


def case_of(number: int) -> Text:
    """Return the name of the call ``number``, counted from one."""
    return Text("case {n}", "第 {n} 例").format(n=number)


def case(where: Text, *arguments: Any, **options: Any) -> Scenario:
    """Make one call; a function that takes none of the options is not asked."""

    def play() -> Script:
        yield Call(where, arguments, options)

    return Scenario(play, tuple(options))


def wide(rows: int, columns: int, dtype: torch.dtype = torch.float64) -> Tensor:
    """Return a well-conditioned matrix without a random generator."""
    i = torch.arange(1, rows + 1, dtype=dtype)[:, None]
    j = torch.arange(1, columns + 1)
    return torch.sin(i * j) + torch.cos(2 * i + 3 * j)


ROWS = ((1.0, 0.5), (-1.0, 2.0), (0.5, -1.5), (2.0, 1.0))
TARGETS = (1.0, -2.0, 0.5, 3.0)

_FLAT = Text("a first step with a gradient of zero in it", "梯度里有零的第一步")
_LATE = Text("one step later in a run", "中途的一步")

THETA = (1.5, -2.0, 0.5)
GRADS = ((2.0, -0.5, 1.0), (-1.0, -1.5, 0.25), (0.5, 2.0, 0.75), (1.5, -1.0, -2.0))


def _run(
    states: int,
    *hyper: float,
    counted: bool = False,
    dtype: torch.dtype = torch.float64,
    column: bool = False,
) -> Scenario:
    """Take a few steps with a zero state; ``counted`` rules are told the step's number."""

    def play() -> Script:
        theta = tensor(*THETA, dtype=dtype)
        grads = [tensor(*grad, dtype=dtype) for grad in GRADS]
        if column:  # a matrix of parameters: no rule may mix its entries
            theta = torch.stack([theta, -3 * theta])
            grads = [torch.stack([grad, 0.1 * grad.flip(0)]) for grad in grads]
        values: tuple[Tensor, ...] = (theta, *(torch.zeros_like(theta) for _ in range(states)))
        for t, grad in enumerate(grads, 1):
            theta, *state = values
            numbers = (t, *hyper) if counted else hyper
            values = yield Call(step_of(t), (theta, grad, *state, *numbers))

    return Scenario(play)


def runs(
    states: int, settings: Sequence[tuple[float, ...]], counted: bool = False
) -> list[Scenario]:
    """Run every setting in float64, and the last one on a matrix and in float32.

    Then one step with a coordinate whose gradient has always been zero, and one late in a run.
    """
    run = partial(_run, states, counted=counted)

    def flat() -> Script:
        theta, grad = tensor(*THETA), tensor(0.0, 1.0, -0.5)
        zeros = [torch.zeros_like(theta) for _ in range(states)]
        yield Call(_FLAT, (theta, grad, *zeros, *([1] if counted else []), *settings[0]))

    def late() -> Script:
        theta, grad = tensor(*THETA), tensor(*GRADS[1])
        kept = [tensor(0.3, 0.2, 0.6) * (number + 1) for number in range(states)]
        yield Call(_LATE, (theta, grad, *kept, *([5] if counted else []), *settings[-1]))

    return [
        *(run(*setting) for setting in settings),
        run(*settings[-1], column=True),
        run(*settings[-1], dtype=torch.float32),
        Scenario(flat),
        Scenario(late),
    ]
