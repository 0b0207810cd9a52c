"""Adam and its relatives: a first moment over the root of a second."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from coursekit import _require
from coursekit._require import Number
from coursekit.optim._arithmetic import one_minus_power, root, times
from coursekit.optim._rule import Checked


class AdamState(NamedTuple):
    """What Adam carries from step to step: ``t`` (steps taken), moment estimates ``m``, ``v``."""

    t: Tensor
    m: Tensor
    v: Tensor


@dataclass(frozen=True)
class Adam(Checked):
    r"""Adam: a step along the first moment, scaled by the root of the second.

    .. math::

        m_t &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        \hat m_t &= m_t / (1 - \beta_1^t), \qquad \hat v_t = v_t / (1 - \beta_2^t) \\
        \theta_t &= \theta_{t-1} - \eta\, \hat m_t / (\sqrt{\hat v_t} + \epsilon)

    Parameters
    ----------
    lr : float or Tensor, at least 0
        :math:`\eta`, the learning rate: about how far a coordinate moves in one step.
    beta1 : float or Tensor, in [0, 1)
        :math:`\beta_1`, the decay rate of the first moment's estimate. ``torch.optim.Adam`` takes
        the two rates as a pair, ``betas``.
    beta2 : float or Tensor, in [0, 1)
        :math:`\beta_2`, the decay rate of the second moment's estimate.
    eps : float or Tensor, at least 0
        :math:`\epsilon`, added outside the root. With 0, a coordinate whose gradients have all been
        zero becomes NaN.
    weight_decay : float or Tensor, at least 0
        :math:`\lambda`, the strength of the L2 penalty. Its gradient is scaled like any other; for
        decay that is not, see :class:`AdamW`.

    Returns
    -------
    Adam
        The rule. ``init`` returns an :class:`AdamState` whose ``t`` has shape ``()`` and whose
        moments have that of ``theta``; ``update`` returns the next ``theta`` and state.

    Raises
    ------
    TypeError
        If a hyper-parameter is neither a real number nor a real tensor.
    ValueError
        If a hyper-parameter is not finite or lies outside its range.

    Examples
    --------
    Whatever the gradient's scale, the first step has length ``lr`` in every coordinate:

    >>> rule, theta = Adam(lr=0.1), torch.zeros(2)
    >>> theta, state = rule.update(theta, torch.tensor([3.0, -0.01]), rule.init(theta))
    >>> theta
    tensor([-0.1000,  0.1000])

    A learning rate a row makes a row an optimizer:

    >>> rule, theta = Adam(lr=torch.tensor([[0.1], [0.2], [0.4]])), torch.zeros(3, 1)
    >>> theta, state = rule.update(theta, torch.ones(3, 1), rule.init(theta))
    >>> theta[:, 0]
    tensor([-0.1000, -0.2000, -0.4000])

    References
    ----------
    Kingma and Ba (2015), "Adam: A Method for Stochastic Optimization",
    https://arxiv.org/abs/1412.6980, Algorithm 1.
    """

    lr: Number = 1e-3
    beta1: Number = 0.9
    beta2: Number = 0.999
    eps: Number = 1e-8
    weight_decay: Number = 0.0

    def init(self, theta: Tensor) -> AdamState:
        """Return the state before the first step: no steps taken, both moments zero."""
        zero = self._zeros_like(theta)
        return AdamState(t=zero.new_zeros(()), m=zero, v=zero)

    def update(self, theta: Tensor, grad: Tensor, state: AdamState) -> tuple[Tensor, AdamState]:
        """Take one step from ``theta`` against ``grad``; return the new point and state."""
        _require.alike("theta", theta, "grad", grad)
        g = grad + times(self.weight_decay, theta)
        t = state.t + 1
        m = self.beta1 * state.m + (1 - self.beta1) * g
        v = self.beta2 * state.v + (1 - self.beta2) * g**2
        m_hat = m / one_minus_power(self.beta1, t)
        v_hat = v / one_minus_power(self.beta2, t)
        theta = theta - self.lr * m_hat / (root(v_hat) + self.eps)
        return theta, AdamState(t, m, v)


class AMSGradState(NamedTuple):
    """What AMSGrad carries: Adam's ``t``, ``m``, ``v``, and ``v_max``, the largest ``v`` so far."""

    t: Tensor
    m: Tensor
    v: Tensor
    v_max: Tensor


