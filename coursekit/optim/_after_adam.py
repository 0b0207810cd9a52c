"""Adam's later relatives: another norm, Nesterov's look ahead, a warm-up of its own."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from coursekit import _require
from coursekit._require import Number
from coursekit.optim._adam import AdamState
from coursekit.optim._arithmetic import one_minus_power, root, times, wide
from coursekit.optim._rule import Checked


class AdamaxState(NamedTuple):
    """What Adamax carries: ``t`` (steps taken), first moment ``m``, decaying maximum ``u``."""

    t: Tensor
    m: Tensor
    u: Tensor


@dataclass(frozen=True)
class Adamax(Checked):
    r"""Adamax: Adam that divides by the largest gradient of late, not by a root mean square.

    .. math::

        m_t &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        u_t &= \max(\beta_2 u_{t-1},\; |g_t| + \epsilon) \\
        \hat m_t &= m_t / (1 - \beta_1^t) \\
        \theta_t &= \theta_{t-1} - \eta\, \hat m_t / u_t

    Parameters
    ----------
    lr : float or Tensor, at least 0
        :math:`\eta`, the learning rate.
    beta1 : float or Tensor, in [0, 1)
        :math:`\beta_1`, the decay rate of the first moment's estimate.
    beta2 : float or Tensor, in [0, 1)
        :math:`\beta_2`, the rate at which the maximum is forgotten. It needs no correction.
    eps : float or Tensor, at least 0
        :math:`\epsilon`, which torch has and the paper has not. With 0, a coordinate whose
        gradients have all been zero becomes NaN.
    weight_decay : float or Tensor, at least 0
        :math:`\lambda`, the strength of the L2 penalty.

    Examples
    --------
    >>> rule, theta = Adamax(lr=0.1), torch.zeros(2)
    >>> theta, state = rule.update(theta, torch.tensor([3.0, -0.01]), rule.init(theta))
    >>> theta
    tensor([-0.1000,  0.1000])

    References
    ----------
    Kingma and Ba (2015), "Adam: A Method for Stochastic Optimization",
    https://arxiv.org/abs/1412.6980, Algorithm 2.
    """

    lr: Number = 2e-3
    beta1: Number = 0.9
    beta2: Number = 0.999
    eps: Number = 1e-8
    weight_decay: Number = 0.0

    def init(self, theta: Tensor) -> AdamaxState:
        """Return the state before the first step: no steps taken, moment and maximum zero."""
        zero = self._zeros_like(theta)
        return AdamaxState(t=zero.new_zeros(()), m=zero, u=zero)

    def update(self, theta: Tensor, grad: Tensor, state: AdamaxState) -> tuple[Tensor, AdamaxState]:
        """Take one step from ``theta`` against ``grad``; return the new point and state."""
        _require.alike("theta", theta, "grad", grad)
        g = grad + times(self.weight_decay, theta)
        t = state.t + 1
        m = self.beta1 * state.m + (1 - self.beta1) * g
        u = torch.maximum(self.beta2 * state.u, g.abs() + self.eps)
        m_hat = m / one_minus_power(self.beta1, t)
        theta = theta - self.lr * m_hat / u
        return theta, AdamaxState(t, m, u)


class NAdamState(NamedTuple):
    """What NAdam carries: Adam's ``t``, ``m``, ``v``, and ``p``, the product of all ``mu``."""

    t: Tensor
    m: Tensor
    v: Tensor
    p: Tensor


