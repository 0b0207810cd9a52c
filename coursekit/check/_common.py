"""Inputs and mistakes that the exercises share."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from coursekit.check._exercise import Call, Mistake, Scenario, Script
from coursekit.check._text import Text


def tensor(*values: object, dtype: torch.dtype = torch.float64) -> Tensor:
    """Return a tensor of these values; float64 unless told."""
    return torch.tensor(values, dtype=dtype)


def mistake(
    key: str,
    en: str,
    zh: str,
    hint_en: str,
    hint_zh: str,
    error: str = "",
    *,
    measured: bool = True,
) -> Mistake:
    """Write down a mistake: its key, what it is called, and a hint, both in both languages."""
    return Mistake(key, Text(en, zh), Text(hint_en, hint_zh), error, measured=measured)


def step_of(number: int) -> Text:
    """Return the name of the step ``number``, counted from one."""
    return Text("step {n}", "第 {n} 步").format(n=number)


def case_of(number: int) -> Text:
    """Return the name of the call ``number``, counted from one."""
    return Text("case {n}", "第 {n} 例").format(n=number)


Function = Callable[..., Any]

ROWS = ((1.0, 0.5), (-1.0, 2.0), (0.5, -1.5), (2.0, 1.0))
TARGETS = (1.0, -2.0, 0.5, 3.0)

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
    """Run every setting in float64, and the first one on a matrix and in float32."""
    run = partial(_run, states, counted=counted)
    return [
        *(run(*setting) for setting in settings),
        run(*settings[-1], column=True),
        run(*settings[-1], dtype=torch.float32),
    ]


ASCENT = mistake(
    "ascent",
    "a step uphill: it adds where it should subtract",
    "朝上坡走的一步：该减的地方用了加",
    "The gradient points to where the objective grows fastest. Which way do you want to go?",
    "梯度指向目标增长最快的方向。你想往哪边走？",
)
NO_LR = mistake(
    "no_lr",
    "an update that leaves out the learning rate",
    "漏掉学习率的更新",
    "If `lr` is halved, what should happen to the step? Try it.",
    "把 `lr` 减半，步长应当怎样变？试试看。",
)
UNCHANGED = mistake(
    "unchanged",
    "a function that hands `theta` back as it came",
    "把 `theta` 原样返回的函数",
    "Compare what you return with what you were given.",
    "把你返回的和传进来的比一比。",
)
ONLY_STEP = mistake(
    "only_step",
    "the change alone, not the new `theta`",
    "只返回了变化量，而不是新的 `theta`",
    "You return how far to go. The exercise asks where one then stands.",
    "你返回的是走多远，练习要的是走完以后在哪里。",
    measured=False,
)
