"""Rules that average where they have been."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor

from coursekit import _require
from coursekit._require import Number
from coursekit.optim._arithmetic import at_least, times
from coursekit.optim._rule import Asked, Checked, between


class ASGDState(NamedTuple):
    """What ASGD carries: ``t`` (steps taken), the next ``eta`` and ``mu``, the average ``ax``."""

    t: Tensor
    eta: Tensor
    mu: Tensor
    ax: Tensor


@dataclass(frozen=True)
class ASGD(Checked):
    r"""Averaged SGD: plain descent with a falling rate, and the mean of where it has been.

    .. math::

        \theta_t &= (1 - \lambda_0\, \eta_{t-1})\, \theta_{t-1} - \eta_{t-1}\, g_t \\
        \bar\theta_t &= \bar\theta_{t-1} + \mu_{t-1}\, (\theta_t - \bar\theta_{t-1}) \\
        \eta_t &= \frac{\eta}{(1 + \lambda_0\, \eta\, t)^\alpha}, \qquad
        \mu_t = \frac{1}{\max(1, t - t_0)}

    with :math:`\eta_0 = \eta` and :math:`\mu_0 = 1`.

    Parameters
    ----------
    lr : float or Tensor, at least 0
        :math:`\eta`, the learning rate to begin with.
    lambd : float or Tensor, at least 0
        :math:`\lambda_0`, how fast the rate falls; it shrinks the parameters as well.
    alpha : float or Tensor, at least 0
        :math:`\alpha`, the power with which the rate falls.
    t0 : float or Tensor, at least 0
        :math:`t_0`, in steps: the average is that of :math:`\theta` from step :math:`t_0 + 2` on,
        and until then :math:`\theta` itself. The default of a million means: not.
    weight_decay : float or Tensor, at least 0
        :math:`\lambda`, the strength of the L2 penalty.

    Notes
    -----
    The result is the average, ``state.ax``; the parameters themselves are only the path that is
    averaged.

    Examples
    --------
    >>> rule, theta = ASGD(lr=0.5, lambd=0.0, t0=0.0), torch.zeros(1)
    >>> state = rule.init(theta)
    >>> for _ in range(3):
    ...     theta, state = rule.update(theta, torch.ones(1), state)
    >>> theta, state.ax
    (tensor([-1.5000]), tensor([-1.2500]))

    References
    ----------
    Polyak and Juditsky (1992), "Acceleration of Stochastic Approximation by Averaging",
    https://doi.org/10.1137/0330046.
    """

    lr: Number = 1e-2
    lambd: Number = 1e-4
    alpha: Number = 0.75
    t0: Number = 1e6
    weight_decay: Number = 0.0

    asked: ClassVar[Mapping[str, Asked]] = MappingProxyType({"alpha": between(low=0)})

    def init(self, theta: Tensor) -> ASGDState:
        """Return the state before the first step: the whole rate, nothing averaged."""
        zero = self._zeros_like(theta)
        one = zero.new_ones(())
        return ASGDState(t=zero.new_zeros(()), eta=one * self.lr, mu=one, ax=zero)

    def update(self, theta: Tensor, grad: Tensor, state: ASGDState) -> tuple[Tensor, ASGDState]:
        """Take one step from ``theta`` against ``grad``; return the new point and state."""
        _require.alike("theta", theta, "grad", grad)
        g = grad + times(self.weight_decay, theta)
        t = state.t + 1
        theta = theta - state.eta * times(self.lambd, theta) - state.eta * g
        ax = torch.where(state.mu == 1, theta, state.ax + state.mu * (theta - state.ax))
        eta = self.lr / (1 + self.lambd * self.lr * t) ** self.alpha
        mu = 1 / at_least(1.0, t - self.t0)
        return theta, ASGDState(t, eta, mu, ax)


class ScheduleFreeState(NamedTuple):
    """What ScheduleFree carries: the sum ``s`` of squared rates, the iterate ``z``, mean ``x``."""

    s: Tensor
    z: Tensor
    x: Tensor


@dataclass(frozen=True)
class ScheduleFree(Checked):
    r"""Schedule-free SGD: gradients are taken between the iterate and its running mean.

    .. math::

        z_t &= z_{t-1} - \eta\, g_t \\
        c_t &= \eta^2 \big/ \textstyle\sum_{i \le t} \eta_i^2 \\
        x_t &= (1 - c_t)\, x_{t-1} + c_t\, z_t \\
        \theta_t &= (1 - \beta)\, z_t + \beta\, x_t

    with :math:`z_0 = x_0 = \theta_0`. At a constant rate :math:`c_t = 1/t`.

    Parameters
    ----------
    lr : float or Tensor, at least 0
        :math:`\eta`, the learning rate, constant or warmed up. It need not fall.
    beta : float or Tensor, in [0, 1)
        :math:`\beta`, how far towards the mean the gradient is taken. 0 averages plain descent.
    weight_decay : float or Tensor, at least 0
        :math:`\lambda`, the strength of the L2 penalty, taken at :math:`\theta`.

    Notes
    -----
    The result is the mean, ``state.x``; :math:`\theta` is where gradients are taken, the paper's
    :math:`y`.

    Examples
    --------
    >>> rule, theta = ScheduleFree(lr=0.5, beta=0.5), torch.zeros(1)
    >>> state = rule.init(theta)
    >>> for _ in range(3):
    ...     theta, state = rule.update(theta, torch.ones(1), state)
    >>> state.z, state.x, theta
    (tensor([-1.5000]), tensor([-1.]), tensor([-1.2500]))

    References
    ----------
    Defazio, Yang, Mehta, Mishchenko, Khaled and Cutkosky (2024), "The Road Less Scheduled",
    https://arxiv.org/abs/2405.15682, Equations 3 to 5; the weights for a warm-up are those of its
    Algorithm 1.
    """

    lr: Number = 1e-3
    beta: Number = 0.9
    weight_decay: Number = 0.0

    def init(self, theta: Tensor) -> ScheduleFreeState:
        """Return the state before the first step: iterate and mean where ``theta`` is."""
        zero = self._zeros_like(theta)
        return ScheduleFreeState(s=zero.new_zeros(()), z=theta.clone(), x=theta.clone())

    def update(
        self, theta: Tensor, grad: Tensor, state: ScheduleFreeState
    ) -> tuple[Tensor, ScheduleFreeState]:
        """Take one step from ``theta`` against ``grad``; return the new point and state."""
        _require.alike("theta", theta, "grad", grad)
        g = grad + times(self.weight_decay, theta)
        z = state.z - self.lr * g
        squared = torch.zeros_like(state.s) + self.lr * self.lr
        s = state.s + squared
        c = torch.where(s > 0, squared / torch.where(s > 0, s, 1), 0)
        x = (1 - c) * state.x + c * z
        theta = (1 - self.beta) * z + self.beta * x
        return theta, ScheduleFreeState(s, z, x)