@dataclass(frozen=True)
class NAdam(Checked):
    r"""NAdam: Adam with Nesterov's momentum, which looks one step ahead.

    .. math::

        m_t &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2, \qquad \hat v_t = v_t / (1 - \beta_2^t) \\
        \mu_t &= \beta_1 \left(1 - \tfrac12\, 0.96^{\,t \psi}\right), \qquad
        p_t = p_{t-1}\, \mu_t \\
        \hat m_t &= \frac{1 - \mu_t}{1 - p_t}\, g_t
                    + \frac{\mu_{t+1}}{1 - p_t\, \mu_{t+1}}\, m_t \\
        \theta_t &= \theta_{t-1} - \eta\, \hat m_t / (\sqrt{\hat v_t} + \epsilon)

    with :math:`p_0 = 1`.

    Parameters
    ----------
    lr : float or Tensor, at least 0
        :math:`\eta`, the learning rate.
    beta1 : float or Tensor, in [0, 1)
        :math:`\beta_1`, the decay rate of the first moment's estimate.
    beta2 : float or Tensor, in [0, 1)
        :math:`\beta_2`, the decay rate of the second moment's estimate.
    eps : float or Tensor, at least 0
        :math:`\epsilon`, added outside the root. With 0, a coordinate whose gradients have all been
        zero becomes NaN.
    weight_decay : float or Tensor, at least 0
        :math:`\lambda`, the strength of the L2 penalty or of the decay.
    momentum_decay : float or Tensor, at least 0
        :math:`\psi`, how fast :math:`\mu_t` warms up from about :math:`\beta_1/2` to
        :math:`\beta_1`.
    decoupled_weight_decay : bool
        Whether the decay goes past the moments, straight to the parameters, as AdamW's does.

    Examples
    --------
    >>> rule, theta = NAdam(lr=0.1), torch.zeros(1)
    >>> theta, state = rule.update(theta, torch.ones(1), rule.init(theta))
    >>> theta, state.p
    (tensor([-0.1056]), tensor(0.4501))

    References
    ----------
    Dozat (2016), "Incorporating Nesterov Momentum into Adam",
    https://openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ.
    """

    lr: Number = 2e-3
    beta1: Number = 0.9
    beta2: Number = 0.999
    eps: Number = 1e-8
    weight_decay: Number = 0.0
    momentum_decay: Number = 4e-3
    decoupled_weight_decay: bool = False

    def init(self, theta: Tensor) -> NAdamState:
        """Return the state before the first step: both moments zero, the empty product 1."""
        zero = self._zeros_like(theta)
        return NAdamState(t=zero.new_zeros(()), m=zero, v=zero, p=zero.new_ones(()))

    def update(self, theta: Tensor, grad: Tensor, state: NAdamState) -> tuple[Tensor, NAdamState]:
        """Take one step from ``theta`` against ``grad``; return the new point and state."""
        g = _require.alike("theta", theta, "grad", grad)
        decay = times(self.weight_decay, theta)
        if self.decoupled_weight_decay:
            theta = theta - self.lr * decay
        else:
            g = g + decay
        t = state.t + 1
        m = self.beta1 * state.m + (1 - self.beta1) * g
        v = self.beta2 * state.v + (1 - self.beta2) * g**2
        v_hat = v / one_minus_power(self.beta2, t)
        mu = self.beta1 * (1 - 0.5 * 0.96 ** (t * self.momentum_decay))
        mu_next = self.beta1 * (1 - 0.5 * 0.96 ** ((t + 1) * self.momentum_decay))
        p = state.p * mu
        m_hat = (1 - mu) / (1 - p) * g + mu_next / (1 - p * mu_next) * m
        theta = theta - self.lr * m_hat / (root(v_hat) + self.eps)
        return theta, NAdamState(t, m, v, p)