@dataclass(frozen=True)
class AMSGrad(Checked):
    r"""AMSGrad: Adam divided by the largest second moment so far: no large gradient is forgotten.

    .. math::

        m_t &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        v^{\max}_t &= \max(v^{\max}_{t-1}, v_t) \\
        \hat m_t &= m_t / (1 - \beta_1^t), \qquad \hat v_t = v^{\max}_t / (1 - \beta_2^t) \\
        \theta_t &= \theta_{t-1} - \eta\, \hat m_t / (\sqrt{\hat v_t} + \epsilon)

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
        :math:`\lambda`, the strength of the L2 penalty.

    Notes
    -----
    ``torch.optim.Adam`` with ``amsgrad=True``: the maximum is taken before the correction, which
    fades, so that steps may still grow by up to :math:`1/\sqrt{1-\beta_2^t}`. The paper corrects
    neither moment.

    Examples
    --------
    One large gradient is never forgotten:

    >>> rule, theta = AMSGrad(beta2=0.5), torch.zeros(1)
    >>> state = rule.init(theta)
    >>> for grad in (10.0, 0.0, 0.0):
    ...     theta, state = rule.update(theta, torch.tensor([grad]), state)
    >>> state.v, state.v_max
    (tensor([12.5000]), tensor([50.]))

    References
    ----------
    Reddi, Kale and Kumar (2018), "On the Convergence of Adam and Beyond",
    https://arxiv.org/abs/1904.09237, Algorithm 2.
    """

    lr: Number = 1e-3
    beta1: Number = 0.9
    beta2: Number = 0.999
    eps: Number = 1e-8
    weight_decay: Number = 0.0

    def init(self, theta: Tensor) -> AMSGradState:
        """Return the state before the first step: no steps taken, all moments zero."""
        zero = self._zeros_like(theta)
        return AMSGradState(t=zero.new_zeros(()), m=zero, v=zero, v_max=zero)

    def update(
        self, theta: Tensor, grad: Tensor, state: AMSGradState
    ) -> tuple[Tensor, AMSGradState]:
        """Take one step from ``theta`` against ``grad``; return the new point and state."""
        _require.alike("theta", theta, "grad", grad)
        g = grad + times(self.weight_decay, theta)
        t = state.t + 1
        m = self.beta1 * state.m + (1 - self.beta1) * g
        v = self.beta2 * state.v + (1 - self.beta2) * g**2
        v_max = torch.maximum(state.v_max, v)
        m_hat = m / one_minus_power(self.beta1, t)
        v_hat = v_max / one_minus_power(self.beta2, t)
        theta = theta - self.lr * m_hat / (root(v_hat) + self.eps)
        return theta, AMSGradState(t, m, v, v_max)


@dataclass(frozen=True)
class AdamW(Checked):
    r"""AdamW: Adam whose weight decay goes past the moments, straight to the parameters.

    .. math::

        m_t &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        \hat m_t &= m_t / (1 - \beta_1^t), \qquad \hat v_t = v_t / (1 - \beta_2^t) \\
        \theta_t &= \theta_{t-1} - \eta\, \lambda\, \theta_{t-1}
                    - \eta\, \hat m_t / (\sqrt{\hat v_t} + \epsilon)

    Here :math:`g` is ``grad`` alone.

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
        :math:`\lambda`; a step shrinks every parameter by the factor :math:`1 - \eta\lambda`.

    Notes
    -----
    ``torch.optim.AdamW``. In the paper the decay is multiplied by the schedule alone and not by
    :math:`\eta`.

    Examples
    --------
    Without a gradient only the decay is left:

    >>> rule, theta = AdamW(lr=0.1, weight_decay=0.5), torch.ones(1)
    >>> rule.update(theta, torch.zeros(1), rule.init(theta))[0]
    tensor([0.9500])

    References
    ----------
    Loshchilov and Hutter (2019), "Decoupled Weight Decay Regularization",
    https://arxiv.org/abs/1711.05101, Algorithm 2.
    """

    lr: Number = 1e-3
    beta1: Number = 0.9
    beta2: Number = 0.999
    eps: Number = 1e-8
    weight_decay: Number = 1e-2

    def init(self, theta: Tensor) -> AdamState:
        """Return the state before the first step: no steps taken, both moments zero."""
        zero = self._zeros_like(theta)
        return AdamState(t=zero.new_zeros(()), m=zero, v=zero)

    def update(self, theta: Tensor, grad: Tensor, state: AdamState) -> tuple[Tensor, AdamState]:
        """Take one step from ``theta`` against ``grad``; return the new point and state."""
        g = _require.alike("theta", theta, "grad", grad)
        t = state.t + 1
        m = self.beta1 * state.m + (1 - self.beta1) * g
        v = self.beta2 * state.v + (1 - self.beta2) * g**2
        m_hat = m / one_minus_power(self.beta1, t)
        v_hat = v / one_minus_power(self.beta2, t)
        theta = theta - self.lr * times(self.weight_decay, theta)
        theta = theta - self.lr * m_hat / (root(v_hat) + self.eps)
        return theta, AdamState(t, m, v)
