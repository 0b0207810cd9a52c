"""Rules that divide each coordinate by the size of its gradients."""

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from coursekit import _require
from coursekit._require import Number
from coursekit.optim._arithmetic import root, times
from coursekit.optim._rule import Checked


class AdagradState(NamedTuple):
    """What Adagrad carries from step to step: ``t`` (steps taken), sum of squares ``s``."""

    t: Tensor
    s: Tensor


@dataclass(frozen=True)
class Adagrad(Checked):
    r"""Adagrad: each coordinate's step is divided by the root of all its squared gradients.

    .. math::

        s_t &= s_{t-1} + g_t^2 \\
        \theta_t &= \theta_{t-1}
                    - \frac{\eta}{1 + (t - 1)\, \delta}\, g_t / (\sqrt{s_t} + \epsilon)

    Parameters
    ----------
    lr : float or Tensor, at least 0
        :math:`\eta`, the learning rate.
    lr_decay : float or Tensor, at least 0
        :math:`\delta`, how fast the learning rate itself falls.
    weight_decay : float or Tensor, at least 0
        :math:`\lambda`, the strength of the L2 penalty.
    initial_accumulator_value : float or Tensor, at least 0
        :math:`s_0`.
    eps : float or Tensor, at least 0
        :math:`\epsilon`, added outside the root. With 0, a coordinate whose gradients have all been
        zero becomes NaN.

    Examples
    --------
    >>> import torch
    >>> rule, theta = Adagrad(lr=0.1), torch.zeros(2)
    >>> theta, state = rule.update(theta, torch.tensor([3.0, -0.01]), rule.init(theta))
    >>> theta
    tensor([-0.1000,  0.1000])

    References
    ----------
    Duchi, Hazan and Singer (2011), "Adaptive Subgradient Methods for Online Learning and Stochastic
    Optimization", https://jmlr.org/papers/v12/duchi11a.html.
    """

    lr: Number = 1e-2
    lr_decay: Number = 0.0
    weight_decay: Number = 0.0
    initial_accumulator_value: Number = 0.0
    eps: Number = 1e-10

    def init(self, theta: Tensor) -> AdagradState:
        """Return the state before the first step: no steps taken, the sum at its first value."""
        zero = self._zeros_like(theta)
        return AdagradState(t=zero.new_zeros(()), s=zero + self.initial_accumulator_value)

    def update(
        self, theta: Tensor, grad: Tensor, state: AdagradState
    ) -> tuple[Tensor, AdagradState]:
        """Take one step from ``theta`` against ``grad``; return the new point and state."""
        _require.alike("theta", theta, "grad", grad)
        g = grad + times(self.weight_decay, theta)
        t = state.t + 1
        s = state.s + g**2
        step = self.lr * g / (1 + (t - 1) * self.lr_decay)
        theta = theta - step / (root(s) + self.eps)
        return theta, AdagradState(t, s)


class RMSpropState(NamedTuple):
    """What RMSprop carries: mean square ``v``, mean ``m`` (if centred), momentum buffer ``b``."""

    v: Tensor
    m: Tensor
    b: Tensor