@dataclass(frozen=True)
class RAdam(Checked):
    r"""RAdam: Adam that trusts its second moment only as far as it has seen gradients.

    .. math::

        m_t &= \beta_1 m_{t-1} + (1 - \beta_1) g_t, \qquad \hat m_t = m_t / (1 - \beta_1^t) \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        \rho_\infty &= \frac{2}{1 - \beta_2} - 1, \qquad
        \rho_t = \rho_\infty - \frac{2\, t\, \beta_2^t}{1 - \beta_2^t} \\
        r_t^2 &= \frac{(\rho_t - 4)(\rho_t - 2)\, \rho_\infty}
                      {(\rho_\infty - 4)(\rho_\infty - 2)\, \rho_t} \\
        \theta_t &= \theta_{t-1} - \eta\, \hat m_t \cdot
            \begin{cases}
                r_t \sqrt{1 - \beta_2^t}\, / (\sqrt{v_t} + \epsilon) & \rho_t > 5 \\
                1 & \text{otherwise}
            \end{cases}

    Parameters
    ----------
    lr : float or Tensor, at least 0
        :math:`\eta`, the learning rate.
    beta1 : float or Tensor, in [0, 1)
        :math:`\beta_1`, the decay rate of the first moment's estimate.
    beta2 : float or Tensor, in [0, 1)
        :math:`\beta_2`, the decay rate of the second moment's estimate. Up to 2/3 the rule never
        divides.
    eps : float or Tensor, at least 0
        :math:`\epsilon`, added outside the root of the uncorrected :math:`v_t`. With 0, once the
        rule divides, a coordinate whose gradients have all been zero becomes NaN.
    weight_decay : float or Tensor, at least 0
        :math:`\lambda`, the strength of the L2 penalty or of the decay.
    decoupled_weight_decay : bool
        Whether the decay goes past the moments, straight to the parameters, as AdamW's does.

    Notes
    -----
    :math:`\rho_t` is how many gradients the weighted mean :math:`v_t` is worth. While it is at most
    5 the step is along :math:`\hat m_t` itself, with its scale; then :math:`r_t` grows to 1. The
    state is Adam's. torch divides from :math:`\rho_t > 5` on, the paper from 4.

    Examples
    --------
    >>> rule, theta = RAdam(lr=0.1), torch.zeros(1)
    >>> state = rule.init(theta)
    >>> path = [theta]
    >>> for _ in range(6):
    ...     theta, state = rule.update(theta, torch.ones(1), state)
    ...     path.append(theta)
    >>> -torch.stack(path).diff(dim=0)[:, 0]
    tensor([0.1000, 0.1000, 0.1000, 0.1000, 0.1000, 0.0026])

    References
    ----------
    Liu, Jiang, He, Chen, Liu, Gao and Han (2020), "On the Variance of the Adaptive Learning Rate
    and Beyond", https://arxiv.org/abs/1908.03265, Algorithm 2.
    """

    lr: Number = 1e-3
    beta1: Number = 0.9
    beta2: Number = 0.999
    eps: Number = 1e-8
    weight_decay: Number = 0.0
    decoupled_weight_decay: bool = False

    def init(self, theta: Tensor) -> AdamState:
        """Return the state before the first step: no steps taken, both moments zero."""
        zero = self._zeros_like(theta)
        return AdamState(t=zero.new_zeros(()), m=zero, v=zero)

    def update(self, theta: Tensor, grad: Tensor, state: AdamState) -> tuple[Tensor, AdamState]:
        """Take one step from ``theta`` against ``grad``; return the new point and state."""
        g = _require.alike("theta", theta, "grad", grad)
        decay = times(self.weight_decay, theta)
        if self.decoupled_weight_decay:
            theta = theta - self.lr * decay
        else:
            g = g + decay
        t = state.t + 1
        m = self.beta1 * state.m + (1 - self.beta1) * g
        v = self.beta2 * state.v + (1 - self.beta2) * g**2
        m_hat = m / one_minus_power(self.beta1, t)
        # rho is a small difference of large numbers: in double precision
        beta2, steps = wide(self.beta2), wide(t)
        rho_inf = 2 / (1 - beta2) - 1
        rho = rho_inf - 2 * steps * beta2**steps / (1 - beta2**steps)
        warm = rho > 5
        full = torch.where(warm, (rho_inf - 4) * (rho_inf - 2) * rho, 1)
        r2 = (rho - 4) * (rho - 2) * rho_inf / full
        r = torch.where(warm, r2, 1).sqrt().to(t.dtype)
        v_hat_root = root(v) + self.eps
        scale = r * one_minus_power(self.beta2, t).sqrt() / torch.where(warm, v_hat_root, 1)
        theta = theta - self.lr * m_hat * torch.where(warm, scale, 1)
        return theta, AdamState(t, m, v)
