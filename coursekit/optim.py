r"""Update rules, each written as its equation.

A rule is a frozen dataclass of hyper-parameters with two pure methods::

    state = rule.init(theta)
    theta, state = rule.update(theta, grad, state)

Nothing is changed in place. Every numeric hyper-parameter is a float or a tensor that broadcasts
against ``theta``: with ``lr`` of shape ``(10_000, 1)`` and ``theta`` of shape ``(10_000, d)``, one
call steps ten thousand optimizers. Names, defaults and conventions are those of ``torch.optim``.

Throughout, :math:`\theta` is ``theta``, the parameters; :math:`g` the gradient there plus
``weight_decay`` times :math:`\theta`; :math:`\eta` is ``lr``; squares, roots and quotients are
taken coordinate by coordinate.
"""

from dataclasses import Field, dataclass, fields
from typing import Any, ClassVar, NamedTuple, Protocol

import torch
from torch import Tensor

from coursekit import _require
from coursekit._require import Number

__all__ = ["SGD", "Adam", "AdamState", "Rule", "SGDState", "hyper_parameters"]


class Rule(Protocol):
    """What an update rule is: a dataclass of hyper-parameters, ``lr`` among them, that can step."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def lr(self) -> Number:
        """The learning rate."""

    def init(self, theta: Tensor) -> Any:
        """Return the state before the first step, a NamedTuple of tensors."""

    def update(self, theta: Tensor, grad: Tensor, state: Any) -> tuple[Tensor, Any]:
        """Return the next parameters and the next state."""


_ALLOWED: dict[str, dict[str, Any]] = {
    "lr": {"low": 0},
    "momentum": {"low": 0},
    "dampening": {"low": 0, "high": 1},
    "weight_decay": {"low": 0},
    "lr_decay": {"low": 0},
    "initial_accumulator_value": {"low": 0},
    "alpha": {"low": 0, "high": 1, "high_open": True},
    "rho": {"low": 0, "high": 1, "high_open": True},
    "beta1": {"low": 0, "high": 1, "high_open": True},
    "beta2": {"low": 0, "high": 1, "high_open": True},
    "eps": {"low": 0},
}


@dataclass(frozen=True)
class _Checked:
    """A rule whose hyper-parameters are checked: alone when it is made, beside theta in init."""

    lr: Number

    def __post_init__(self) -> None:
        for name, value in hyper_parameters(self).items():
            if name == "centered":
                _require.boolean(name, value)
            else:
                _require.number(name, value, **_ALLOWED[name])

    def _zeros(self, theta: Tensor) -> Tensor:
        """Return zeros like ``theta``, once it is known that this rule can step it."""
        _require.tensor("theta", theta)
        if theta.dtype not in (torch.float32, torch.float64):
            raise TypeError(f"theta must have dtype float32 or float64, got {theta.dtype}")
        for name, value in hyper_parameters(self).items():
            if isinstance(value, Tensor):
                _require.broadcasts(name, value, "theta", theta)
        return torch.zeros_like(theta)


def hyper_parameters(rule: Rule | _Checked) -> dict[str, Any]:
    """Return a rule's hyper-parameters by name.

    Parameters
    ----------
    rule : Rule
        Any rule of this module, or a dataclass that keeps to its protocol.

    Returns
    -------
    dict
        Field names and values, in the order of definition.

    Examples
    --------
    >>> hyper_parameters(SGD(lr=0.1))
    {'lr': 0.1, 'weight_decay': 0.0}
    """
    return {field.name: getattr(rule, field.name) for field in fields(rule)}


class SGDState(NamedTuple):
    """Plain descent remembers nothing."""


@dataclass(frozen=True)
class SGD(_Checked):
    r"""Gradient descent: a step against the gradient.

    .. math:: \theta_t = \theta_{t-1} - \eta\, g_t
    """

    lr: Number = 1e-3
    weight_decay: Number = 0.0

    def init(self, theta: Tensor) -> SGDState:
        """Return the state before the first step: there is nothing to remember."""
        self._zeros(theta)
        return SGDState()

    def update(self, theta: Tensor, grad: Tensor, state: SGDState) -> tuple[Tensor, SGDState]:
        """Take one step from ``theta`` against ``grad``; return the new point and state."""
        _require.alike("theta", theta, "grad", grad)
        g = grad + self.weight_decay * theta
        theta = theta - self.lr * g
        return theta, state


class AdamState(NamedTuple):
    """What Adam carries from step to step: ``t`` (steps taken), moment estimates ``m``, ``v``."""

    t: Tensor
    m: Tensor
    v: Tensor


@dataclass(frozen=True)
class Adam(_Checked):
    r"""Adam: a step along the first moment, scaled by the root of the second.

    .. math::

        m_t &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        \hat m_t &= m_t / (1 - \beta_1^t), \qquad \hat v_t = v_t / (1 - \beta_2^t) \\
        \theta_t &= \theta_{t-1} - \eta\, \hat m_t / (\sqrt{\hat v_t} + \epsilon)
    """

    lr: Number = 1e-3
    beta1: Number = 0.9
    beta2: Number = 0.999
    eps: Number = 1e-8
    weight_decay: Number = 0.0

    def init(self, theta: Tensor) -> AdamState:
        """Return the state before the first step: no steps taken, both moments zero."""
        zero = self._zeros(theta)
        return AdamState(t=zero.new_zeros(()), m=zero, v=zero)

    def update(self, theta: Tensor, grad: Tensor, state: AdamState) -> tuple[Tensor, AdamState]:
        """Take one step from ``theta`` against ``grad``; return the new point and state."""
        _require.alike("theta", theta, "grad", grad)
        g = grad + self.weight_decay * theta
        t = state.t + 1
        m = self.beta1 * state.m + (1 - self.beta1) * g
        v = self.beta2 * state.v + (1 - self.beta2) * g**2
        m_hat = m / (1 - self.beta1**t)
        v_hat = v / (1 - self.beta2**t)
        theta = theta - self.lr * m_hat / (v_hat.sqrt() + self.eps)
        return theta, AdamState(t, m, v)
