"""Update rules, each written as its equation.

A rule is a frozen dataclass of hyper-parameters with two pure methods::

    state = rule.init(theta)
    theta, state = rule.update(theta, grad, state)

Nothing is changed in place. Every numeric hyper-parameter is a float or a tensor that broadcasts
against ``theta``: with ``lr`` of shape ``(10_000, 1)`` and ``theta`` of shape ``(10_000, d)``, one
call steps ten thousand optimizers. Names and defaults are those of ``torch.optim``.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from coursekit import _require
from coursekit._require import Number


class AdamState(NamedTuple):
    """What Adam carries from step to step: ``t`` (steps taken), moment estimates ``m``, ``v``."""

    t: Tensor
    m: Tensor
    v: Tensor


@dataclass(frozen=True)
class Adam:
    r"""Adam: a step along the first moment, scaled by the root of the second.

    .. math::

        m_t &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        \hat m_t &= m_t / (1 - \beta_1^t), \qquad \hat v_t = v_t / (1 - \beta_2^t) \\
        \theta_t &= \theta_{t-1} - \eta\, \hat m_t / (\sqrt{\hat v_t} + \epsilon)

    ...
    """

    lr: Number = 1e-3
    beta1: Number = 0.9
    beta2: Number = 0.999
    eps: Number = 1e-8
    weight_decay: Number = 0.0

    def __post_init__(self) -> None:
        _require.number("lr", self.lr, low=0)
        _require.number("beta1", self.beta1, low=0, high=1, high_open=True)
        _require.number("beta2", self.beta2, low=0, high=1, high_open=True)
        _require.number("eps", self.eps, low=0)
        _require.number("weight_decay", self.weight_decay, low=0)

    def init(self, theta: Tensor) -> AdamState:
        """Return the state before the first step: no steps taken, both moments zero."""
        _require.tensor("theta", theta)
        zero = torch.zeros_like(theta)
        return AdamState(t=torch.zeros((), dtype=theta.dtype, device=theta.device), m=zero, v=zero)

    def update(self, theta: Tensor, grad: Tensor, state: AdamState) -> tuple[Tensor, AdamState]:
        """Take one step from ``theta`` against ``grad``; return the new point and state."""
        g = _require.alike("theta", theta, "grad", grad) + self.weight_decay * theta
        t = state.t + 1
        m = self.beta1 * state.m + (1 - self.beta1) * g
        v = self.beta2 * state.v + (1 - self.beta2) * g**2
        m_hat = m / (1 - self.beta1**t)
        v_hat = v / (1 - self.beta2**t)
        theta = theta - self.lr * m_hat / (v_hat.sqrt() + self.eps)
        return theta, AdamState(t, m, v)