@dataclass(frozen=True)
class RMSprop(Checked):
    r"""RMSprop: each coordinate's step is divided by a running root mean square of its gradients.

    .. math::

        v_t &= \alpha\, v_{t-1} + (1 - \alpha)\, g_t^2 \\
        b_t &= \mu\, b_{t-1} + g_t / (\sqrt{v_t} + \epsilon) \\
        \theta_t &= \theta_{t-1} - \eta\, b_t

    If centred, the root is of :math:`v_t - m_t^2`, an estimate of the gradient's variance, with
    :math:`m_t = \alpha\, m_{t-1} + (1 - \alpha)\, g_t`.

    Parameters
    ----------
    lr : float or Tensor, at least 0
        :math:`\eta`, the learning rate.
    alpha : float or Tensor, in [0, 1)
        :math:`\alpha`, the decay rate of the running means.
    eps : float or Tensor, at least 0
        :math:`\epsilon`, added outside the root (some libraries add it inside). With 0, a
        coordinate whose gradients have all been zero becomes NaN.
    weight_decay : float or Tensor, at least 0
        :math:`\lambda`, the strength of the L2 penalty.
    momentum : float or Tensor, at least 0
        :math:`\mu`; with 0, the plain rule, :math:`b_t` is just the scaled gradient.
    centered : bool
        Whether the mean is subtracted.

    Notes
    -----
    While the gradient stands still, rounding can take :math:`v_t - m_t^2` below zero. It counts as
    zero here; in torch its root is NaN, and so are the parameters from then on.

    Examples
    --------
    The running mean starts at zero and is not corrected for it, so the first step is
    :math:`1/\sqrt{1-\alpha}` times ``lr``:

    >>> import torch
    >>> rule, theta = RMSprop(lr=0.01, alpha=0.99), torch.zeros(2)
    >>> theta, state = rule.update(theta, torch.tensor([3.0, -0.5]), rule.init(theta))
    >>> theta
    tensor([-0.1000,  0.1000])

    References
    ----------
    Tieleman and Hinton (2012), "Lecture 6e, RMSprop: Divide the Gradient by a Running Average of
    Its Recent Magnitude", Neural Networks for Machine Learning, Coursera. Centred: Graves
    (2013), "Generating Sequences With Recurrent Neural Networks",
    https://arxiv.org/abs/1308.0850.
    """

    lr: Number = 1e-2
    alpha: Number = 0.99
    eps: Number = 1e-8
    weight_decay: Number = 0.0
    momentum: Number = 0.0
    centered: bool = False

    def init(self, theta: Tensor) -> RMSpropState:
        """Return the state before the first step: both means and the buffer zero."""
        zero = self._zeros_like(theta)
        return RMSpropState(v=zero, m=zero, b=zero)

    def update(
        self, theta: Tensor, grad: Tensor, state: RMSpropState
    ) -> tuple[Tensor, RMSpropState]:
        """Take one step from ``theta`` against ``grad``; return the new point and state."""
        _require.alike("theta", theta, "grad", grad)
        g = grad + times(self.weight_decay, theta)
        v = self.alpha * state.v + (1 - self.alpha) * g**2
        m = self.alpha * state.m + (1 - self.alpha) * g if self.centered else state.m
        variance = (v - m**2).clamp(min=0)  # which rounding may take below zero
        b = times(self.momentum, state.b) + g / (root(variance) + self.eps)
        theta = theta - self.lr * b
        return theta, RMSpropState(v, m, b)


class AdadeltaState(NamedTuple):
    """What Adadelta carries: running mean squares ``v`` of gradients and ``u`` of steps."""

    v: Tensor
    u: Tensor


@dataclass(frozen=True)
class Adadelta(Checked):
    r"""Adadelta: RMSprop whose learning rate is the running size of its own steps.

    .. math::

        v_t &= \rho\, v_{t-1} + (1 - \rho)\, g_t^2 \\
        \Delta_t &= \sqrt{u_{t-1} + \epsilon}\, /\, \sqrt{v_t + \epsilon}\; g_t \\
        u_t &= \rho\, u_{t-1} + (1 - \rho)\, \Delta_t^2 \\
        \theta_t &= \theta_{t-1} - \eta\, \Delta_t

    Parameters
    ----------
    lr : float or Tensor, at least 0
        :math:`\eta`, which multiplies the step; the paper has none, which is 1.
    rho : float or Tensor, in [0, 1)
        :math:`\rho`, the decay rate of both running means.
    eps : float or Tensor, at least 0
        :math:`\epsilon`, added inside both roots. It starts the motion: with 0 nothing moves, and a
        coordinate whose gradients have all been zero becomes NaN.
    weight_decay : float or Tensor, at least 0
        :math:`\lambda`, the strength of the L2 penalty.

    Examples
    --------
    Its steps start near :math:`\sqrt{\epsilon / (1 - \rho)}`, whatever the gradient:

    >>> import torch
    >>> rule, theta = Adadelta(rho=0.9, eps=1e-3), torch.zeros(2)
    >>> theta, state = rule.update(theta, torch.tensor([3.0, -300.0]), rule.init(theta))
    >>> theta
    tensor([-0.0999,  0.1000])

    References
    ----------
    Zeiler (2012), "ADADELTA: An Adaptive Learning Rate Method", https://arxiv.org/abs/1212.5701,
    Algorithm 1.
    """

    lr: Number = 1.0
    rho: Number = 0.9
    eps: Number = 1e-6
    weight_decay: Number = 0.0

    def init(self, theta: Tensor) -> AdadeltaState:
        """Return the state before the first step: both running means zero."""
        zero = self._zeros_like(theta)
        return AdadeltaState(v=zero, u=zero)

    def update(
        self, theta: Tensor, grad: Tensor, state: AdadeltaState
    ) -> tuple[Tensor, AdadeltaState]:
        """Take one step from ``theta`` against ``grad``; return the new point and state."""
        _require.alike("theta", theta, "grad", grad)
        g = grad + times(self.weight_decay, theta)
        v = self.rho * state.v + (1 - self.rho) * g**2
        delta = root(state.u + self.eps) / root(v + self.eps) * g
        u = self.rho * state.u + (1 - self.rho) * delta**2
        theta = theta - self.lr * delta
        return theta, AdadeltaState(v, u)
