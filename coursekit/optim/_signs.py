"""Rules that look at a gradient's signs alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor

from coursekit import _require
from coursekit._require import Number
from coursekit.optim._arithmetic import at_least, at_most, times
from coursekit.optim._rule import Asked, Checked, between


class RpropState(NamedTuple):
    """What Rprop carries: ``t`` (steps taken), the last gradient ``g``, step sizes ``delta``."""

    t: Tensor
    g: Tensor
    delta: Tensor


@dataclass(frozen=True)
class Rprop(Checked):
    r"""Rprop: a step size for each coordinate, larger while the sign stays, smaller when it turns.

    .. math::

        \Delta_t &= \Delta_{t-1} \cdot
            \begin{cases}
                \eta_+ & g_t\, g_{t-1} > 0 \\
                \eta_- & g_t\, g_{t-1} < 0 \\
                1 & \text{otherwise}
            \end{cases}
            \quad\text{kept in } [\Delta_{\min}, \Delta_{\max}] \\
        g_t &\leftarrow 0 \quad\text{where } g_t\, g_{t-1} < 0 \\
        \theta_t &= \theta_{t-1} - \Delta_t \operatorname{sign} g_t

    Parameters
    ----------
    lr : float or Tensor, at least 0
        :math:`\Delta_0`, the step sizes to begin with; a schedule has no say after the first step.
    etaminus : float or Tensor, in (0, 1)
        :math:`\eta_-`; ``torch.optim.Rprop`` takes the two factors as a pair, ``etas``.
    etaplus : float or Tensor, above 1
        :math:`\eta_+`.
    step_size_min : float or Tensor, at least 0
        :math:`\Delta_{\min}`; in torch the first of the pair ``step_sizes``.
    step_size_max : float or Tensor, at least 0
        :math:`\Delta_{\max}`.

    Notes
    -----
    For gradients of the whole data set. A mini-batch's noise turns signs, and every turn shrinks a
    step. Where a sign turns, the coordinate stays where it is for a step, as in torch; the paper
    takes its last step back there.

    Examples
    --------
    >>> rule, theta = Rprop(lr=0.1), torch.zeros(2)
    >>> state = rule.init(theta)
    >>> for grad in ([1.0, 1.0], [5.0, -0.01]):
    ...     theta, state = rule.update(theta, torch.tensor(grad), state)
    >>> theta, state.delta
    (tensor([-0.2200, -0.1000]), tensor([0.1200, 0.0500]))

    References
    ----------
    Riedmiller and Braun (1993), "A Direct Adaptive Method for Faster Backpropagation Learning: The
    RPROP Algorithm", https://doi.org/10.1109/ICNN.1993.298623.
    """

    lr: Number = 1e-2
    etaminus: Number = 0.5
    etaplus: Number = 1.2
    step_size_min: Number = 1e-6
    step_size_max: Number = 50

    asked: ClassVar[Mapping[str, Asked]] = MappingProxyType(
        {
            "etaminus": between(low=0, high=1, low_open=True, high_open=True),
            "etaplus": between(low=1, low_open=True),
        }
    )

    def init(self, theta: Tensor) -> RpropState:
        """Return the state before the first step: no gradient yet, all steps of size ``lr``."""
        zero = self._zeros_like(theta)
        return RpropState(t=zero.new_zeros(()), g=zero, delta=zero + self.lr)

    def update(self, theta: Tensor, grad: Tensor, state: RpropState) -> tuple[Tensor, RpropState]:
        """Take one step from ``theta`` against ``grad``; return the new point and state."""
        g = _require.alike("theta", theta, "grad", grad)
        turn = (g * state.g).sign()
        factor = torch.ones_like(g)
        factor = torch.where(turn < 0, self.etaminus * factor, factor)
        factor = torch.where(turn > 0, self.etaplus * factor, factor)
        delta = at_least(self.step_size_min, state.delta * factor)
        delta = at_most(self.step_size_max, delta)
        g = torch.where(turn < 0, 0, g)
        theta = theta - delta * g.sign()
        return theta, RpropState(state.t + 1, g, delta)


class LionState(NamedTuple):
    """What Lion carries from step to step: the moment estimate ``m``."""

    m: Tensor


@dataclass(frozen=True)
class Lion(Checked):
    r"""Lion: the sign of a moving average in which the latest gradient weighs more.

    .. math::

        c_t &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        \theta_t &= \theta_{t-1} - \eta\, (\operatorname{sign} c_t + \lambda\, \theta_{t-1}) \\
        m_t &= \beta_2 m_{t-1} + (1 - \beta_2) g_t

    Here :math:`g` is ``grad`` alone.

    Parameters
    ----------
    lr : float or Tensor, at least 0
        :math:`\eta`: how far every coordinate moves in a step. The paper advises a third to a tenth
        of AdamW's, and a decay as many times larger.
    beta1 : float or Tensor, in [0, 1)
        :math:`\beta_1`, the weight of what is remembered in the step.
    beta2 : float or Tensor, in [0, 1)
        :math:`\beta_2`, the decay rate of the moment's estimate.
    weight_decay : float or Tensor, at least 0
        :math:`\lambda`; a step shrinks every parameter by the factor :math:`1 - \eta\lambda`.

    Examples
    --------
    >>> rule, theta = Lion(lr=0.1), torch.zeros(3)
    >>> theta, state = rule.update(theta, torch.tensor([3.0, -0.01, 0.0]), rule.init(theta))
    >>> theta
    tensor([-0.1000,  0.1000,  0.0000])

    References
    ----------
    Chen et al. (2023), "Symbolic Discovery of Optimization Algorithms",
    https://arxiv.org/abs/2302.06675, Algorithm 2; the defaults are those of its program.
    """

    lr: Number = 1e-4
    beta1: Number = 0.9
    beta2: Number = 0.99
    weight_decay: Number = 0.0

    def init(self, theta: Tensor) -> LionState:
        """Return the state before the first step: the moment zero."""
        return LionState(m=self._zeros_like(theta))

    def update(self, theta: Tensor, grad: Tensor, state: LionState) -> tuple[Tensor, LionState]:
        """Take one step from ``theta`` against ``grad``; return the new point and state."""
        g = _require.alike("theta", theta, "grad", grad)
        c = self.beta1 * state.m + (1 - self.beta1) * g
        theta = theta - self.lr * (c.sign() + times(self.weight_decay, theta))
        m = self.beta2 * state.m + (1 - self.beta2) * g
        return theta, LionState(m)
