"""Rules that step along the gradient itself: plain descent and its momentum."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from coursekit import _require
from coursekit._require import Number
from coursekit.optim._arithmetic import times
from coursekit.optim._rule import Checked


class SGDState(NamedTuple):
    """Plain descent remembers nothing."""


@dataclass(frozen=True)
class SGD(Checked):
    r"""Gradient descent: a step against the gradient.

    .. math:: \theta_t = \theta_{t-1} - \eta\, g_t

    Parameters
    ----------
    lr : float or Tensor, at least 0
        :math:`\eta`, the learning rate.
    weight_decay : float or Tensor, at least 0
        :math:`\lambda`, the strength of the L2 penalty.

    Notes
    -----
    ``torch.optim.SGD`` with its default momentum of 0. It is stochastic when ``grad`` comes from a
    mini-batch; the rule is the same.

    Examples
    --------
    >>> rule, theta = SGD(lr=0.1), torch.tensor([1.0, -2.0])
    >>> rule.update(theta, grad=2 * theta, state=rule.init(theta))[0]
    tensor([ 0.8000, -1.6000])

    References
    ----------
    Robbins and Monro (1951), "A Stochastic Approximation Method",
    https://doi.org/10.1214/aoms/1177729586.
    """

    lr: Number = 1e-3
    weight_decay: Number = 0.0

    def init(self, theta: Tensor) -> SGDState:
        """Return the state before the first step: there is nothing to remember."""
        self._zeros_like(theta)
        return SGDState()

    def update(self, theta: Tensor, grad: Tensor, state: SGDState) -> tuple[Tensor, SGDState]:
        """Take one step from ``theta`` against ``grad``; return the new point and state."""
        _require.alike("theta", theta, "grad", grad)
        g = grad + times(self.weight_decay, theta)
        theta = theta - self.lr * g
        return theta, state


class MomentumState(NamedTuple):
    """What Momentum carries from step to step: ``t`` (steps taken) and the buffer ``b``."""

    t: Tensor
    b: Tensor


@dataclass(frozen=True)
class Momentum(Checked):
    r"""Gradient descent with momentum: a heavy ball that keeps part of its velocity.

    .. math::

        b_1 &= g_1, \qquad b_t = \mu\, b_{t-1} + (1 - \tau)\, g_t \\
        \theta_t &= \theta_{t-1} - \eta\, b_t

    Parameters
    ----------
    lr : float or Tensor, at least 0
        :math:`\eta`, the learning rate.
    momentum : float or Tensor, at least 0
        :math:`\mu`, the part of the buffer that is kept. The course's default of 0.9 is not that of
        ``torch.optim.SGD``, which is 0 and makes plain descent.
    dampening : float or Tensor, in [0, 1]
        :math:`\tau`, the part of each gradient but the first that is left out.
    weight_decay : float or Tensor, at least 0
        :math:`\lambda`, the strength of the L2 penalty.

    Notes
    -----
    ``torch.optim.SGD`` with ``momentum``. Its buffer sums gradients with weights
    :math:`1, \mu, \mu^2, \dots`, so a constant gradient is stepped along :math:`1/(1-\mu)` times as
    far. Other libraries average, :math:`b_t = \mu\, b_{t-1} + (1-\mu)\, g_t`: that is
    ``dampening=momentum``, apart from the first step, and needs an ``lr`` larger by
    :math:`1/(1-\mu)`.

    Examples
    --------
    >>> rule, theta = Momentum(lr=0.1, momentum=0.5), torch.zeros(1)
    >>> state = rule.init(theta)
    >>> for _ in range(3):
    ...     theta, state = rule.update(theta, torch.ones(1), state)
    >>> state.b
    tensor([1.7500])

    References
    ----------
    Polyak (1964), "Some methods of speeding up the convergence of iteration methods",
    https://doi.org/10.1016/0041-5553(64)90137-5.
    """

    lr: Number = 1e-3
    momentum: Number = 0.9
    dampening: Number = 0.0
    weight_decay: Number = 0.0

    def init(self, theta: Tensor) -> MomentumState:
        """Return the state before the first step: no steps taken, the ball at rest."""
        zero = self._zeros_like(theta)
        return MomentumState(t=zero.new_zeros(()), b=zero)

    def update(
        self, theta: Tensor, grad: Tensor, state: MomentumState
    ) -> tuple[Tensor, MomentumState]:
        """Take one step from ``theta`` against ``grad``; return the new point and state."""
        _require.alike("theta", theta, "grad", grad)
        g = grad + times(self.weight_decay, theta)
        t = state.t + 1
        b = torch.where(t == 1, g, times(self.momentum, state.b) + (1 - self.dampening) * g)
        theta = theta - self.lr * b
        return theta, MomentumState(t, b)


class NesterovState(NamedTuple):
    """What Nesterov carries from step to step: the buffer ``b``."""

    b: Tensor


@dataclass(frozen=True)
class Nesterov(Checked):
    r"""Nesterov's momentum: a heavy ball that steps from where its velocity will have taken it.

    .. math::

        b_t &= \mu\, b_{t-1} + g_t \\
        \theta_t &= \theta_{t-1} - \eta\, (g_t + \mu\, b_t)

    Parameters
    ----------
    lr : float or Tensor, at least 0
        :math:`\eta`, the learning rate.
    momentum : float or Tensor, at least 0
        :math:`\mu`, the part of the buffer that is kept. ``torch.optim.SGD`` has no default here:
        it refuses ``nesterov=True`` without a momentum. The course's is 0.9.
    weight_decay : float or Tensor, at least 0
        :math:`\lambda`, the strength of the L2 penalty.

    Notes
    -----
    ``torch.optim.SGD`` with ``momentum`` and ``nesterov=True``. Here :math:`\theta` is the point
    where the gradient is taken, the look-ahead point of the original method.

    Examples
    --------
    >>> rule, theta = Nesterov(lr=0.1, momentum=0.5), torch.zeros(1)
    >>> theta, state = rule.update(theta, torch.ones(1), rule.init(theta))
    >>> theta, state.b
    (tensor([-0.1500]), tensor([1.]))

    References
    ----------
    Nesterov (1983), "A method of solving a convex programming problem with convergence rate
    O(1/k^2)", Soviet Mathematics Doklady 27, 372-376. In this form: Sutskever, Martens, Dahl and
    Hinton (2013), "On the importance of initialization and momentum in deep learning",
    https://proceedings.mlr.press/v28/sutskever13.html.
    """

    lr: Number = 1e-3
    momentum: Number = 0.9
    weight_decay: Number = 0.0

    def init(self, theta: Tensor) -> NesterovState:
        """Return the state before the first step: the ball at rest."""
        return NesterovState(b=self._zeros_like(theta))

    def update(
        self, theta: Tensor, grad: Tensor, state: NesterovState
    ) -> tuple[Tensor, NesterovState]:
        """Take one step from ``theta`` against ``grad``; return the new point and state."""
        _require.alike("theta", theta, "grad", grad)
        g = grad + times(self.weight_decay, theta)
        b = times(self.momentum, state.b) + g
        theta = theta - self.lr * (g + times(self.momentum, b))
        return theta, NesterovState(b)
